//! Whole lives, from the registration to the last payment, one after the other while something else happens: they keep
//! every service writing, also those whose writing belongs to no history.

#[path = "../network/bill.rs"]
mod bill;
#[path = "../network/life.rs"]
mod life;

use std::cell::Cell;

use anyhow::Result;
use e2e::Scene;
use futures::future::{join, try_join_all};
use life::Life;

use crate::HOSPITAL;

/// How many are lived at the same time.
const AT_ONCE: usize = 3;

/// Lives on until `work` is done and every life that was begun is whole; gives how many were.
pub(crate) async fn meanwhile<T>(scene: &Scene, work: impl Future<Output = Result<T>>) -> Result<(T, usize)> {
    let done = Cell::new(false);
    let work = async {
        let result = work.await;
        done.set(true);
        result
    };
    let lives = (0..AT_ONCE).map(async |_| {
        let mut lived = 0;
        while !done.get() {
            let (family, [taken, declined]) = Life(scene).whole(320_100, 510_100).await?;
            Life(scene).is_whole(&family, [&taken, &declined]).await?;
            lived += 1;
        }
        anyhow::Ok(lived)
    });
    let (result, lives) = join(work, try_join_all(lives)).await;
    Ok((result?, lives?.into_iter().sum()))
}
