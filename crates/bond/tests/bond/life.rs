//! Every state with every event, what a history can never do, and relations that contradict each other.

use bond::{
    Bond, BondState, Channel, Contradiction, DissolveReason, Event, Programme, Proposal, Refusal,
    Registration, Relation, SharingMode, Side, SuspendReason, Suspension, apply, check_tie,
};
use money::Yuan;
use proptest::prelude::*;
use time::Duration;

use crate::maker::{
    END, NEAR, START, accepted, active, after, commitment, person, proposal, proposed, registration, tie,
};

const SANCTION: Suspension = Suspension { side: Side::Sharer, why: SuspendReason::Sanction };

fn bond_in(state: BondState) -> Bond {
    match state {
        BondState::PendingConsent => proposed(),
        BondState::Active => accepted(),
        BondState::Suspended => after(accepted(), Event::Suspend(SANCTION), 2),
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
    events.extend(Suspension::all().flat_map(|why| [Event::Suspend(why), Event::Resume(why)]));
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
        (Suspended, Event::Resume(why)) if *why == SANCTION => Ok(Active),
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
fn r_040_a_bond_is_made_for_each_of_the_eight_near_relatives() {
    for relation in NEAR {
        let bond = Bond::propose(Proposal { relation, ..proposal() }, START, END).unwrap();
        assert_eq!(after(bond, Event::Accept { consent: None }, 1).relation, relation);
    }
    let near: Vec<_> = Relation::ALL.iter().copied().filter(|one| one.is_near_relative()).collect();
    assert_eq!(near, NEAR);
}

#[test]
fn r_042_in_laws_and_other_relatives_are_refused_by_name() {
    for relation in [Relation::ParentInLaw, Relation::OtherRelative] {
        let refused = Bond::propose(Proposal { relation, ..proposal() }, START, END);
        assert_eq!(refused, Err(Refusal::RelationExcluded(relation)));
    }
}

#[test]
fn r_045_a_bond_goes_one_way_from_the_sharer_to_the_beneficiary() {
    let bond = accepted();
    assert_eq!((bond.sharer, bond.beneficiary), (person(1), person(2)));
    assert_eq!(bond.side_of(person(1)), Some(Side::Sharer));
    assert_eq!(bond.side_of(person(2)), Some(Side::Beneficiary));
    assert_eq!(bond.side_of(person(3)), None);
    assert!(!bond.tie().is_same_pair(&tie(2, 1, Relation::Child)));
}

#[test]
fn nobody_is_bound_to_themselves() {
    let alone = Proposal { beneficiary: person(1), ..proposal() };
    assert_eq!(Bond::propose(alone, START, END), Err(Refusal::SelfBond));
}

#[test]
fn r_048_a_bond_keeps_its_channel() {
    for &channel in Channel::ALL {
        let operator = (channel == Channel::Counter).then(|| "op-17".to_owned());
        let bond = Bond::propose(Proposal { channel, operator, ..proposal() }, START, END).unwrap();
        assert_eq!(after(bond, Event::Accept { consent: None }, 1).channel, channel);
    }
}

#[test]
fn r_049_an_invitation_waits_for_the_invitee_and_makes_nothing_before() {
    let bond = proposed();
    assert_eq!((bond.state, bond.active_at, bond.is_active()), (BondState::PendingConsent, None, false));
    let bond = after(bond, Event::Accept { consent: Some(commitment()) }, 1);
    assert_eq!((bond.state, bond.active_at), (BondState::Active, Some(START + Duration::hours(1))));
}

#[test]
fn r_052_the_counter_makes_a_bond_active_at_once_with_both_present_an_operator_and_a_form() {
    let bond = Bond::register(registration(), START).unwrap();
    assert!(bond.is_active() && bond.active_at == Some(START) && bond.consent.is_some());
    assert_eq!(bond.operator.as_deref(), Some("op-17"));
    assert_eq!(bond.form, registration().form);
    let served = registration().proposal;
    for (wrong, refusal) in [
        (Registration { proposal: proposal(), ..registration() }, Refusal::CounterOnly),
        (Registration { both_present: false, ..registration() }, Refusal::NotBothPresent),
        (Registration { form: None, ..registration() }, Refusal::FormMissing),
        (
            Registration { proposal: Proposal { operator: None, ..served.clone() }, ..registration() },
            Refusal::OperatorMissing,
        ),
        (
            Registration {
                proposal: Proposal { operator: Some(String::new()), ..served.clone() },
                ..registration()
            },
            Refusal::OperatorMissing,
        ),
        (
            Registration { proposal: Proposal { beneficiary: person(1), ..served }, ..registration() },
            Refusal::SelfBond,
        ),
    ] {
        assert_eq!(Bond::register(wrong, START), Err(refusal));
    }
}

#[test]
fn r_053_a_bond_keeps_which_text_was_accepted_with_its_digest_and_time() {
    let bond = Bond::propose(proposal(), START, END).unwrap();
    assert_eq!(bond.commitment, commitment());
    let bond = after(bond, Event::Accept { consent: Some(commitment()) }, 1);
    assert_eq!((bond.commitment, bond.consent), (commitment(), Some(commitment())));
}

#[test]
fn r_056_the_sharer_sets_all_or_a_fixed_sum_and_changes_it() {
    let bond = after(accepted(), Event::SetSharing(SharingMode::Fixed(Yuan::from_fen(50_000))), 2);
    assert_eq!((bond.sharing.name(), bond.sharing.amount()), ("FIXED", Some(Yuan::from_fen(50_000))));
    let bond = after(bond, Event::SetSharing(SharingMode::All), 3);
    assert_eq!((bond.sharing, bond.revision), (SharingMode::All, 4));
    let again = after(bond.clone(), Event::SetSharing(SharingMode::All), 4);
    assert_eq!(again, bond, "nothing changed");
}

#[test]
fn r_056_in_the_wallet_every_transfer_says_how_much_and_the_bond_does_not() {
    for &programme in Programme::ALL {
        let set = Event::SetSharing(SharingMode::Fixed(Yuan::from_fen(1)));
        let result = apply(active(programme, Relation::Child), set, START + Duration::hours(2));
        let refused = Refusal::NotForThisProgramme(programme);
        assert_eq!(result.map(|_| ()), if programme == Programme::Wallet { Err(refused) } else { Ok(()) });
    }
}

#[test]
fn an_invitation_that_could_only_be_answered_too_late_is_not_sent() {
    assert_eq!(Bond::propose(proposal(), START, START), Err(Refusal::InvitationExpired));
}

#[test]
fn a_bond_suspended_for_several_reasons_waits_for_all_of_them_to_go_on_both_sides() {
    let overdue = Suspension { side: Side::Sharer, why: SuspendReason::ContactOverdue };
    let theirs = Suspension { side: Side::Beneficiary, why: SuspendReason::ContactOverdue };
    let bond = after(accepted(), Event::Suspend(SANCTION), 2);
    let bond = after(bond, Event::Suspend(overdue), 3);
    let bond = after(bond, Event::Suspend(theirs), 4);
    let bond = after(bond, Event::Resume(SANCTION), 5);
    let bond = after(bond, Event::Resume(overdue), 6);
    assert_eq!(bond.state, BondState::Suspended, "the beneficiary's contact data are still overdue");
    let bond = after(bond, Event::Resume(theirs), 7);
    assert!(bond.is_active() && bond.suspended_by.is_empty());
    assert_eq!(bond.revision, 8);
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
fn r_044_a_mutual_bond_must_declare_the_inverse() {
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
    assert!(Programme::ALL.iter().all(|one| one.name().parse() == Ok(*one)));
    assert!(Suspension::all().all(|one| one.to_string().parse() == Ok(one)));
    assert_eq!(SANCTION.to_string(), "SHARER:SANCTION");
    assert!(
        ["", "SANCTION", "SHARER:", ":SANCTION", "SHARER:SANCTION:"]
            .iter()
            .all(|text| text.parse::<Suspension>().is_err())
    );
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
