//! Couples who share with each other across two provinces, sending and paying both ways at the same time: whatever one
//! book does after the other, no two ever wait for each other.

use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use checker::history::Reply;
use e2e::{Family, Order, Scene, Witness, pool};
use futures::future::try_join_all;
use proto::{identity::Scheme, kinship::Relation, settlement::TransferState};
use testkit::desk::{Bill, Desk, Party};
use tokio::{sync::Barrier, task::JoinSet};
use tonic::Status;

use crate::{AT_HOME, HOSPITAL, stage::Stage};

/// Four clients each: both send, both pay.
const COUPLES: usize = 16;
const CLIENTS: usize = 4 * COUPLES;
/// What one may send in a day.
const TRANSFERS: usize = 3;
const PAYMENTS: usize = 8;
/// Of 1,000 requests so many are done at once, without being sent again.
const DONE_AT_ONCE: usize = 990;

/// One direction of a couple, and the bill of who receives.
struct Way {
    family: Family,
    bill: Bill,
}

/// What a client was answered.
#[derive(Default)]
struct Told {
    asked: usize,
    not_done: Vec<Status>,
}

pub(crate) async fn couples_that_share_both_ways_never_lock_each_other_out(stage: &mut Stage) -> Result<()> {
    let couples = try_join_all((0..COUPLES).map(|_| couple(&stage.scene))).await?;
    let start = Arc::new(Barrier::new(CLIENTS));
    let mut clients = JoinSet::new();
    for way in couples.into_iter().flatten() {
        let way = Arc::new(way);
        let (witness, desk) = stage.witness()?;
        clients.spawn(send(way.clone(), witness, desk, start.clone()));
        let (witness, _) = stage.witness()?;
        clients.spawn(pay(way, witness, start.clone()));
    }
    let mut all = Told::default();
    while let Some(ended) = clients.join_next().await {
        let told: Told = ended.context("a client panicked")??;
        all.asked += told.asked;
        all.not_done.extend(told.not_done);
    }
    stage.fired("requests of couples both ways", 500, u64::try_from(all.asked)?);
    let done = all.asked - all.not_done.len();
    ensure!(
        done * 1_000 >= all.asked * DONE_AT_ONCE,
        "{done} of {} were done at once; not {:?}",
        all.asked,
        all.not_done
    );
    Ok(())
}

/// Both ways of a couple who are known in both books.
async fn couple(scene: &Scene) -> Result<[Way; 2]> {
    let spouse = async |code| {
        let party = scene.person(Scheme::Employee, pool(code), true).await?;
        scene.credit(&party, "500.00").await?;
        anyhow::Ok(party)
    };
    let (one, other) = (spouse(320_100).await?, spouse(510_100).await?);
    let way = async |from: &Party, to: &Party, hospital| {
        let bond = scene.bond(from, to, Relation::Spouse).await?;
        scene.pay(to, hospital, "0.01").await?;
        let family = Family { sharer: from.clone(), beneficiary: to.clone(), bond };
        anyhow::Ok(Way { family, bill: scene.bill(hospital, "0.50") })
    };
    Ok([way(&one, &other, HOSPITAL).await?, way(&other, &one, AT_HOME).await?])
}

/// Sends as often as one may, the next as soon as the one before has arrived.
async fn send(way: Arc<Way>, witness: Witness, desk: Desk, start: Arc<Barrier>) -> Result<Told> {
    start.wait().await;
    let mut told = Told::default();
    for _ in 0..TRANSFERS {
        let order = Order::transfer(&way.family, "16.00");
        told.ask(&witness, &order).await?;
        desk.until_state(&order.key.to_string(), &way.family.sharer, TransferState::Claimed).await?;
    }
    Ok(told)
}

/// Pays for who receives, and gets a part of it back.
async fn pay(way: Arc<Way>, witness: Witness, start: Arc<Barrier>) -> Result<Told> {
    start.wait().await;
    let mut told = Told::default();
    for _ in 0..PAYMENTS {
        let payment = Order::payment(&way.family.beneficiary, &way.bill);
        told.ask(&witness, &payment).await?;
        told.ask(&witness, &Order::refund(&payment.bought(), "0.20")).await?;
    }
    Ok(told)
}

impl Told {
    /// Asks once; what was not done then is done before the next.
    async fn ask(&mut self, witness: &Witness, order: &Order) -> Result<Reply> {
        self.asked += 1;
        let mut answer = witness.ask(order).await;
        while let Err(status) = answer {
            ensure!(e2e::is_uncertain(&status), "{order:?}: {status:?}");
            self.not_done.push(status);
            answer = witness.ask(order).await;
        }
        Ok(answer?)
    }
}
