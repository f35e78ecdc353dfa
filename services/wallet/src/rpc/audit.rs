//! Audits: the chain recomputed from records and postings batch by batch, then the invariants of the present
//! rows. Reads only, each read short; present rows count only if the head stood still while they were read.

use std::{sync::Arc, time::Duration};

use chassis::chain::{self, GENESIS, Hash, Leaf};
use futures::{Stream, stream};
use ledger::{audit, content};
use proto::wallet as wire;
use sqlx::PgConnection;
use tonic::Status;

use super::{book::busy, read};
use crate::{
    reading::Unread,
    shared::Shared,
    sql::{self, chain::Link},
};

/// Batches recomputed in one read.
const BATCHES: i64 = 16;
/// How often present rows are read before the audit gives up on a book that never stands still, and the pause.
const TRIES: u32 = 40;
const PAUSE: Duration = Duration::from_millis(100);

/// Where an audit stands.
struct Walk {
    shared: Arc<Shared>,
    /// The record after which the next batch begins.
    after: i64,
    /// The chain's hash there.
    hash: Hash,
    /// The last record to check; 0 for the head.
    to: i64,
    step: Step,
}

enum Step {
    Begin { from: i64 },
    Chain,
    Rows,
    End,
}

/// Checks the records from `from` to `to` (0: the head) and says so as it goes.
pub(crate) fn run(
    shared: Arc<Shared>,
    from: i64,
    to: i64,
) -> impl Stream<Item = Result<wire::AuditResponse, Status>> + Send + 'static {
    let walk = Walk { shared, after: 0, hash: GENESIS, to, step: Step::Begin { from } };
    stream::unfold(Some(walk), |walk| async move {
        let mut walk = walk?;
        match walk.step().await {
            Ok(Some(reply)) => Some((Ok(reply), Some(walk))),
            Ok(None) => None,
            Err(status) => Some((Err(status), None)),
        }
    })
}

impl Walk {
    async fn step(&mut self) -> Result<Option<wire::AuditResponse>, Status> {
        if let Step::Begin { from } = self.step {
            (self.after, self.hash) =
                read(&self.shared, move |mut conn| async move { begin(&mut conn, from).await }).await?;
            self.step = Step::Chain;
        }
        match self.step {
            Step::Begin { .. } | Step::Chain => self.batches().await.map(Some),
            Step::Rows => {
                self.step = Step::End;
                self.rows().await.map(Some)
            }
            Step::End => Ok(None),
        }
    }

    /// Recomputes the next batches.
    async fn batches(&mut self) -> Result<wire::AuditResponse, Status> {
        let (after, hash) = (self.after, self.hash);
        let checked =
            read(&self.shared, move |mut conn| async move { batches(&mut conn, after, hash).await });
        let (after, hash, findings) = checked.await?;
        if after == self.after {
            self.step = Step::Rows;
        } else if self.to > 0 && after >= self.to {
            // The range ends before the head, whose rows it says nothing of.
            let head =
                read(&self.shared, |mut conn| async move { Ok(sql::chain::head(&mut conn).await?) }).await?;
            self.step = if after >= head.seq { Step::Rows } else { Step::End };
        }
        (self.after, self.hash) = (after, hash);
        Ok(wire::AuditResponse { checked_through: after, findings })
    }

    /// Checks the present rows once they were read between two looks at the same head.
    async fn rows(&self) -> Result<wire::AuditResponse, Status> {
        for _ in 0..TRIES {
            let book = self.shared.book;
            let rows = read(&self.shared, |mut conn| async move {
                let before = sql::chain::head(&mut conn).await?.seq;
                let last = sql::chain::hash_before(&mut conn, before + 1).await?;
                let rows = sql::audit::everything(&mut conn).await?;
                let head = sql::chain::head(&mut conn).await?;
                let is_last = head.hash == last.unwrap_or_else(|| GENESIS.to_vec());
                Ok((before == head.seq).then_some((head.seq, is_last, rows)))
            });
            let Some((sequence, is_last, rows)) = rows.await? else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let checked = tokio::task::spawn_blocking(move || audit::check(book, &rows));
            let found = checked.await.map_err(|_| crate::error::broken("an audit panicked"))?;
            let findings = found.into_iter().map(|found| wire::AuditFinding {
                invariant: found.invariant,
                sequence: 0,
                subject: found.subject,
                expected: found.expected,
                actual: found.found,
            });
            let mut findings: Vec<_> = findings.collect();
            if !is_last {
                findings.push(finding(sequence, "head", "the hash of the last batch", "another"));
            }
            return Ok(wire::AuditResponse { checked_through: sequence, findings });
        }
        Err(busy())
    }
}

