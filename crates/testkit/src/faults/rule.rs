//! What a proxy is told to do: to which calls, and what.

use std::{fmt, time::Duration};

use crate::chance;

/// A fault for some calls of a method.
#[derive(Clone, Debug)]
pub struct Rule {
    method: Option<String>,
    calls: Calls,
    fault: Fault,
}

/// Which of the calls that a rule sees, counted from 1 since the rule was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calls {
    /// Each.
    All,
    /// So many at the beginning.
    First(u32),
    /// This one.
    Nth(u32),
    /// Every k-th.
    Every(u32),
    /// A random share: the same calls for the same seed.
    Share {
        /// Of 1,000.
        per_mille: u32,
        /// What the choice is made from.
        seed: u64,
    },
}

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The service never gets it.
    DropRequest(Loss),
    /// The service answers, and the caller never hears it. For calls with one reply.
    DropReply(Loss),
    /// The service gets it twice at once; the caller hears one of the answers.
    Twice,
    /// It passes, and once more later.
    Again(When),
    /// It breaks for its caller, and reaches the service later all the same.
    Late(When),
    /// It waits before it passes.
    Delay(Duration),
    /// It waits until a later call of `behind` has been answered. If none is in `patience` it passes without a hit.
    Swap {
        /// The full path of the method that overtakes it.
        behind: String,
        /// How long it waits for that.
        patience: Duration,
    },
    /// Once so many bytes of the reply are to be written, the caller's connection ends in the middle of a frame, with
    /// every call on it; what waited to be written with them is lost too.
    Cut {
        /// Bytes that may pass before.
        after: usize,
    },
    /// The reply comes byte by byte, with this pause before each.
    Trickle(Duration),
    /// The service never gets it, and the caller hears this gRPC status code.
    Answer(i32),
}

/// What the caller notices of a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The stream is reset.
    Broken,
    /// The status UNAVAILABLE.
    Unavailable,
    /// Nothing, until it stops waiting.
    Silent,
}

/// When a copy is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// So much later.
    After(Duration),
    /// When the test says so.
    OnCommand,
}

impl Rule {
    /// A fault for calls of the method with this full path: `/gongji.wallet.v1.BookService/Apply`.
    pub fn on(method: impl Into<String>, calls: Calls, fault: Fault) -> Self {
        Self { method: Some(method.into()), calls, fault }
    }

    /// A fault for calls of any method.
    pub const fn on_all(calls: Calls, fault: Fault) -> Self {
        Self { method: None, calls, fault }
    }

    pub(super) fn sees(&self, path: &str) -> bool {
        self.method.as_deref().is_none_or(|method| method == path)
    }

    pub(super) fn picks(&self, number: u32) -> bool {
        self.calls.pick(number)
    }

    pub(super) const fn fault(&self) -> &Fault {
        &self.fault
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let method = self.method.as_deref().unwrap_or("every method");
        write!(f, "{:?} for {:?} of {method}", self.fault, self.calls)
    }
}

/// One of each kind that may befall any call, by name: what it does is small enough for everything to go on.
pub const fn mixture() -> [(&'static str, Fault); 8] {
    [
        ("request lost", Fault::DropRequest(Loss::Broken)),
        ("request unanswered", Fault::DropRequest(Loss::Unavailable)),
        ("reply lost", Fault::DropReply(Loss::Broken)),
        ("twice", Fault::Twice),
        ("again later", Fault::Again(When::After(Duration::from_millis(300)))),
        ("late", Fault::Late(When::After(Duration::from_millis(150)))),
        ("delayed", Fault::Delay(Duration::from_millis(60))),
        ("cut", Fault::Cut { after: 7 }),
    ]
}

impl Calls {
    fn pick(self, number: u32) -> bool {
        match self {
            Self::All => true,
            Self::First(n) => number <= n,
            Self::Nth(n) => number == n,
            Self::Every(k) => number.is_multiple_of(k),
            Self::Share { per_mille, seed } => {
                chance::nth(seed, u64::from(number)) % 1_000 < u64::from(per_mille)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked(calls: Calls) -> Vec<u32> {
        (1..=10).filter(|number| calls.pick(*number)).collect()
    }

    #[test]
    fn calls_are_picked_by_their_number() {
        assert_eq!(picked(Calls::All).len(), 10);
        assert_eq!(picked(Calls::First(2)), [1, 2]);
        assert_eq!(picked(Calls::Nth(3)), [3]);
        assert_eq!(picked(Calls::Every(4)), [4, 8]);
        assert!(picked(Calls::Every(0)).is_empty());
    }

    #[test]
    fn a_share_is_about_as_large_as_asked_and_the_same_for_the_same_seed() {
        let picked = |seed| -> Vec<u32> {
            let calls = Calls::Share { per_mille: 200, seed };
            (1..=10_000).filter(|number| calls.pick(*number)).collect()
        };
        for seed in 0..20 {
            let count = picked(seed).len();
            assert!((1_800..2_200).contains(&count), "{count} of 10,000 for seed {seed}");
        }
        assert_eq!(picked(7), picked(7));
        assert_ne!(picked(7), picked(8));
    }
}
