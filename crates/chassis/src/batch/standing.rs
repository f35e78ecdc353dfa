//! What a writer has committed so far: how far, and the last record of each label, so that a stream knows without
//! reading whether there is anything for it. It knows nothing of what other writers of the database commit.

use std::collections::HashMap;

use super::{Answer, Keeper};

/// Where a writer stands. Cheap to look at, never read from the database again.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The head when the writer started: of labels before that nothing is known.
    started: i64,
    head: i64,
    latest: HashMap<&'static str, i64>,
}

impl Standing {
    /// A writer that starts at `head`.
    pub(super) fn at(head: i64) -> Self {
        Self { started: head, head, latest: HashMap::new() }
    }

    /// The last record.
    pub fn head(&self) -> i64 {
        self.head
    }

    /// Whether a record with one of `labels` may follow `after`; false is certain, as far as this writer knows.
    pub fn may_hold(&self, after: i64, labels: &[&str]) -> bool {
        after < self.started
            || labels.iter().any(|label| self.latest.get(label).is_some_and(|seq| *seq > after))
    }

    /// Takes in a committed batch; true if it recorded anything.
    pub(super) fn advance<K: Keeper>(
        &mut self,
        head: i64,
        answers: &[(K::Command, Answer<K::Outcome>)],
    ) -> bool {
        for (command, answer) in answers {
            if let Answer::Fresh { sequence: Some(sequence), .. } = answer {
                self.latest.insert(K::label(command), *sequence);
            }
        }
        std::mem::replace(&mut self.head, head) != head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_certain_keeps_a_stream_from_reading() {
        let mut standing = Standing::at(10);
        assert!(standing.may_hold(9, &["pay"]), "nobody knows what record 10 was");
        assert!(!standing.may_hold(10, &["pay"]));
        standing.latest.insert("grant", 11);
        assert!(!standing.may_hold(10, &["pay"]));
        assert!(standing.may_hold(10, &["pay", "grant"]));
        assert!(!standing.may_hold(11, &["pay", "grant"]));
    }
}
