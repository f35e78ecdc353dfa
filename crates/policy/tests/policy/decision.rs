//! Decisions as stored values: the same facts give the same bytes, and old bytes stay what they were.

use policy::{BondStage, Decision, Reason, Side, decide_bond, decide_transfer};
use proptest::prelude::*;

use crate::support::*;

#[test]
fn a_refused_transfer_is_written_exactly_so() {
    let mut facts = transfer();
    facts.amount = yuan("2000.01");
    let mut decision = decide_transfer(&facts, &rules(), at("2026-01-15 22:00"));
    decision.verdicts.retain(|verdict| verdict.refuses());
    let written = serde_json::to_string_pretty(&decision).unwrap();
    assert_eq!(written, include_str!("refused_transfer.json").trim_end());
}

#[test]
fn an_accepted_bond_is_written_exactly_so() {
    let decision = decide_bond(&bond(BondStage::Accept), &rules(), at("2026-01-15 12:00"));
    let written = serde_json::to_string_pretty(&decision).unwrap();
    assert_eq!(written, include_str!("accepted_bond.json").trim_end());
}

#[test]
fn a_refused_use_is_written_exactly_so() {
    let mut facts = use_of(policy::Programme::LocalAllocation, "630100", "630100");
    facts.presented.credential_of = facts.sharer.person;
    facts.category = policy::Category::CommercialInsurance;
    facts.sharer.standing.as_mut().unwrap().settlement_suspended = Some(true);
    let when = policy::When::known_at(at("2026-01-15 22:00"), at("2026-02-01 00:00"));
    let mut decision = policy::decide_use(&facts, &rules(), when);
    decision.verdicts.retain(|verdict| verdict.refuses());
    let written = serde_json::to_string_pretty(&decision).unwrap();
    assert_eq!(written, include_str!("refused_use.json").trim_end());
}

#[test]
fn stored_decisions_replay_to_the_same_bytes() {
    for stored in [
        include_str!("refused_transfer.json"),
        include_str!("accepted_bond.json"),
        include_str!("refused_use.json"),
    ] {
        let decision: Decision = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string_pretty(&decision).unwrap(), stored.trim_end());
    }
}

#[test]
fn facts_survive_storage() {
    let facts = transfer();
    let stored = serde_json::to_string(&facts).unwrap();
    assert!(stored.contains("\"valid_from\":\"2020-01-01\""), "{stored}");
    assert_eq!(serde_json::from_str::<policy::TransferFacts>(&stored).unwrap(), facts);
    let facts = bond(BondStage::Propose);
    let stored = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<policy::BondFacts>(&stored).unwrap(), facts);
}

#[test]
fn r_156_every_reason_has_words_in_both_languages() {
    for &reason in Reason::ALL {
        let texts = reason.texts();
        assert_eq!(Reason::parse(reason.name()), Some(reason));
        assert!(reason.name().bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
        for (text, end) in [
            (texts.message_zh, '。'),
            (texts.what_to_do_zh, '。'),
            (texts.message_en, '.'),
            (texts.what_to_do_en, '.'),
        ] {
            assert!(text.ends_with(end), "{reason}: {text}");
        }
    }
}

#[test]
fn no_place_for_a_value_is_left_in_a_text() {
    let mut facts = transfer();
    facts.bond.as_mut().unwrap().active = false;
    facts.amount = yuan("3000");
    facts.sent_today = Some(3);
    facts.unclaimed = Some(1);
    facts.sharer.wallet = Some(policy::WalletState::Frozen);
    facts.beneficiary.wallet = Some(policy::WalletState::NotOpened);
    let decision = decide_transfer(&facts, &rules(), at("2026-01-15 23:00"));
    assert_eq!(decision.refusing().count(), 7);
    for verdict in decision.refusing() {
        for text in [&verdict.message_zh, &verdict.message_en, &verdict.what_to_do_zh, &verdict.what_to_do_en]
        {
            assert!(!text.is_empty() && !text.contains('{'), "{text}");
        }
    }
    let of_mother = decision.refusing().find(|verdict| verdict.side == Side::Beneficiary).unwrap();
    assert!(of_mother.message_zh.contains("被共济人") && of_mother.message_en.contains("the beneficiary"));
}

proptest! {
    #[test]
    fn the_same_facts_give_the_same_bytes_and_allowed_means_nothing_refuses(
        fen in -10i64..400_000, sent in 0u32..6, unclaimed in 0u32..3, micros in 0i64..172_800_000_000,
    ) {
        let mut facts = transfer();
        facts.amount = money::Yuan::from_fen(fen);
        facts.sent_today = Some(sent);
        facts.unclaimed = Some(unclaimed);
        let when = at("2026-01-15 00:00") + time::Duration::microseconds(micros);
        let decision = decide_transfer(&facts, &rules(), when);
        let stored = serde_json::to_string(&decision).unwrap();
        let again: Decision = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(&serde_json::to_string(&again).unwrap(), &stored);
        prop_assert_eq!(&decide_transfer(&facts, &rules(), when), &decision);
        let hour = standards::civil::clock(when).hour();
        let expected = (1..=200_000).contains(&fen) && sent < 3 && unclaimed < 1 && (6..22).contains(&hour);
        prop_assert_eq!(decision.allowed, expected);
    }
}

#[test]
fn r_015_a_beneficiary_who_asks_learns_nothing_of_the_sharer() {
    let mut facts = bond(BondStage::Accept);
    let whole = decide_bond(&facts, &rules(), at("2026-01-15 12:00"));
    facts.sharer = policy::PersonFacts {
        person: facts.sharer.person,
        deceased: None,
        enrolments: None,
        place_of_use: None,
        wallet: None,
        standing: None,
    };
    let blind = decide_bond(&facts, &rules(), at("2026-01-15 12:00"));
    assert!(whole.allowed && !blind.allowed);
    let told = blind.for_beneficiary();
    assert!(told.allowed, "{told:?}");
    for verdict in &told.verdicts {
        let of_pair =
            ["person", "relation_scope", "commitment_required"].contains(&verdict.parameter.as_ref());
        let silent = verdict.result == policy::VerdictResult::NotApplicable && verdict.actual.is_empty();
        assert!(verdict.side != Side::Sharer || of_pair || silent, "{verdict:?}");
    }
    // The rules that were judged are those of everybody, and stay in their order.
    assert_eq!(told.verdicts.len(), whole.verdicts.len());
}
