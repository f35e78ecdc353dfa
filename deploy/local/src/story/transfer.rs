//! The transfer of 1,200.00: set aside in 南京, granted in 成都, claimed by the mother.

use anyhow::{Context, Result};
use proto::{
    settlement::{MoneyPlace, Transfer, TransferState},
    wallet::{Lot, LotState, PersonalAccount, Wallet},
};
use testkit::{desk::Party, people::id};
use time::macros::time;

use super::{
    Stage,
    cast::{Cast, DAUGHTER, MOTHER, instant},
    reads::{Told, patiently},
};
use crate::timeline::Event;

pub(super) const AMOUNT: &str = "1200.00";

/// The daughter sends, the mother claims; the transfer goes into the cast.
pub(super) async fn send_and_claim(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<()> {
    stage.chapter(0, time!(10:00), "转账与接收 · the transfer and its claim").await?;
    let sent = send(stage, cast, AMOUNT).await?;
    let (account, wallet) = (account(stage, &cast.daughter).await?, wallet(stage, &cast.mother).await?);
    let at = instant(sent.create_time.as_ref()).context("a transfer has a time of acceptance")?;
    let event = Event::new(at, DAUGHTER, "转账 transfers quota to her mother")
        .amount(AMOUNT, &sent.amount)
        .state(TransferState::PendingClaim.as_str_name(), sent.state().as_str_name())
        .fact(
            "资金所在 money is in",
            MoneyPlace::WalletPending.as_str_name(),
            sent.money_place().as_str_name(),
        )
        .fact("女儿可用 her available", "900.00", account.available)
        .fact("女儿预留 her earmarked", AMOUNT, account.earmarked)
        .fact("母亲待接收 her pending", AMOUNT, wallet.pending_amount);
    stage.tell(&event);

    let request = id();
    let call = async || stage.desk.claim(&request, &sent.transfer_id, &cast.mother).await;
    patiently("claiming the transfer", call).await?;
    let found = stage.desk.transfer(&sent.transfer_id, &cast.mother).await.told("a transfer")?;
    let (wallet, lot) =
        (self::wallet(stage, &cast.mother).await?, lot(stage, &cast.mother, &sent.transfer_id).await?);
    let at = instant(found.claim_time.as_ref()).context("a claimed transfer has a time of claim")?;
    let event = Event::new(at, MOTHER, "接收 claims the transfer")
        .amount(AMOUNT, &found.amount)
        .state(TransferState::Claimed.as_str_name(), found.state().as_str_name())
        .fact("额度状态 lot", LotState::Open.as_str_name(), lot.state().as_str_name())
        .fact("额度来源 lot's origin", cast.daughter.pool.to_string(), lot.origin_pooling_area)
        .fact("母亲可用额度 her quota", AMOUNT, wallet.quota_amount)
        .fact("母亲待接收 her pending", "0.00", wallet.pending_amount);
    stage.tell(&event);
    cast.transfers.push(found);
    Ok(())
}

/// Sends quota and waits until it can be claimed.
pub(super) async fn send(stage: &Stage<'_>, cast: &Cast, amount: &str) -> Result<Transfer> {
    let transfer = id();
    let call = async || stage.desk.send(&transfer, &cast.bond, &cast.daughter, &cast.mother, amount).await;
    patiently("sending the transfer", call).await?;
    // Its answer may come as ACCEPTED.
    stage.desk.until_state(&transfer, &cast.daughter, TransferState::PendingClaim).await
}

/// Somebody's personal account now.
pub(super) async fn account(stage: &Stage<'_>, party: &Party) -> Result<PersonalAccount> {
    wallet(stage, party).await?.account.context("an insured employee has a personal account")
}

/// Somebody's wallet now.
pub(super) async fn wallet(stage: &Stage<'_>, party: &Party) -> Result<Wallet> {
    stage.desk.wallet_of(party).await.told("a wallet")
}

/// The lot of a transfer now.
pub(super) async fn lot(stage: &Stage<'_>, party: &Party, transfer_id: &str) -> Result<Lot> {
    let lots = stage.desk.lots_of(party).await.told("the lots")?;
    let found = lots.into_iter().find(|lot| lot.transfer_id == transfer_id);
    found.with_context(|| format!("the wallet has no lot of transfer {transfer_id}"))
}
