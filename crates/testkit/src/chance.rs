//! Chance from a seed that is printed: the same seed makes the same choices on every machine.

use anyhow::{Context, Result};
use uuid::Uuid;

/// The variable that repeats a run.
const SEED: &str = "GONGJI_TEST_SEED";

/// The seed that was asked for, or a new one.
pub fn seed() -> Result<u64> {
    match std::env::var(SEED) {
        Ok(seed) => seed.parse().with_context(|| format!("{SEED} is a number")),
        Err(_) => Ok(Uuid::new_v4().as_u64_pair().0),
    }
}

/// How much is asked for in a variable; `usual` if nothing is.
pub fn wanted(variable: &str, usual: usize) -> Result<usize> {
    match std::env::var(variable) {
        Ok(number) => number.parse().with_context(|| format!("{variable} is a number")),
        Err(_) => Ok(usual),
    }
}

/// The step from one state of splitmix64 to the next.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A number that looks like chance and is always the same for the same one (the finalizer of splitmix64).
pub const fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

/// The same of the n-th of a series.
pub const fn nth(seed: u64, number: u64) -> u64 {
    mixed(seed ^ number.wrapping_mul(STEP))
}

/// A small generator (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The choices of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Dice of their own for one of several who throw at the same time.
    #[must_use]
    pub const fn of(seed: u64, number: u64) -> Self {
        Self(seed ^ number.wrapping_mul(0xD6E8_FEB8_6659_FD93))
    }

    /// Any number.
    pub const fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// A number below `end`.
    ///
    /// # Panics
    /// If `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).expect("a count fits");
        usize::try_from(self.draw() % end).expect("it is below a count")
    }

    /// A number of fen from 1 to `most`.
    ///
    /// # Panics
    /// If `most` is not positive.
    pub fn fen(&mut self, most: i64) -> i64 {
        let most = u64::try_from(most).expect("a limit is positive");
        i64::try_from(self.draw() % most).expect("it is below a limit") + 1
    }

    /// True once in `n`.
    pub const fn one_in(&mut self, n: u64) -> bool {
        self.draw().is_multiple_of(n)
    }

    /// One of these.
    ///
    /// # Panics
    /// If there is none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// The wait, in milliseconds, until the next event of those that come once in `mean` seconds on average, each
    /// without regard to the last: a throw every 10 ms.
    pub const fn wait(&mut self, mean: u32) -> u64 {
        let mut wait = 10;
        while !self.one_in(mean as u64 * 100) {
            wait += 10;
        }
        wait
    }
}
