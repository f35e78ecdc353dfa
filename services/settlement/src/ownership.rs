//! Which process drives what. A process shows a sign of life; what a silent one has left is taken over in chunks.
//!
//! No transfer has a lease of its own: a process that comes back only repeats commands that are harmless, and
//! its stale results lose against the row's version.

use chassis::batch::Verdict;

use crate::{
    command::{Alive, Outcome},
    keeper::Rows,
};

/// The most rows of a kind that one command takes over.
pub(crate) const CHUNK: usize = 256;

/// This process begins; an earlier one of the same name is dead.
pub(crate) fn register(rows: &mut Rows, alive: &Alive) -> Verdict<Outcome> {
    rows.alive.push((alive.clone(), true));
    Verdict::Answer(Outcome::Stored)
}

/// This process is still there.
pub(crate) fn heartbeat(rows: &mut Rows, alive: &Alive) -> Verdict<Outcome> {
    rows.alive.push((alive.clone(), false));
    Verdict::Answer(Outcome::Stored)
}

/// Takes over the rows that were loaded for it: storing them makes this process their owner. What could not be read
/// does not count: whoever asks again until nothing is left would ask for ever.
pub(crate) fn adopt(rows: &mut Rows) -> Verdict<Outcome> {
    let (transfers, lots) = std::mem::take(&mut rows.adopted);
    let mut count = 0;
    for id in transfers {
        if let Some(held) = rows.transfers.get_mut(&id) {
            held.changed = true;
            count += 1;
        }
    }
    for key in lots {
        if let Some(held) = rows.lots.get_mut(&key) {
            held.changed = true;
            count += 1;
        }
    }
    Verdict::Answer(Outcome::Adopted { count })
}
