//! Plays simulated histories on two threads until one of them fails, and keeps what the failure said instead of
//! printing it.

use std::{
    cell::RefCell,
    ops::Range,
    panic::{self, catch_unwind},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use crate::world::story;

/// As many as any machine has that this runs on.
const THREADS: usize = 2;

thread_local! {
    /// What a history of this thread said when it failed.
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// The first of these histories that fails, and what it said.
pub(crate) fn first_to_fail(seeds: Range<u64>) -> Option<(u64, String)> {
    panic::set_hook(Box::new(|info| SAID.with_borrow_mut(|said| *said = info.to_string())));
    let (next, failed) = (AtomicU64::new(seeds.start), Mutex::new(None));
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| work(&next, seeds.end, &failed));
        }
    });
    // From here on a failure is printed again.
    let _ = panic::take_hook();
    failed.into_inner().unwrap_or_else(PoisonError::into_inner)
}

/// Every seed below one that failed has been taken by somebody, who plays it to its end.
fn work(next: &AtomicU64, end: u64, failed: &Mutex<Option<(u64, String)>>) {
    let first = || failed.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end || first().as_ref().is_some_and(|(earlier, _)| *earlier < seed) {
            return;
        }
        if catch_unwind(|| story::play(seed)).is_err() {
            let said = SAID.with_borrow(String::clone);
            let mut first = first();
            if first.as_ref().is_none_or(|(earlier, _)| seed < *earlier) {
                *first = Some((seed, said));
            }
        }
    }
}
