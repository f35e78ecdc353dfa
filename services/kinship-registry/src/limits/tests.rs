//! Limits that only local rules set, counted among bonds that stand.

use bond::{BondState, Channel, Commitment, Event, Proposal, Relation, apply};
use policy::{BondFacts, decide_bond};
use standards::BondId;
use time::{Duration, macros::datetime};
use uuid::Uuid;

use super::*;
use crate::persons::blank;

const AT: OffsetDateTime = datetime!(2026-01-15 10:00 +8);

fn rules(parameters: &str) -> Rules {
    let text = format!(
        r#"
        [[version]]
        id = "TEST-1"
        programme = "LOCAL_REALTIME"
        region = "000000"
        valid_from = "2025-01-01"
        recorded_at = "2025-01-01T00:00:00+08:00"
        source = "测试"
        confidence = "SAMPLE"
        last_verified_day = "2025-01-01"

        [version.parameters]
        {parameters}
        "#
    );
    Rules::parse(&[("test.toml", &text)]).unwrap()
}

const fn person(number: u128) -> PersonId {
    PersonId::new(Uuid::from_u128(number))
}

/// A bond whose last two digits tell its persons: 12 and 112 are from person 1 to person 2.
fn registered(number: u128, relation: Relation, programme: Programme) -> Registered {
    let (sharer, beneficiary) = (person(number / 10 % 10), person(number % 10));
    let commitment = Commitment { text_version: "1".to_owned(), text_sha256: [1; 32], accepted_at: AT };
    let id = BondId::new(Uuid::from_u128(number));
    let channel = Channel::NationalApp;
    let proposal = Proposal {
        id,
        programme: crate::propose::in_bonds(programme),
        sharer,
        beneficiary,
        relation,
        channel,
        operator: None,
        commitment,
    };
    let bond = Bond::propose(proposal, AT, AT + Duration::days(7)).unwrap();
    let facts = BondFacts {
        programme,
        stage: BondStage::Propose,
        relation: policy::Relation::Parent,
        commitment: true,
        sharer: blank(sharer),
        beneficiary: blank(beneficiary),
        context: None,
    };
    let decision = decide_bond(&facts, &Rules::built_in(), AT);
    let judged_id = bond.id.uuid();
    let (evidence, proposed_seq, changed_seq) = (Vec::new(), 1, 1);
    Registered { bond, programme, evidence, proposed_seq, changed_seq, decision, judged_id }
}

fn local(number: u128) -> Registered {
    registered(number, Relation::Parent, Programme::LocalRealtime)
}

fn ended(known: Registered) -> Registered {
    let bond = apply(known.bond, Event::Reject, AT).unwrap();
    assert_eq!(bond.state, BondState::Rejected);
    Registered { bond, ..known }
}

/// The reason, and whether it is hidden from others than the invitee.
fn refusal(
    candidate: &Registered,
    others: Vec<Registered>,
    stage: BondStage,
    rules: &Rules,
) -> Option<(String, bool)> {
    let (sharer, beneficiary) = (blank(candidate.bond.sharer), blank(candidate.bond.beneficiary));
    let programme = candidate.programme;
    let checked =
        Candidate { bond: &candidate.bond, programme, stage, sharer: &sharer, beneficiary: &beneficiary }
            .check(&Registry::of(others), rules, AT);
    match checked {
        Ok(()) => None,
        Err(Stop::Refused(refused)) => Some((refused.told.reason.clone(), refused.to_others.is_some())),
        Err(Stop::Undecided) => panic!("limits are always decided"),
    }
}

#[test]
fn r_045_one_role_once_counts_both_persons_and_hides_the_invitees() {
    let rules = rules(r#"bond_cardinality = "ONE_ROLE_ONCE""#);
    let bound = |hidden| Some(("ALREADY_BOUND".to_owned(), hidden));
    let table = [
        (vec![], None, None),
        (vec![local(13)], bound(false), bound(false)),
        (vec![local(31)], bound(false), bound(false)),
        (vec![local(23)], None, bound(true)),
        (vec![local(32)], None, bound(true)),
        (vec![ended(local(13))], None, None),
        (vec![registered(13, Relation::Child, Programme::Wallet)], None, None),
        (vec![local(12)], None, None),
    ];
    for (others, proposed, accepted) in table {
        let said = format!("{others:?}");
        assert_eq!(refusal(&local(12), others.clone(), BondStage::Propose, &rules), proposed, "{said}");
        assert_eq!(refusal(&local(12), others, BondStage::Accept, &rules), accepted, "{said}");
    }
}

#[test]
fn r_045_one_sharer_per_beneficiary_is_checked_when_the_invitee_accepts() {
    let rules = rules(r#"bond_cardinality = "ONE_SHARER_PER_BENEFICIARY""#);
    let candidate = local(12);
    assert_eq!(refusal(&candidate, vec![local(32)], BondStage::Propose, &rules), None);
    let taken = refusal(&candidate, vec![local(32)], BondStage::Accept, &rules);
    assert_eq!(taken, Some(("ALREADY_BOUND".to_owned(), true)));
    assert_eq!(refusal(&candidate, vec![local(13), local(24)], BondStage::Accept, &rules), None);
}

#[test]
fn r_046_the_member_cap_counts_the_sharer_where_the_rule_says_so() {
    let others = vec![local(13), local(14), ended(local(15)), local(63)];
    for (parameters, refused) in [
        ("max_members = 3", false),
        ("max_members = 2", true),
        ("max_members = 3\ncap_includes_self = true", true),
        ("max_members = 4\ncap_includes_self = true", false),
    ] {
        let said = refusal(&local(12), others.clone(), BondStage::Propose, &rules(parameters));
        assert_eq!(said, refused.then(|| ("MEMBER_CAP_REACHED".to_owned(), false)), "{parameters}");
    }
}

#[test]
fn r_044_the_wallet_programme_binds_many_to_many_and_mutually() {
    let wallet = |number, relation| registered(number, relation, Programme::Wallet);
    let others =
        vec![wallet(21, Relation::Child), wallet(13, Relation::Sibling), wallet(32, Relation::Spouse)];
    let candidate = wallet(12, Relation::Parent);
    assert_eq!(refusal(&candidate, others, BondStage::Accept, &Rules::built_in()), None);
}

#[test]
fn a_pair_is_never_declared_as_two_things() {
    let wallet = |number, relation| registered(number, relation, Programme::Wallet);
    let contradicted = Some(("RELATION_CONTRADICTED".to_owned(), false));
    for (other, expected) in [
        (wallet(21, Relation::Parent), contradicted.clone()),
        (wallet(21, Relation::Child), None),
        (registered(112, Relation::Sibling, Programme::LocalRealtime), contradicted.clone()),
        (registered(112, Relation::Parent, Programme::LocalRealtime), None),
        (wallet(112, Relation::Parent), Some(("ALREADY_BOUND".to_owned(), false))),
        (ended(wallet(21, Relation::Parent)), None),
    ] {
        let said = refusal(
            &wallet(12, Relation::Parent),
            vec![other.clone()],
            BondStage::Propose,
            &Rules::built_in(),
        );
        assert_eq!(said, expected, "{other:?}");
    }
}
