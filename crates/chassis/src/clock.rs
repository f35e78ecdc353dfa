//! The one clock of a process: system time plus a civil shift, in whole microseconds, never backwards.
//!
//! Read it once at the edge and pass the instant on; no noun and no SQL asks for the time. Only local mode
//! and tests move it, and only forwards. It is no source of order between processes: a book orders by
//! sequence.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use time::{Duration, OffsetDateTime};

/// A cheap handle; all clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// Microseconds added to the system's time.
    shift: AtomicI64,
    /// The latest instant shown, in microseconds since 1970: nothing earlier is ever shown again.
    latest: AtomicI64,
    /// Two movers at once must not both measure against the same present.
    moving: Mutex<()>,
}

/// The clock was asked to show an instant that has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the clock never runs backwards: asked for {asked}, it is {now} already")]
pub struct Backwards {
    /// The instant asked for.
    pub asked: OffsetDateTime,
    /// What the clock shows.
    pub now: OffsetDateTime,
}

impl Clock {
    /// A clock that shows the system's time until it is moved.
    pub fn system() -> Self {
        Self(Arc::default())
    }

    /// A clock that shows `at` now and runs on from there; `at` may lie in the past.
    pub fn starting_at(at: OffsetDateTime) -> Self {
        let clock = Self::system();
        clock.0.shift.store(micros(at) - micros(clock.wall()), Ordering::SeqCst);
        clock
    }

    /// The civil instant: shifted, whole microseconds, at least as late as any instant shown before.
    pub fn now(&self) -> OffsetDateTime {
        let candidate = micros(self.wall()).saturating_add(self.0.shift.load(Ordering::SeqCst));
        instant(self.0.latest.fetch_max(candidate, Ordering::SeqCst).max(candidate))
    }

    /// The system's own time in whole microseconds, for measuring and for logs.
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is told to read")]
    pub fn wall(&self) -> OffsetDateTime {
        instant(micros(OffsetDateTime::now_utc()))
    }

    /// Moves the clock forwards, so that it shows `at` now and runs on from there.
    ///
    /// # Errors
    /// [`Backwards`] if the clock shows a later instant already; nothing changes then.
    pub fn shift_to(&self, at: OffsetDateTime) -> Result<(), Backwards> {
        let _moving = self.0.moving.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.now();
        let asked = instant(micros(at));
        if asked < now {
            return Err(Backwards { asked, now });
        }
        self.0.shift.store(micros(asked).saturating_sub(micros(self.wall())), Ordering::SeqCst);
        Ok(())
    }

    /// How far the civil instant is ahead of the system's time (behind it if negative).
    pub fn shift(&self) -> Duration {
        Duration::microseconds(self.0.shift.load(Ordering::SeqCst))
    }
}

/// Whole microseconds since 1970; the type's range (years to ±9999) fits an `i64`.
fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX)
}

fn instant(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_clock_shows_the_wall_in_whole_microseconds() {
        let clock = Clock::system();
        let (before, now, after) = (clock.wall(), clock.now(), clock.wall());
        assert!(before <= now && now <= after);
        assert_eq!(now.nanosecond() % 1_000, 0);
        assert_eq!(clock.shift(), Duration::ZERO);
    }

    #[test]
    fn a_moved_clock_runs_on_from_there_and_all_handles_see_it() {
        let clock = Clock::system();
        let other = clock.clone();
        let there = clock.now() + Duration::days(3);
        clock.shift_to(there).unwrap();
        let seen = other.now();
        assert!(seen >= there && seen < there + Duration::minutes(1), "{seen}");
    }

    #[test]
    fn the_clock_refuses_to_run_backwards_and_keeps_its_time() {
        let clock = Clock::system();
        clock.shift_to(clock.now() + Duration::days(1)).unwrap();
        let now = clock.now();
        let refused = clock.shift_to(now - Duration::seconds(1)).unwrap_err();
        assert!(refused.now >= now);
        assert!(clock.now() >= now);
    }

    #[test]
    fn a_clock_may_start_in_the_past_but_not_go_there() {
        let start = OffsetDateTime::from_unix_timestamp(1_768_464_000).unwrap();
        let clock = Clock::starting_at(start);
        let now = clock.now();
        assert!(now >= start && now < start + Duration::minutes(1), "{now}");
        assert!(clock.shift_to(start - Duration::hours(1)).is_err());
    }

    #[test]
    fn readers_on_many_threads_never_see_time_go_back() {
        let clock = Clock::system();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut last = clock.now();
                    for _ in 0..5_000 {
                        let now = clock.now();
                        assert!(now >= last);
                        last = now;
                    }
                });
            }
            for step in 1..50 {
                let _ = clock.shift_to(clock.wall() + Duration::seconds(step));
            }
        });
    }
}
