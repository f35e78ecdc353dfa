//! Every state with every event, what a history can never do, and relations that contradict each other.

use bond::{
    Bond, BondState, Channel, Commitment, Contradiction, DissolveReason, Event, Proposal, Refusal, Relation,
    SharingMode, SuspendReason, Tie, apply, check_tie,
};
use money::Yuan;
use proptest::prelude::*;
use standards::{BondId, PersonId};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

const START: OffsetDateTime = datetime!(2026-01-15 02:00 UTC);
const END: OffsetDateTime = datetime!(2026-01-22 02:00 UTC);

fn person(number: u128) -> PersonId {
    PersonId::new(Uuid::from_u128(number))
}

fn commitment() -> Commitment {
    Commitment { text_version: "2026-1".to_owned(), text_sha256: [7; 32], accepted_at: START }
}

fn proposal() -> Proposal {
    Proposal {
        id: BondId::new(Uuid::from_u128(9)),
        sharer: person(1),
        beneficiary: person(2),
        relation: Relation::Parent,
        channel: Channel::NationalApp,
        operator: None,
        commitment: commitment(),
    }
}

fn proposed() -> Bond {
    Bond::propose(proposal(), START, END).expect("nothing is wrong with it")
}

fn after(bond: Bond, event: Event, hours: i64) -> Bond {
    apply(bond, event, START + Duration::hours(hours)).expect("the state allows it")
}

fn accepted() -> Bond {
    after(proposed(), Event::Accept { consent: None }, 1)
}

fn bond_in(state: BondState) -> Bond {
    match state {
        BondState::PendingConsent => proposed(),
        BondState::Active => accepted(),
        BondState::Suspended => after(accepted(), Event::Suspend(SuspendReason::Sanction), 2),
        BondState::Dissolved => after(accepted(), Event::Dissolve(DissolveReason::Divorce), 2),
        BondState::Rejected => after(proposed(), Event::Reject, 2),
        BondState::Expired => after(proposed(), Event::Expire, 24 * 7),
        BondState::Withdrawn => after(proposed(), Event::Withdraw, 2),
    }
}

fn events() -> Vec<Event> {
    let mut events = vec![
        Event::Accept { consent: None },
        Event::Accept { consent: Some(commitment()) },
        Event::Reject,
        Event::Withdraw,
        Event::Expire,
        Event::SetSharing(SharingMode::All),
        Event::SetSharing(SharingMode::Fixed(Yuan::from_fen(50_000))),
        Event::SetSharing(SharingMode::Fixed(Yuan::ZERO)),
        Event::SetSharing(SharingMode::Fixed(Yuan::from_fen(-1))),
    ];
    events.extend(SuspendReason::ALL.iter().flat_map(|&why| [Event::Suspend(why), Event::Resume(why)]));
    events.extend(DissolveReason::ALL.iter().map(|&why| Event::Dissolve(why)));
    events
}

/// The table, written down a second time: the state that follows. `late` when the time to answer is over.
fn expected(state: BondState, event: &Event, late: bool) -> Result<BondState, Refusal> {
    use BondState::{Active, Dissolved, Expired, PendingConsent, Rejected, Suspended, Withdrawn};
    match (state, event) {
        (Dissolved | Rejected | Expired | Withdrawn, _) => Err(Refusal::Ended(state)),
        (PendingConsent, Event::Accept { .. } | Event::Reject) if late => Err(Refusal::InvitationExpired),
        (PendingConsent, Event::Accept { .. }) => Ok(Active),
        (PendingConsent, Event::Reject) => Ok(Rejected),
        (PendingConsent, Event::Withdraw) => Ok(Withdrawn),
        (PendingConsent, Event::Expire) if late => Ok(Expired),
        (PendingConsent, Event::Expire) => Err(Refusal::InvitationOpen),
        (
            PendingConsent,
            Event::Dissolve(DissolveReason::VoluntarySharer | DissolveReason::VoluntaryBeneficiary),
        ) => Err(Refusal::NotActive),
        (_, Event::Dissolve(_)) => Ok(Dissolved),
        (PendingConsent, Event::Suspend(_) | Event::Resume(_) | Event::SetSharing(_)) => {
            Err(Refusal::NotActive)
        }
        (Active | Suspended, Event::Accept { .. } | Event::Reject | Event::Withdraw | Event::Expire) => {
            Err(Refusal::NotPending)
        }
        (Active | Suspended, Event::SetSharing(SharingMode::Fixed(amount))) if amount.fen() <= 0 => {
            Err(Refusal::SharingAmount)
        }
        (Active | Suspended, Event::SetSharing(_)) => Ok(state),
        (Active | Suspended, Event::Suspend(_)) => Ok(Suspended),
        (Active, Event::Resume(_)) => Ok(Active),
        // The table's suspended bond is suspended by a sanction alone.
        (Suspended, Event::Resume(SuspendReason::Sanction)) => Ok(Active),
        (Suspended, Event::Resume(_)) => Ok(Suspended),
    }
}

