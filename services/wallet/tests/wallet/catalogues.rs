//! The edition of the catalogue by which an institution sorted its bill: the one in force on the day of care, or the
//! payment is refused and says which one that was.

use chassis::status;
use proto::{
    identity::Scheme,
    wallet::{self as wire, SharedWanted},
};

use crate::bench::{Bench, bill, reason};

/// 2025-12-31 and 2026-01-01 at noon in China.
const LAST_YEAR: i64 = 1_767_153_600;
const THIS_YEAR: i64 = LAST_YEAR + 86_400;

fn sorted_by(edition: &str, patient: &str, wanted: SharedWanted, seconds: i64) -> wire::PayRequest {
    let mut request = bill(patient, "10");
    let draft = request.draft.as_mut().expect("a draft");
    draft.catalogue_version = edition.to_owned();
    draft.shared_wanted = wanted.into();
    draft.service_time = Some(prost_types::Timestamp { seconds, nanos: 0 });
    request
}

#[tokio::test]
async fn r_125_a_bill_is_sorted_by_the_edition_in_force_on_the_day_of_care() {
    let bench = Bench::start().await;
    let patient = bench.owner(Scheme::Resident).await;
    bench.lot(&patient, "100").await;
    let by = |edition: &str, seconds| sorted_by(edition, &patient, SharedWanted::All, seconds);
    let stale = by("2024", THIS_YEAR);
    for _ in 0..2 {
        let status = bench.pay(stale.clone()).await.expect_err("last year's edition");
        let told = status::read(&status).expect("a status of ours").refusal;
        assert_eq!((told.reason.as_str(), told.rule.as_str()), ("CATALOGUE_NOT_IN_FORCE", "R-125"));
        assert_eq!((told.limit.as_str(), told.actual.as_str()), ("2025", "2024"));
        assert_eq!(
            (told.policy_version.as_str(), told.side.as_str()),
            ("NAT-CATALOGUE-2025", "TREATMENT_PLACE")
        );
        assert!(
            told.message_zh.contains("医保目录版本") && told.what_to_do_en.contains("new id"),
            "{told:?}"
        );
    }
    let own = sorted_by("2024", &patient, SharedWanted::None, THIS_YEAR);
    assert_eq!(reason(&bench.pay(own).await.expect_err("own money")), "CATALOGUE_NOT_IN_FORCE");
    assert_eq!(bench.wallet_now(&patient).await.quota_amount, "100.00", "nothing was spent");
    // Paid in March: the day of care counts, and the editions of both days are known.
    bench.pay(by("2025", THIS_YEAR)).await.expect("this year's");
    bench.pay(by("2024", LAST_YEAR)).await.expect("last year's, for care of last year");
    let early = bench.pay(by("2025", LAST_YEAR)).await.expect_err("not yet in force");
    assert_eq!(reason(&early), "CATALOGUE_NOT_IN_FORCE");
    bench.pay(by("", THIS_YEAR)).await.expect("a bill without codes names no edition");
    assert_eq!(bench.wallet_now(&patient).await.quota_amount, "70.00");
}
