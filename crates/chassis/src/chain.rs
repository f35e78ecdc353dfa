//! The chain over a database's records: leaves, the Merkle root of a batch (after RFC 6962), and the hash
//! that links one batch to the next.
//!
//! The encoding is versioned by its prefix and never changes for a version: receipts and followers' cursors
//! depend on it. It proves order and content to whoever holds an older hash; it encrypts nothing.

use sha2::{Digest, Sha256};
use time::OffsetDateTime;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// The hash before the first batch.
pub const GENESIS: Hash = [0; 32];

/// One record as the chain sees it.
#[derive(Clone, Copy, Debug)]
pub struct Leaf<'a> {
    /// The record's number.
    pub sequence: i64,
    /// What kind of command it was.
    pub label: &'a str,
    /// The JSON text of command and outcome, as stored.
    pub body: &'a str,
    /// When it was decided (book time).
    pub at: OffsetDateTime,
    /// Canonical bytes of the rows that were derived from it, such as postings.
    pub evidence: &'a [u8],
}

impl Leaf<'_> {
    /// The leaf's hash: every part is preceded by its length.
    pub fn hash(&self) -> Hash {
        let micros = self.at.unix_timestamp_nanos() / 1_000;
        let mut hasher = Sha256::new();
        hasher.update([0]);
        hasher.update(b"gongji-record-1");
        hasher.update(self.sequence.to_be_bytes());
        hasher.update((micros as i64).to_be_bytes());
        for part in [self.label.as_bytes(), self.body.as_bytes(), self.evidence] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        hasher.finalize().into()
    }
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The Merkle root over a batch's leaf hashes, in record order. `None` for no leaves.
pub fn root(leaves: &[Hash]) -> Option<Hash> {
    match leaves {
        [] => None,
        [leaf] => Some(*leaf),
        _ => {
            // The largest power of two smaller than the number of leaves goes left.
            let split = leaves.len().next_power_of_two() / 2;
            let (left, right) = leaves.split_at(split);
            Some(node(&root(left)?, &root(right)?))
        }
    }
}

/// The chain hash after a batch.
pub fn link(previous: &Hash, first: i64, last: i64, root: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update(b"gongji-chain-1");
    hasher.update(previous);
    hasher.update(first.to_be_bytes());
    hasher.update(last.to_be_bytes());
    hasher.update(root);
    hasher.finalize().into()
}
