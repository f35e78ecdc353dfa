//! 试算: says what a transfer would be answered at that moment, rule by rule, and holds nothing.

use anyhow::{Context, Result};
use e2e::{Family, Scene, assert_refused, detail, time_of};
use proto::{
    common::{Decision, VerdictResult},
    settlement::{
        QuoteTransferRequest, QuoteTransferResponse, TransferState,
        transfer_service_client::TransferServiceClient,
    },
};
use testkit::{
    desk::{citizen, under},
    people::{id, power_of_two},
};

/// Asks what a transfer under this id would be answered.
async fn quote(
    scene: &Scene,
    transfer: &str,
    family: &Family,
    amount: &str,
) -> Result<(QuoteTransferResponse, Decision)> {
    let request = QuoteTransferRequest {
        transfer_id: transfer.to_owned(),
        bond_id: family.bond.clone(),
        amount: amount.to_owned(),
    };
    let ask = async || {
        let mut transfers = TransferServiceClient::new(scene.channel("settlement"));
        transfers.quote_transfer(under(&citizen(&family.sharer.person), request.clone())).await
    };
    let quoted = scene.certain(ask).await?.into_inner();
    let decision = quoted.decision.clone().context("a quote has a decision")?;
    Ok((quoted, decision))
}

/// What each rule said, without the instant at which it was asked.
fn rulings(decision: &Decision) -> Vec<(&str, &str, VerdictResult, i32, &str, &str)> {
    let verdicts = decision.verdicts.iter().map(|verdict| {
        let (rule, parameter) = (verdict.rule.as_str(), verdict.parameter.as_str());
        (rule, parameter, verdict.result(), verdict.side, verdict.limit.as_str(), verdict.reason.as_str())
    });
    verdicts.collect()
}

/// A quote that forbids and the refusal of the transfer itself give the same reason with the same limit.
async fn refused_alike(scene: &Scene, family: &Family, amount: &str, reason: &str) -> Result<()> {
    let transfer = id();
    let (quoted, decision) = quote(scene, &transfer, family, amount).await?;
    assert!(!decision.allowed, "{decision:?}");
    let failed = decision.verdicts.iter().find(|verdict| verdict.result() == VerdictResult::Fail);
    let failed = failed.context("a rule forbids it")?;
    let status = assert_refused(scene.send(&transfer, family, amount).await, reason);
    assert_eq!(failed.reason, reason);
    for (name, quoted) in [
        ("rule", &failed.rule),
        ("limit", &failed.limit),
        ("policy_version", &failed.policy_version),
        ("source", &failed.source),
        ("message_zh", &failed.message_zh),
    ] {
        assert_eq!(&detail(&status, name), quoted, "{name} of {reason}");
    }
    assert_ne!(quoted.text_zh, "", "the text is there to be read, whatever the decision");
    Ok(())
}

pub(crate) async fn a_quote_in_the_window_decides_as_the_transfer_and_holds_nothing(
    scene: &mut Scene,
) -> Result<()> {
    let balance = power_of_two(16);
    let family = scene.family(320_100, &balance.to_string(), 510_100, false).await?;
    let (transfer, amount) = (id(), power_of_two(12).to_string());
    let (quoted, decision) = quote(scene, &transfer, &family, &amount).await?;
    assert!(decision.allowed, "{decision:?}");
    assert_eq!(decision.decision_id, transfer);
    assert_eq!(quoted.largest_amount_now, "2000.00");
    assert_eq!((quoted.next_window_time, quoted.next_window_local.as_str()), (None, ""));
    let operation = quoted.operation.clone().context("an operation to confirm")?;
    assert_eq!((operation.kind.as_str(), &operation.operation_id), ("CreateTransfer", &transfer));
    assert_eq!(operation.actor_person_id, family.sharer.person);
    assert_eq!(operation.counterparty_person_id, family.beneficiary.person);
    assert_eq!((operation.amount.as_str(), operation.place.as_str()), (amount.as_str(), "510100"));
    assert_eq!(operation.civil_day, "2026-03-10");
    for text in [&quoted.text_zh, &quoted.text_en] {
        assert!(text.contains(&amount) && text.contains("2026-03-10"), "{text}");
    }
    assert!(quoted.text_zh.contains("成都"), "{}", quoted.text_zh);

    // Neither the day's slots nor the pair nor the account are touched, however often somebody asks.
    for _ in 0..4 {
        quote(scene, &id(), &family, &amount).await?;
    }
    let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    assert_eq!((account.available, account.earmarked.as_str()), (balance.to_string(), "0.00"));
    let sent = scene.send(&transfer, &family, &amount).await?;
    assert_eq!(sent.state(), TransferState::PendingClaim);
    let created = scene.desk.transfer(&transfer, &family.sharer).await?.decision.context("in full view")?;
    assert_eq!(rulings(&created), rulings(&decision), "what was quoted is what was decided");

    refused_alike(scene, &family, "1.00", "PENDING_TRANSFER_EXISTS").await?;
    let (waiting, _) = quote(scene, &id(), &family, "1.00").await?;
    assert_eq!(waiting.largest_amount_now, "0.00", "no amount helps while one waits");
    Ok(())
}

pub(crate) async fn a_quote_over_the_limit_names_the_largest_amount(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "10.00", 510_100, false).await?;
    let (quoted, _) = quote(scene, "", &family, "2000.01").await?;
    assert_eq!(quoted.largest_amount_now, "2000.00");
    refused_alike(scene, &family, "2000.01", "OVER_SINGLE_TRANSFER_LIMIT").await
}

/// Ends late on 11 March: it moves the clock past 22:00.
pub(crate) async fn a_quote_outside_the_window_says_when_it_opens(scene: &mut Scene) -> Result<()> {
    let family = scene.family(320_100, "500.00", 510_100, false).await?;
    scene.cluster.set_clock(time_of("2026-03-11", 22, 30, 0)).await?;
    let (quoted, decision) = quote(scene, &id(), &family, "1.00").await?;
    assert!(!decision.allowed, "{decision:?}");
    assert_eq!(quoted.largest_amount_now, "0.00", "no amount can be sent at this hour");
    let opens = quoted.next_window_time.map(|time| (time.seconds, time.nanos));
    assert_eq!(opens, Some((time_of("2026-03-12", 6, 0, 0).unix_timestamp(), 0)));
    assert_eq!(quoted.next_window_local, "2026-03-12T06:00:00+08:00");
    refused_alike(scene, &family, "1.00", "OUTSIDE_TRANSFER_WINDOW").await
}
