//! Callers who wait for each answer before the next call, and how long each answer took.
//!
//! The first failed operation ends the run: a benchmark that leaves out what went wrong measures nothing.

use std::time::Instant;

use anyhow::Result;
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use anyhow::bail;

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
    async fn a_failure_ends_the_run() {
        let operate = |n| async move { if n == 3 { bail!("refused") } else { Ok(()) } };
        assert_eq!(drive((0..40).collect(), 2, operate).await.unwrap_err().to_string(), "refused");
    }
}
