//! What is in the sharer's account bounds a transfer: the book says so, and the sharer hears it with both figures.

use anyhow::Result;
use e2e::{Scene, assert_refused, detail};
use proto::settlement::TransferState;
use testkit::people::id;

pub(crate) async fn r_070_no_more_is_sent_than_the_account_holds(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, true).await?;
    let refused = id();
    for _ in 0..2 {
        // A repeat is told the same.
        let status = assert_refused(scene.send(&refused, &family, "100.01").await, "INSUFFICIENT_BALANCE");
        assert_eq!(detail(&status, "side"), "SHARER");
        assert_eq!(detail(&status, "limit"), "100.00");
    }
    let shown = scene.desk.transfer(&refused, &family.sharer).await?;
    assert_eq!(shown.state(), TransferState::Refused);
    assert_eq!(shown.refusal.unwrap_or_default().reason, "INSUFFICIENT_BALANCE");
    let sent = scene.send(&id(), &family, "100.00").await?;
    assert_eq!(sent.amount, "100.00");
    Ok(())
}

pub(crate) async fn r_071_an_empty_account_has_a_reason_of_its_own(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "100.00", 510_100, true).await?;
    scene.send(&id(), &family, "100.00").await?;
    assert_refused(scene.send(&id(), &family, "0.01").await, "BALANCE_ZERO");
    scene.credit(&family.sharer, "0.01").await?;
    scene.send(&id(), &family, "0.01").await?;
    Ok(())
}
