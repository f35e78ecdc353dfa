//! What happens to a book: another process writes it as well, its database refuses a row, it is killed, it is restored
//! to an earlier state.

use anyhow::{Context, Result};
use e2e::{Order, Scene, pool};
use futures::future::join_all;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkit::{database, desk::Desk, people::id};

use crate::stage::{BOOK, HOSPITAL, Stage};

const SECOND: &str = "second-wallet-51";
/// Payments at the same time, and how often.
const CROWD: usize = 40;
const ROUNDS: usize = 4;
/// A price that the database refuses.
const POISON: &str = "6.66";

/// Two processes are paid by one beneficiary at the same time, again and again.
pub(crate) async fn written_by_two(stage: &mut Stage) -> Result<()> {
    let family = stage.family().await?;
    stage.spoil(BOOK).await?;
    stage.scene.cluster.start_second(BOOK, SECOND).await?;
    let doors = doors(&stage.scene)?;
    let bill = stage.scene.bill(HOSPITAL, "0.10");
    for door in &doors {
        door.pay_when_known(&family.beneficiary, &bill).await?;
    }
    for _ in 0..ROUNDS {
        let payments: Vec<String> = (0..CROWD).map(|_| id()).collect();
        let pays = payments.iter().enumerate();
        // Whatever becomes of them: that is what is judged.
        join_all(pays.map(|(at, payment)| doors[at % 2].pay(payment, &family.beneficiary, &bill))).await;
    }
    Ok(())
}

fn doors(scene: &Scene) -> Result<[Desk; 2]> {
    let others = ["identity", "kinship-registry", "settlement"].map(|name| scene.channel(name));
    let [identity, kinship, settlement] = others;
    let wallets = [(pool(510_100).province(), scene.channel(SECOND))].into();
    Ok([scene.desk.clone(), Desk::from_channels(identity, kinship, settlement, wallets)])
}

/// A payment that the database does not take.
pub(crate) async fn refused_by_the_database(stage: &mut Stage) -> Result<()> {
    let family = stage.family().await?;
    stage.spoil(BOOK).await?;
    let poison = "CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.total = 666 THEN RAISE EXCEPTION 'poison'; END IF;
            RETURN NEW;
        END $$;
        CREATE TRIGGER poison BEFORE INSERT ON payment FOR EACH ROW EXECUTE FUNCTION poison();";
    stage.execute(BOOK, poison).await?;
    let order = Order::payment(&family.beneficiary, &stage.scene.bill(HOSPITAL, POISON));
    stage.told(&order).await.context("it is answered")?;
    // The process remembers what the database does not have, and would stop; the next one knows nothing of it.
    stage.kill(BOOK)?;
    stage.execute(BOOK, "DROP TRIGGER poison ON payment; DELETE FROM stopped").await?;
    stage.mend(BOOK).await
}

/// A book is killed right after it has answered.
pub(crate) async fn killed_after_the_answer(stage: &mut Stage) -> Result<()> {
    let family = stage.family().await?;
    for _ in 0..2 {
        stage.spoil(BOOK).await?;
        let bill = stage.scene.bill(HOSPITAL, "0.20");
        stage.told(&Order::payment(&family.beneficiary, &bill)).await.context("it is answered")?;
        stage.kill(BOOK)?;
    }
    stage.mend(BOOK).await
}

/// What was paid since a backup is lost, and other payments take its numbers, and more.
pub(crate) async fn restored(stage: &mut Stage) -> Result<()> {
    let family = stage.family().await?;
    stage.quiet().await?;
    database(stage, "CREATE DATABASE {backup} TEMPLATE {book}").await?;
    stage.spoil(BOOK).await?;
    for _ in 0..3 {
        stage.scene.pay(&family.beneficiary, HOSPITAL, "2.00").await?;
    }
    stage.quiet().await?;
    database(stage, "DROP DATABASE {book}").await?;
    database(stage, "CREATE DATABASE {book} TEMPLATE {backup}").await?;
    stage.spoil(BOOK).await?;
    for _ in 0..5 {
        stage.scene.pay(&family.beneficiary, HOSPITAL, "0.50").await?;
    }
    // Nobody notices: settlement follows as if nothing had happened.
    stage.quiet().await
}

/// Stops the book and does something to its database, of which `{backup}` is a copy.
async fn database(stage: &mut Stage, statement: &str) -> Result<()> {
    stage.scene.cluster.process_mut(BOOK)?.terminate()?;
    let url = stage.scene.cluster.database(BOOK)?;
    let book = url.rsplit('/').next().unwrap_or_default();
    let statement = statement.replace("{backup}", &format!("{book}_backup")).replace("{book}", book);
    let mut server = PgConnection::connect(&database::server_url()?).await?;
    sqlx::query(AssertSqlSafe(statement)).execute(&mut server).await?;
    Ok(server.close().await?)
}
