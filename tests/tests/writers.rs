//! The batch writer through the whole cluster: two of them on one book, commits whose answers are lost, and a
//! command that the database refuses, each with a crowd of other work around it.

#[path = "writers/crowd.rs"]
mod crowd;

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use e2e::{Family, Scene, is_uncertain, pool, reason, time_of};
use futures::future::{join, join_all, try_join_all};
use money::Yuan;
use proto::{
    settlement::TransferState,
    wallet::{PaymentState, Refund},
};
use sqlx::{Connection, PgConnection};
use testkit::{desk::Desk, people::id, pgproxy::CommitLoser};
use tonic::Code;

use crate::crowd::{ADMITTED, Crowd, Order};

const HOSPITAL: &str = "H51010400123";
const BOOK: &str = "wallet-51";
const SECOND: &str = "second-wallet-51";
/// More payments than one batch holds, and about how many that is: each counts as 18 of 4,096 rows.
const CROWD: usize = 300;
const FULL: i64 = 200;
/// Each payment, and what is refunded of it.
const PRICE: &str = "1.00";
const BACK: &str = "0.25";
/// The price that no database row may have in one of the tests.
const POISON: &str = "6.66";
/// The database notes which connection wrote each batch; a writer has one of its own.
const NOTE_WHO: &str = "CREATE TABLE written_by (last_seq bigint, pid integer);
    CREATE FUNCTION note_who() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO written_by VALUES (NEW.last_seq, pg_backend_pid());
        RETURN NEW;
    END $$;
    CREATE TRIGGER note_who BEFORE INSERT ON batch FOR EACH ROW EXECUTE FUNCTION note_who();";

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_on_one_book_lose_and_double_nothing() -> Result<()> {
    let mut scene = Scene::start("two_writers", time_of("2026-03-10", 8, 0, 0)).await?;
    scene.institution(HOSPITAL, pool(510_100)).await?;
    let families = try_join_all((0..6).map(|_| scene.family(320_100, "5000.00", 510_100, true))).await?;
    scene.cluster.start_second(BOOK, SECOND).await?;
    execute(&scene, NOTE_WHO).await?;
    let doors = doors(&scene)?;
    for door in &doors {
        // Paid in cash, for nobody has been sent anything yet: from now on each process knows the hospital.
        door.pay_when_known(&families[0].beneficiary, &scene.bill(HOSPITAL, PRICE)).await?;
    }
    let lives = try_join_all(families.iter().map(|family| life(&scene, &doors, family))).await?;

    let mut answered: Vec<(i64, usize)> = lives.concat();
    answered.sort_unstable();
    let sequences: Vec<i64> = answered.iter().map(|(sequence, _)| *sequence).collect();
    assert!(sequences.windows(2).all(|pair| pair[0] < pair[1]), "each payment has a record of its own");
    let mut connections = BTreeSet::new();
    for door in [0, 1] {
        let by: Vec<i64> = answered.iter().filter(|(_, by)| *by == door).map(|(at, _)| *at).collect();
        assert_eq!(by.len(), 6 * 3 * 4, "payments that only process {door} was asked for");
        for connection in written_by(&scene, &by).await? {
            assert!(connections.insert(connection), "process {door} has not written what it was asked for");
        }
    }
    assert!(connections.len() >= 2, "{connections:?}");
    // Not one after the other: the record goes back and forth between the two.
    let turns = answered.windows(2).filter(|pair| pair[0].1 != pair[1].1).count();
    assert!(turns >= 12, "the processes took turns {turns} times only");
    for family in &families {
        // 224.00 were sent; 27 payments, 24 of them partly refunded.
        assert_eq!(quota(&scene, family).await?, "203.00");
    }
    assert_eq!(count(&scene, "SELECT count(*) FROM payment").await?, 2 + 6 * 27);
    assert_eq!(count(&scene, "SELECT count(*) FROM refund").await?, 6 * 24);
    scene.finish().await
}

/// The connections that have written these records.
async fn written_by(scene: &Scene, sequences: &[i64]) -> Result<Vec<i32>> {
    let mut conn = PgConnection::connect(scene.cluster.database(BOOK)?).await?;
    let pids = "SELECT DISTINCT pid FROM written_by JOIN batch USING (last_seq)
        JOIN unnest($1::bigint[]) AS seq ON seq BETWEEN first_seq AND last_seq";
    Ok(sqlx::query_scalar(pids).bind(sequences).fetch_all(&mut conn).await?)
}