/// The end of the batch before the one that holds `from`, and the hash there.
async fn begin(conn: &mut PgConnection, from: i64) -> Result<(i64, Hash), Unread> {
    let held = sql::chain::holding(&mut *conn, &[from]).await?;
    let first = held.first().map_or(from, |held| held.first_seq);
    let before = sql::chain::hash_before(conn, first).await?;
    let hash = before.map_or(GENESIS, |hash| hash[..].try_into().unwrap_or(GENESIS));
    Ok((first - 1, hash))
}

/// Recomputes the batches after `after`: where it came to, the stored hash there, and what is not right.
async fn batches(
    conn: &mut PgConnection,
    mut after: i64,
    mut hash: Hash,
) -> Result<(i64, Hash, Vec<wire::AuditFinding>), Unread> {
    let links = sql::chain::links(&mut *conn, after, BATCHES).await?;
    let mut findings = Vec::new();
    for link in links {
        if link.first_seq != after + 1 {
            findings.push(finding(link.first_seq, "record numbers", after + 1, link.first_seq));
        }
        let (root, count) = root(&mut *conn, &link).await?;
        if count != link.last_seq - link.first_seq + 1 {
            findings.push(finding(
                link.last_seq,
                "records of a batch",
                link.last_seq - link.first_seq + 1,
                count,
            ));
        }
        let stored: Hash = link.root[..].try_into().unwrap_or(GENESIS);
        if root != Some(stored) {
            let actual = root.map(hex::encode).unwrap_or_default();
            findings.push(finding(link.last_seq, "root of a batch", hex::encode(stored), actual));
        }
        let linked = chain::link(&hash, link.first_seq, link.last_seq, &stored);
        if linked[..] != link.hash[..] {
            findings.push(finding(
                link.last_seq,
                "hash of a batch",
                hex::encode(linked),
                hex::encode(&link.hash),
            ));
        }
        (after, hash) = (link.last_seq, link.hash[..].try_into().unwrap_or(GENESIS));
    }
    Ok((after, hash, findings))
}

/// The Merkle root over what is stored of a batch, and of how many records.
async fn root(conn: &mut PgConnection, link: &Link) -> Result<(Option<Hash>, i64), Unread> {
    let records = sql::chain::records(&mut *conn, link.first_seq, link.last_seq).await?;
    let postings = sql::chain::postings(conn, link.first_seq, link.last_seq).await?;
    let leaves: Vec<Hash> = records
        .iter()
        .map(|record| {
            let from = postings.partition_point(|posting| posting.sequence < record.seq);
            let to = postings.partition_point(|posting| posting.sequence <= record.seq);
            let evidence = content::evidence(&postings[from..to]);
            let (label, body, at) = (record.label.as_str(), record.body.as_str(), record.at);
            Leaf { sequence: record.seq, label, body, at, evidence: &evidence }.hash()
        })
        .collect();
    Ok((chain::root(&leaves), i64::try_from(leaves.len()).unwrap_or(i64::MAX)))
}

fn finding(
    sequence: i64,
    subject: &str,
    expected: impl std::fmt::Display,
    actual: impl std::fmt::Display,
) -> wire::AuditFinding {
    wire::AuditFinding {
        invariant: "B8".to_owned(),
        sequence,
        subject: subject.to_owned(),
        expected: expected.to_string(),
        actual: actual.to_string(),
    }
}
