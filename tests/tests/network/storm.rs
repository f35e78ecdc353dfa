//! A seeded mixture of every fault on every way, while several families live and books go out of reach and come
//! back in another order.
//!
//! `GONGJI_TEST_SEED` repeats a run: the same calls of each method meet the same fault.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result, ensure};
use e2e::{Scene, seed};
use testkit::faults::{self, Calls, Hits, Rule, Side};

use super::{calm, life::Life, losses::CALLS};

const FAMILIES: u32 = 8;
/// Of 1,000 calls of each method, so many meet each fault.
const SHARE: u32 = 40;

/// Puts every fault on every way; gives what each kind has done.
fn inflict(scene: &Scene, seed: u64) -> Result<BTreeMap<&'static str, Vec<Hits>>> {
    let mut all: BTreeMap<_, Vec<Hits>> = BTreeMap::new();
    let mut number = 0;
    for (from, to, method) in CALLS {
        for (kind, fault) in faults::mixture() {
            number += 1;
            let calls = Calls::Share { per_mille: SHARE, seed: seed.wrapping_add(number << 32) };
            let hits = scene.cluster.proxy(from, to)?.inflict(Rule::on(*method, calls, fault));
            all.entry(kind).or_default().push(hits);
        }
    }
    Ok(all)
}

/// Books go out of reach one after the other and come back in the order of the seed.
async fn swizzle(scene: &Scene, seed: u64) -> Result<()> {
    let books = ["wallet-32", "wallet-51", "wallet-63"];
    let sides = [Side::Replies, Side::Both, Side::Replies];
    let turn = usize::try_from(seed % 3).unwrap_or_default();
    for round in 0..2 {
        for (number, book) in books.iter().enumerate() {
            let proxy = scene.cluster.proxy("settlement", book)?;
            let mut gone = proxy.swallowed();
            let before = gone.requests() + gone.replies();
            proxy.partition(sides[(number + turn + round) % 3]);
            // Streams beat every second: something is always swallowed.
            while gone.requests() + gone.replies() == before {
                gone.changed(Duration::from_secs(10)).await?;
            }
        }
        for number in 0..3 {
            scene.cluster.proxy("settlement", books[(number + turn + 1) % 3])?.heal();
        }
    }
    Ok(())
}

pub(crate) async fn families_live_through_a_random_storm(scene: &mut Scene) -> Result<()> {
    let seed = seed()?;
    eprintln!("GONGJI_TEST_SEED={seed}");
    let hits = inflict(scene, seed)?;
    let scene = &*scene;
    let live = async |number: u32| {
        let from = if number.is_multiple_of(2) { 320_100 } else { 630_100 };
        Life(scene).whole(from, 510_100).await.with_context(|| format!("family {number}, seed {seed}"))
    };
    let families = futures::future::try_join_all((0..FAMILIES).map(live));
    let (_, families) = tokio::try_join!(swizzle(scene, seed), families)?;
    calm(scene);
    for (kind, hits) in &hits {
        let count: u32 = hits.iter().map(Hits::count).sum();
        eprintln!("{kind}: {count}");
        ensure!(count > 0, "no call was {kind} in the run of seed {seed}: it proves nothing");
    }
    for (family, [taken, declined]) in &families {
        Life(scene).is_whole(family, [taken, declined]).await.with_context(|| format!("seed {seed}"))?;
    }
    Ok(())
}
