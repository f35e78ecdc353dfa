//! The checker can fail: for each invariant one row is altered behind the services' back, and the finding must
//! name that invariant. While the services work it finds nothing, and what is wrong it finds then as well.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use checker::{Observer, Sources};
use e2e::{Altered, Family, Scene, pool, time_of};
use futures::future::try_join_all;
use testkit::people::id;

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
    let altered = Altered::make(sources, name, statement).await?;
    let verdict = checker::check(&altered.sources).await;
    altered.forget().await?;
    verdict
}

/// How long databases may disagree with each other while this load goes on.
const LATE: Duration = Duration::from_secs(10);
const FAMILIES: usize = 6;

#[tokio::test(flavor = "multi_thread")]
async fn looked_at_under_load_nothing_is_broken_and_what_is_tampered_with_is_found() -> Result<()> {
    let scene = Scene::start("online", time_of("2026-03-10", 10, 0, 0)).await?;
    scene.institution(HOSPITAL, pool(510_100)).await?;
    let mut families = Vec::new();
    for _ in 0..FAMILIES {
        families.push(scene.family(320_100, "100.00", 510_100, false).await?);
    }
    let sources = scene.sources()?;
    let mut observer = Observer::new(LATE);
    let load = try_join_all(families.iter().map(|family| busy(&scene, family)));
    observer.during(&sources, Duration::from_millis(20), load).await?;
    assert!(observer.looks() >= 5, "{} looks are none", observer.looks());
    assert_eq!(observer.missed(), 0, "every database could be read");
    observer.verdict().assert_clean();
    for invariant in ["B4", "B5", "B7", "X1", "X2", "X3", "X4", "X7"] {
        assert!(observer.verdict().looked_at(invariant) > 0, "{invariant} was judged over nothing");
    }
    scene.finish().await?;
    a_tampered_balance(&sources).await?;
    a_disagreement(&sources).await
}

/// A family that sends, takes, spends, gives back and pays on, one after the other.
async fn busy(scene: &Scene, family: &Family) -> Result<()> {
    for _ in 0..3 {
        let (transfer, claim) = (id(), id());
        scene.send(&transfer, family, "5.00").await?;
        scene.certain(|| scene.desk.claim(&claim, &transfer, &family.beneficiary)).await?;
        for _ in 0..12 {
            let paid = scene.pay(&family.beneficiary, HOSPITAL, "0.50").await?;
            scene.desk.refund(&paid, "0.20", &family.beneficiary).await?;
        }
    }
    Ok(())
}

/// Within one database nothing is waited for.
async fn a_tampered_balance(sources: &Sources) -> Result<()> {
    let statement = "UPDATE account SET balance = balance + 7 WHERE kind = 'fund'";
    let altered = Altered::make(sources, "32", statement).await?;
    let mut observer = Observer::new(LATE);
    let verdict = observer.look(&altered.sources).await;
    altered.forget().await?;
    let verdict = verdict?;
    let found = verdict.findings.iter().find(|finding| finding.invariant == "B1").context("B1 is broken")?;
    assert_eq!((found.place.as_str(), found.off), ("book 32", 7), "{verdict}");
    Ok(())
}

/// Between two databases a disagreement must last, and then it is found, even where each is right by itself.
async fn a_disagreement(sources: &Sources) -> Result<()> {
    let statement = "UPDATE lot SET consumed = consumed + 1";
    let altered = Altered::make(sources, "settlement", statement).await?;
    let late = Duration::from_millis(300);
    let mut observer = Observer::new(late);
    let first = observer.look(&altered.sources).await?;
    assert!(first.findings.is_empty(), "it may still end by itself:\n{first}");
    assert!(observer.waiting() > 0, "it was seen");
    let began = Instant::now();
    while began.elapsed() <= late {
        observer.look(&altered.sources).await?;
    }
    let last = observer.look(&altered.sources).await?;
    altered.forget().await?;
    assert!(last.broken("X1"), "it has lasted too long:\n{last}");
    assert!(observer.look(sources).await?.findings.is_empty(), "it has ended");
    assert_eq!(observer.waiting(), 0, "nothing is left to wait for");
    assert!(observer.verdict().broken("X1"), "what was found stays found");
    Ok(())
}
