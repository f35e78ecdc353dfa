//! One batch in one transaction: lock the head, look up earlier outcomes, load, fold, store, advance the
//! chain, commit. It reports how it failed and retries nothing itself.

use std::{collections::HashMap, panic::AssertUnwindSafe};

use futures::FutureExt as _;
use mistakes::{Mistake, made};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::{Answer, ID_DAYS, Keeper, Key, Moment, Verdict};
use crate::{
    chain::{self, Hash, Leaf},
    clock::{Clock, ClockOff},
    crash_point, db,
    sql::{self, NewLink, NewRecords},
};

/// Where the chain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) seq: i64,
    pub(super) hash: Hash,
}

/// How a batch failed.
pub(super) enum Failure<O> {
    /// Nothing was committed; the same batch may succeed when done again.
    Again(sqlx::Error),
    /// The commit was sent and its answer lost; this is what was to be committed.
    InDoubt(sqlx::Error, Committed<O>),
    /// A command of the batch cannot be stored or decided.
    Poisoned(String),
    /// Nothing was decided: book time would not be true.
    ClockOff(ClockOff),
    /// The database is not the one this writer wrote to: it was restored to an earlier state.
    Forked { expected: Position, found: i64 },
}

/// A committed batch: answers in the order of the commands, and the head it left.
pub(super) struct Committed<O> {
    pub(super) answers: Vec<Answer<O>>,
    pub(super) head: Position,
}

/// The stored form of a record.
#[derive(Serialize)]
struct Body<'a, C, O> {
    command: &'a C,
    outcome: &'a O,
}

#[derive(Deserialize)]
struct Remembered<O> {
    outcome: O,
}

/// The month inside a version-7 id (year * 12 + month - 1), which names its partition; 0 for other ids.
pub(super) fn bucket(id: Uuid) -> i32 {
    id_time(id).map_or(0, |at| at.year() * 12 + i32::from(u8::from(at.month())) - 1)
}

/// The time inside a version-7 id; the epoch for one that no calendar knows, `None` for other versions.
fn id_time(id: Uuid) -> Option<OffsetDateTime> {
    let (seconds, _) = id.get_timestamp().filter(|_| id.get_version_num() == 7)?.to_unix();
    let at =
        i64::try_from(seconds).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    Some(at.unwrap_or(OffsetDateTime::UNIX_EPOCH))
}

fn is_out_of_window(id: Uuid, wall: OffsetDateTime) -> bool {
    id_time(id).is_some_and(|at| at < wall - Duration::days(ID_DAYS) || at > wall + Duration::minutes(5))
}

fn failed<O>(error: sqlx::Error) -> Failure<O> {
    if db::is_transient(&error) { Failure::Again(error) } else { Failure::Poisoned(error.to_string()) }
}

/// What storing something leads to.
fn stored<O>(result: Result<(), sqlx::Error>) -> Result<(), Failure<O>> {
    if made(Mistake::ErrorSwallowed) { Ok(()) } else { result.map_err(failed) }
}

fn hash_of(bytes: &[u8]) -> Hash {
    bytes.try_into().unwrap_or(chain::GENESIS)
}

/// Locks the head and proves that the clock is right and that the head continues what this writer last answered.
async fn lock<O>(
    conn: &mut PgConnection,
    clock: &Clock,
    wall: OffsetDateTime,
    last: Option<Position>,
) -> Result<(Position, OffsetDateTime), Failure<O>> {
    let locked =
        if made(Mistake::HeadNotLocked) { sql::head(conn).await } else { sql::lock_head(conn).await };
    let head = locked.map_err(failed)?;
    clock.compare(wall, head.now).map_err(Failure::ClockOff)?;
    let found = Position { seq: head.seq, hash: hash_of(&head.hash) };
    let Some(last) = last.filter(|last| *last != found) else { return Ok((found, head.at)) };
    let ours = if last.seq == 0 {
        Some(chain::GENESIS.to_vec())
    } else {
        sql::batch_hash(conn, last.seq).await.map_err(failed)?
    };
    if found.seq > last.seq && ours.as_deref() == Some(&last.hash[..]) {
        Ok((found, head.at))
    } else {
        Err(Failure::Forked { expected: last, found: found.seq })
    }
}

/// What was decided under the batch's ids: before it, and by its own commands.
struct Memory<O> {
    before: HashMap<Uuid, ([u8; 32], i64, O)>,
    /// Contents, and which of the answers it is.
    own: HashMap<Uuid, ([u8; 32], usize)>,
}

