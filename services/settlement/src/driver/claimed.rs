//! Lots that this process has stored as claimed a moment ago. What their book tells of them next, that they are open
//! and untouched, is known already and need not be stored.
//!
//! It forgets the oldest and starts empty: what it does not know is stored as ever.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use standards::TransferId;

/// So many are remembered at least, and twice as many at most; a stream tells of a lot within seconds.
const REMEMBERED: usize = 4_096;

type Lots = HashSet<(TransferId, u16)>;

/// Transfers with the hop that was claimed, the newer half and the older one.
#[derive(Debug, Default)]
pub(super) struct Claimed(Mutex<(Lots, Lots)>);

impl Claimed {
    /// The transfer is stored as claimed, certainly.
    pub(super) fn note(&self, transfer: TransferId, hop: u16) {
        // Nothing panics while the sets are held.
        let mut lots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lots.0.len() >= REMEMBERED {
            lots.1 = std::mem::take(&mut lots.0);
        }
        lots.0.insert((transfer, hop));
    }

    /// Whether it is. A book tells it once, so that it is forgotten then.
    pub(super) fn take(&self, transfer: TransferId, hop: u16) -> bool {
        let mut lots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lots.0.remove(&(transfer, hop)) || lots.1.remove(&(transfer, hop))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn the_newest_are_known_once_and_the_oldest_make_room() {
        let claimed = Claimed::default();
        let id = |number: usize| TransferId::new(Uuid::from_u128(number as u128));
        (0..3 * REMEMBERED).for_each(|number| claimed.note(id(number), 0));
        assert!(!claimed.take(id(0), 0));
        assert!(!claimed.take(id(3 * REMEMBERED - 1), 1), "another hop is another lot");
        assert!((2 * REMEMBERED..3 * REMEMBERED).all(|number| claimed.take(id(number), 0)));
        assert!(!claimed.take(id(2 * REMEMBERED), 0));
        let lots = claimed.0.lock().expect("whole");
        assert!(lots.0.len() + lots.1.len() <= 2 * REMEMBERED);
    }
}
