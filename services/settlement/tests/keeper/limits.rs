//! What the rules say about money and its source, as it is told to the sharer's book or refused: R-072, R-075, R-105.

use chassis::status::Refusal;
use settlement::{
    command::{Accept, Command, Outcome},
    transfer::Source,
};
use time::macros::datetime;

use crate::bench::{Bench, MORNING, accept, bench, pair, ruled, yuan};

/// A version of the wallet in 江苏 with one parameter.
fn of_jiangsu(parameter: &str) -> String {
    format!(
        r#"
        [[version]]
        id = "OWN-1"
        programme = "WALLET"
        region = "320000"
        valid_from = "2026-01-09"
        recorded_at = "2026-02-01T00:00:00+08:00"
        source = "江苏试行"
        confidence = "SAMPLE"
        last_verified_day = "2026-02-01"

        [version.parameters]
        {parameter}
    "#
    )
}

async fn refusal(bench: &Bench, asked: Accept) -> Refusal {
    match bench.outcome(Command::Accept(Box::new(asked))).await {
        Outcome::Refused { refusal, .. } => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// What must be left, in fen, of the only transfer.
async fn min_left(bench: &Bench) -> i64 {
    bench.count("SELECT coalesce(min_left, -1) FROM transfer").await
}

#[tokio::test]
async fn r_072_what_an_account_must_hold_before_leaves_less_by_the_amount() {
    for (rule, left) in [
        ("min_source_balance = \"500.00\"", 40_000),
        ("min_source_balance = \"60.00\"", 0),
        ("min_left = \"500.00\"", 50_000),
        ("max_members = 6", -1),
    ] {
        let bench = ruled(MORNING, &of_jiangsu(rule)).await;
        bench.accepted(pair()).await;
        assert_eq!(min_left(&bench).await, left, "{rule}");
    }
}

#[tokio::test]
async fn r_075_where_a_rule_bounds_the_year_nothing_is_sent_unbounded() {
    let bench = ruled(MORNING, &of_jiangsu("annual_ratio = \"0.60\"")).await;
    let refusal = refusal(&bench, accept(pair())).await;
    let said = [&refusal.reason, &refusal.rule, &refusal.limit, &refusal.policy_version, &refusal.source];
    assert_eq!(said, ["NOT_SUPPORTED_YET", "R-075", "0.60", "OWN-1", "江苏试行"]);
    assert_eq!(bench.count("SELECT count(*) FROM day_slot").await, 0);
}

#[tokio::test]
async fn received_quota_is_not_sent_on_and_the_rule_says_so() {
    let of_own_wallet = || Accept { source: Source::OwnWallet, ..accept(pair()) };
    let today = bench().await;
    let refused = refusal(&today, of_own_wallet()).await;
    let said = [&refused.reason, &refused.rule, &refused.policy_version];
    assert_eq!(said, ["NOT_FOR_THIS_PROGRAMME", "R-105", "NAT-WALLET-2026-1"]);
    assert!(!refused.source.is_empty() && !refused.message_zh.is_empty(), "{refused:?}");

    // The pilot let people send it on; this release cannot, and does not say that a rule forbids it.
    let pilot = ruled(datetime!(2026-01-08 10:00 +8), &of_jiangsu("max_members = 6")).await;
    let refused = refusal(&pilot, of_own_wallet()).await;
    let said = [&refused.reason, &refused.rule, &refused.policy_version];
    assert_eq!(said, ["NOT_SUPPORTED_YET", "R-105", "NAT-WALLET-PILOT-1"]);
    assert!(refused.source.contains("央视新闻"), "{refused:?}");
    let asked = Accept { amount: yuan("2000.01"), ..of_own_wallet() };
    assert_eq!(
        refusal(&pilot, asked).await.reason,
        "OVER_SINGLE_TRANSFER_LIMIT",
        "a rule that fails goes first"
    );
    pilot.accepted(pair()).await;
}
