//! Refusals and violations: what arrives is what was meant, in the right language and within the budget.

use std::time::Duration;

use chassis::status::{self, Certainty, DOMAIN, Language, MAX_BYTES, Refusal, Violations};
use time::macros::datetime;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

const CODES: [Code; 17] = [
    Code::Ok,
    Code::Cancelled,
    Code::Unknown,
    Code::InvalidArgument,
    Code::DeadlineExceeded,
    Code::NotFound,
    Code::AlreadyExists,
    Code::PermissionDenied,
    Code::ResourceExhausted,
    Code::FailedPrecondition,
    Code::Aborted,
    Code::OutOfRange,
    Code::Unimplemented,
    Code::Internal,
    Code::Unavailable,
    Code::DataLoss,
    Code::Unauthenticated,
];

fn window() -> Refusal {
    Refusal::state(
        "OUTSIDE_TRANSFER_WINDOW",
        "transfers are open from 06:00 to 22:00",
        "转账时间为6:00至22:00",
    )
    .rule("R-079")
    .side("SHARER")
    .bound("06:00-22:00", "22:00")
    .policy("national-2026-01", "a document")
    .possible_again(datetime!(2026-01-16 06:00 +8))
    .what_to_do("use a new transfer id after 06:00", "请于6:00后使用新的转账编号")
    .further("DAILY_TRANSFER_COUNT", "SHARER", "three transfers today already")
}

#[test]
fn a_refusal_survives_the_wire() {
    let read = status::read(&window().into_status()).unwrap();
    assert_eq!(read.refusal, window());
    assert!(read.violations.is_empty());
}

#[test]
fn a_stored_refusal_reads_back_the_same() {
    let text = serde_json::to_string(&window().retry_after(Duration::from_millis(1_500))).unwrap();
    let back: Refusal = serde_json::from_str(&text).unwrap();
    assert_eq!(back, window().retry_after(Duration::from_millis(1_500)));
}

#[test]
fn one_localized_message_in_the_language_of_the_request() {
    let chinese = window().into_status();
    let english = Language::English.with(|| window().into_status());
    for (status, locale, text) in [
        (&chinese, "zh-CN", "转账时间为6:00至22:00"),
        (&english, "en", "transfers are open from 06:00 to 22:00"),
    ] {
        assert_eq!(status.message(), "transfers are open from 06:00 to 22:00");
        let localized = status.get_error_details_vec();
        let localized: Vec<_> = localized
            .iter()
            .filter_map(|detail| match detail {
                tonic_types::ErrorDetail::LocalizedMessage(message) => Some(message),
                _ => None,
            })
            .collect();
        assert_eq!(localized.len(), 1);
        assert_eq!((localized[0].locale.as_str(), localized[0].message.as_str()), (locale, text));
    }
}

#[test]
fn metadata_is_camel_case_and_leaves_out_what_is_empty() {
    let info = window().into_status().get_details_error_info().unwrap();
    assert_eq!((info.domain.as_str(), info.reason.as_str()), (DOMAIN, "OUTSIDE_TRANSFER_WINDOW"));
    let mut names: Vec<_> = info.metadata.keys().map(String::as_str).collect();
    names.sort_unstable();
    let all = [
        "actual",
        "limit",
        "policyVersion",
        "possibleAgainTime",
        "rule",
        "side",
        "source",
        "whatToDoEn",
        "whatToDoZh",
    ];
    assert_eq!(names, all);
    let bare = Refusal::not_found("BOND_UNKNOWN", "no such bond", "未找到").into_status();
    assert!(bare.get_details_error_info().unwrap().metadata.is_empty());
}

#[test]
fn retry_info_comes_with_overload_and_absence_only() {
    for code in CODES {
        let status = Refusal::new(code, "X", "x", "x").into_status();
        let retry = status.get_details_retry_info().and_then(|info| info.retry_delay);
        let expected = matches!(code, Code::ResourceExhausted | Code::Unavailable);
        assert_eq!(retry, expected.then_some(Duration::from_secs(1)), "{code:?}");
    }
}

