//! Streams of records between services: serving them, and following them.
//!
//! A cursor is (sequence, chain hash) and stands only at the end of a batch. The follower advances it in
//! the transaction that stores what it read, by compare-and-set; a source whose hash at the cursor differs
//! was restored from a backup, and the follower stops there. Nothing here knows what a record means.

mod follow;
mod serve;
mod stored;

use time::OffsetDateTime;

pub use self::{
    follow::{Follower, Freshness, Progress, ReadPage, SILENCE, Source, follow, follow_within},
    serve::{Feed, FeedError, Page, Recorded},
    stored::{advance, cursor, set_aside},
};
use crate::chain::{GENESIS, Hash};

/// How far a source was read: the last record of a batch, and the chain hash after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cursor {
    /// The last record that was read; 0 before the first.
    pub sequence: i64,
    /// The chain hash after that record's batch.
    pub hash: Hash,
}

impl Cursor {
    /// Before the first record.
    pub const START: Self = Self { sequence: 0, hash: GENESIS };

    /// The hash as lower-case hex, as it stands on the wire; empty at the start.
    pub fn hash_text(&self) -> String {
        if self.sequence == 0 { String::new() } else { hex::encode(self.hash) }
    }

    /// Reads a cursor from the wire: `hash` is 64 hex digits, or empty together with sequence 0.
    pub fn parse(sequence: i64, hash: &str) -> Option<Self> {
        match (sequence, hash) {
            (0, "") => Some(Self::START),
            (1.., _) => {
                let mut bytes = GENESIS;
                hex::decode_to_slice(hash, &mut bytes).ok()?;
                Some(Self { sequence, hash: bytes })
            }
            _ => None,
        }
    }
}

/// What a follower was told last: everything up to `through` (source time) that precedes `cursor`.
#[derive(Clone, Copy, Debug)]
pub struct Watermark {
    /// Where the source stood.
    pub cursor: Cursor,
    /// The source's time when it stood there.
    pub through: OffsetDateTime,
}
