//! One wallet that everybody wants: many relatives send to it at once, and hundreds of bills are paid from it at once,
//! at a book that takes only so many calls at a time. Those it sheds are told when to come again, and do.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use chassis::status;
use checker::history::Reply;
use e2e::{Family, Order, Witness, is_uncertain, pool};
use futures::future::{try_join, try_join_all};
use money::Yuan;
use proto::{identity::Scheme, kinship::Relation, settlement::TransferState};
use testkit::desk::Party;
use tokio::{sync::Barrier, task::JoinSet};
use tonic::{Code, Status};

use crate::{HOSPITAL, stage::Stage};

/// Who sends to the one wallet, and how much in each of two rounds.
const RELATIVES: usize = 24;
const SENT: &str = "100.00";
/// What is paid from it at once.
const PAYMENTS: usize = 320;
const PRICE: &str = "1.00";
/// Calls that the book takes at the same time.
const IN_FLIGHT: &str = "64";
/// Connections that the payments come over; each carries more calls than the book takes.
const DOORS: usize = 4;
/// How long the whole country may take to come to rest, and one call to be taken.
const REST: Duration = Duration::from_secs(40);

pub(crate) async fn hundreds_pay_from_one_wallet_at_once(stage: &mut Stage) -> Result<()> {
    stage.scene.cluster.restart("wallet-51", &[("GONGJI_MAX_IN_FLIGHT", IN_FLIGHT)]).await?;
    let families = relatives(stage).await?;
    let beneficiary = &families[0].beneficiary;
    sent(stage, &families).await?;
    stage.scene.pay(beneficiary, HOSPITAL, PRICE).await?;
    checker::settled(&stage.scene.sources()?, REST).await?;
    let before = owed(stage).await?;

    let mut payments = paying(stage, beneficiary)?;
    let paid = async {
        let (mut paid, mut shed) = (Vec::new(), 0);
        while let Some(ended) = payments.join_next().await {
            let (reply, times): (Reply, u64) = ended.context("a payment panicked")??;
            paid.push(reply);
            shed += times;
        }
        anyhow::Ok((paid, shed))
    };
    let ((paid, shed), ()) = try_join(paid, sent(stage, &families)).await?;
    stage.fired("calls that a full book told to come again", 1, shed);
    let price = Yuan::parse(PRICE)?.fen();
    ensure!(paid.len() == PAYMENTS && paid.iter().all(|reply| reply.shared == Some(price)), "{paid:?}");

    checker::settled(&stage.scene.sources()?, REST).await?;
    let spent = price * i64::try_from(PAYMENTS)?;
    ensure!(owed(stage).await? == before + spent, "Jiangsu owes {before} before {spent} more were spent");
    let lots = stage.scene.desk.lots_of(beneficiary).await?;
    let left = lots.iter().map(|lot| Yuan::parse(&lot.remaining)).collect::<Result<Vec<_>, _>>()?;
    let granted = 2 * Yuan::parse(SENT)?.fen() * i64::try_from(RELATIVES)?;
    assert_eq!(Yuan::total(left)?.fen(), granted - spent - price, "{lots:?}");
    Ok(())
}

/// Relatives in Jiangsu of one person in Sichuan.
async fn relatives(stage: &Stage) -> Result<Vec<Family>> {
    let scene = &stage.scene;
    let beneficiary = &scene.person(Scheme::Resident, pool(510_100), true).await?;
    let relatives = (0..RELATIVES).map(async |_| {
        let sharer = scene.employee(pool(320_100), "500.00").await?;
        let bond = scene.bond(&sharer, beneficiary, Relation::Sibling).await?;
        Ok(Family { sharer, beneficiary: beneficiary.clone(), bond })
    });
    try_join_all(relatives).await
}

/// All of them send at the same time, and all of it arrives.
async fn sent(stage: &Stage, families: &[Family]) -> Result<()> {
    let scene = &stage.scene;
    let sends = families.iter().map(async |family| {
        let transfer = testkit::people::id();
        scene.send(&transfer, family, SENT).await?;
        scene.desk.until_state(&transfer, &family.sharer, TransferState::Claimed).await
    });
    try_join_all(sends).await.map(|_| ())
}

/// Every payment waits until all of them are ready.
fn paying(stage: &mut Stage, beneficiary: &Party) -> Result<JoinSet<Result<(Reply, u64)>>> {
    let start = Arc::new(Barrier::new(PAYMENTS));
    let bill = stage.scene.bill(HOSPITAL, PRICE);
    let doors = (0..DOORS).map(|_| stage.witness()).collect::<Result<Vec<_>>>()?;
    let mut payments = JoinSet::new();
    for number in 0..PAYMENTS {
        let (witness, _) = doors[number % DOORS].clone();
        let (order, start) = (Order::payment(beneficiary, &bill), start.clone());
        payments.spawn(async move {
            start.wait().await;
            taken(&witness, &order).await
        });
    }
    Ok(payments)
}

/// Asks until it is taken, no sooner than told; gives how often it was not.
async fn taken(witness: &Witness, order: &Order) -> Result<(Reply, u64)> {
    let (deadline, mut shed) = (Instant::now() + REST, 0);
    loop {
        let status: Status = match witness.ask(order).await {
            Ok(reply) => return Ok((reply, shed)),
            Err(status) => status,
        };
        ensure!(Instant::now() < deadline, "{order:?} is still {status:?}");
        if status.code() == Code::ResourceExhausted {
            let told = status::read(&status).and_then(|told| told.refusal.retry_after);
            tokio::time::sleep(told.context("whoever is shed is told when to come again")?).await;
            shed += 1;
        } else {
            ensure!(is_uncertain(&status), "{order:?}: {status:?}");
        }
    }
}

/// What Jiangsu owes Sichuan, in fen.
async fn owed(stage: &Stage) -> Result<i64> {
    let positions = stage.scene.desk.positions().await?;
    let position = positions.iter().find(|row| (row.debtor.as_str(), row.creditor.as_str()) == ("32", "51"));
    let net = position.map_or("0", |row| row.net_amount.as_str());
    Ok(Yuan::parse(net)?.fen())
}
