//! A keeper small enough to see through: named tallies that never go below zero.

use std::{collections::HashMap, sync::LazyLock};

use chassis::batch::{Answer, Keeper, Key, Moment, Verdict};
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, migrate::Migrator};
use uuid::Uuid;

/// Adds to a tally.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Add {
    pub(crate) id: Option<Uuid>,
    pub(crate) tally: i32,
    pub(crate) delta: i64,
}

/// A delta that the fold lets through and the table refuses.
pub(crate) const POISON: i64 = 666;
/// A delta that makes the fold panic.
pub(crate) const PANIC: i64 = 999;
/// Deltas that make loading and what comes after the commit panic.
pub(crate) const PANIC_LOADING: i64 = 1_001;
pub(crate) const PANIC_COMMITTED: i64 = 1_003;
/// A total whose storing goes wrong without a word.
pub(crate) const SWALLOWED: i64 = 1_004;
/// A total that makes storing panic.
pub(crate) const PANIC_STORING: i64 = 1_002;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    Done { total: i64 },
    Refused,
}

pub(crate) struct Tallies;

/// The service's own migration, in a table of its own: this package's settings name the writer's.
pub(crate) static MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = sqlx::migrate!("tests/writer/migrations");
    migrator.dangerous_set_table_name("_sqlx_migrations");
    migrator
});

impl Keeper for Tallies {
    type Command = Add;
    type Outcome = Outcome;
    type State = HashMap<i32, i64>;

    fn key(command: &Add) -> Option<Key> {
        let content = chassis::digest::Content::of("test.add.1")
            .text("tally", command.tally)
            .text("delta", command.delta)
            .finish();
        command.id.map(|id| Key { id, content })
    }

    fn weight(_: &Add) -> usize {
        1
    }

    fn label(_: &Add) -> &'static str {
        "add"
    }

    async fn load(
        &self,
        conn: &mut PgConnection,
        commands: &[Add],
    ) -> Result<HashMap<i32, i64>, sqlx::Error> {
        let tallies: Vec<i32> = commands.iter().map(|command| command.tally).collect();
        let rows: Vec<(i32, i64)> = sqlx::query_as("SELECT tally, total FROM tally WHERE tally = ANY($1)")
            .bind(tallies)
            .fetch_all(conn)
            .await?;
        assert!(commands.iter().all(|command| command.delta != PANIC_LOADING), "told to panic");
        Ok(rows.into_iter().collect())
    }

    fn fold(&self, state: &mut HashMap<i32, i64>, command: &Add, _: Moment) -> Verdict<Outcome> {
        assert_ne!(command.delta, PANIC, "told to panic");
        let total = state.entry(command.tally).or_default();
        if *total + command.delta < 0 {
            return Verdict::Record(Outcome::Refused);
        }
        *total += command.delta;
        Verdict::Record(Outcome::Done { total: *total })
    }

    fn evidence(&self, _: &HashMap<i32, i64>, sequence: i64) -> Vec<u8> {
        sequence.to_be_bytes().to_vec()
    }

    async fn store(&self, conn: &mut PgConnection, state: HashMap<i32, i64>) -> Result<(), sqlx::Error> {
        let (tallies, totals): (Vec<i32>, Vec<i64>) = state.into_iter().unzip();
        assert!(!totals.contains(&PANIC_STORING), "told to panic");
        sqlx::query(
            "INSERT INTO tally (tally, total) SELECT * FROM UNNEST($1::int[], $2::bigint[])
             ON CONFLICT (tally) DO UPDATE SET total = excluded.total",
        )
        .bind(tallies)
        .bind(&totals)
        .execute(&mut *conn)
        .await?;
        if totals.contains(&SWALLOWED) {
            // What nobody should do.
            let _ = sqlx::query("INSERT INTO nowhere VALUES (1)").execute(conn).await;
        }
        Ok(())
    }

    fn committed(&self, answers: &[(Add, Answer<Outcome>)]) {
        assert!(answers.iter().all(|(command, _)| command.delta != PANIC_COMMITTED), "told to panic");
    }
}