#[test]
fn every_state_with_every_event() {
    for &state in BondState::ALL {
        for event in events() {
            for at in [END - Duration::microseconds(1), END, END + Duration::days(1)] {
                let bond = bond_in(state);
                let result = apply(bond.clone(), event.clone(), at);
                let wanted = expected(state, &event, at >= END);
                assert_eq!(result.clone().map(|bond| bond.state), wanted, "{state} and {event:?} at {at}");
                let Ok(changed) = result else { continue };
                let same = Bond { revision: bond.revision, ..changed.clone() } == bond;
                assert_eq!(changed.revision, bond.revision + i64::from(!same), "{state} and {event:?}");
                assert_eq!(changed.ended_at, changed.state.is_end().then_some(at));
                assert_eq!(changed.dissolve_reason.is_some(), changed.state == BondState::Dissolved);
                assert_eq!(changed.stands(), !changed.state.is_end());
            }
        }
    }
}

#[test]
fn r_042_in_laws_and_other_relatives_are_refused_by_name() {
    for relation in [Relation::ParentInLaw, Relation::OtherRelative] {
        let refused = Bond::propose(Proposal { relation, ..proposal() }, START, END);
        assert_eq!(refused, Err(Refusal::RelationExcluded(relation)));
    }
    let eight = Relation::ALL.iter().filter(|relation| relation.is_near_relative()).count();
    assert_eq!(eight, 8);
}

#[test]
fn nobody_is_bound_to_themselves() {
    let alone = Proposal { beneficiary: person(1), ..proposal() };
    assert_eq!(Bond::propose(alone, START, END), Err(Refusal::SelfBond));
}

#[test]
fn r_052_only_the_counter_makes_a_bond_active_at_once_and_names_its_operator() {
    assert_eq!(Bond::register(proposal(), None, START), Err(Refusal::CounterOnly));
    let nobody = Proposal { channel: Channel::Counter, ..proposal() };
    assert_eq!(Bond::register(nobody.clone(), None, START), Err(Refusal::OperatorMissing));
    let served = Proposal { operator: Some("op-17".to_owned()), ..nobody };
    let bond = Bond::register(served, Some(commitment()), START).unwrap();
    assert!(bond.is_active() && bond.active_at == Some(START) && bond.consent.is_some());
}

#[test]
fn an_invitation_that_could_only_be_answered_too_late_is_not_sent() {
    assert_eq!(Bond::propose(proposal(), START, START), Err(Refusal::InvitationExpired));
}

#[test]
fn a_bond_suspended_for_two_reasons_waits_for_both_to_go() {
    let bond = after(accepted(), Event::Suspend(SuspendReason::Sanction), 2);
    let bond = after(bond, Event::Suspend(SuspendReason::ContactOverdue), 3);
    let bond = after(bond, Event::Resume(SuspendReason::Sanction), 4);
    assert_eq!(bond.state, BondState::Suspended);
    let bond = after(bond, Event::Resume(SuspendReason::ContactOverdue), 5);
    assert!(bond.is_active() && bond.suspended_by.is_empty());
    assert_eq!(bond.revision, 6);
}

