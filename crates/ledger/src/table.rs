//! A table in memory that remembers what was loaded, changed and made.
//!
//! It holds only what was loaded for a batch; a row that is absent here was absent from the load.

use std::{collections::BTreeMap, fmt::Debug};

/// The rows of one table that must be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes<R> {
    /// New rows, in key order.
    pub inserted: Vec<R>,
    /// Rows that were there before, in key order, as they are now.
    pub updated: Vec<R>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Loaded,
    Changed,
    New,
}

#[derive(Clone, Debug)]
pub(crate) struct Table<K, R> {
    rows: BTreeMap<K, (Mark, R)>,
    writes: usize,
}

impl<K: Ord + Debug, R> Table<K, R> {
    /// Loaded rows; a row that was loaded twice is taken once.
    pub(crate) fn loaded(rows: Vec<R>, key: impl Fn(&R) -> K) -> Self {
        let rows = rows.into_iter().map(|row| (key(&row), (Mark::Loaded, row))).collect();
        Self { rows, writes: 0 }
    }

    pub(crate) fn get(&self, key: &K) -> Option<&R> {
        self.rows.get(key).map(|(_, row)| row)
    }

    /// The row, to be changed. Asking for a row that is not there is our own mistake.
    pub(crate) fn change(&mut self, key: &K) -> &mut R {
        let Some((mark, row)) = self.rows.get_mut(key) else {
            panic!("row {key:?} was to be changed and is not in the book");
        };
        if *mark == Mark::Loaded {
            *mark = Mark::Changed;
        }
        self.writes += 1;
        row
    }

    /// Adds a new row. Adding it twice is our own mistake.
    pub(crate) fn add(&mut self, key: K, row: R) {
        assert!(!self.rows.contains_key(&key), "row {key:?} was made twice");
        self.writes += 1;
        self.rows.insert(key, (Mark::New, row));
    }

    /// The rows whose keys lie in a range, in key order.
    pub(crate) fn range(&self, range: impl std::ops::RangeBounds<K>) -> impl DoubleEndedIterator<Item = &R> {
        self.rows.range(range).map(|(_, (_, row))| row)
    }

    /// How often something was written: a command that is no record writes nothing.
    pub(crate) const fn writes(&self) -> usize {
        self.writes
    }

    pub(crate) fn into_changes(self) -> Changes<R> {
        let mut changes = Changes { inserted: Vec::new(), updated: Vec::new() };
        for (mark, row) in self.rows.into_values() {
            match mark {
                Mark::Loaded => {}
                Mark::Changed => changes.updated.push(row),
                Mark::New => changes.inserted.push(row),
            }
        }
        changes
    }
}
