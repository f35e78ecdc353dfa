//! R-020 to R-036: who may take part. R-020, R-021 and R-023 have tables of their own in `bond`.

use policy::{
    BenefitKind, BondStage, CodeProxyFacts, Consequence, Decision, EnrolmentStatus, Parameter, PersonFacts,
    PersonStanding, Programme, Reason, Region, Rules, Ruling, Scheme, Side, TransferContext, WalletState,
    contact_state, decide_bond, decide_code_proxy, decide_transfer, decide_use,
};

use crate::support::*;

const NOON: &str = "2026-01-15 12:00";

fn wallet_bond(change: impl FnOnce(&mut policy::BondFacts)) -> Decision {
    let mut facts = local_bond(Programme::Wallet, "320100", "510100");
    change(&mut facts);
    decide_bond(&facts, &rules(), at(NOON))
}

fn standing(person: &mut PersonFacts) -> &mut PersonStanding {
    person.standing.as_mut().unwrap()
}

#[test]
fn r_020_c_9_the_sharer_must_have_an_employee_account() {
    let decision = wallet_bond(|facts| {
        facts.sharer.enrolments = Some(vec![enrolment(Scheme::Resident, "320100")]);
    });
    assert_eq!(why(&decision).unwrap().0, Reason::SharerNotEmployeeInsured);
}

#[test]
fn r_022_flexible_employment_is_employee_insurance() {
    let decision = wallet_bond(|facts| {
        facts.sharer.enrolments = Some(vec![enrolment(Scheme::FlexibleEmployee, "320100")]);
        facts.beneficiary.enrolments = Some(vec![enrolment(Scheme::FlexibleEmployee, "510100")]);
    });
    assert!(decision.allowed);
}

#[test]
fn r_024_insurance_is_judged_at_every_use_too() {
    let mut facts = use_of(Programme::Wallet, "320100", "510100");
    assert_eq!(why(&decide_use(&facts, &rules(), at(NOON))), None);
    facts.patient.enrolments.as_mut().unwrap()[0].status = EnrolmentStatus::Suspended;
    let decision = decide_use(&facts, &rules(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::EnrolmentNotNormal, "R-023", Side::Beneficiary)));
}

/// Why a bond and a transfer of a programme between two pooling areas are refused, if they are; both alike.
fn local(programme: Programme, sharer_at: &str, beneficiary_at: &str) -> Option<(Reason, String, Side)> {
    let owned =
        |decision: Decision| why(&decision).map(|(reason, rule, side)| (reason, rule.to_owned(), side));
    let of_bond = local_bond(programme, sharer_at, beneficiary_at);
    let mut of_transfer = transfer();
    of_transfer.programme = programme;
    of_transfer.bond.as_mut().unwrap().programme = programme;
    of_transfer.sharer = of_bond.sharer.clone();
    of_transfer.beneficiary = of_bond.beneficiary.clone();
    // Nothing else stands in the way of a transfer here: of the wallet's own rules there are none.
    let of_transfer = decide_transfer(&of_transfer, &rules(), at(NOON));
    let territory = by_parameter(&of_transfer, "territorial_scope");
    let of_bond = owned(decide_bond(&of_bond, &rules(), at(NOON)));
    let is_far = of_bond.as_ref().is_some_and(|(reason, ..)| *reason == Reason::OutOfTerritory);
    assert_eq!(territory.reason == Some(Reason::OutOfTerritory), is_far, "{territory:?}");
    of_bond
}

#[test]
fn r_025_the_programme_of_a_province_is_for_sharers_insured_there() {
    // It is open in every province, so that nothing but the distance can refuse.
    assert_eq!(local(Programme::LocalRealtime, "630200", "630100"), None);
    let far = Some((Reason::OutOfTerritory, "R-012".to_owned(), Side::Beneficiary));
    assert_eq!(local(Programme::LocalRealtime, "620100", "630100"), far);
    assert_eq!(local(Programme::Wallet, "620100", "630100"), None, "across provinces there is the wallet");
    // The Corps and the province around it are two (R-010).
    assert_eq!(local(Programme::LocalRealtime, "669900", "650100"), far);
}

