//! Callers who wait for each answer before the next call, and how long each answer took.
//!
//! The first failed operation ends the run: a benchmark that leaves out what went wrong measures nothing.

use std::time::Instant;

use anyhow::{Result, bail};
use futures::{StreamExt as _, TryStreamExt as _, stream};

/// Does `operate` with each of `all`, never more than `in_flight` at a time; gives their latencies in microseconds.
pub(crate) async fn drive<T, F, Answer>(all: Vec<T>, in_flight: usize, operate: F) -> Result<Vec<u64>>
where
    F: Fn(T) -> Answer,
    Answer: Future<Output = Result<()>>,
{
    let timed = stream::iter(all).map(|one| {
        let operation = operate(one);
        async {
            let began = Instant::now();
            operation.await?;
            anyhow::Ok(u64::try_from(began.elapsed().as_micros())?)
        }
    });
    timed.buffer_unordered(in_flight).try_collect().await
}

/// The same with calls of `a_call` of them: each took as long as its call.
pub(crate) async fn drive_calls<'a, T, F, Answer>(
    all: &'a [T],
    a_call: usize,
    in_flight: usize,
    operate: F,
) -> Result<Vec<u64>>
where
    F: Fn(&'a [T]) -> Answer,
    Answer: Future<Output = Result<()>>,
{
    if !all.len().is_multiple_of(a_call) {
        bail!("{} do not fill calls of {a_call}", all.len());
    }
    let calls = all.chunks_exact(a_call).collect();
    let latencies = drive(calls, in_flight.div_ceil(a_call), operate).await?;
    Ok(latencies.into_iter().flat_map(|latency| vec![latency; a_call]).collect())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn never_more_than_agreed_are_in_flight() {
        let (now, most) = (Cell::new(0), Cell::new(0));
        let (now, most) = (&now, &most);
        let operate = |_| async move {
            now.set(now.get() + 1);
            most.set(most.get().max(now.get()));
            tokio::task::yield_now().await;
            now.set(now.get() - 1);
            Ok(())
        };
        let latencies = drive((0..40).collect(), 8, operate).await.unwrap();
        assert_eq!((latencies.len(), most.get(), now.get()), (40, 8, 0));
    }

    #[tokio::test]
    async fn each_of_a_call_counts_and_calls_are_full() {
        let all: Vec<u32> = (0..12).collect();
        let (seen, now, most) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let (seen, now, most) = (&seen, &now, &most);
        let operate = |call: &[u32]| {
            let sum = call.iter().sum::<u32>();
            async move {
                seen.set(seen.get() + sum);
                now.set(now.get() + 1);
                most.set(most.get().max(now.get()));
                tokio::task::yield_now().await;
                now.set(now.get() - 1);
                Ok(())
            }
        };
        assert_eq!(drive_calls(&all, 3, 6, operate).await.unwrap().len(), 12);
        assert_eq!((seen.get(), most.get()), (66, 2));
        assert!(drive_calls(&all, 5, 5, operate).await.is_err());
    }

    #[tokio::test]
    async fn a_failure_ends_the_run() {
        let operate = |n| async move { if n == 3 { bail!("refused") } else { Ok(()) } };
        assert_eq!(drive((0..40).collect(), 2, operate).await.unwrap_err().to_string(), "refused");
    }
}
