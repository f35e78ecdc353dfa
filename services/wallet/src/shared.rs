//! What every RPC handler and follower of the service works with, and the way a command is decided.

use std::{sync::Arc, time::Duration};

use chassis::{
    batch::{Answer, Lane, Writer},
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
use tonic::Status;

use crate::{
    Freshnesses,
    command::Command,
    error,
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

impl Shared {
    /// Has one command decided.
    pub(crate) async fn decide(&self, lane: Lane, command: Command) -> Result<Decided, Refusal> {
        decided(self.writer.submit(lane, command).await.map_err(failure::submit)?)
    }

    /// Has a command decided that builds on what other services told. Where that is too old, or too old to refuse
    /// on, the request waits a moment for news; nothing is stored meanwhile.
    pub(crate) async fn decide_on_facts(
        &self,
        deadline: Deadline,
        arrived: OffsetDateTime,
        place: Option<Pool>,
        command: impl Fn(Known) -> Command,
    ) -> Result<Decided, Status> {
        let patience = PATIENCE.min(deadline.remaining().saturating_sub(RESERVE));
        let until = tokio::time::Instant::now() + patience;
        loop {
            let known = self.known(arrived, place);
            let decided = self.decide(Lane::Interactive, command(known)).await?;
            let Outcome::Behind(feed) = decided.outcome else { return Ok(decided) };
            let stood = self.freshness(feed).through();
            while self.freshness(feed).through() <= stood {
                if tokio::time::Instant::now() >= until {
                    return Err(error::behind(feed));
                }
                tokio::time::sleep(LOOK).await;
            }
        }
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
