//! A book that was restored to an earlier state: its followers say so and stop, and nothing is booked twice
//! over the sequence numbers that it uses again.

use std::fs;

use anyhow::Result;
use e2e::{Family, Scene, pool, time_of};
use proto::settlement::TransferState;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkit::{database, people::id};

const HOSPITAL: &str = "H51010400123";

#[tokio::test(flavor = "multi_thread")]
async fn a_book_restored_to_yesterday_is_noticed_and_booked_once() -> Result<()> {
    let mut scene = Scene::start("restored", time_of("2026-03-10", 8, 0, 0)).await?;
    scene.institution(HOSPITAL, pool(510_100)).await?;
    let family = scene.family(320_100, "100.00", 510_100, true).await?;
    scene.send(&id(), &family, "64.00").await?;
    scene.pay(&family.beneficiary, HOSPITAL, "1.00").await?;
    let waiting = scene.family(320_100, "100.00", 510_100, false).await?;
    let unclaimed = id();
    scene.send(&unclaimed, &waiting, "32.00").await?;
    scene.verdict().await?.assert_clean();

    let backup = copy(&mut scene, "CREATE DATABASE {backup} TEMPLATE {book}").await?;
    scene.cluster.restart("wallet-51", &[]).await?;
    spend_some_more(&scene, &family).await?;
    scene.verdict().await?.assert_clean();
    let owed = owed(&scene).await?;

    copy(&mut scene, "DROP DATABASE {book}").await?;
    copy(&mut scene, "CREATE DATABASE {book} TEMPLATE {backup}").await?;
    scene.cluster.restart("wallet-51", &[]).await?;
    let noticed =
        async || Ok(log(&scene, "settlement")?.contains("restored to an earlier state").then_some(()));
    scene.eventually("settlement notices that the book was restored", noticed).await?;
    // Nothing more is begun that needs the book.
    let Family { sharer, beneficiary, bond } = &family;
    let refused = scene.desk.send(&id(), bond, sharer, beneficiary, "1.00").await;
    let refused = refused.expect_err("the book is not to be trusted");
    assert_eq!(e2e::reason(&refused), "FEED_BEHIND");
    assert!(refused.message().contains("51-01"), "{refused:?}");
    // Nor is anything sent to it: what was begun before waits for a person.
    let declined = scene.desk.decline(&unclaimed, &waiting.beneficiary).await?;
    assert_eq!(declined.state(), TransferState::Closing, "{declined:?}");
    // As many records as were lost, and one more: the numbers are taken again, by other records.
    spend_some_more(&scene, &family).await?;
    scene.pay(&family.beneficiary, HOSPITAL, "0.01").await?;
    let before = log(&scene, "settlement")?.matches("restored to an earlier state").count();
    let again = async || {
        let times = log(&scene, "settlement")?.matches("restored to an earlier state").count();
        Ok((times > before).then_some(()))
    };
    scene.eventually("settlement has looked again", again).await?;
    assert_eq!(
        self::owed(&scene).await?,
        owed,
        "nothing was booked from the other history (backup {backup})"
    );
    // Each database by itself is still sound; together they differ, and a person has been called.
    checker::check_each(&scene.sources()?).await?.assert_clean();
    let verdict = checker::check(&scene.sources()?).await?;
    assert!(verdict.broken("X4"), "the checker sees it too:\n{verdict}");
    scene.close()
}

async fn spend_some_more(scene: &Scene, family: &Family) -> Result<()> {
    for _ in 0..3 {
        scene.pay(&family.beneficiary, HOSPITAL, "2.00").await?;
    }
    Ok(())
}

fn log(scene: &Scene, service: &str) -> Result<String> {
    Ok(fs::read_to_string(scene.cluster.process(service)?.log())?)
}

/// What settlement has recorded as owed.
async fn owed(scene: &Scene) -> Result<Vec<(String, i64, i64)>> {
    let mut conn = PgConnection::connect(scene.cluster.database("settlement")?).await?;
    let rows =
        sqlx::query_as("SELECT book, sequence, amount FROM obligation ORDER BY book, sequence, leg_no");
    Ok(rows.fetch_all(&mut conn).await?)
}

/// Stops the book and does something to its database, of which `{backup}` is a copy; gives the copy's name.
async fn copy(scene: &mut Scene, statement: &str) -> Result<String> {
    scene.cluster.process_mut("wallet-51")?.terminate()?;
    let url = scene.cluster.database("wallet-51")?;
    let book = url.rsplit('/').next().unwrap_or_default().to_owned();
    let backup = format!("{book}_backup");
    let mut server = PgConnection::connect(&database::server_url()?).await?;
    let statement = statement.replace("{backup}", &backup).replace("{book}", &book);
    sqlx::query(AssertSqlSafe(statement)).execute(&mut server).await?;
    server.close().await?;
    Ok(backup)
}