impl<O: Clone + serde::de::DeserializeOwned> Memory<O> {
    async fn load(conn: &mut PgConnection, keys: &[Option<Key>]) -> Result<Self, Failure<O>> {
        let ids: Vec<Uuid> = keys.iter().flatten().map(|key| key.id).collect();
        let mut before = HashMap::new();
        if ids.is_empty() {
            return Ok(Self { before, own: HashMap::new() });
        }
        let buckets: Vec<i32> = ids.iter().map(|id| bucket(*id)).collect();
        for row in sql::earlier(conn, &buckets, &ids).await.map_err(failed)? {
            let body: Remembered<O> = serde_json::from_str(&row.body)
                .map_err(|error| Failure::Poisoned(format!("record {} is unreadable: {error}", row.seq)))?;
            before.insert(row.id, (hash_of(&row.content), row.seq, body.outcome));
        }
        Ok(Self { before, own: HashMap::with_capacity(ids.len()) })
    }

    fn recall(&self, key: Key, answers: &[Answer<O>], wall: OffsetDateTime) -> Option<Answer<O>> {
        let before =
            self.before.get(&key.id).map(|(content, sequence, outcome)| (content, *sequence, outcome));
        let known = before.or_else(|| {
            let (content, at) = self.own.get(&key.id)?;
            answers[*at].record().map(|(sequence, outcome)| (content, sequence, outcome))
        });
        match known {
            Some((content, sequence, outcome)) if *content == key.content => {
                Some(Answer::Repeated { sequence, outcome: outcome.clone() })
            }
            Some(_) => Some(Answer::IdReused),
            None => is_out_of_window(key.id, wall).then_some(Answer::IdOutOfWindow),
        }
    }
}

/// What the fold made of a batch.
struct Folded<O> {
    /// In the order of the commands.
    answers: Vec<Answer<O>>,
    /// The records among them, their bodies not yet written.
    new: NewRecords,
}

/// Decides every command in order. Pure but for the keeper's fold, which is pure too.
fn fold<K: Keeper>(
    keeper: &K,
    state: &mut K::State,
    mut memory: Memory<K::Outcome>,
    work: &Work<'_, K>,
    head: i64,
) -> Folded<K::Outcome> {
    let mut new = NewRecords::default();
    let mut answers = Vec::with_capacity(work.commands.len());
    let mut sequence = head;
    for (command, key) in work.commands.iter().zip(work.keys) {
        if let Some(answer) = key.and_then(|key| memory.recall(key, &answers, work.wall)) {
            answers.push(answer);
            continue;
        }
        let moment = Moment { sequence: sequence + 1, at: work.at };
        let outcome = match keeper.fold(state, command, moment) {
            Verdict::Answer(outcome) => {
                answers.push(Answer::Fresh { sequence: None, at: work.at, hash: chain::GENESIS, outcome });
                continue;
            }
            Verdict::Record(outcome) => outcome,
        };
        sequence += 1;
        new.seqs.push(sequence);
        new.labels.push(K::label(command));
        new.ids.push(key.map(|key| key.id));
        new.contents.push(key.map(|key| key.content.to_vec()));
        new.buckets.push(key.map_or(0, |key| bucket(key.id)));
        if let Some(key) = key {
            memory.own.insert(key.id, (key.content, answers.len()));
        }
        answers.push(Answer::Fresh { sequence: Some(sequence), at: work.at, hash: chain::GENESIS, outcome });
    }
    Folded { answers, new }
}

/// Writes the bodies of a batch's records and hashes them.
fn write<K: Keeper>(
    work: &Work<'_, K>,
    folded: &mut Folded<K::Outcome>,
    evidence: &[Vec<u8>],
) -> Result<Vec<Hash>, Failure<K::Outcome>> {
    let Folded { answers, new } = folded;
    let decided = work.commands.iter().zip(answers.iter());
    let records = decided.filter_map(|(command, answer)| Some((command, answer.record()?)));
    let mut leaves = Vec::with_capacity(new.seqs.len());
    for (i, (command, (sequence, outcome))) in records.enumerate() {
        let body = serde_json::to_string(&Body { command, outcome })
            .map_err(|error| Failure::Poisoned(format!("a record cannot be written as JSON: {error}")))?;
        let leaf = Leaf { sequence, label: new.labels[i], body: &body, at: work.at, evidence: &evidence[i] };
        leaves.push(leaf.hash());
        new.bodies.push(body);
    }
    Ok(leaves)
}

