//! Where everything is in the end: accounts, lots, positions, and what the books say about themselves.

use anyhow::Result;
use proto::wallet::{Lot, LotState, Wallet};

use super::{
    Stage,
    cast::{Cast, place, province_text},
    spending::{LEFT, SPENT, owes},
    transfer::{AMOUNT, lot, wallet},
};
use crate::timeline::Event;

/// Reads everything once more and prints it.
pub(super) async fn sum_up(stage: &mut Stage<'_>, cast: &Cast) -> Result<()> {
    stage.headline("结果 · where everything is");
    accounts(stage, cast).await?;
    lots(stage, cast).await?;
    positions(stage, cast).await?;
    audits(stage, cast).await
}

async fn accounts(stage: &mut Stage<'_>, cast: &Cast) -> Result<()> {
    let now = stage.cluster.civil_now();
    let Wallet { account, quota_amount, .. } = wallet(stage, &cast.daughter).await?;
    let account = account.unwrap_or_default();
    let pots = format!("{} + {}", account.prior_year, account.current_year);
    let event =
        Event::new(now, "个人账户 account", format!("女儿 the daughter, {}", place(cast.daughter.pool)))
            .amount("900.00", account.available)
            .fact("预留 earmarked", LEFT, account.earmarked)
            .fact("可用额度 quota", "0.00", quota_amount)
            .note("往年 + 当年 prior + current", pots);
    stage.tell(&event);
    let Wallet { account, quota_amount, pending_amount, .. } = wallet(stage, &cast.mother).await?;
    let own = account.map_or_else(|| "无 none".to_owned(), |account| account.available);
    let event = Event::new(now, "医保钱包 wallet", format!("母亲 the mother, {}", place(cast.mother.pool)))
        .amount(LEFT, quota_amount)
        .fact("待接收 pending", "0.00", pending_amount)
        .fact("个人账户 own account", "无 none", own);
    stage.tell(&event);
    Ok(())
}

async fn lots(stage: &mut Stage<'_>, cast: &Cast) -> Result<()> {
    let rows = [
        (AMOUNT, SPENT, "0.00", LEFT, LotState::Open),
        ("300.00", "0.00", "300.00", "0.00", LotState::Returned),
    ];
    for (transfer, (granted, spent, returned, remaining, state)) in cast.transfers.iter().zip(rows) {
        let Lot { granted: g, spent: s, returned: r, remaining: left, .. } =
            lot(stage, &cast.mother, &transfer.transfer_id).await?;
        let found = lot(stage, &cast.mother, &transfer.transfer_id).await?.state();
        let event = Event::new(stage.cluster.civil_now(), "共济额度 lot", &transfer.transfer_id)
            .amount(remaining, left)
            .state(state.as_str_name(), found.as_str_name())
            .fact("划入 - 已用 - 退回", sum(granted, spent, returned), sum(&g, &s, &r));
        stage.tell(&event);
    }
    Ok(())
}

fn sum(granted: &str, spent: &str, returned: &str) -> String {
    format!("{granted} granted - {spent} spent - {returned} returned")
}

async fn positions(stage: &mut Stage<'_>, cast: &Cast) -> Result<()> {
    let Some((period, before, after)) = &cast.owed else { return Ok(()) };
    let (debtor, creditor) = (cast.daughter.pool, cast.mother.pool);
    let found = owes(&stage.reads.positions(period).await?, debtor, creditor)?;
    let [from, to] = [debtor, creditor].map(|pool| province_text(&pool.province().to_string()));
    let event =
        Event::new(stage.cluster.civil_now(), "清算头寸 position", format!("{from} → {to}, {period}"))
            .amount(after.to_string(), found.to_string())
            .fact("本次 by this play", SPENT, found.minus(*before)?.to_string());
    stage.tell(&event);
    Ok(())
}

async fn audits(stage: &mut Stage<'_>, cast: &Cast) -> Result<()> {
    let pools = [cast.daughter.pool, cast.mother.pool, cast.in_law.pool];
    for pool in pools {
        let found = stage.reads.audit(pool).await?;
        let findings: Vec<String> = found
            .findings
            .iter()
            .map(|finding| format!("{} at {}: {}", finding.invariant, finding.sequence, finding.subject))
            .collect();
        let findings = if findings.is_empty() { "无 none".to_owned() } else { findings.join("; ") };
        let what = format!("账簿 {}-01 checks its {} records", pool.province(), found.checked_through);
        let event = Event::new(stage.cluster.civil_now(), "审计 audit", what).fact(
            "发现 findings",
            "无 none",
            findings,
        );
        stage.tell(&event);
    }
    Ok(())
}
