//! How often a proof may be wrong before its method is locked, for a person and for whoever asks: pure, with the time
//! passed in.
//!
//! A lock doubles each time until a right proof ends the row: whoever guesses has five guesses, then five after half
//! an hour, and in the end five a day.

use time::{Duration, OffsetDateTime};

/// What is borne.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bound {
    /// So many wrong proofs lock.
    pub failures: u32,
    /// Wrong proofs count together for so long after the first.
    pub within: Duration,
    /// The first lock.
    pub lock: Duration,
    /// The longest lock.
    pub longest: Duration,
}

/// Of one person by one method.
pub const OF_PERSON: Bound = Bound {
    failures: 5,
    within: Duration::hours(24),
    lock: Duration::minutes(30),
    longest: Duration::hours(24),
};
/// Of one caller by one method, whoever the persons are.
pub const OF_CALLER: Bound = Bound {
    failures: 50,
    within: Duration::hours(1),
    lock: Duration::minutes(15),
    longest: Duration::hours(1),
};

/// What went wrong so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tries {
    /// Wrong proofs since the last lock or right proof.
    pub failed: u32,
    /// When the first of them was.
    pub first: Option<OffsetDateTime>,
    /// Locks since the last right proof.
    pub locks: u32,
    /// The end of the last lock.
    pub locked_until: Option<OffsetDateTime>,
}

impl Tries {
    /// The end of a lock that holds now.
    pub fn locked(&self, now: OffsetDateTime) -> Option<OffsetDateTime> {
        self.locked_until.filter(|until| now < *until)
    }

    /// Wrong proofs that still count.
    pub fn used(&self, bound: Bound, now: OffsetDateTime) -> u32 {
        let counts = self.first.is_some_and(|first| now < first + bound.within);
        if counts { self.failed } else { 0 }
    }

    /// Counts a wrong proof.
    pub fn fail(&mut self, bound: Bound, now: OffsetDateTime) {
        let used = self.used(bound, now);
        if used == 0 {
            self.first = Some(now);
        }
        self.failed = used + 1;
        if self.failed >= bound.failures {
            let lock = bound.lock * 2_i32.saturating_pow(self.locks.min(16));
            self.locked_until = Some(now + lock.min(bound.longest));
            self.locks = self.locks.saturating_add(1);
            (self.failed, self.first) = (0, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-15 02:00 UTC);

    #[test]
    fn five_wrong_proofs_lock_and_each_lock_is_twice_as_long() {
        let (mut tries, mut now) = (Tries::default(), NOW);
        for minutes in [30, 60, 120, 240, 480, 960, 1440, 1440] {
            for used in 1..5 {
                tries.fail(OF_PERSON, now);
                assert_eq!((tries.used(OF_PERSON, now), tries.locked(now)), (used, None));
            }
            tries.fail(OF_PERSON, now);
            let until = now + Duration::minutes(minutes);
            assert_eq!(tries.locked(now), Some(until));
            assert_eq!((tries.locked(until), tries.used(OF_PERSON, until)), (None, 0));
            now = until;
        }
    }

    #[test]
    fn wrong_proofs_of_yesterday_are_forgotten() {
        let mut tries = Tries::default();
        for _ in 0..4 {
            tries.fail(OF_PERSON, NOW);
        }
        let later = NOW + Duration::hours(24);
        tries.fail(OF_PERSON, later);
        assert_eq!((tries.used(OF_PERSON, later), tries.locked(later)), (1, None));
    }

    proptest! {
        #[test]
        fn nobody_has_more_guesses_than_the_bound_says(pauses in prop::collection::vec(0_i64..7_200, 1..400)) {
            let (mut tries, mut now, mut guesses) = (Tries::default(), NOW, Vec::new());
            for pause in pauses {
                now += Duration::seconds(pause);
                if tries.locked(now).is_none() {
                    tries.fail(OF_PERSON, now);
                    guesses.push(now);
                }
            }
            for (at, first) in guesses.iter().enumerate() {
                let of_half_an_hour = guesses[at..].iter().take_while(|guess| **guess < *first + Duration::minutes(30));
                prop_assert!(of_half_an_hour.count() <= 9, "five, and four before them that were forgotten");
            }
        }
    }
}