/// The first process of the book, which settlement knows, and the second.
fn doors(scene: &Scene) -> Result<[Desk; 2]> {
    let others = ["identity", "kinship-registry", "settlement"].map(|name| scene.channel(name));
    let [identity, kinship, settlement] = others;
    let wallets = [(pool(510_100).province(), scene.channel(SECOND))].into();
    Ok([scene.desk.clone(), Desk::from_channels(identity, kinship, settlement, wallets)])
}

/// Three transfers, each spent and refunded through both processes while the next family does the same. Gives the
/// records of the payments that one process alone was asked for, with that process.
async fn life(scene: &Scene, doors: &[Desk; 2], family: &Family) -> Result<Vec<(i64, usize)>> {
    let mut answered = Vec::new();
    for amount in ["32.00", "64.00", "128.00"] {
        claimed(scene, family, amount).await?;
        let order = || Order::new(scene, &family.beneficiary, HOSPITAL, PRICE);
        let orders: Vec<Order> = (0..8).map(|_| order()).collect();
        // Two at a time, one through each: asked for all at once, a batch of each process might hold them.
        for pair in orders.chunks(2) {
            let pays = pair.iter().zip([0, 1]).map(async |(order, door)| {
                let payment = scene.certain(|| order.pay(&doors[door])).await?;
                assert_eq!(payment.payment_id, order.payment);
                anyhow::Ok((payment.sequence, door))
            });
            answered.extend(try_join_all(pays).await?);
        }
        let raced = order();
        let ask = async |door: usize| scene.certain(|| raced.pay(&doors[door])).await;
        let (one, other) = join(ask(0), ask(1)).await;
        assert_eq!(one?, other?, "asked for at both at the same time, it is one payment");
        let refunds = orders.iter().enumerate().map(async |(at, order)| {
            // At the process that did not take the payment; then at the other, which must remember.
            let refund = id();
            let ask = async |door: usize| scene.certain(|| order.refund(&doors[door], &refund, BACK)).await;
            assert_eq!(
                ask((at + 1) % 2).await?,
                ask(at % 2).await?,
                "a repeat is answered as the first time"
            );
            anyhow::Ok(())
        });
        try_join_all(refunds).await?;
    }
    Ok(answered)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_to_a_commit_is_found_out_for_a_full_batch() -> Result<()> {
    let mut scene = crowded("lost_answers").await?;
    let families = families(&scene).await?;
    let loser = behind_a_loser(&mut scene, BOOK).await?;
    let of_settlement = behind_a_loser(&mut scene, "settlement").await?;
    scene.pay(&families[0].beneficiary, HOSPITAL, PRICE).await?;
    let crowd = Crowd::before(&scene, BOOK, &families[0].beneficiary).await?;
    let orders = orders(&scene, &families);

    let pay = async |at: usize, door: &Desk| crowd.admitted(|| scene.certain(|| orders[at].pay(door))).await;
    let (paid, sizes) = crowd.ask(CROWD, pay, || loser.lose(3)).await?;
    // One, a full batch, and some of what was left: of none of them did the writer hear that it was committed.
    assert_eq!(loser.lost(), 3);
    assert!(sizes.len() >= 3 && sizes[1] >= FULL, "batches of {sizes:?}");
    let paid = paid.into_iter().collect::<Result<Vec<_>, _>>()?;
    for (order, payment) in orders.iter().zip(&paid) {
        assert_eq!((&payment.payment_id, payment.state()), (&order.payment, PaymentState::Paid));
    }
    let again = try_join_all(orders.iter().map(async |order| order.pay(&scene.desk).await));
    assert_eq!(again.await?, paid, "a repeat is answered as the first time");

    let refunds: Vec<String> = orders.iter().map(|_| id()).collect();
    let refund = async |at: usize, door: &Desk| -> Result<Refund, _> {
        crowd.admitted(|| scene.certain(|| orders[at].refund(door, &refunds[at], BACK))).await
    };
    let (refunded, sizes) = crowd.ask(CROWD, refund, || loser.lose(2)).await?;
    assert_eq!(loser.lost(), 3 + 2);
    assert!(sizes[1] >= FULL, "batches of {sizes:?}");
    let refunded = refunded.into_iter().collect::<Result<Vec<_>, _>>()?;
    let again = orders.iter().zip(&refunds).map(|(order, refund)| order.refund(&scene.desk, refund, BACK));
    assert_eq!(try_join_all(again).await?, refunded);

    transfers_survive_lost_answers(&scene, &families, &of_settlement).await?;
    for (at, family) in families.iter().enumerate() {
        // 75 payments of 1.00 with 0.25 back, one payment more for the first, and 16.00 that came since.
        assert_eq!(quota(&scene, family).await?, if at == 0 { "1958.75" } else { "1959.75" });
    }
    assert_eq!(count(&scene, "SELECT count(*) FROM payment").await?, CROWD + 1);
    assert_eq!(count(&scene, "SELECT count(*) FROM refund").await?, CROWD);
    scene.finish().await
}

/// A country in which fewer commands may wait for a writer than a crowd brings.
async fn crowded(name: &str) -> Result<Scene> {
    let environment = vec![("GONGJI_QUEUE_LIMIT".to_owned(), ADMITTED.to_string())];
    Scene::start_with(name, time_of("2026-03-10", 8, 0, 0), environment).await
}

/// Settlement does not hear of its own commits either.
async fn transfers_survive_lost_answers(
    scene: &Scene,
    families: &[Family],
    loser: &CommitLoser,
) -> Result<()> {
    let before = loser.lost();
    loser.lose(4);
    try_join_all(families.iter().map(|family| claimed(scene, family, "16.00"))).await?;
    let all = async || Ok((loser.lost() == before + 4).then_some(()));
    scene.eventually("settlement loses the answers to four commits", all).await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_poisonous_command_among_many_stops_no_other() -> Result<()> {
    let scene = crowded("poison").await?;
    let families = families(&scene).await?;
    scene.pay(&families[0].beneficiary, HOSPITAL, PRICE).await?;
    let crowd = Crowd::before(&scene, BOOK, &families[0].beneficiary).await?;
    let mut orders = orders(&scene, &families);
    let bad = 100;
    orders[bad] = Order::new(&scene, &families[0].beneficiary, HOSPITAL, POISON);
    poison(&scene, "payment", "total").await?;

    // Nobody who was admitted asks twice: whoever is answered was not held up.
    let pay = async |at: usize, door: &Desk| crowd.admitted(|| orders[at].pay(door)).await;
    let (mut answers, sizes) = crowd.ask(CROWD, pay, || {}).await?;
    assert!(sizes.iter().sum::<i64>() == CROWD as i64 - 1 && sizes.len() > 3, "halved into {sizes:?}");
    let unknown = answers.remove(bad).expect_err("it cannot be stored");
    assert!(unknown.code() == Code::Internal && is_uncertain(&unknown), "{unknown:?}");
    assert_eq!(reason(&unknown), "INTERNAL", "nothing is said to be refused");
    assert_eq!(answers.into_iter().collect::<Result<Vec<_>, _>>()?.len(), CROWD - 1);
    let set_aside = set_aside(&scene).await?;
    let [(label, body, error)] = set_aside.as_slice() else { panic!("{set_aside:?}") };
    assert!(label == "pay" && body.contains(&orders[bad].payment) && error.contains("poison"), "{error}");
    scene.verdict().await?.expecting("QUARANTINE").assert_clean();

    cure(&scene, "payment").await?;
    let paid = scene.certain(|| orders[bad].pay(&scene.desk)).await?;
    assert_eq!((&paid.payment_id, paid.state()), (&orders[bad].payment, PaymentState::Paid));
    assert_eq!(orders[bad].pay(&scene.desk).await?, paid, "set aside was not decided; now it is");
    assert_eq!(self::set_aside(&scene).await?.len(), 1);
    scene.verdict().await?.expecting("QUARANTINE").assert_clean();

    a_grant_that_cannot_be_stored_waits_alone(&scene, &families).await?;
    assert_eq!(quota(&scene, &families[0]).await?, "1925.00", "2000.00, 75 payments of 1.00, 6.66 twice");
    // A person has looked at each.
    execute(&scene, "DELETE FROM quarantine").await?;
    scene.finish().await
}

/// Settlement's command to the book is the poisonous one: those beside it pass, and once it can be stored it is,
/// without anybody asking.
async fn a_grant_that_cannot_be_stored_waits_alone(scene: &Scene, families: &[Family]) -> Result<()> {
    let before = set_aside(scene).await?.len();
    poison(scene, "lot", "granted").await?;
    let ids: Vec<String> = families.iter().map(|_| id()).collect();
    let sends =
        ids.iter().zip(families).enumerate().map(async |(at, (id, family))| {
            scene.send(id, family, if at == 0 { POISON } else { "16.00" }).await
        });
    let sends = join_all(sends);
    let others =
        ids.iter().zip(families).skip(1).map(async |(id, family)| {
            scene.desk.until_state(id, &family.sharer, TransferState::Claimed).await
        });
    let (sent, others) = join(sends, try_join_all(others)).await;
    others?;
    sent.into_iter().collect::<Result<Vec<_>, _>>()?;
    let waits = async || Ok((set_aside(scene).await?.len() > before).then_some(()));
    scene.eventually("the grant is set aside", waits).await?;
    let transfer = scene.desk.transfer(&ids[0], &families[0].sharer).await?;
    ensure!(transfer.state() == TransferState::Accepted, "{transfer:?}");
    cure(scene, "lot").await?;
    scene.desk.until_state(&ids[0], &families[0].sharer, TransferState::Claimed).await?;
    Ok(())
}

/// Four beneficiaries with quota that was sent to them, and a hospital.
async fn families(scene: &Scene) -> Result<Vec<Family>> {
    scene.institution(HOSPITAL, pool(510_100)).await?;
    let families = try_join_all((0..4).map(|_| scene.family(320_100, "5000.00", 510_100, true))).await?;
    try_join_all(families.iter().map(|family| claimed(scene, family, "2000.00"))).await?;
    Ok(families)
}

/// A crowd's payments, from each beneficiary as many.
fn orders(scene: &Scene, families: &[Family]) -> Vec<Order> {
    let patients = families.iter().map(|family| &family.beneficiary).cycle().take(CROWD);
    patients.map(|patient| Order::new(scene, patient, HOSPITAL, PRICE)).collect()
}

/// Sends quota to somebody who claims by itself.
async fn claimed(scene: &Scene, family: &Family, amount: &str) -> Result<()> {
    let transfer = id();
    let sent = scene.send(&transfer, family, amount).await?;
    ensure!(sent.transfer_id == transfer && sent.amount == amount, "{sent:?}");
    scene.desk.until_state(&transfer, &family.sharer, TransferState::Claimed).await.map(|_| ())
}

/// Starts a service again with a proxy before its database.
async fn behind_a_loser(scene: &mut Scene, service: &str) -> Result<CommitLoser> {
    let (loser, behind) = CommitLoser::before(scene.cluster.database(service)?).await?;
    scene.cluster.restart(service, &[("GONGJI_DATABASE_URL", &behind)]).await?;
    Ok(loser)
}

/// What a beneficiary can still spend.
async fn quota(scene: &Scene, family: &Family) -> Result<String> {
    let lots = scene.desk.lots_of(&family.beneficiary).await?;
    let left = lots.iter().map(|lot| Yuan::parse(&lot.remaining)).collect::<Result<Vec<_>, _>>()?;
    Ok(Yuan::total(left)?.to_string())
}

/// From now on the book's database refuses rows of a table in which `column` is the poisonous price.
async fn poison(scene: &Scene, table: &str, column: &str) -> Result<()> {
    let fen = Yuan::parse(POISON)?.fen();
    let statement = format!(
        "CREATE FUNCTION poison_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.{column} = {fen} THEN RAISE EXCEPTION 'poison'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER poison BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION poison_{table}();"
    );
    execute(scene, &statement).await
}

async fn cure(scene: &Scene, table: &str) -> Result<()> {
    execute(scene, &format!("DROP TRIGGER poison ON {table}")).await
}

async fn execute(scene: &Scene, statements: &str) -> Result<()> {
    let mut conn = PgConnection::connect(scene.cluster.database(BOOK)?).await?;
    sqlx::raw_sql(sqlx::AssertSqlSafe(statements.to_owned())).execute(&mut conn).await?;
    Ok(conn.close().await?)
}

/// Label, command and cause of each command that the book has set aside.
async fn set_aside(scene: &Scene) -> Result<Vec<(String, String, String)>> {
    let mut conn = PgConnection::connect(scene.cluster.database(BOOK)?).await?;
    let rows = sqlx::query_as("SELECT label, body, error FROM quarantine ORDER BY number");
    Ok(rows.fetch_all(&mut conn).await?)
}

async fn count(scene: &Scene, statement: &'static str) -> Result<usize> {
    let mut conn = PgConnection::connect(scene.cluster.database(BOOK)?).await?;
    Ok(usize::try_from(sqlx::query_scalar::<_, i64>(statement).fetch_one(&mut conn).await?)?)
}
