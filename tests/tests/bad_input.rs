//! Bad input to every write and read: each fault is named by its field in two languages, all of them at once, and
//! nothing is stored.

#[path = "bad_input/money.rs"]
mod money;
#[path = "bad_input/people.rs"]
mod people;
#[path = "bad_input/reads.rs"]
mod reads;
#[path = "bad_input/reuse.rs"]
mod reuse;
#[path = "bad_input/table.rs"]
mod table;

use anyhow::Result;
use e2e::{Family, Scene, assert_refused, pool, time_of};
use proto::{identity::Scheme, settlement::TransferState};
use sqlx::{Connection, PgConnection};
use testkit::people::id;

const HOSPITAL: &str = "H51010400123";

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_named_field_by_field_and_stores_nothing() -> Result<()> {
    let scene = Scene::start("bad_input", time_of("2026-03-10", 10, 0, 0)).await?;
    scene.institution(HOSPITAL, pool(510_100)).await?;
    let family = scene.family(320_100, "500.00", 510_100, false).await?;
    let transfer = id();
    let sent = scene.send(&transfer, &family, "64.00").await?;
    assert_eq!(sent.state(), TransferState::PendingClaim);
    // Makes the institution and the patient known to the book.
    let paid = scene.pay(&family.beneficiary, HOSPITAL, "1.00").await?;
    checker::settled(&scene.sources()?, std::time::Duration::from_secs(30)).await?;
    let before = stored(&scene).await?;
    people::register_person(&scene).await?;
    people::record_enrolment(&scene, &family).await?;
    people::propose_bond(&scene, &family).await?;
    people::answer_bond(&scene, &family).await?;
    people::open_wallet(&scene, &family).await?;
    people::freeze_wallet(&scene, &family).await?;
    money::credit_personal_account(&scene, &family).await?;
    money::create_transfer(&scene, &family).await?;
    money::answer_transfer(&scene, &family, &transfer).await?;
    money::put_institution(&scene).await?;
    money::pay(&scene, &family).await?;
    money::batch_pay(&scene, &family).await?;
    money::refund_and_reverse(&scene, &family, &paid).await?;
    reads::wallets(&scene, &family).await?;
    reads::payments(&scene, &paid.payment_id).await?;
    reads::streams(&scene).await?;
    reads::rules(&scene).await?;
    assert_eq!(stored(&scene).await?, before, "bad input was stored (records, burnt ids)");
    others_are_refused(&scene, &family, &transfer).await?;
    reuse::every_write(&scene).await?;
    scene.finish().await
}

/// Records and burnt ids of every database.
async fn stored(scene: &Scene) -> Result<Vec<(String, i64, i64)>> {
    let mut found = Vec::new();
    for (name, url) in scene.sources()?.all() {
        let mut conn = PgConnection::connect(url).await?;
        let count = "SELECT (SELECT count(*) FROM record), (SELECT count(*) FROM request)";
        let (records, ids) = sqlx::query_as(count).fetch_one(&mut conn).await?;
        found.push((name, records, ids));
    }
    Ok(found)
}

/// What is well-formed and yet not the caller's to ask.
async fn others_are_refused(scene: &Scene, family: &Family, transfer: &str) -> Result<()> {
    let stranger = scene.person(Scheme::Resident, pool(510_100), false).await?;
    let unknown = testkit::desk::Party { person: id(), ..stranger.clone() };
    assert_refused(scene.desk.wallet_of(&unknown).await, "WALLET_UNKNOWN");
    let theirs = testkit::desk::Party { person: family.sharer.person.clone(), ..stranger.clone() };
    assert_refused(scene.desk.wallet_of(&theirs).await, "WRONG_BOOK");
    assert_refused(scene.desk.transfer(transfer, &stranger).await, "OUT_OF_SCOPE");
    assert_refused(scene.desk.claim(&id(), transfer, &stranger).await, "OUT_OF_SCOPE");
    let as_sharer = Family { sharer: stranger.clone(), ..family.clone() };
    assert_refused(scene.send(&id(), &as_sharer, "1.00").await, "OUT_OF_SCOPE");
    let enrolled = scene.desk.enrol(&id(), Scheme::Resident, pool(510_100), "2020-01-01").await;
    assert_refused(enrolled, "PERSON_UNKNOWN");
    // The same id for something else: the first content stands.
    assert_refused(scene.send(transfer, family, "1.00").await, "REQUEST_ID_REUSED");
    Ok(())
}
