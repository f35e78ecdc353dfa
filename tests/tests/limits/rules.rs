//! An operator's own rules: limits on the sharer's account that no national rule states, and a correction that is
//! recorded after the event.

use std::{fs, path::Path};

use anyhow::{Context, Result};
use e2e::{Scene, assert_refused, detail, play, time_of};
use policy::Rules;
use testkit::people::id;

/// 青海 asks for 500.00 in the account before anything is sent; 四川 lets 60 % of the balance at the start of the year
/// be shared.
const OWN: &str = r#"
[[version]]
id = "OWN-QINGHAI"
programme = "WALLET"
region = "630000"
valid_from = "2026-01-09"
recorded_at = "2026-01-20T00:00:00+08:00"
source = "青海试行"
confidence = "SAMPLE"
last_verified_day = "2026-01-20"

[version.parameters]
min_source_balance = "500.00"

[[version]]
id = "OWN-SICHUAN"
programme = "WALLET"
region = "510000"
valid_from = "2026-01-09"
recorded_at = "2026-01-20T00:00:00+08:00"
source = "四川试行"
confidence = "SAMPLE"
last_verified_day = "2026-01-20"

[version.parameters]
annual_ratio = "0.60"
"#;

#[tokio::test(flavor = "multi_thread")]
async fn an_operators_own_rules_hold_where_they_are_stated() -> Result<()> {
    let directory = tempfile::tempdir()?;
    fs::write(directory.path().join("own.toml"), OWN)?;
    let path = directory.path().to_str().context("a path in UTF-8")?.to_owned();
    let environment = vec![("GONGJI_RULES".to_owned(), path)];
    let mut scene = Scene::start_with("rules", time_of("2026-03-10", 10, 0, 0), environment).await?;
    play!(scene;
        r_072_an_account_must_hold_the_minimum_before_anything_is_sent,
        r_075_where_the_year_is_bounded_and_not_counted_nothing_is_sent,
    );
    a_correction_recorded_later_leaves_what_was_decided(&mut scene, directory.path()).await?;
    scene.finish().await
}

async fn r_072_an_account_must_hold_the_minimum_before_anything_is_sent(scene: &mut Scene) -> Result<()> {
    let family = scene.family(630_100, "499.99", 320_100, true).await?;
    let below = |status: &tonic::Status, held: &str| {
        for (name, expected) in [("rule", "R-072"), ("side", "SHARER"), ("limit", "500.00"), ("actual", held)]
        {
            assert_eq!(detail(status, name), expected, "{name}");
        }
    };
    let status = assert_refused(scene.send(&id(), &family, "100.00").await, "BALANCE_BELOW_MINIMUM");
    below(&status, "499.99");
    scene.credit(&family.sharer, "0.01").await?;
    // It need not be left: less than the minimum remains.
    let sent = scene.send(&id(), &family, "100.00").await?;
    assert_eq!(sent.amount, "100.00");
    let refused = id();
    let status = assert_refused(scene.send(&refused, &family, "100.00").await, "BALANCE_BELOW_MINIMUM");
    below(&status, "400.00");
    // What the account holds is nothing to the beneficiary.
    for (party, actual) in [(&family.sharer, "400.00"), (&family.beneficiary, "")] {
        let shown = scene.desk.transfer(&refused, party).await?.refusal.unwrap_or_default();
        assert_eq!((shown.reason.as_str(), shown.actual.as_str()), ("BALANCE_BELOW_MINIMUM", actual));
        assert!(!shown.message_zh.is_empty() && (!actual.is_empty() || !shown.message_zh.contains("400")));
    }
    let account = scene.desk.wallet_of(&family.sharer).await?.account.unwrap_or_default();
    assert_eq!(account.available, "400.00");
    Ok(())
}

async fn r_075_where_the_year_is_bounded_and_not_counted_nothing_is_sent(scene: &mut Scene) -> Result<()> {
    let family = scene.family(510_100, "1000.00", 320_100, true).await?;
    let status = assert_refused(scene.send(&id(), &family, "1.00").await, "NOT_SUPPORTED_YET");
    assert_eq!(
        ["rule", "limit", "policy_version", "source"].map(|name| detail(&status, name)),
        ["R-075", "0.60", "OWN-SICHUAN", "四川试行"]
    );
    Ok(())
}

/// The national version with a lower limit, recorded on a day of March with its own first day.
fn correction() -> Result<String> {
    let files = Rules::built_in_files();
    let (_, national) = files.iter().find(|(name, _)| name.ends_with("national.toml")).context("the file")?;
    let at = national.rfind("[[version]]").context("its last version")?;
    let recorded = "recorded_at = \"2026-02-01T00:00:00+08:00\"";
    Ok(national[at..]
        .replace("id = \"NAT-WALLET-2026-1\"", "id = \"OWN-LATER\"\nsupersedes = \"NAT-WALLET-2026-1\"")
        .replace(recorded, "recorded_at = \"2026-03-10T12:00:00+08:00\"")
        .replace("single_limit = { value = \"2000.00\"", "single_limit = { value = \"1000.00\""))
}

async fn a_correction_recorded_later_leaves_what_was_decided(scene: &mut Scene, rules: &Path) -> Result<()> {
    let family = scene.family(320_100, "5000.00", 630_100, true).await?;
    let transfer = id();
    scene.send(&transfer, &family, "1500.00").await?;
    let before = scene.desk.transfer(&transfer, &family.sharer).await?.decision.context("in full view")?;
    let limit = before.verdicts.iter().find(|verdict| verdict.parameter == "single_limit");
    assert_eq!(limit.map(|verdict| verdict.limit.as_str()), Some("2000.00"));

    fs::write(rules.join("later.toml"), correction()?)?;
    scene.cluster.restart("settlement", &[]).await?;
    let shown = scene.certain(|| scene.desk.transfer(&transfer, &family.sharer)).await?;
    assert_eq!(shown.decision, Some(before), "what was decided stays as it was decided");

    let status = assert_refused(scene.send(&id(), &family, "1500.00").await, "OVER_SINGLE_TRANSFER_LIMIT");
    let said = ["limit", "policy_version"].map(|name| detail(&status, name));
    assert_eq!(said, ["1000.00", "OWN-LATER"], "what is asked now is judged by what is known now");
    let other = id();
    scene.send(&other, &family, "1000.00").await?;
    let after = scene.desk.transfer(&other, &family.sharer).await?.decision.context("in full view")?;
    assert!(after.verdicts.iter().all(|verdict| verdict.policy_version != "NAT-WALLET-2026-1"));
    Ok(())
}
