//! Facts before acceptance: concurrent transfers share one look-up at identity and one at kinship-registry.
//!
//! Nothing is kept between look-ups and nothing is stored; when a peer is away there are no facts.

use std::sync::Arc;

use chassis::{client::Peer, clock::Clock, run::Host, status::Refusal, telemetry};
use policy::{BondStanding, PersonFacts};
use standards::{PersonId, civil};
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::{
    command::Facts,
    peer::{
        identity,
        registry::{self, Question},
    },
};

/// Questions in one look-up: two persons each, and at most 512 of them.
const MERGED: usize = 256;
/// Look-ups at the same time.
const AT_ONCE: usize = 2;
/// Questions that may wait.
const WAITING: usize = 4_096;

struct Asked {
    question: Question,
    /// The trace of the call that asks.
    trace: Option<String>,
    reply: oneshot::Sender<Result<Facts, Refusal>>,
}

/// Where facts are asked for. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    asked: mpsc::Sender<Asked>,
}

/// The two peers that know facts.
#[derive(Clone)]
pub struct Peers {
    pub identity: Peer,
    pub registry: Peer,
}

impl Desk {
    /// Opens a desk; it closes when the service drains.
    pub fn open(peers: Peers, host: &Host) -> Self {
        let (asked, waiting) = mpsc::channel(WAITING);
        host.keep(serve(waiting, peers, host.clock.clone(), host.shutdown.clone()));
        Self { asked }
    }

    /// What the peers say about both persons and their bond; `trace` is that of the call that asks.
    ///
    /// # Errors
    /// FEED_BEHIND if one of them does not answer, QUEUE_FULL if too many wait.
    pub async fn ask(&self, question: Question, trace: Option<String>) -> Result<Facts, Refusal> {
        let (reply, answer) = oneshot::channel();
        self.asked.try_send(Asked { question, trace, reply }).map_err(|_| Refusal::queue_full())?;
        answer.await.unwrap_or_else(|_| Err(Refusal::draining()))
    }
}

async fn serve(mut waiting: mpsc::Receiver<Asked>, peers: Peers, clock: Clock, stop: CancellationToken) {
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        // While all look-ups run, questions gather.
        let Ok(permit) = Arc::clone(&at_once).acquire_owned().await else { return };
        let mut batch = Vec::new();
        let taken = tokio::select! {
            () = stop.cancelled() => return,
            taken = waiting.recv_many(&mut batch, MERGED) => taken,
        };
        if taken == 0 {
            return;
        }
        let (peers, clock) = (peers.clone(), clock.clone());
        let span = tracing::info_span!("facts", questions = taken);
        // A shared look-up can be part of one trace only.
        if let Some(trace) = batch.iter().find_map(|asked| asked.trace.as_deref()) {
            telemetry::adopt(&span, trace);
        }
        let answer = async move {
            look_up(&peers, &clock, batch).await;
            drop(permit);
        };
        tokio::spawn(answer.instrument(span));
    }
}

async fn look_up(peers: &Peers, clock: &Clock, batch: Vec<Asked>) {
    let persons: Vec<PersonId> =
        batch.iter().flat_map(|asked| [asked.question.sharer, asked.question.beneficiary]).collect();
    let questions: Vec<Question> = batch.iter().map(|asked| asked.question).collect();
    let (standings, bonds) = tokio::join!(
        identity::standings(&peers.identity, &persons, civil::day(clock.now())),
        registry::check(&peers.registry, &questions),
    );
    let away = |peer: &'static str| {
        move |status: &tonic::Status| {
            tracing::warn!(peer, code = ?status.code(), cause = status.message(), "no facts");
            Refusal::feed_behind(peer)
        }
    };
    let standings = standings.as_ref().map_err(away("identity"));
    let bonds = bonds.as_ref().map_err(away("kinship"));
    for (number, asked) in batch.into_iter().enumerate() {
        let facts = match (&standings, &bonds) {
            (Ok(standings), Ok(bonds)) => facts(&standings[2 * number..], &bonds[number]),
            (Err(refusal), _) | (_, Err(refusal)) => Err(refusal.clone()),
        };
        // A caller that has gone needs no facts.
        let _ = asked.reply.send(facts);
    }
}

fn facts(persons: &[PersonFacts], bond: &Option<BondStanding>) -> Result<Facts, Refusal> {
    match persons {
        [sharer, beneficiary, ..] => {
            Ok(Facts { bond: bond.clone(), sharer: sharer.clone(), beneficiary: beneficiary.clone() })
        }
        _ => Err(Refusal::internal()),
    }
}