#[test]
fn r_025_an_allocation_of_qinghai_is_not_open_to_a_sharer_of_another_province() {
    let mut facts = allocation();
    facts.sharer.enrolments = Some(vec![enrolment(Scheme::Employee, "620100")]);
    let decision = policy::decide_allocation(&facts, &rules(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::RegionNotOpen, "R-006", Side::Sharer)));
}

#[test]
fn r_026_the_members_of_a_local_programme_are_insured_in_the_province() {
    let far = Some((Reason::OutOfTerritory, "R-012".to_owned(), Side::Beneficiary));
    assert_eq!(local(Programme::LocalRealtime, "630100", "620100"), far);
    assert_eq!(local(Programme::LocalAllocation, "630100", "630200"), None);
    let facts = local_bond(Programme::LocalAllocation, "630100", "620100");
    let decision = decide_bond(&facts, &rules(), at("2025-01-15 12:00"));
    assert!(decision.refusing().any(|verdict| verdict.reason == Some(Reason::OutOfTerritory)));
}

#[test]
fn r_027_with_chronic_outpatient_entitlement_nobody_shares_in_qinghai() {
    let barred = [
        BenefitKind::ChronicOutpatient,
        BenefitKind::SpecialOutpatient,
        BenefitKind::RetiredCadre,
        BenefitKind::DisabledSoldier,
    ];
    for kind in BenefitKind::ALL.iter().copied() {
        let mut facts = local_bond(Programme::LocalAllocation, "630100", "630100");
        facts.sharer.standing = Some(with_benefit(kind));
        let decision = decide_bond(&facts, &rules(), at(NOON));
        assert_eq!(decision.allowed, !barred.contains(&kind), "{kind}");
        if !decision.allowed {
            assert_eq!(why(&decision), Some((Reason::SharerBenefitExcluded, "R-027", Side::Sharer)));
        }
        // As a member it does not matter, nor elsewhere, nor after it ended.
        facts.sharer.standing = Some(in_order());
        facts.beneficiary.standing = Some(with_benefit(kind));
        assert!(decide_bond(&facts, &rules(), at(NOON)).allowed);
        assert!(wallet_bond(|facts| facts.sharer.standing = Some(with_benefit(kind))).allowed);
    }
    let mut facts = local_bond(Programme::LocalAllocation, "630100", "630100");
    let mut ended = with_benefit(BenefitKind::ChronicOutpatient);
    ended.benefits.as_mut().unwrap()[0].valid_to = Some(day("2026-01-14"));
    facts.sharer.standing = Some(ended);
    assert!(decide_bond(&facts, &rules(), at(NOON)).allowed);
}

#[test]
fn r_028_a_frozen_account_does_not_share() {
    let decision = wallet_bond(|facts| {
        facts.sharer.enrolments.as_mut().unwrap()[0].status = EnrolmentStatus::Frozen;
    });
    assert_eq!(why(&decision), Some((Reason::EnrolmentNotNormal, "R-023", Side::Sharer)));
}

#[test]
fn r_029_changed_contact_data_are_due_within_15_days() {
    let state = |reported: Option<&str>, when: &str| {
        let days = (day("2026-01-01"), reported.map(day));
        contact_state((Programme::Wallet, Region::Nation), days, &rules(), at(when)).unwrap()
    };
    assert_eq!(state(None, "2026-01-16 23:59:59").due, day("2026-01-16"));
    assert!(!state(None, "2026-01-16 23:59:59").overdue);
    assert!(state(None, "2026-01-17 00:00").overdue);
    assert!(!state(Some("2026-01-16"), "2026-03-01 12:00").overdue);
    assert!(state(Some("2026-01-17"), "2026-03-01 12:00").overdue);
    assert_eq!(state(None, "2026-01-17 00:00").consequence, Some(Consequence::Suspend));
}

#[test]
fn r_029_overdue_contact_data_suspend_new_bonds_and_transfers() {
    for side in [Side::Sharer, Side::Beneficiary] {
        let decision = wallet_bond(|facts| {
            let person = if side == Side::Sharer { &mut facts.sharer } else { &mut facts.beneficiary };
            standing(person).contact_overdue = Some(true);
        });
        assert_eq!(why(&decision), Some((Reason::ContactUpdateOverdue, "R-029", side)));
    }
    let mut facts = transfer();
    facts.sharer.standing = Some(PersonStanding { contact_overdue: Some(true), ..in_order() });
    let decision = decide_transfer(&facts, &rules(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::ContactUpdateOverdue, "R-029", Side::Sharer)));
    // What was shared before may still be used.
    let mut facts = use_of(Programme::Wallet, "320100", "510100");
    standing(&mut facts.patient).contact_overdue = Some(true);
    assert!(decide_use(&facts, &rules(), at(NOON)).allowed);
}