#[test]
fn a_huge_refusal_is_cut_to_the_budget_and_stays_readable() {
    let mut refusal = Refusal::state("X", "e".repeat(9_000), "共济".repeat(4_000))
        .bound("l".repeat(5_000), "实".repeat(5_000))
        .policy("v".repeat(5_000), "源".repeat(5_000))
        .what_to_do("w".repeat(5_000), "做".repeat(5_000));
    for number in 0..40 {
        refusal = refusal.further(&format!("REASON_{number}"), "SHARER", "m".repeat(2_000));
    }
    let status = refusal.into_status();
    assert!(status.message().len() + status.details().len() <= MAX_BYTES);
    let read = status::read(&status).unwrap();
    assert_eq!(read.refusal.reason, "X");
    assert!(read.refusal.message_zh.starts_with("共济共济"));
}

#[test]
fn at_most_five_further_rules_are_listed() {
    let refusal = (0..9).fold(window(), |refusal, _| refusal.further("MORE", "", "more"));
    assert_eq!(status::read(&refusal.into_status()).unwrap().refusal.further.len(), 5);
}

#[test]
fn all_violations_arrive_together() {
    let mut violations = Violations::new();
    violations.add("amount", "THREE_DECIMALS", "at most two decimals", "最多两位小数");
    violations.add("bond_id", "MISSING", "an id is required", "请填写编号");
    let status = violations.finish().unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.message(), "2 invalid field(s): amount, bond_id");
    let read = status::read(&status).unwrap();
    assert_eq!(read.refusal.reason, "FIELD_INVALID");
    let expected = [
        ("amount", "THREE_DECIMALS", "at most two decimals", "最多两位小数"),
        ("bond_id", "MISSING", "an id is required", "请填写编号"),
    ];
    let expected = expected.map(|(a, b, c, d)| (a.into(), b.into(), c.into(), d.into()));
    assert_eq!(read.violations, expected);
    assert!(Violations::new().finish().is_ok());
}

#[test]
fn many_violations_stay_within_twenty_and_within_the_budget() {
    for (count, length) in [(20, 20), (300, 10), (20, 2_000)] {
        let mut violations = Violations::new();
        for number in 0..count {
            violations.add(
                format!("commands[{number}].amount"),
                "TOO_LONG",
                "e".repeat(length),
                "长".repeat(length),
            );
        }
        let status = violations.into_status();
        assert!(status.message().len() + status.details().len() <= MAX_BYTES, "{count} {length}");
        let read = status::read(&status).unwrap();
        assert!((1..=20).contains(&read.violations.len()), "{count} {length}: {}", read.violations.len());
        assert!(status.message().starts_with(&format!("{count} invalid")));
    }
}

#[test]
fn certainty_follows_the_code_of_a_status_that_is_ours() {
    for code in CODES {
        let expected = match code {
            Code::FailedPrecondition | Code::NotFound => Certainty::Refused,
            Code::InvalidArgument | Code::Unauthenticated | Code::PermissionDenied | Code::Aborted => {
                Certainty::NothingStored
            }
            _ => Certainty::Unknown,
        };
        assert_eq!(status::certainty(&Refusal::new(code, "X", "x", "x").into_status()), expected, "{code:?}");
    }
}

#[test]
fn a_status_that_is_not_ours_proves_nothing() {
    for code in CODES {
        let foreign = ErrorDetails::with_error_info("X", "example.org", [("a".to_owned(), "b".to_owned())]);
        let garbled = Status::with_details(code, "x", vec![0xff, 0x01, 0x02].into());
        for status in [Status::new(code, "x"), Status::with_error_details(code, "x", foreign), garbled] {
            assert_eq!(status::certainty(&status), Certainty::Unknown, "{code:?}");
            assert!(status::read(&status).is_none());
            assert!(status::reason(&status).is_none());
        }
    }
}

#[test]
fn the_shared_refusals_use_reasons_of_the_closed_list() {
    let shared = [
        Refusal::request_id_reused(),
        Refusal::request_id_too_old(),
        Refusal::revision_changed(1, 2),
        Refusal::queue_full(),
        Refusal::draining(),
        Refusal::feed_behind("standing"),
        Refusal::deadline_exceeded(Duration::from_secs(1)),
        Refusal::internal(),
        Refusal::unavailable(),
    ];
    for refusal in shared {
        let name = format!("REASON_{}", refusal.reason);
        assert!(proto::common::Reason::from_str_name(&name).is_some(), "{name}");
        assert!(!refusal.what_to_do_en.is_empty() && !refusal.what_to_do_zh.is_empty());
    }
}
