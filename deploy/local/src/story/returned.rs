//! The second transfer: nobody claims it, and by 06:00 the money is back in the daughter's account.

use anyhow::{Context, Result};
use proto::{
    settlement::{MoneyPlace, ReturnCause, TransferState},
    wallet::LotState,
};
use standards::civil;
use time::{Duration, macros::time};

use super::{
    Stage,
    cast::{Cast, DAUGHTER, instant},
    reads::{Told, settled},
    transfer::{account, lot, send, wallet},
};
use crate::timeline::{Event, hours};

const AMOUNT: &str = "300.00";

/// Sent in the evening, back in the morning; the transfer goes into the cast.
pub(super) async fn leave_unclaimed(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<()> {
    stage.chapter(0, time!(21:30), "未接收 · a second transfer is left unclaimed").await?;
    let sent = send(stage, cast, AMOUNT).await?;
    let (account, wallet) = (account(stage, &cast.daughter).await?, wallet(stage, &cast.mother).await?);
    let at = instant(sent.create_time.as_ref()).context("a transfer has a time of acceptance")?;
    let return_by = civil::local_text(stage.on(1, time!(6:00)));
    let event = Event::new(at, DAUGHTER, "转账 transfers once more; nobody claims it")
        .amount(AMOUNT, &sent.amount)
        .state(TransferState::PendingClaim.as_str_name(), sent.state().as_str_name())
        .fact("退回期限 back by", return_by, &sent.return_by_local)
        .fact("女儿可用 her available", "600.00", account.available)
        .fact("女儿预留 her earmarked", "1081.60", account.earmarked)
        .fact("母亲待接收 her pending", AMOUNT, wallet.pending_amount);
    stage.tell(&event);
    come_back(stage, cast, &sent.transfer_id).await
}

async fn come_back(stage: &mut Stage<'_>, cast: &mut Cast, transfer: &str) -> Result<()> {
    let sent = stage.desk.transfer(transfer, &cast.daughter).await.told("a transfer")?;
    let until =
        instant(sent.claim_until.as_ref()).context("a pending transfer has a last moment to claim")?;
    stage.move_to(until + Duration::SECOND).await?;
    stage.headline(&format!("逾期退回 · {} has passed, nobody may claim any more", hours(until)));
    let found = stage.desk.until_state(transfer, &cast.daughter, TransferState::Returned).await?;
    let at = instant(found.end_time.as_ref()).context("an ended transfer has a time of ending")?;
    let read = async || account(stage, &cast.daughter).await;
    let account = settled(read, |found| found.available == "900.00").await?;
    let (lot, wallet) = (lot(stage, &cast.mother, transfer).await?, wallet(stage, &cast.mother).await?);
    let in_time = |yes| if yes { "06:00 前 before 06:00" } else { "06:00 后 after 06:00" };
    let event = Event::new(at, "结算 settlement", "退回 gives the money back")
        .amount(AMOUNT, &found.returned_amount)
        .state(TransferState::Returned.as_str_name(), found.state().as_str_name())
        .fact("原因 cause", ReturnCause::Unclaimed.as_str_name(), found.return_cause().as_str_name())
        .fact("时间 in time", in_time(true), in_time(at <= stage.on(1, time!(6:00))))
        .fact("资金所在 money is in", MoneyPlace::Returned.as_str_name(), found.money_place().as_str_name())
        .fact("额度状态 lot", LotState::Returned.as_str_name(), lot.state().as_str_name())
        .fact("女儿可用 her available", "900.00", account.available)
        .fact("女儿预留 her earmarked", "781.60", account.earmarked)
        .fact("母亲待接收 her pending", "0.00", wallet.pending_amount);
    stage.tell(&event);
    cast.transfers.push(found);
    Ok(())
}
