//! Databases that lose answers to commits, and sessions that end in the middle of anything, while every service works:
//! each finds out for itself what became of its work, and a caller is told nothing that is not so.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use checker::Observer;
use e2e::{Dice, wanted};
use futures::future::try_join_all;
use sqlx::{Connection, PgConnection};
use testkit::pgproxy::CommitLoser;

use crate::{lives::meanwhile, stage::Stage, work::Work};

const CALLERS: usize = 6;
/// The services whose commits are not heard of, how often they are made deaf together, and to how many at most.
const DEAF: [&str; 3] = ["settlement", "identity", "kinship-registry"];
const ROUNDS: u32 = 4;
const AT_ONCE: usize = 2;
/// How many sessions are ended unless `GONGJI_SESSIONS_ENDED` says otherwise, and how many answers lie between two of
/// them at most.
const ENDED: usize = 24;
const BETWEEN: usize = 30;
/// What one ended session may cost: batches that are tried again, and requests that are.
const BATCHES_EACH: usize = 2;
const REQUESTS_EACH: usize = 5;
/// How services are named in the list of sessions.
const SERVICES: [&str; 4] = ["identity", "kinship-registry", "settlement", "wallet"];
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn answers_to_commits_are_lost_in_three_services_at_once(stage: &mut Stage) -> Result<()> {
    let mut losers = Vec::new();
    for service in DEAF {
        let (loser, behind) = CommitLoser::before(stage.scene.cluster.database(service)?).await?;
        stage.scene.cluster.restart(service, &[("GONGJI_DATABASE_URL", &behind)]).await?;
        losers.push(loser);
    }
    let work = Work::of(stage.callers(CALLERS).await?);
    let mut dice = Dice::new(stage.dice.draw());
    let lose = async {
        for _ in 0..ROUNDS {
            work.goes_on(1 + dice.below(BETWEEN)).await?;
            let all = losers.iter().map(|loser| {
                let more = u32::try_from(1 + dice.below(AT_ONCE)).expect("a few");
                let wanted = loser.lost() + more;
                loser.lose(more);
                until_lost(loser, wanted)
            });
            try_join_all(all).await?;
        }
        Ok(())
    };
    let ((), lives) = meanwhile(&stage.scene, lose).await?;
    let done = work.stop().await?;
    eprintln!("{lives} lives, {} answers, {} requests sent again", done.answered, done.again);
    for (service, loser) in DEAF.iter().zip(&losers) {
        let fault = format!("answers to commits that {service} never heard");
        stage.fired(&fault, u64::from(ROUNDS), u64::from(loser.lost()));
    }
    try_join_all(done.callers.into_iter().map(async |mut caller| caller.ordinary().await)).await?;
    Ok(())
}

async fn until_lost(loser: &CommitLoser, wanted: u32) -> Result<()> {
    let deadline = Instant::now() + PATIENCE;
    while loser.lost() < wanted {
        ensure!(Instant::now() < deadline, "{} of {wanted} answers were lost", loser.lost());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

pub(crate) async fn sessions_of_every_service_are_ended_again_and_again(stage: &mut Stage) -> Result<()> {
    let wanted = wanted("GONGJI_SESSIONS_ENDED", ENDED)?;
    let work = Work::of(stage.callers(CALLERS).await?);
    let tried = stage.logged("a batch is tried again")?;
    let (databases, sources) = (stage.databases()?, stage.scene.sources()?);
    let mut dice = Dice::new(stage.dice.draw());
    let mut server = stage.server().await?;
    let end = async {
        let mut ended: Vec<Session> = Vec::new();
        while ended.len() < wanted {
            work.goes_on(1 + dice.below(BETWEEN)).await?;
            let one = end_one(&mut server, &databases, ended.len(), &mut dice);
            ended.extend(one.await?);
        }
        Ok(ended)
    };
    let mut observer = Observer::default();
    let watched = observer.during(&sources, Duration::from_millis(500), meanwhile(&stage.scene, end));
    let (ended, lives) = watched.await?;
    let done = work.stop().await?;
    server.close().await?;
    let tried = stage.logged("a batch is tried again")? - tried;
    eprintln!(
        "{lives} lives, {} answers, {} requests sent again, {tried} batches tried again, {} looks",
        done.answered,
        done.again,
        observer.looks()
    );
    ensure!(observer.looks() > 0, "nobody looked meanwhile");
    stage.verdict.add(observer.verdict().clone());
    for service in SERVICES {
        let of = ended.iter().filter(|session| session.service == service).count();
        stage.fired(&format!("sessions of {service} that were ended"), 1, u64::try_from(of)?);
    }
    let writing = ended.iter().filter(|session| session.writes).count();
    stage.fired("sessions that were ended while they wrote", 3, u64::try_from(writing)?);
    ensure!(tried <= wanted * BATCHES_EACH, "{tried} batches were tried again after {wanted} sessions");
    let again = done.again;
    ensure!(again <= wanted * REQUESTS_EACH, "{again} requests were sent again after {wanted} sessions");
    try_join_all(done.callers.into_iter().map(async |mut caller| caller.ordinary().await)).await?;
    Ok(())
}

/// A session that was ended.
struct Session {
    service: String,
    /// In a transaction of the writer.
    writes: bool,
}

/// Ends a session: by turns one of each service, and one in a transaction that has written, if there is one.
async fn end_one(
    server: &mut PgConnection,
    databases: &[String],
    turn: usize,
    dice: &mut Dice,
) -> Result<Option<Session>> {
    let sessions = "SELECT pid, application_name, backend_xid IS NOT NULL FROM pg_stat_activity
        WHERE datname = ANY($1) AND application_name = ANY($2) ORDER BY pid";
    let mut sessions: Vec<(i32, String, bool)> =
        sqlx::query_as(sessions).bind(databases).bind(SERVICES).fetch_all(&mut *server).await?;
    if !turn.is_multiple_of(2) && sessions.iter().any(|(.., writes)| *writes) {
        sessions.retain(|(.., writes)| *writes);
    } else {
        let whose = SERVICES[turn / 2 % SERVICES.len()];
        sessions.retain(|(_, service, _)| service == whose);
    }
    // A service whose sessions have all just been ended makes new ones.
    if sessions.is_empty() {
        return Ok(None);
    }
    let (pid, service, writes) = dice.pick(&sessions).clone();
    let ended = sqlx::query_scalar::<_, bool>("SELECT pg_terminate_backend($1)").bind(pid);
    Ok(ended.fetch_one(server).await?.then_some(Session { service, writes }))
}
