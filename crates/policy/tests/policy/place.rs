//! The place of use of a wallet.

use policy::{PlaceFacts, Programme, Reason, Ruling, decide_place_of_use};

use crate::support::*;

fn judged(place: &str, when: &str) -> policy::Decision {
    let facts = PlaceFacts { programme: Programme::Wallet, place: pool(place), person: mother() };
    decide_place_of_use(&facts, &rules(), at(when))
}

#[test]
fn r_092_a_wallet_is_kept_in_a_province_where_the_person_is_insured() {
    for place in ["510100", "510700", "519900"] {
        assert!(judged(place, "2026-01-15 12:00").allowed, "{place}");
    }
    let decision = judged("320100", "2026-01-15 12:00");
    let verdict = refused(&decision);
    assert_eq!((verdict.reason, verdict.actual.as_str()), (Some(Reason::PlaceOfUseNotAllowed), "320100"));
    assert_eq!(verdict.confidence, Some(policy::Confidence::Sample));
}

#[test]
fn r_008_a_wallet_opens_only_where_the_programme_is_open() {
    let decision = judged("440100", "2026-01-09 12:00");
    assert_eq!(refused(&decision).reason, Some(Reason::RegionNotOpen));
    // The window of transfers does not matter for opening a wallet.
    assert!(judged("510100", "2026-01-15 23:00").allowed);
}

#[test]
fn an_unknown_enrolment_leaves_it_undecided() {
    let mut person = mother();
    person.enrolments = None;
    let facts = PlaceFacts { programme: Programme::Wallet, place: pool("510100"), person };
    let decision = decide_place_of_use(&facts, &rules(), at("2026-01-15 12:00"));
    assert!(matches!(decision.ruling(), Ruling::Undecided(_)));
}
