//! One lane per book: collects what is due, sends it in batches, several at a time, and stores what the answers
//! lead to. A silent book is probed by one batch while the rest waits; one that is not known to have the history
//! that was followed gets nothing.
//!
//! A command is made of the transfer's row alone, so sending it twice is harmless. Nothing here gives up.

mod queue;
mod store;

use std::{sync::Arc, time::Duration};

use chassis::{
    backoff::{self, Admission, Backoff, Curve},
    batch::{Lane as WriterLane, Writer},
    crash_point,
    telemetry::{self, metrics},
};
use mistakes::{Mistake, made};
use saga::{Sent, State, TransferState};
use standards::{BookId, TransferId};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use tracing::Instrument as _;

use self::{
    queue::Queue,
    store::{Kept, store},
};
use crate::{
    command::{Command, Drawn, StepDone},
    driver::{Driver, Errand, Inbox, Report, Work},
    history::History,
    keeper::Keeper,
    peer::book::{Answered, BookPeer},
};

/// Calls to one book at the same time.
const FLYING: usize = 2;
/// One command that was answered with nothing waits like a silent peer, but never as long.
const ITEM: Curve = Curve { first: Duration::from_millis(50), cap: Duration::from_secs(5) };

/// What a lane works with.
#[derive(Clone)]
pub(crate) struct Lane {
    pub(crate) book: BookId,
    /// The most commands in one call.
    pub(crate) batch: usize,
    pub(crate) peer: BookPeer,
    pub(crate) history: History,
    pub(crate) writer: Writer<Keeper>,
    pub(crate) driver: Driver,
    pub(crate) stop: CancellationToken,
}

/// How a call ended.
enum Landed {
    /// The book answered; these must be sent again later.
    Answered(Vec<Work>),
    /// Nobody knows; all of it must be sent again.
    Silent(Vec<Work>),
}

/// Runs until stopped. What is left then stays in the rows.
pub(crate) async fn run(lane: Lane, mut inbox: Inbox) {
    let lane = Arc::new(lane);
    let mut queue = Queue::default();
    let mut backoff = Backoff::new(Curve::PEER);
    let mut flying: JoinSet<Landed> = JoinSet::new();
    let mut standing = lane.history.watch();
    loop {
        while let Ok(work) = inbox.try_recv() {
            queue.push(work);
        }
        let mut wake = queue.ripen(Instant::now());
        while flying.len() < FLYING && !queue.is_empty() && lane.history.is_same() {
            match backoff.admit(&lane.book, Instant::now().into_std()) {
                Admission::Open | Admission::Probe => {
                    flying.spawn(fly(Arc::clone(&lane), queue.take(lane.batch)));
                }
                Admission::Wait(until) => {
                    wake = Some(wake.map_or(until.into(), |wake| wake.min(until.into())));
                    break;
                }
            }
        }
        let alarm = wake.unwrap_or_else(|| Instant::now() + Duration::from_secs(60));
        tokio::select! {
            () = lane.stop.cancelled() => return,
            work = inbox.recv() => match work {
                Some(work) => queue.push(work),
                None => return,
            },
            Some(landed) = flying.join_next() => land(&lane, landed, &mut queue, &mut backoff),
            // The book was heard, or is not to be trusted: looked at above.
            Ok(()) = standing.changed() => {}
            () = sleep_until(alarm) => {}
        }
    }
}

fn land(
    lane: &Lane,
    landed: Result<Landed, tokio::task::JoinError>,
    queue: &mut Queue,
    backoff: &mut Backoff<BookId>,
) {
    match landed {
        Ok(Landed::Answered(again)) => {
            backoff.answered(&lane.book);
            let now = Instant::now();
            for work in again {
                let wait = ITEM.delay(tries(&work), backoff::random());
                queue.push_later(work, now + wait);
            }
        }
        Ok(Landed::Silent(works)) => {
            backoff.failed(lane.book, Instant::now().into_std(), backoff::random());
            works.into_iter().rev().for_each(|work| queue.push_first(work));
        }
        // The sweep finds in the rows what a panic dropped.
        Err(error) => tracing::error!(book = %lane.book, %error, "a call's task failed"),
    }
}

const fn tries(work: &Work) -> u32 {
    match work {
        Work::Step(errand) => errand.tries,
        Work::Report(report) => report.tries,
    }
}

/// Sends a batch, and stores what its answers lead to.
async fn fly(lane: Arc<Lane>, works: Vec<Work>) -> Landed {
    if !lane.history.is_same() {
        return Landed::Silent(works);
    }
    crash_point!("settlement.before_apply", works.iter().map(Work::label));
    let began = Instant::now();
    let answers = match lane.peer.apply(&works).instrument(span(&lane, &works)).await {
        Ok(answers) => answers,
        Err(status) if is_about_content(&status) && works.len() > 1 => {
            return Box::pin(halves(lane, works)).await;
        }
        Err(status) if is_about_content(&status) => {
            let (transfer, cause) = (works.first().map(transfer), status.message());
            tracing::error!(book = %lane.book, ?transfer, cause, "a book cannot read a command");
            return Landed::Answered(works.into_iter().map(tried).collect());
        }
        Err(status) => {
            let (code, cause) = (status.code(), status.message());
            tracing::warn!(book = %lane.book, commands = works.len(), ?code, cause, "a book gave no answer");
            if made(Mistake::FreshIdOnRetry) {
                return Landed::Silent(works.into_iter().map(tried).collect());
            }
            return Landed::Silent(works);
        }
    };
    crash_point!("settlement.after_apply", works.iter().map(Work::label));
    let mut results = Results::default();
    for (work, answer) in works.into_iter().zip(answers) {
        match work {
            Work::Step(errand) => results.step(&lane, *errand, answer, began),
            Work::Report(report) => results.report(&lane, report, answer, began),
        }
    }
    store(&lane, WriterLane::Interactive, results.now).await;
    store(&lane, WriterLane::Bulk, results.soon).await;
    Landed::Answered(results.again)
}

