//! Two refusals, printed as a person gets them: rule, version, source and what to do.
//!
//! Each is asked for twice under the same id, because a refusal stands for ever, and compared with the rule that
//! the service publishes.

use anyhow::{Context, Result};
use chassis::status::Parsed;
use proto::{kinship::Relation, policy::Parameter};
use standards::civil;
use testkit::people::id;
use time::macros::time;
use tonic::Status;

use super::{
    Stage,
    cast::{Cast, DAUGHTER},
    reads::{Ruler, refused},
    transfer::account,
};
use crate::timeline::Event;

/// What must be refused.
struct Wish {
    what: &'static str,
    reason: &'static str,
    rule: &'static str,
}

/// The parent-in-law in the morning, the transfer in the evening.
pub(super) async fn both(stage: &mut Stage<'_>, cast: &Cast) -> Result<()> {
    stage.chapter(1, time!(10:00), "拒绝之一 · a parent-in-law is no close relative").await?;
    let bond = id();
    let call = async || stage.desk.propose(&bond, &cast.daughter, &cast.in_law, Relation::ParentInLaw).await;
    let first = refused("the bond with a parent-in-law", call).await?;
    let again = refused("the bond with a parent-in-law, repeated", call).await?;
    let published = stage.reads.rule(Ruler::Kinship, cast.daughter.pool, "relation_scope").await?;
    let wish = Wish {
        what: "申请共济关系 proposes a bond to her mother-in-law",
        reason: "IN_LAW_EXCLUDED",
        rule: "R-042",
    };
    tell(stage, &wish, [&first, &again], &published)?;

    stage.chapter(1, time!(22:00), "拒绝之二 · no transfers at night").await?;
    let transfer = id();
    let call = async || stage.desk.send(&transfer, &cast.bond, &cast.daughter, &cast.mother, "100.00").await;
    let first = refused("the transfer at 22:00", call).await?;
    let again = refused("the transfer at 22:00, repeated", call).await?;
    let published = stage.reads.rule(Ruler::Settlement, cast.daughter.pool, "window_close").await?;
    let wish =
        Wish { what: "转账 transfers 100.00 at 22:00", reason: "OUTSIDE_TRANSFER_WINDOW", rule: "R-079" };
    tell(stage, &wish, [&first, &again], &published)?;
    let account = account(stage, &cast.daughter).await?;
    let event = Event::new(stage.cluster.civil_now(), "账户 accounts", "没有资金变动 no money has moved")
        .fact("女儿可用 her available", "900.00", account.available)
        .fact("女儿预留 her earmarked", "781.60", account.earmarked);
    stage.tell(&event);
    Ok(())
}

fn tell(stage: &mut Stage<'_>, wish: &Wish, answers: [&Status; 2], published: &Parameter) -> Result<()> {
    let [first, again] = answers.map(|status| {
        chassis::status::read(status).with_context(|| {
            format!("a refusal carries its reason: {:?} {}", status.code(), status.message())
        })
    });
    let (Parsed { refusal, .. }, again) = (first?, again?.refusal);
    let [asked, other] = ["已拒绝 refused", "另有原因 refused for another reason"];
    let mut event = Event::new(stage.cluster.civil_now(), DAUGHTER, wish.what)
        .state(asked, if refusal.reason == wish.reason { asked } else { other })
        .fact("原因 reason", wish.reason, &refusal.reason)
        .fact("规则 rule", wish.rule, &refusal.rule)
        .fact("政策版本 policy version", &published.policy_version, &refusal.policy_version)
        .fact("依据 source", &published.source, &refusal.source)
        .fact("说明 message", words(&again.message_zh), &refusal.message_zh)
        .fact("", words(&again.message_en), &refusal.message_en)
        .fact("办理建议 what to do", words(&again.what_to_do_zh), &refusal.what_to_do_zh)
        .fact("", words(&again.what_to_do_en), &refusal.what_to_do_en)
        .fact("限制 limit", words(&again.limit), &refusal.limit)
        .fact("实际 actual", words(&again.actual), &refusal.actual);
    if let Some(at) = refusal.possible_again {
        let next = stage.on(2, time!(6:00));
        event = event.fact("可再次办理 possible from", civil::local_text(next), civil::local_text(at));
    }
    stage.tell(&event);
    Ok(())
}

/// What the same request was told the second time; nothing at all is never right.
fn words(again: &str) -> &str {
    if again.is_empty() { "文字说明 some words" } else { again }
}