#[test]
fn r_029_a_rule_that_only_warns_lets_pass() {
    let warns = r#"[[version]]
id = "T-PERSON"
programme = "WALLET"
region = "320000"
topic = "PERSON"
valid_from = "2026-01-01"
recorded_at = "2026-01-01T00:00:00+08:00"
source = "a test"
confidence = "SAMPLE"
last_verified_day = "2026-01-01"
[version.parameters]
contact_consequence = "WARN"
"#;
    let rules = Rules::built_in_with(&[("warns.toml", warns)]).unwrap();
    let mut facts = local_bond(Programme::Wallet, "320100", "510100");
    standing(&mut facts.sharer).contact_overdue = Some(true);
    let decision = decide_bond(&facts, &rules, at(NOON));
    assert!(decision.allowed);
    let verdict = by_parameter(&decision, "contact_consequence");
    assert_eq!((verdict.limit.as_str(), verdict.actual.as_str()), ("WARN", "true"));
}

#[test]
fn r_030_online_use_needs_an_activated_code() {
    let inactive = |facts: &mut policy::BondFacts| {
        standing(&mut facts.beneficiary).medical_code_activated = Some(false);
    };
    let decision = wallet_bond(inactive);
    assert_eq!(why(&decision), Some((Reason::MedicalCodeNotActivated, "R-030", Side::Beneficiary)));
    // At the counter nobody needs one, and at the proposal the invitee's does not matter.
    assert!(
        wallet_bond(|facts| {
            inactive(facts);
            facts.context.as_mut().unwrap().online = false;
        })
        .allowed
    );
    assert!(
        wallet_bond(|facts| {
            inactive(facts);
            facts.stage = BondStage::Propose;
        })
        .allowed
    );
    let mut facts = transfer();
    facts.sharer.standing = Some(PersonStanding { medical_code_activated: Some(false), ..in_order() });
    facts.context = Some(TransferContext { online: true, from_own_wallet: false, account: None });
    let decision = decide_transfer(&facts, &rules(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::MedicalCodeNotActivated, "R-030", Side::Sharer)));
}

fn link(change: impl FnOnce(&mut CodeProxyFacts)) -> Decision {
    let mut facts = CodeProxyFacts {
        shower: PersonFacts { standing: Some(in_order()), ..sharer() },
        owner: PersonFacts { standing: Some(in_order()), ..mother() },
        linked: Some(0),
        documents: false,
        face: true,
    };
    change(&mut facts);
    decide_code_proxy(&facts, &rules(), at(NOON))
}

#[test]
fn r_031_five_codes_at_most_and_documents_up_to_sixteen() {
    assert!(link(|_| ()).allowed);
    assert!(link(|facts| facts.linked = Some(4)).allowed);
    let decision = link(|facts| facts.linked = Some(5));
    assert_eq!(why(&decision), Some((Reason::MemberCapReached, "R-031", Side::Sharer)));
    assert_eq!(refused(&decision).limit, "5");
    let no_face = link(|facts| facts.face = false);
    assert_eq!(why(&no_face), Some((Reason::AuthFailed, "R-031", Side::Beneficiary)));
    let child = |facts: &mut CodeProxyFacts, born: &str| {
        standing(&mut facts.owner).birth_day = Some(day(born));
        facts.face = false;
        facts.documents = true;
    };
    // Sixteen until the day before the seventeenth birthday.
    assert!(link(|facts| child(facts, "2009-01-16")).allowed);
    assert!(!link(|facts| child(facts, "2009-01-15")).allowed);
    let without = link(|facts| {
        child(facts, "2015-05-01");
        facts.documents = false;
    });
    assert_eq!(why(&without), Some((Reason::KinshipNotProven, "R-031", Side::Beneficiary)));
    assert_eq!(why(&link(|facts| facts.owner.person = facts.shower.person)).unwrap().0, Reason::SelfBond);
}

