//! The checker can fail: for each invariant one row is altered behind the services' back, and the finding must
//! name that invariant.

use anyhow::{Context, Result};
use e2e::{Scene, pool, time_of};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkit::{
    checker::{self, Sources},
    database,
    people::id,
};

const HOSPITAL: &str = "H51010400123";
const SUZHOU: &str = "H32050400123";

/// The invariant that must be found broken, in which database, and what breaks it.
const TAMPERINGS: &[(&str, &str, &str)] = &[
    ("B1", "32", "UPDATE account SET balance = balance + 1 WHERE kind = 'fund'"),
    ("B1", "32", "UPDATE posting SET ledger = 'QUOTA' WHERE seq = (SELECT min(seq) FROM posting)"),
    ("B1", "32", "UPDATE account SET key = replace(key, 'pa.current', 'suspense') WHERE kind = 'pa.current'"),
    (
        "B2",
        "32",
        "ALTER TABLE account DROP CONSTRAINT account_personal_not_negative;
         UPDATE account SET balance = -1 WHERE kind = 'pa.current'",
    ),
    ("B3", "51", "UPDATE account SET balance = balance - 1 WHERE kind = 'quota'"),
    ("B4", "51", "UPDATE lot SET consumed = consumed + 1 WHERE state = 'OPEN' AND consumed < granted"),
    ("B4", "51", "UPDATE lot SET state = 'CLOSED', closed_by = 'REVOKE' WHERE state = 'OPEN'"),
    ("B4", "51", "UPDATE leg SET owner = gen_random_uuid() WHERE kind = 'LOT'"),
    ("B5", "32", "UPDATE hop SET consumed = consumed + 1 WHERE consumed < granted"),
    ("B5", "32", "UPDATE earmark SET returned = returned - 1 WHERE returned > 0"),
    ("B5", "32", "UPDATE earmark SET from_prior = 1, from_current = from_current - 1 WHERE state = 'OPEN'"),
    ("B6", "51", "UPDATE leg SET amount = amount + 1 WHERE kind = 'LOT'"),
    ("B6", "51", "UPDATE refund_leg SET amount = amount + 1"),
    ("B6", "51", "UPDATE payment SET state = 'PAID' WHERE state = 'PARTLY_REFUNDED'"),
    ("B6", "51", "DELETE FROM refund"),
    ("B7", "51", "UPDATE account SET balance = balance - 1 WHERE kind = 'receivable'"),
    ("B7", "51", "UPDATE account SET balance = balance + 1 WHERE kind = 'institution'"),
    ("B8", "32", "UPDATE posting SET amount = amount + 1 WHERE seq = (SELECT max(seq) FROM posting)"),
    ("B8", "32", "DELETE FROM posting WHERE seq = (SELECT max(seq) FROM posting)"),
    ("B8", "32", "UPDATE posting SET debit_previous = debit_previous + 1 WHERE debit_previous IS NOT NULL"),
    ("B8", "32", "UPDATE folio SET balance = balance + 1"),
    ("B8", "51", "UPDATE record SET body = body || ' ' WHERE seq = 1"),
    ("B8", "51", "UPDATE record SET at = at + interval '1 microsecond' WHERE seq = 1"),
    ("B8", "51", "DELETE FROM record WHERE seq = 2"),
    ("B8", "51", "UPDATE batch SET root = hash WHERE first_seq = 1"),
    ("B8", "51", "DELETE FROM request WHERE seq = (SELECT min(seq) FROM request)"),
    (
        "B8",
        "settlement",
        "UPDATE record SET body = replace(body, 'a', 'b') WHERE seq = (SELECT max(seq) FROM record)",
    ),
    ("B8", "identity", "UPDATE head SET hash = decode(repeat('11', 32), 'hex')"),
    ("B8", "kinship", "UPDATE record SET label = 'other' WHERE seq = 1"),
    ("X1", "32", "UPDATE hop SET at_seq = 1 WHERE consumed > 0"),
    ("X1", "settlement", "UPDATE lot SET consumed = consumed + 1"),
    ("X2", "32", "UPDATE account SET balance = balance + 1 WHERE kind = 'payable'"),
    ("X3", "32", "UPDATE hop SET granted = granted + 1 WHERE state = 'OPEN'"),
    ("X3", "32", "UPDATE hop SET state = 'CLOSED' WHERE state = 'OPEN'"),
    ("X3", "51", "UPDATE lot SET bond = gen_random_uuid() WHERE state = 'OPEN'"),
    ("X4", "settlement", "UPDATE obligation SET amount = amount + 1 WHERE amount > 0"),
    ("X4", "settlement", "DELETE FROM obligation WHERE kind = 'R'"),
    ("X4", "settlement", "UPDATE obligation SET sequence = sequence + 1000"),
    ("X4", "settlement", "UPDATE position SET gross = gross + 1"),
    ("X4", "settlement", "UPDATE cursor SET hash = decode(repeat('11', 32), 'hex')"),
    ("X5", "settlement", "UPDATE obligation SET period = '2001-01'"),
    (
        "X5",
        "settlement",
        "DROP INDEX period_one_is_open;
         INSERT INTO period (id, state, opened_at) VALUES ('2001-01', 'OPEN', now())",
    ),
    ("X6", "identity", "UPDATE person SET place_of_use = '630100' WHERE place_of_use = '510100'"),
    ("X6", "51", "UPDATE wallet SET wallet = gen_random_uuid()"),
    ("X7", "settlement", "UPDATE day_slot SET n = n - 1"),
    ("X7", "settlement", "DELETE FROM day_slot"),
    ("X7", "settlement", "DELETE FROM open_pair"),
    ("X7", "settlement", "UPDATE transfer SET civil_day = civil_day - 1"),
    ("R-078", "settlement", "UPDATE transfer SET amount = 200001"),
    ("R-079", "settlement", "UPDATE transfer SET accepted_at = accepted_at + interval '12 hours'"),
    ("R-103", "settlement", "UPDATE transfer SET return_by = return_by + interval '1 second'"),
    ("ENDS", "settlement", "UPDATE progress SET due = true"),
    ("ENDS", "settlement", "UPDATE progress SET state_name = 'CLOSING' WHERE state_name = 'CLAIMED'"),
    ("ENDS", "settlement", "UPDATE progress SET state_name = 'RETURNED' WHERE state_name = 'PENDING_CLAIM'"),
    ("ENDS", "settlement", "DELETE FROM progress WHERE state_name = 'CLAIMED'"),
    ("PARKED", "settlement", "UPDATE progress SET parked_at = now(), park_error = 'tampered'"),
    (
        "QUARANTINE",
        "32",
        "INSERT INTO quarantine (at, label, body, error) VALUES (now(), 'pay', '{}', 'tampered')",
    ),
    (
        "UNREADABLE",
        "settlement",
        "INSERT INTO unreadable (feed, seq, at, bytes, error) VALUES ('book', 1, now(), '', 'tampered')",
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_invariant_is_found_broken_when_it_is_broken() -> Result<()> {
    let mut scene = Scene::start("checker", time_of("2026-03-10", 10, 0, 0)).await?;
    a_life(&mut scene).await?;
    let verdict = scene.verdict().await?;
    verdict.assert_clean();
    let invariants = ["B3", "B4", "B5", "B6", "B7", "X1", "X2", "X3", "X4", "X5", "X6", "X7"];
    for invariant in invariants.into_iter().chain(["R-078", "R-079", "R-103", "ENDS"]) {
        assert!(verdict.looked_at(invariant) > 0, "{invariant} was judged over nothing");
    }
    let sources = scene.sources()?;
    scene.finish().await?;
    let mut missed = Vec::new();
    for (invariant, name, statement) in TAMPERINGS {
        let found = tampered(&sources, name, statement).await;
        let verdict = found.with_context(|| format!("{name}: {statement}"))?;
        if !verdict.broken(invariant) {
            missed.push(format!("{invariant} after {statement:?} in {name}; found:\n{verdict}"));
        }
    }
    assert!(
        missed.is_empty(),
        "{} of {} were missed:\n{}",
        missed.len(),
        TAMPERINGS.len(),
        missed.join("\n")
    );
    Ok(())
}

/// A bit of everything: spent and refunded, returned, waiting, and own money in another pool.
async fn a_life(scene: &mut Scene) -> Result<()> {
    scene.institution(HOSPITAL, pool(510_100)).await?;
    scene.institution(SUZHOU, pool(320_500)).await?;
    let family = scene.family(320_100, "100.00", 510_100, false).await?;
    let (first, second, claim) = (id(), id(), id());
    scene.send(&first, &family, "64.00").await?;
    scene.certain(|| scene.desk.claim(&claim, &first, &family.beneficiary)).await?;
    let paid = scene.pay(&family.beneficiary, HOSPITAL, "48.00").await?;
    scene.desk.refund(&paid, "8.00", &family.beneficiary).await?;
    scene.send(&second, &family, "1.00").await?;
    scene.desk.decline(&second, &family.beneficiary).await?;
    let state = proto::settlement::TransferState::Returned;
    scene.desk.until_state(&second, &family.sharer, state).await?;
    scene.send(&id(), &family, "2.00").await?;
    scene.pay(&family.sharer, SUZHOU, "4.00").await?;
    Ok(())
}

/// The verdict over a country in which one database was replaced by an altered copy.
async fn tampered(sources: &Sources, name: &str, statement: &str) -> Result<checker::Verdict> {
    let url = match name {
        "settlement" => &sources.settlement,
        "identity" => &sources.identity,
        "kinship" => &sources.kinship,
        province => sources.books.get(province).context("a book")?,
    };
    let (base, original) = url.rsplit_once('/').context("an address ends with a database")?;
    let copy = format!("{original}_t");
    let mut server = PgConnection::connect(&database::server_url()?).await?;
    let make = format!("CREATE DATABASE {copy} TEMPLATE {original}");
    sqlx::query(AssertSqlSafe(make)).execute(&mut server).await?;
    let address = format!("{base}/{copy}");
    let mut conn = PgConnection::connect(&address).await?;
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut conn).await?;
    conn.close().await?;
    let mut altered = sources.clone();
    match name {
        "settlement" => altered.settlement = address,
        "identity" => altered.identity = address,
        "kinship" => altered.kinship = address,
        province => drop(altered.books.insert(province.to_owned(), address)),
    }
    let verdict = checker::check(&altered).await;
    let drop = format!("DROP DATABASE {copy} WITH (FORCE)");
    sqlx::query(AssertSqlSafe(drop)).execute(&mut server).await?;
    server.close().await?;
    verdict
}