/// The batch's input.
pub(super) struct Work<'a, K: Keeper> {
    pub(super) commands: &'a [K::Command],
    pub(super) keys: &'a [Option<Key>],
    pub(super) clock: &'a Clock,
    /// The clock of the book (civil time may be shifted), and the wall clock that ids are judged by: one reading.
    pub(super) at: OffsetDateTime,
    pub(super) wall: OffsetDateTime,
}

/// Runs one batch. On `Err` the caller rolls back (or reconnects) and decides what to do. A panic anywhere in it counts
/// as the fault of a command, which is then found by halving.
pub(super) async fn run<K: Keeper>(
    conn: &mut PgConnection,
    keeper: &K,
    work: Work<'_, K>,
    last: Option<Position>,
) -> Result<Committed<K::Outcome>, Failure<K::Outcome>> {
    let decided = AssertUnwindSafe(decide(conn, keeper, work, last)).catch_unwind().await;
    decided.unwrap_or_else(|_| Err(Failure::Poisoned("deciding panicked".to_owned())))
}

async fn decide<K: Keeper>(
    conn: &mut PgConnection,
    keeper: &K,
    mut work: Work<'_, K>,
    last: Option<Position>,
) -> Result<Committed<K::Outcome>, Failure<K::Outcome>> {
    crash_point!("batch.before_begin", work.commands.iter().map(K::label));
    if made(Mistake::AnswerBeforeCommit) {
        db::commit(conn).await.map_err(failed)?;
    }
    db::begin(conn).await.map_err(failed)?;
    let early = match made(Mistake::RowsReadBeforeLock) {
        true => Some(keeper.load(conn, work.commands).await.map_err(failed)?),
        false => None,
    };
    let (head, head_at) = lock(conn, work.clock, work.wall, last).await?;
    work.at = work.at.max(head_at);
    let memory = Memory::load(conn, work.keys).await?;
    let mut state = match early {
        Some(state) => state,
        None => keeper.load(conn, work.commands).await.map_err(failed)?,
    };
    crash_point!("batch.before_fold", work.commands.iter().map(K::label));
    let mut folded = fold(keeper, &mut state, memory, &work, head.seq);
    let evidence: Vec<Vec<u8>> =
        folded.new.seqs.iter().map(|sequence| keeper.evidence(&state, *sequence)).collect();
    // Polled in this order: while the database stores the rows, this processor writes the records.
    let written = async { write(&work, &mut folded, &evidence) };
    let (kept, leaves) = futures::join!(keeper.store(conn, state), written);
    stored(kept)?;
    let leaves = leaves?;
    let Folded { mut answers, new } = folded;
    crash_point!("batch.while_storing", work.commands.iter().map(K::label));
    let next = match (chain::root(&leaves), new.seqs.last()) {
        (Some(root), Some(&last_seq)) => {
            let hash = chain::link(&head.hash, head.seq + 1, last_seq, &root);
            let hash = if made(Mistake::LinkSkipped) { head.hash } else { hash };
            let link = NewLink { from: head.seq, root: &root, hash: &hash, at: work.at };
            stored(sql::record_batch(conn, &new, link).await)?;
            Position { seq: last_seq, hash }
        }
        _ => {
            sql::still_alive(conn).await.map_err(failed)?;
            head
        }
    };
    crash_point!("batch.before_commit", work.commands.iter().map(K::label));
    answers.iter_mut().for_each(|answer| answer.follows(next.hash));
    let committed = Committed { answers, head: next };
    if made(Mistake::AnswerBeforeCommit) {
        return Ok(committed);
    }
    match db::commit(conn).await {
        Ok(()) => {}
        // Without records there is nothing to recognise the batch by; such work is safe to do again.
        Err(error) if next == head => return Err(Failure::Again(error)),
        Err(error) => return Err(Failure::InDoubt(error, committed)),
    }
    crash_point!("batch.after_commit", work.commands.iter().map(K::label));
    Ok(committed)
}

/// After a lost commit: whether the batch that would end at `position` is in. The head lock is only granted
/// once the old transaction is over.
pub(super) async fn is_in(conn: &mut PgConnection, position: Position) -> Result<bool, sqlx::Error> {
    db::begin(conn).await?;
    sql::lock_head(conn).await?;
    let stored = sql::batch_hash(conn, position.seq).await?;
    db::rollback(conn).await?;
    Ok(stored.as_deref() == Some(&position.hash[..]))
}