#[test]
fn r_031_the_wrong_function_is_explained() {
    let mut facts = use_of(Programme::Wallet, "320100", "510100");
    facts.presented.credential_of = facts.sharer.person;
    facts.presented.shown_by = Some(facts.patient.person);
    let decision = decide_use(&facts, &rules(), at(NOON));
    let verdict = refused(&decision);
    assert_eq!(verdict.reason, Some(Reason::WrongFunctionCodeProxy));
    assert!(verdict.message_zh.contains("亲情账户") && verdict.what_to_do_zh.contains("家庭共济"));
    // A linked daughter shows her mother's code for the mother's care: that is what it is for.
    facts.presented.credential_of = facts.patient.person;
    facts.presented.shown_by = Some(facts.sharer.person);
    facts.presented.shower_linked = Some(true);
    assert_eq!(why(&decide_use(&facts, &rules(), at(NOON))), None);
    facts.presented.shower_linked = Some(false);
    assert_eq!(why(&decide_use(&facts, &rules(), at(NOON))).unwrap().0, Reason::NotOwnCredential);
}

#[test]
fn r_035_hainan_wants_proof_of_the_kinship() {
    let mut facts = local_bond(Programme::LocalRealtime, "460100", "460100");
    facts.context.as_mut().unwrap().kinship_proven = Some(false);
    let decision = decide_bond(&facts, &rules(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::KinshipNotProven, "R-051", Side::Sharer)));
    let mut facts = local_bond(Programme::LocalRealtime, "370100", "370100");
    facts.context.as_mut().unwrap().kinship_proven = Some(false);
    assert!(decide_bond(&facts, &rules(), at(NOON)).allowed, "山东 takes a commitment instead");
}

#[test]
fn r_035_r_036_hainan_and_qinghai_invite_by_face_and_others_by_password_too() {
    let by_password = |programme, pool: &str| {
        let mut facts = local_bond(programme, pool, pool);
        facts.stage = BondStage::Propose;
        facts.context.as_mut().unwrap().face = Some(false);
        facts
    };
    for (programme, pool) in [(Programme::LocalRealtime, "460100"), (Programme::LocalAllocation, "630100")] {
        let mut facts = by_password(programme, pool);
        let decision = decide_bond(&facts, &rules(), at(NOON));
        assert_eq!(why(&decision), Some((Reason::AuthFailed, "R-036", Side::Sharer)), "{pool}");
        let context = facts.context.as_mut().unwrap();
        context.face = Some(true);
        assert!(decide_bond(&facts, &rules(), at(NOON)).allowed, "{pool}");
        // At a counter documents were seen, and whoever answers is not the one who invites.
        let context = facts.context.as_mut().unwrap();
        (context.online, context.face) = (false, None);
        assert!(decide_bond(&facts, &rules(), at(NOON)).allowed, "{pool}");
    }
    let facts = by_password(Programme::LocalRealtime, "370100");
    assert!(decide_bond(&facts, &rules(), at(NOON)).allowed);
}

#[test]
fn r_151_a_suspended_person_neither_shares_nor_uses() {
    let decision = wallet_bond(|facts| standing(&mut facts.sharer).settlement_suspended = Some(true));
    assert_eq!(why(&decision), Some((Reason::SettlementSuspended, "R-151", Side::Sharer)));
    let mut facts = use_of(Programme::Wallet, "320100", "510100");
    standing(&mut facts.patient).settlement_suspended = Some(true);
    let decision = decide_use(&facts, &rules(), at(NOON));
    assert_eq!(why(&decision), Some((Reason::SettlementSuspended, "R-151", Side::Beneficiary)));
}

#[test]
fn a_standing_that_is_not_known_leaves_it_undecided_and_one_not_asked_for_is_not_judged() {
    let decision = wallet_bond(|facts| standing(&mut facts.beneficiary).settlement_suspended = None);
    assert!(matches!(decision.ruling(), Ruling::Undecided(_)));
    let decision = wallet_bond(|facts| facts.beneficiary.standing = None);
    assert!(decision.allowed);
    let mut facts = transfer();
    facts.sharer.wallet = Some(WalletState::Active);
    let plain = decide_transfer(&facts, &rules(), at(NOON));
    assert!(!plain.verdicts.iter().any(|verdict| verdict.parameter == Parameter::ContactConsequence.name()));
}