/// The span of a call. A batch can be part of one trace only: that of its first transfer that has one.
fn span(lane: &Lane, works: &[Work]) -> tracing::Span {
    let span = tracing::info_span!("apply", book = %lane.book, commands = works.len());
    let pinned = works.iter().map(|work| match work {
        Work::Step(errand) => &errand.pinned,
        Work::Report(report) => &report.pinned,
    });
    if let Some(trace) = pinned.filter_map(|pinned| pinned.trace.as_deref()).next() {
        telemetry::adopt(&span, trace);
    }
    span
}

/// Whether a book (or the client, before its answer could be read) complains of what was sent: malformed, or too
/// long. The book itself is well, and other commands may pass.
fn is_about_content(status: &Status) -> bool {
    matches!(status.code(), Code::InvalidArgument | Code::OutOfRange)
}

/// A batch that a book calls malformed or too long is sent in halves, so that one command does not hold up the
/// others.
async fn halves(lane: Arc<Lane>, mut works: Vec<Work>) -> Landed {
    let second = works.split_off(works.len() / 2);
    let mut again = Vec::new();
    for half in [works, second] {
        match fly(Arc::clone(&lane), half).await {
            Landed::Answered(works) => again.extend(works),
            Landed::Silent(works) => again.extend(works.into_iter().map(tried)),
        }
    }
    Landed::Answered(again)
}

fn transfer(work: &Work) -> TransferId {
    match work {
        Work::Step(errand) => errand.pinned.id,
        Work::Report(report) => report.pinned.id,
    }
}

fn tried(mut work: Work) -> Work {
    match &mut work {
        Work::Step(errand) => errand.tries += 1,
        Work::Report(report) => report.tries += 1,
    }
    work
}

/// What the answers of a batch lead to.
#[derive(Default)]
struct Results {
    /// Somebody waits for these.
    now: Vec<Kept>,
    /// Nobody does.
    soon: Vec<Kept>,
    again: Vec<Work>,
}

impl Results {
    fn step(&mut self, lane: &Lane, errand: Errand, answer: Answered, began: Instant) {
        let Some(step) = saga::next(&errand.state) else { return };
        metrics::step_done(step.name(), outcome_name(&answer.outcome), began.elapsed());
        match saga::apply(errand.state.clone(), step, answer.outcome.clone()) {
            Ok(state) if state == errand.state => self.again.push(tried(Work::Step(Box::new(errand)))),
            // Not stored: the grant follows at once, and after a crash the earmark is simply asked for again.
            Ok(state @ State::Earmarked { .. }) => {
                lane.driver.pass_on(Errand { state, earmark_hash: answer.hash, tries: 0, ..errand });
            }
            Ok(to) => {
                if matches!(to, State::Parked { .. }) {
                    let (transfer, outcome) = (errand.pinned.id, &answer.outcome);
                    tracing::error!(%transfer, step = step.name(), ?outcome, "a transfer is parked");
                }
                let done = StepDone {
                    transfer: errand.pinned.id,
                    version: errand.version,
                    step,
                    outcome: answer.outcome,
                    to,
                };
                let awaited = errand.state.view() != TransferState::Closing;
                let kept = Kept::new(Command::StepDone(Box::new(done)), Work::Step(Box::new(errand)));
                if awaited { self.now.push(kept) } else { self.soon.push(kept) }
            }
            Err(error) => {
                tracing::error!(transfer = %errand.pinned.id, %error, "a step was answered that was not asked")
            }
        }
    }

    fn report(&mut self, lane: &Lane, report: Report, answer: Answered, began: Instant) {
        metrics::step_done("draw_down", outcome_name(&answer.outcome), began.elapsed());
        let drawn = Drawn { transfer: report.pinned.id, report: report.due };
        let command = match report.due.answered(&answer.outcome) {
            Sent::Known => Command::DrawnDown(drawn),
            Sent::Again => return self.again.push(tried(Work::Report(report))),
            Sent::Park => {
                let (transfer, outcome) = (drawn.transfer, &answer.outcome);
                tracing::error!(book = %lane.book, %transfer, ?outcome, "a report about a lot cannot be accepted");
                Command::Stuck(drawn, format!("the book answered {outcome:?}"))
            }
        };
        self.soon.push(Kept::new(command, Work::Report(report)));
    }
}

const fn outcome_name(outcome: &saga::Outcome) -> &'static str {
    match outcome {
        saga::Outcome::Done { .. } => "done",
        saga::Outcome::Refused(_) => "refused",
        saga::Outcome::Undone => "undone",
        saga::Outcome::WasRefused(_) => "was_refused",
        saga::Outcome::AlreadyClaimed => "already_claimed",
        saga::Outcome::NotYet => "not_yet",
        saga::Outcome::Unknown => "unknown",
    }
}
