//! Requests that are given up by the hundred, orders that could lock each other out, one account that everybody wants,
//! and databases that lose answers, sessions and their whole server: through every service at once.
//!
//! Every call is written down. A run ends with the checker over databases and answers, and with proof that each fault
//! happened; `GONGJI_TEST_SEED` repeats its choices. `GONGJI_STORM_SECONDS`, `GONGJI_SESSIONS_ENDED` and
//! `GONGJI_SERVER_KILLS` make it longer.

#[path = "database_faults/caller.rs"]
mod caller;
#[path = "database_faults/couples.rs"]
mod couples;
#[path = "database_faults/hot.rs"]
mod hot;
#[path = "database_faults/lives.rs"]
mod lives;
#[path = "database_faults/postmaster.rs"]
mod postmaster;
#[path = "database_faults/resting.rs"]
mod resting;
#[path = "database_faults/sessions.rs"]
mod sessions;
#[path = "database_faults/stage.rs"]
mod stage;
#[path = "database_faults/storm.rs"]
mod storm;
#[path = "database_faults/work.rs"]
mod work;

use anyhow::Result;
use checker::{Plan, history::Operation};
use e2e::{Scene, play, time_of};
use testkit::postgres::{Durability, PrivatePostgres};

use crate::stage::Stage;

/// Where beneficiaries are treated, and where sharers are.
const HOSPITAL: &str = "H51010400123";
const AT_HOME: &str = "H32010400123";

#[tokio::test(flavor = "multi_thread")]
async fn requests_that_are_given_up_or_collide_leave_one_truth() -> Result<()> {
    let scene = Scene::start("requests", time_of("2026-03-10", 8, 0, 0)).await?;
    let mut stage = Stage::of(scene, None).await?;
    use couples::*;
    use hot::*;
    use storm::*;
    play!(stage;
        calls_given_up_at_any_moment_tear_no_transaction,
        couples_that_share_both_ways_never_lock_each_other_out,
        hundreds_pay_from_one_wallet_at_once,
    );
    let successes = [
        (Operation::Transfer, 90),
        (Operation::Claim, 4),
        (Operation::Payment, 500),
        (Operation::Refund, 10),
        (Operation::Credit, 10),
    ];
    stage.finish(Plan { successes: successes.into(), unknowns: 100 }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_loses_answers_sessions_and_its_server_loses_nothing_acknowledged() -> Result<()> {
    // The server ends with the thread that starts it: this one, which the test runs on to its end.
    let home = tempfile::Builder::new().prefix("gongji-pg-").tempdir()?;
    let postgres = PrivatePostgres::start(home.path(), Durability::Full)?;
    let start = Scene::start_on(postgres.url("postgres"), "server", time_of("2026-03-10", 8, 0, 0), vec![]);
    let mut stage = Stage::of(start.await?, Some(postgres)).await?;
    use postmaster::*;
    use sessions::*;
    play!(stage;
        answers_to_commits_are_lost_in_three_services_at_once,
        sessions_of_every_service_are_ended_again_and_again,
        the_server_is_killed_twice_under_load,
    );
    let successes = [
        (Operation::Transfer, 30),
        (Operation::Claim, 10),
        (Operation::Payment, 200),
        (Operation::Refund, 20),
        (Operation::Credit, 20),
    ];
    stage.finish(Plan { successes: successes.into(), unknowns: 1 }).await
}
