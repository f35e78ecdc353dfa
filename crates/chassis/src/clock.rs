//! The one clock of a process: system time plus a civil shift, in whole microseconds, never backwards.
//!
//! Read it once at the edge and pass the instant on; no noun and no SQL asks for the time. Only local mode
//! and tests move it, and only forwards. It is no source of order between processes: a book orders by
//! sequence. A host's clock that is wrong is found out by comparing it with the database's, never believed
//! on its own: what was shown while it was wrong is taken back once it is right.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
};

use time::{Duration, OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// How far a host's clock may be off the database's: book time that ran ahead never comes back.
pub const TOLERANCE: Duration = Duration::seconds(30);

/// A cheap handle; all clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Arc<Inner>);

struct Inner {
    /// The host's own time.
    wall: Box<dyn Fn() -> OffsetDateTime + Send + Sync>,
    /// Microseconds added to the host's time.
    shift: AtomicI64,
    /// The latest instant shown, in microseconds since 1970: nothing earlier is ever shown again.
    latest: AtomicI64,
    /// Two movers at once must not both measure against the same present.
    moving: Mutex<()>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock")
            .field("shift", &self.shift)
            .field("latest", &self.latest)
            .finish_non_exhaustive()
    }
}

/// One look at the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The civil instant, as [`Clock::now`] shows it.
    pub civil: OffsetDateTime,
    /// The host's own time that it was made from.
    pub wall: OffsetDateTime,
}

/// This host's clock and the database's do not agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this host's clock is {seconds} s off the database's (ahead if positive); set it right")]
pub struct ClockOff {
    /// By how much at least; positive if the host's is ahead.
    pub seconds: i64,
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
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else is told to read")]
    pub fn system() -> Self {
        Self::over(OffsetDateTime::now_utc)
    }

    /// A clock over another source of the host's time than the system.
    pub fn over(wall: impl Fn() -> OffsetDateTime + Send + Sync + 'static) -> Self {
        let (shift, latest) = (AtomicI64::new(0), AtomicI64::new(0));
        Self(Arc::new(Inner { wall: Box::new(wall), shift, latest, moving: Mutex::new(()) }))
    }

    /// A clock that shows `at` now and runs on from there; `at` may lie in the past.
    pub fn starting_at(at: OffsetDateTime) -> Self {
        let clock = Self::system();
        clock.0.shift.store(micros(at) - micros(clock.wall()), Ordering::SeqCst);
        clock
    }

    /// The civil instant: shifted, whole microseconds, at least as late as any instant shown before.
    pub fn now(&self) -> OffsetDateTime {
        self.reading().civil
    }

    /// The civil instant and the host's time from one look, so that what is true of one is true of both.
    pub fn reading(&self) -> Reading {
        let (mut wall, mut civil) = (0, 0);
        // The host is looked at after `latest`, which therefore is the later one only if the host's clock was
        // set back. By a little: time stands still meanwhile. By more than the tolerance: it was wrong before.
        let look = |latest: i64| {
            wall = micros(self.wall());
            let candidate = wall.saturating_add(self.0.shift.load(Ordering::SeqCst));
            let was_wrong = latest.saturating_sub(candidate) > whole_micros(TOLERANCE);
            civil = if was_wrong { candidate } else { candidate.max(latest) };
            Some(civil)
        };
        // A look always gives an instant, so this cannot fail.
        let _ = self.0.latest.fetch_update(Ordering::SeqCst, Ordering::SeqCst, look);
        Reading { civil: instant(civil), wall: instant(wall) }
    }

    /// The host's own time in whole microseconds, for measuring and for logs.
    pub fn wall(&self) -> OffsetDateTime {
        instant(micros((self.0.wall)()))
    }

    /// Compares the host's time with a trusted clock's that was read after `before` was and has been read by
    /// now. However long this process stood still in between, a clock that is right is not accused.
    ///
    /// # Errors
    /// [`ClockOff`] if they are further apart than [`TOLERANCE`].
    pub fn compare(&self, before: OffsetDateTime, trusted: OffsetDateTime) -> Result<(), ClockOff> {
        let (ahead, behind) = (before - trusted, trusted - self.wall());
        if ahead > TOLERANCE {
            Err(ClockOff { seconds: ahead.whole_seconds() })
        } else if behind > TOLERANCE {
            Err(ClockOff { seconds: -behind.whole_seconds() })
        } else {
            Ok(())
        }
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

fn whole_micros(span: Duration) -> i64 {
    i64::try_from(span.whole_microseconds()).unwrap_or(i64::MAX)
}

fn instant(micros: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000)
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// The instant in China Standard Time, whole seconds.
pub(crate) fn local(at: OffsetDateTime) -> String {
    let at = UtcOffset::from_hms(8, 0, 0).map_or(at, |offset| at.to_offset(offset));
    let at = at.replace_nanosecond(0).unwrap_or(at);
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
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

    /// A clock over a wall that the test sets.
    fn settable() -> (Clock, Arc<Mutex<OffsetDateTime>>) {
        let wall = Arc::new(Mutex::new(Clock::system().wall()));
        let shown = Arc::clone(&wall);
        (Clock::over(move || *shown.lock().unwrap()), wall)
    }

    #[test]
    fn what_a_wrong_wall_showed_is_taken_back_and_a_small_step_is_not() {
        let (clock, wall) = settable();
        let shift = Duration::days(-3);
        clock.0.shift.store(whole_micros(shift), Ordering::SeqCst);
        let right = clock.wall();
        for wrong in [Duration::hours(1), Duration::days(366)] {
            *wall.lock().unwrap() = right + wrong;
            assert_eq!(clock.reading(), Reading { civil: right + shift + wrong, wall: right + wrong });
            *wall.lock().unwrap() = right;
            assert_eq!(clock.reading(), Reading { civil: right + shift, wall: right });
        }
        *wall.lock().unwrap() = right - Duration::seconds(20);
        assert_eq!(clock.now(), right + shift);
    }

    #[test]
    fn a_clock_is_off_in_either_direction_and_a_long_pause_does_not_accuse_it() {
        let (clock, wall) = settable();
        let right = clock.wall();
        let hour = Duration::hours(1);
        assert_eq!(clock.compare(right, right + TOLERANCE), Ok(()));
        assert_eq!(clock.compare(right + hour, right), Err(ClockOff { seconds: 3_600 }));
        assert_eq!(clock.compare(right, right + hour), Err(ClockOff { seconds: -3_600 }));
        *wall.lock().unwrap() = right + hour;
        assert_eq!(clock.compare(right, right), Ok(()), "stood still after the other clock was read");
        assert_eq!(clock.compare(right, right + hour), Ok(()), "stood still before it was read");
    }
}