fn tie(sharer: u128, beneficiary: u128, relation: Relation) -> Tie {
    Tie { sharer: person(sharer), beneficiary: person(beneficiary), relation }
}

#[test]
fn two_relations_for_one_pair_contradict_each_other() {
    for &one in Relation::ALL {
        for &other in Relation::ALL {
            let result = check_tie(&tie(1, 2, one), [tie(3, 2, Relation::Sibling), tie(1, 2, other)]);
            let contradiction = Contradiction { declared: one, standing: other };
            assert_eq!(result, if one == other { Ok(()) } else { Err(contradiction) });
        }
    }
}

#[test]
fn a_mutual_bond_must_declare_the_inverse() {
    assert_eq!(check_tie(&tie(2, 1, Relation::Child), [tie(1, 2, Relation::Parent)]), Ok(()));
    let both_parents = check_tie(&tie(2, 1, Relation::Parent), [tie(1, 2, Relation::Parent)]);
    assert_eq!(both_parents, Err(Contradiction { declared: Relation::Parent, standing: Relation::Child }));
    let sides = check_tie(&tie(2, 1, Relation::ChildOfDaughter), [tie(1, 2, Relation::PaternalGrandparent)]);
    assert!(sides.is_err());
    assert_eq!(check_tie(&tie(2, 3, Relation::Parent), [tie(1, 2, Relation::Parent)]), Ok(()));
}

#[test]
fn the_inverse_of_the_inverse_is_the_relation() {
    for &relation in Relation::ALL {
        let twice = relation.inverse().and_then(Relation::inverse);
        assert_eq!(twice.is_some(), relation.is_near_relative());
        assert!(twice.is_none_or(|twice| twice == relation));
    }
}

#[test]
fn every_name_and_every_bond_is_stored_and_read_back() {
    assert!(Relation::ALL.iter().all(|one| one.name().parse() == Ok(*one)));
    assert!(BondState::ALL.iter().all(|one| one.name().parse() == Ok(*one)));
    assert!(Channel::ALL.iter().all(|one| one.name().parse() == Ok(*one)));
    assert!(DissolveReason::ALL.iter().all(|one| one.name().parse() == Ok(*one)));
    assert!(SuspendReason::ALL.iter().all(|one| one.name().parse() == Ok(*one)));
    assert!("AUNT".parse::<Relation>().is_err());
    assert_eq!(serde_json::to_string(&DissolveReason::DisabledSoldier).unwrap(), r#""DISABLED_SOLDIER_1_6""#);
    for &state in BondState::ALL {
        let bond = bond_in(state);
        let text = serde_json::to_string(&bond).unwrap();
        assert_eq!(serde_json::from_str::<Bond>(&text).unwrap(), bond);
    }
}

proptest! {
    #[test]
    fn no_history_opens_an_ended_bond_or_changes_whom_it_binds(
        picks in prop::collection::vec((any::<prop::sample::Index>(), 0_i64..300), 0..60),
    ) {
        let events = events();
        let mut bond = proposed();
        for (pick, hours) in picks {
            let event = events[pick.index(events.len())].clone();
            let before = bond.clone();
            let Ok(next) = apply(bond.clone(), event, START + Duration::hours(hours)) else { continue };
            bond = next;
            prop_assert!(!before.state.is_end());
            prop_assert!(bond.revision - before.revision <= 1 && bond.revision >= before.revision);
            prop_assert_eq!(bond.revision == before.revision, bond == before);
            prop_assert_eq!(bond.tie(), before.tie());
            prop_assert_eq!(bond.state == BondState::Suspended, !bond.suspended_by.is_empty());
            prop_assert!(before.active_at.is_none() || bond.active_at == before.active_at);
            let never = matches!(bond.state, BondState::PendingConsent | BondState::Rejected
                | BondState::Expired | BondState::Withdrawn);
            prop_assert!(!never || bond.active_at.is_none());
            prop_assert!(bond.sharing.amount().is_none_or(Yuan::is_positive));
        }
    }
}
