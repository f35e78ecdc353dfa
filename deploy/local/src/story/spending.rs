//! The mother pays at the hospital and at the pharmacy, gets a part back, and Jiangsu owes Sichuan the rest.

use anyhow::{Context, Result};
use money::Yuan;
use proto::{
    settlement::Position,
    wallet::{Category, LegKind, Payment, PaymentState, RefundDestination},
};
use standards::{Pool, civil};
use testkit::desk::Bill;
use time::{Duration, OffsetDateTime, macros::time};
use tonic::Status;

use super::{
    Stage,
    cast::{Cast, HOSPITAL, MOTHER, PHARMACY, instant, place, place_text, province_text},
    reads::{Told, settled},
    transfer::{account, lot},
};
use crate::timeline::Event;

const AT_HOSPITAL: &str = "386.40";
const AT_PHARMACY: &str = "52.00";
const REFUNDED: &str = "20.00";
/// 386.40 + 52.00 - 20.00
pub(super) const SPENT: &str = "418.40";
/// 1,200.00 - 418.40
pub(super) const LEFT: &str = "781.60";

/// Payments and refund, then what follows from them in settlement and in the daughter's book.
pub(super) async fn pay_and_refund(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<()> {
    stage.chapter(0, time!(14:30), "就医购药 · paid with the daughter's quota").await?;
    let period = period_of(stage.cluster.civil_now());
    let before = owes(&stage.reads.positions(&period).await?, cast.daughter.pool, cast.mother.pool)?;
    pay(stage, cast, HOSPITAL, AT_HOSPITAL, "813.60").await?;
    pay(stage, cast, PHARMACY, AT_PHARMACY, "761.60").await?;
    refund(stage, cast).await?;
    owed(stage, cast, period, before).await
}

async fn pay(stage: &mut Stage<'_>, cast: &mut Cast, at: &str, amount: &str, left: &str) -> Result<()> {
    let (category, what) = if at == HOSPITAL {
        (Category::Outpatient, "结算 pays at the hospital")
    } else {
        (Category::Pharmacy, "结算 pays at the pharmacy")
    };
    let bill = Bill {
        institution: at.to_owned(),
        amount: amount.to_owned(),
        category,
        at: stage.cluster.civil_now() - Duration::minutes(10),
    };
    let paid = stage.desk.pay_when_known(&cast.mother, &bill).await;
    let paid = paid.or_else(|error| Err(error.downcast::<Status>()?).told("paying"))?;
    let found = stage.reads.payment(&paid, cast.mother.pool).await?;
    let transfer = &cast.transfers[0].transfer_id;
    let lot = lot(stage, &cast.mother, transfer).await?;
    let split = found.split.clone().unwrap_or_default();
    let legs: Vec<&str> = found.legs.iter().map(|leg| leg.kind().as_str_name()).collect();
    let leg = found.legs.first().cloned().unwrap_or_default();
    let event = Event::new(time_of(&found)?, MOTHER, format!("{what} {at}"))
        .amount(amount, found.cost.clone().unwrap_or_default().personal_amount)
        .state(PaymentState::Paid.as_str_name(), found.state().as_str_name())
        .fact("共济支付 from quota", amount, split.shared_amount)
        .fact(
            "本人账户, 现金 own, cash",
            "0.00, 0.00",
            format!("{}, {}", split.account_amount, split.cash_amount),
        )
        .fact("支付来源 legs", LegKind::Lot.as_str_name(), legs.join(", "))
        .fact("转账编号 lot of transfer", transfer, leg.transfer_id)
        .fact("应付 debtor", place(cast.daughter.pool), place_text(&leg.debtor_pooling_area))
        .fact("应收 creditor", place(cast.mother.pool), place_text(&leg.creditor_pooling_area))
        .fact("剩余额度 quota left", left, lot.remaining);
    stage.tell(&event);
    cast.payments.push(found);
    Ok(())
}

fn time_of(payment: &Payment) -> Result<OffsetDateTime> {
    instant(payment.pay_time.as_ref()).context("a payment has a time")
}

async fn refund(stage: &mut Stage<'_>, cast: &mut Cast) -> Result<()> {
    let payment = cast.payments.last().context("something was paid")?.clone();
    // A refund needs no news from other services, so it is asked for once.
    let refund = stage.desk.refund(&payment, REFUNDED, &cast.mother).await.told("refunding")?;
    let found = stage.reads.payment(&payment, cast.mother.pool).await?;
    let transfer = &cast.transfers[0].transfer_id;
    let lot = lot(stage, &cast.mother, transfer).await?;
    let leg = refund.legs.first().cloned().unwrap_or_default();
    let at = instant(refund.refund_time.as_ref()).context("a refund has a time")?;
    let event = Event::new(at, MOTHER, format!("退费 returns goods at the pharmacy {PHARMACY}"))
        .amount(REFUNDED, found.refunded_amount.clone())
        .state(PaymentState::PartlyRefunded.as_str_name(), found.state().as_str_name())
        .fact("退费去向 went to", RefundDestination::Lot.as_str_name(), leg.destination().as_str_name())
        .fact("同一转账 the same lot", transfer, leg.transfer_id)
        .fact("已用额度 spent", SPENT, lot.spent)
        .fact("剩余额度 quota left", LEFT, lot.remaining);
    stage.tell(&event);
    if let Some(last) = cast.payments.last_mut() {
        *last = found;
    }
    Ok(())
}

/// What one province owes another in a list of positions.
pub(super) fn owes(positions: &[Position], debtor: Pool, creditor: Pool) -> Result<Yuan> {
    let (debtor, creditor) = (debtor.province().to_string(), creditor.province().to_string());
    let found = positions.iter().find(|one| one.debtor == debtor && one.creditor == creditor);
    Ok(found.map_or(Ok(Yuan::ZERO), |position| Yuan::parse_signed(&position.net_amount))?)
}

async fn owed(stage: &mut Stage<'_>, cast: &mut Cast, period: String, before: Yuan) -> Result<()> {
    let (debtor, creditor) = (cast.daughter.pool, cast.mother.pool);
    let wanted = before.plus(SPENT.parse()?)?;
    let read = async || owes(&stage.reads.positions(&period).await?, debtor, creditor);
    let after = settled(read, |found| *found == wanted).await?;
    let transfer = cast.transfers[0].transfer_id.clone();
    let read = async || stage.desk.transfer(&transfer, &cast.daughter).await.told("a transfer");
    let found = settled(read, |found| found.spent_amount == SPENT).await?;
    let read = async || account(stage, &cast.daughter).await;
    let account = settled(read, |found| found.earmarked == LEFT).await?;
    let (owing, owned) =
        (province_text(&debtor.province().to_string()), province_text(&creditor.province().to_string()));
    let event = Event::new(stage.cluster.civil_now(), "清算 clearing", format!("{owing} 应付 owes {owned}"))
        .amount(SPENT, after.minus(before)?.to_string())
        .fact(format!("头寸 position of {period}"), wanted.to_string(), after.to_string())
        .fact("转账已用 transfer spent", SPENT, &found.spent_amount)
        .fact("转账剩余 remaining", LEFT, &found.remaining_amount)
        .fact("女儿预留 her earmarked", LEFT, account.earmarked)
        .fact("女儿可用 her available", "900.00", account.available);
    stage.tell(&event);
    cast.transfers[0] = found;
    cast.owed = Some((period, before, after));
    Ok(())
}

/// The month in which an obligation of now is cleared.
fn period_of(at: OffsetDateTime) -> String {
    civil::day_text(civil::day(at))[..7].to_owned()
}
