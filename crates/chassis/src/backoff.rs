//! How long to wait after a failure: capped, doubling and jittered, per peer; a silent peer is probed by
//! one attempt at a time.
//!
//! Time and randomness arrive as arguments; nothing here sleeps. It never gives up: how long to try is the
//! caller's business.

use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// The first and the longest wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Curve {
    /// The wait after the first failure, before jitter.
    pub first: Duration,
    /// No wait is longer.
    pub cap: Duration,
}

impl Curve {
    /// Between services: 100 ms doubling to 10 s.
    pub const PEER: Self = Self { first: Duration::from_millis(100), cap: Duration::from_secs(10) };

    /// The wait after `failures` failures in a row: `first` doubled each time, at most `cap`, and of that a
    /// share between one half and all of it, chosen by `random`. No failures, no wait.
    pub fn delay(self, failures: u32, random: u64) -> Duration {
        if failures == 0 {
            return Duration::ZERO;
        }
        let doubled = self.first.saturating_mul(2_u32.saturating_pow(failures - 1)).min(self.cap);
        let half = u64::try_from(doubled.as_micros() / 2).unwrap_or(u64::MAX / 2);
        doubled - Duration::from_micros(random % (half + 1))
    }
}

/// What to do with work for a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Send it.
    Open,
    /// The peer was silent: send this one batch, and nothing beside it until it is answered.
    Probe,
    /// Keep it until then.
    Wait(Instant),
}

/// What is known of each peer. A peer that was never heard of is open.
#[derive(Clone, Debug)]
pub struct Backoff<K> {
    curve: Curve,
    silent: HashMap<K, Silence>,
}

#[derive(Clone, Copy, Debug)]
struct Silence {
    failures: u32,
    until: Instant,
}

impl<K: Eq + Hash> Backoff<K> {
    /// All peers are open.
    pub fn new(curve: Curve) -> Self {
        Self { curve, silent: HashMap::new() }
    }

    /// Asks to send to a peer. After [`Admission::Probe`], call [`Self::answered`] or [`Self::failed`]; if
    /// neither comes (the task died), the next probe is let through after the longest wait.
    pub fn admit(&mut self, peer: &K, now: Instant) -> Admission {
        match self.silent.get_mut(peer) {
            None => Admission::Open,
            Some(silence) if now < silence.until => Admission::Wait(silence.until),
            Some(silence) => {
                silence.until = now + self.curve.cap;
                Admission::Probe
            }
        }
    }

    /// The peer answered, whatever it said.
    pub fn answered(&mut self, peer: &K) {
        self.silent.remove(peer);
    }

    /// The peer did not answer, or nobody knows whether it did; returns when to try again.
    pub fn failed(&mut self, peer: K, now: Instant, random: u64) -> Instant {
        let silence = self.silent.entry(peer).or_insert(Silence { failures: 0, until: now });
        silence.failures = silence.failures.saturating_add(1);
        silence.until = now + self.curve.delay(silence.failures, random);
        silence.until
    }

    /// Failures in a row.
    pub fn failures(&self, peer: &K) -> u32 {
        self.silent.get(peer).map_or(0, |silence| silence.failures)
    }

    /// When the first silent peer may be probed; none if all are open.
    pub fn next_probe(&self) -> Option<Instant> {
        self.silent.values().map(|silence| silence.until).min()
    }
}

/// A random number for [`Curve::delay`] and [`Backoff::failed`], for the edge that has none of its own.
pub fn random() -> u64 {
    // The version and variant bits sit in fixed places of both halves; their sum spreads them.
    let (high, low) = uuid::Uuid::new_v4().as_u64_pair();
    high.wrapping_add(low.rotate_left(32))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURVE: Curve = Curve { first: Duration::from_millis(100), cap: Duration::from_secs(5) };

    #[test]
    fn waits_double_up_to_the_cap_and_keep_at_least_half() {
        assert_eq!(CURVE.delay(0, 7), Duration::ZERO);
        let full = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000];
        for (failures, millis) in (1..).zip(full) {
            assert_eq!(CURVE.delay(failures, 0), Duration::from_millis(millis));
        }
        for failures in [1, 2, 7, 40, u32::MAX] {
            for seed in 0..1_000_u64 {
                let random = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                let (full, wait) = (CURVE.delay(failures, 0), CURVE.delay(failures, random));
                assert!(wait <= full && wait >= full / 2, "{failures} {random}: {wait:?} of {full:?}");
            }
        }
    }

    #[test]
    fn a_silent_peer_is_probed_once_per_wait_and_others_are_not_touched() {
        let mut backoff = Backoff::new(CURVE);
        let start = Instant::now();
        assert_eq!(backoff.admit(&"51", start), Admission::Open);
        let until = backoff.failed("51", start, 0);
        assert_eq!(backoff.admit(&"51", start), Admission::Wait(until));
        assert_eq!(backoff.admit(&"32", start), Admission::Open);
        assert_eq!(backoff.admit(&"51", until), Admission::Probe);
        assert_eq!(backoff.admit(&"51", until), Admission::Wait(until + CURVE.cap));
        let later = backoff.failed("51", until, 0);
        assert_eq!(later, until + Duration::from_millis(200));
        assert_eq!(backoff.next_probe(), Some(later));
        assert_eq!(backoff.admit(&"51", later), Admission::Probe);
        backoff.answered(&"51");
        assert_eq!(backoff.admit(&"51", later), Admission::Open);
        assert_eq!(backoff.next_probe(), None);
    }

    #[test]
    fn a_probe_that_nobody_reports_does_not_close_the_peer_for_ever() {
        let mut backoff = Backoff::new(CURVE);
        let until = backoff.failed(1, Instant::now(), 0);
        assert_eq!(backoff.admit(&1, until), Admission::Probe);
        assert_eq!(backoff.admit(&1, until + CURVE.cap), Admission::Probe);
    }
}
