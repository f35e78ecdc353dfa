//! What every RPC handler and follower of the service works with, and the way a command is decided.

use std::{sync::Arc, time::Duration};

use border::keyring::Keyring;
use chassis::{
    batch::{Answer, Lane, SubmitError, Writer},
    clock::Clock,
    db::Database,
    failure,
    feed::{Feed, Freshness},
    serve::Deadline,
    status::Refusal,
};
use policy::{Parameter, Programme, Rules};
use standards::{BookId, Pool};
use time::OffsetDateTime;
use tokio_util::task::TaskTracker;

use crate::{
    Freshnesses,
    command::Command,
    facts::{FeedName, Known},
    keeper::Keeping,
    outcome::Outcome,
    peer::identity::Identity,
    signing::Signer,
};

/// How old facts may be where no rule says it, in seconds.
const STALE_SECONDS: u32 = 600;
/// How long a request waits for facts that are newer than itself.
const PATIENCE: Duration = Duration::from_secs(3);
/// What is left of a deadline for answering.
const RESERVE: Duration = Duration::from_millis(200);
/// How often the freshness of a feed is looked at while a request waits for it.
const LOOK: Duration = Duration::from_millis(20);

/// Shared by everything in the service.
pub(crate) struct Shared {
    pub(crate) book: BookId,
    pub(crate) database: Database,
    pub(crate) writer: Writer<Keeping>,
    pub(crate) clock: Clock,
    pub(crate) feed: Feed,
    pub(crate) rules: Arc<Rules>,
    pub(crate) identity: Option<Identity>,
    /// The keys of identity.
    pub(crate) keyring: Keyring,
    pub(crate) fresh: Freshnesses,
    /// The end of the service waits for these.
    pub(crate) tasks: TaskTracker,
    pub(crate) signer: Option<Signer>,
}

/// A decided command.
pub(crate) struct Decided {
    /// Its record, if it made or found one.
    pub(crate) sequence: Option<i64>,
    /// Book time, if it was decided now and not earlier under the same id.
    pub(crate) now: Option<OffsetDateTime>,
    pub(crate) outcome: Outcome,
}

/// The record and the outcome of an answer, or the refusal of an id that cannot be used.
pub(crate) fn decided(answer: Answer<Outcome>) -> Result<Decided, Refusal> {
    let (sequence, now) = match &answer {
        Answer::Fresh { sequence, at, .. } => (*sequence, Some(*at)),
        Answer::Repeated { sequence, .. } => (Some(*sequence), None),
        Answer::IdReused | Answer::IdOutOfWindow => (None, None),
    };
    Ok(Decided { sequence, now, outcome: answer.into_outcome().map_err(failure::id)? })
}

fn submitted(answer: Result<Answer<Outcome>, SubmitError>) -> Result<Decided, Refusal> {
    decided(answer.map_err(failure::submit)?)
}

/// The feed that was too late to decide on.
fn lateness(decided: &Result<Decided, Refusal>) -> Option<FeedName> {
    match decided {
        Ok(Decided { outcome: Outcome::Behind(feed), .. }) => Some(*feed),
        _ => None,
    }
}

impl Shared {
    /// Has one command decided.
    pub(crate) async fn decide(&self, lane: Lane, command: Command) -> Result<Decided, Refusal> {
        submitted(self.writer.submit(lane, command).await)
    }

    /// Has a command decided that builds on what other services told. Where that is too old, or too old to refuse
    /// on, the request waits a moment for news; nothing is stored meanwhile.
    pub(crate) async fn decide_on_facts(
        &self,
        deadline: Deadline,
        arrived: OffsetDateTime,
        place: Option<Pool>,
        command: impl Fn(Known) -> Command,
    ) -> Result<Decided, Refusal> {
        let mut decided =
            self.decide_all_on_facts(Lane::Interactive, deadline, arrived, place, &[command]).await?;
        decided.pop().unwrap_or_else(|| Err(failure::broken("a command was not answered")))
    }

    /// The same of many at once: all of them are taken in one turn, or none and nothing happened. Only those that
    /// know too little are asked again when there is news.
    pub(crate) async fn decide_all_on_facts<C: Fn(Known) -> Command>(
        &self,
        lane: Lane,
        deadline: Deadline,
        arrived: OffsetDateTime,
        place: Option<Pool>,
        commands: &[C],
    ) -> Result<Vec<Result<Decided, Refusal>>, Refusal> {
        let patience = PATIENCE.min(deadline.remaining().saturating_sub(RESERVE));
        let until = tokio::time::Instant::now() + patience;
        let turn = |places: &[usize]| {
            let known = self.known(arrived, place);
            let asked = places.iter().map(|at| commands[*at](known));
            self.writer.submit_all(lane, asked.collect())
        };
        let mut places: Vec<usize> = (0..commands.len()).collect();
        let taken = turn(&places).await.map_err(failure::busy)?;
        let mut decided: Vec<_> = taken.into_iter().map(submitted).collect();
        loop {
            // What a turn knows is the same for all of it, and so is, nearly always, the feed that is late.
            let late = decided.iter().find_map(lateness);
            places.retain(|at| lateness(&decided[*at]).is_some());
            let Some(feed) = late else { return Ok(decided) };
            if !self.news(feed, until).await {
                return Ok(decided);
            }
            match turn(&places).await {
                Ok(taken) => {
                    for (at, answer) in places.iter().zip(taken) {
                        decided[*at] = submitted(answer);
                    }
                }
                Err(busy) => places.iter().for_each(|at| decided[*at] = Err(failure::busy(busy))),
            }
        }
    }

    /// Waits until a feed has told more; false if it has not in time.
    async fn news(&self, feed: FeedName, until: tokio::time::Instant) -> bool {
        let stood = self.freshness(feed).through();
        while self.freshness(feed).through() <= stood {
            if tokio::time::Instant::now() >= until {
                return false;
            }
            tokio::time::sleep(LOOK).await;
        }
        true
    }

    /// How fresh everything followed is, for a request that came at `arrived`.
    pub(crate) fn known(&self, arrived: OffsetDateTime, place: Option<Pool>) -> Known {
        let place = place.unwrap_or(Pool::of_province(self.book.province()));
        let rules = self.rules.resolve(Programme::Wallet, place, arrived);
        Known {
            arrived,
            identity: self.fresh.identity.through(),
            institutions: self.fresh.institutions.through(),
            limit_seconds: rules.count(Parameter::MaxStalenessSeconds).unwrap_or(STALE_SECONDS),
        }
    }

    fn freshness(&self, feed: FeedName) -> &Freshness {
        match feed {
            FeedName::Identity => &self.fresh.identity,
            FeedName::Institutions => &self.fresh.institutions,
        }
    }
}
