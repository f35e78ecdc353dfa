//! Streams between services that break in the middle of a page, and are slow to open again.

use std::time::Duration;

use anyhow::{Context, Result};
use e2e::Scene;
use testkit::faults::{Calls, Fault, Rule};

use super::{calm, life::Life};

/// Who follows whom, and by what.
const FEEDS: &[(&str, &str, &str)] = &[
    ("settlement", "wallet-32", "/gongji.wallet.v1.BookService/StreamEntries"),
    ("settlement", "wallet-51", "/gongji.wallet.v1.BookService/StreamEntries"),
    ("settlement", "identity", "/gongji.identity.v1.IdentityService/StreamEvents"),
    ("settlement", "kinship-registry", "/gongji.kinship.v1.KinshipService/StreamEvents"),
    ("kinship-registry", "identity", "/gongji.identity.v1.IdentityService/StreamEvents"),
    ("wallet-32", "identity", "/gongji.identity.v1.IdentityService/StreamEvents"),
    ("wallet-51", "identity", "/gongji.identity.v1.IdentityService/StreamEvents"),
    ("wallet-51", "settlement", "/gongji.settlement.v1.InstitutionService/StreamEvents"),
];

pub(crate) async fn every_feed_is_cut_in_the_middle_of_a_page_and_goes_on(scene: &mut Scene) -> Result<()> {
    let mut faults = Vec::new();
    for (from, to, method) in FEEDS {
        let proxy = scene.cluster.proxy(from, to)?;
        // Within a frame of the first page, between two pages, and late.
        let planned = [
            (1, Fault::Cut { after: 9 }),
            (2, Fault::Cut { after: 150 }),
            (3, Fault::Delay(Duration::from_millis(300))),
        ];
        for (call, fault) in planned {
            let hits = proxy.inflict(Rule::on(*method, Calls::Nth(call), fault));
            faults.push((format!("{from} follows {to}"), hits));
        }
        // The streams that are open end; their followers come again.
        proxy.sever();
    }
    Life(scene).whole(320_100, 510_100).await?;
    for (what, hits) in faults {
        hits.reach(1, Duration::from_secs(10)).await.context(what)?;
    }
    calm(scene);
    scene.verdict().await?.assert_clean();
    Ok(())
}
