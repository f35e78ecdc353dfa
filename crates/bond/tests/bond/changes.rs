//! What happens to people and what follows for their bonds, under the rules of Qinghai and of the nation.

use std::collections::BTreeSet;

use bond::{
    Benefit, Bond, BondState, Change, Consequences, DissolveReason, Event, Insured, LifeEvent, Programme,
    Relation, Seat, Side, Situation, SuspendReason, Suspension, agree, apply, changes, follow,
};
use proptest::prelude::*;
use standards::Pool;
use time::Duration;

use crate::maker::{END, START, accepted, active, after, person, proposed};

fn pool(code: u32) -> Pool {
    Pool::from_code(code).unwrap()
}

const BOTH: [Side; 2] = [Side::Sharer, Side::Beneficiary];

/// What takes the ground of a bond on either side.
const GROUND: [LifeEvent; 4] =
    [LifeEvent::Death, LifeEvent::Divorce, LifeEvent::ProofRevoked, LifeEvent::Fraud];

fn policy(events: impl IntoIterator<Item = (Side, LifeEvent)>) -> Consequences {
    let dissolve_on = events.into_iter().collect();
    Consequences { dissolve_on, sanction_suspends: true, overdue_contact_suspends: true }
}

fn ground() -> impl Iterator<Item = (Side, LifeEvent)> {
    BOTH.into_iter().flat_map(|side| GROUND.map(|event| (side, event)))
}

/// In Qinghai the creator's own circumstances end a bond.
fn qinghai() -> Consequences {
    use LifeEvent::{ChronicEntitlement, DisabledSoldier, EnrolmentEnded, PoolTransfer, RetiredCadre};
    let creators = [ChronicEntitlement, EnrolmentEnded, PoolTransfer, RetiredCadre, DisabledSoldier];
    policy(creators.map(|event| (Side::Sharer, event)).into_iter().chain(ground()))
}

/// In the wallet either side's insurance ends a bond.
fn nation() -> Consequences {
    let insurance = BOTH
        .into_iter()
        .flat_map(|side| [LifeEvent::EnrolmentEnded, LifeEvent::PoolTransfer].map(|event| (side, event)));
    policy(insurance.chain(ground()))
}

fn shared() -> Bond {
    active(Programme::LocalAllocation, Relation::Spouse)
}

fn wallet() -> Bond {
    active(Programme::Wallet, Relation::Spouse)
}

fn seat(code: u32, normal: bool) -> Option<Seat> {
    Some(Seat { pool: pool(code), normal })
}

/// In employee insurance with an account, and so in basic insurance.
fn employed(code: u32, normal: bool) -> Insured {
    Insured { account: seat(code, normal), basic: seat(code, normal) }
}

fn resident(code: u32) -> Insured {
    Insured { account: None, basic: seat(code, true) }
}

const NOBODY: Insured = Insured { account: None, basic: None };

fn insurance(before: Insured, after: Insured) -> Change {
    Change::Insurance { before, after }
}

fn ends(bond: &Bond, side: Side, change: Change, policy: &Consequences) -> Option<DissolveReason> {
    match follow(bond, side, &change, policy) {
        Some(Event::Dissolve(reason)) => Some(reason),
        _ => None,
    }
}

const fn suspended(side: Side, why: SuspendReason) -> Option<Event> {
    Some(Event::Suspend(Suspension { side, why }))
}

#[test]
fn r_060_the_sharers_chronic_entitlement_ends_the_bond_in_qinghai() {
    let change = Change::Granted(Benefit::ChronicEntitlement);
    assert_eq!(ends(&shared(), Side::Sharer, change, &qinghai()), Some(DissolveReason::ChronicEntitlement));
    assert_eq!(follow(&shared(), Side::Beneficiary, &change, &qinghai()), None, "the beneficiary's does not");
    assert_eq!(follow(&wallet(), Side::Sharer, &change, &nation()), None, "elsewhere it means nothing");
}

#[test]
fn r_061_leaving_employee_insurance_ends_the_bond() {
    for after in [NOBODY, resident(630_100)] {
        let change = insurance(employed(630_100, true), after);
        assert_eq!(ends(&shared(), Side::Sharer, change, &qinghai()), Some(DissolveReason::EnrolmentEnded));
        assert_eq!(ends(&wallet(), Side::Sharer, change, &nation()), Some(DissolveReason::EnrolmentEnded));
    }
    // A beneficiary may become a resident insured.
    let change = insurance(employed(630_100, true), resident(630_100));
    assert_eq!(follow(&wallet(), Side::Beneficiary, &change, &nation()), None);
}

#[test]
fn r_062_employee_insurance_in_another_pooling_area_ends_the_bond() {
    for to in [630_200, 639_900, 510_100] {
        for normal in [true, false] {
            let change = insurance(employed(630_100, true), employed(to, normal));
            assert_eq!(ends(&shared(), Side::Sharer, change, &qinghai()), Some(DissolveReason::PoolTransfer));
        }
    }
    let stays = insurance(employed(630_100, true), employed(630_100, true));
    assert_eq!(follow(&shared(), Side::Sharer, &stays, &qinghai()), None);
    let moved = insurance(employed(630_100, true), employed(630_200, true));
    assert_eq!(
        follow(&shared(), Side::Beneficiary, &moved, &qinghai()),
        None,
        "only the sharer counts there"
    );
}

#[test]
fn r_063_retired_cadres_and_disabled_soldiers_share_no_longer() {
    for (benefit, reason) in [
        (Benefit::RetiredCadre, DissolveReason::RetiredCadre),
        (Benefit::DisabledSoldier, DissolveReason::DisabledSoldier),
    ] {
        let change = Change::Granted(benefit);
        assert_eq!(ends(&shared(), Side::Sharer, change, &qinghai()), Some(reason));
        assert_eq!(follow(&shared(), Side::Beneficiary, &change, &qinghai()), None);
    }
    // With the benefit the employee insurance ends; the bond ends for the benefit.
    let before = Situation { insured: employed(630_100, true), ..Situation::default() };
    let after = Situation { benefits: BTreeSet::from([Benefit::RetiredCadre]), ..Situation::default() };
    let found = changes(&before, &after);
    assert_eq!(found.len(), 2);
    assert_eq!(ends(&shared(), Side::Sharer, found[0], &qinghai()), Some(DissolveReason::RetiredCadre));
}

#[test]
fn r_064_the_sharers_death_ends_the_bond() {
    for policy in [qinghai(), nation()] {
        assert_eq!(ends(&shared(), Side::Sharer, Change::Died, &policy), Some(DissolveReason::DeathSharer));
    }
    assert_eq!(ends(&proposed(), Side::Sharer, Change::Died, &qinghai()), Some(DissolveReason::DeathSharer));
    // Where no rule says so, nobody is insured after death, and the bond is suspended for good.
    let before = Situation { insured: employed(630_100, true), ..Situation::default() };
    let after = Situation { died: true, ..before.clone() };
    let found = changes(&before, &after);
    assert_eq!(found, [Change::Died, insurance(employed(630_100, true), NOBODY)]);
    let (bond, _) = told(shared(), Side::Sharer, &found, &policy([]));
    assert_eq!(bond.state, BondState::Suspended);
    assert_eq!(agree(&bond, Side::Sharer, &after, &policy([])), []);
}

#[test]
fn r_065_in_the_wallet_the_insurance_of_either_side_ends_the_bond() {
    for side in [Side::Sharer, Side::Beneficiary] {
        let left = insurance(employed(320_100, true), NOBODY);
        assert_eq!(ends(&wallet(), side, left, &nation()), Some(DissolveReason::EnrolmentEnded));
        let moved = insurance(employed(320_100, true), employed(510_100, true));
        assert_eq!(ends(&wallet(), side, moved, &nation()), Some(DissolveReason::PoolTransfer));
    }
    let moved = insurance(resident(320_100), resident(510_100));
    assert_eq!(ends(&wallet(), Side::Beneficiary, moved, &nation()), Some(DissolveReason::PoolTransfer));
}

#[test]
fn r_066_the_beneficiarys_death_a_divorce_a_revoked_proof_and_fraud_end_the_bond() {
    let policy = nation();
    let bond = shared();
    let (sharer, beneficiary) = (person(1), person(2));
    for (side, change, reason) in [
        (Side::Beneficiary, Change::Died, DissolveReason::DeathBeneficiary),
        (Side::Sharer, Change::Divorced { from: beneficiary }, DissolveReason::Divorce),
        (Side::Beneficiary, Change::Divorced { from: sharer }, DissolveReason::Divorce),
        (Side::Sharer, Change::ProofRevoked { with: beneficiary }, DissolveReason::ProofRevoked),
        (Side::Beneficiary, Change::ProofRevoked { with: sharer }, DissolveReason::ProofRevoked),
        (Side::Sharer, Change::ProgrammeEnded(Programme::LocalAllocation), DissolveReason::PolicyEnd),
    ] {
        assert_eq!(ends(&bond, side, change, &policy), Some(reason), "{change:?}");
    }
    for side in BOTH {
        assert_eq!(ends(&bond, side, Change::FraudFound, &policy), Some(DissolveReason::Fraud));
    }
    for (side, change) in [
        (Side::Sharer, Change::Divorced { from: person(3) }),
        (Side::Sharer, Change::ProofRevoked { with: person(3) }),
        (Side::Sharer, Change::ProgrammeEnded(Programme::Wallet)),
    ] {
        assert_eq!(follow(&bond, side, &change, &policy), None, "{change:?} is about others");
    }
    let parents = active(Programme::LocalAllocation, Relation::Parent);
    assert_eq!(follow(&parents, Side::Sharer, &Change::Divorced { from: beneficiary }, &policy), None);
}

#[test]
fn r_023_an_enrolment_that_is_not_normal_suspends_the_bond_until_it_is() {
    for side in [Side::Sharer, Side::Beneficiary] {
        let why = SuspendReason::EnrolmentSuspended;
        let worse = insurance(employed(320_100, true), employed(320_100, false));
        let better = insurance(employed(320_100, false), employed(320_100, true));
        let event = follow(&wallet(), side, &worse, &nation());
        assert_eq!(event, suspended(side, why));
        let bond = after(wallet(), event.unwrap(), 2);
        assert_eq!(follow(&bond, side, &worse, &nation()), None, "told twice");
        assert_eq!(follow(&bond, side, &better, &nation()), Some(Event::Resume(Suspension { side, why })));
        // Where the end of the insurance ends nothing, the bond waits for another one.
        let left = insurance(employed(320_100, true), NOBODY);
        let lenient = policy([]);
        assert_eq!(follow(&wallet(), side, &left, &lenient), suspended(side, why));
        let back = insurance(NOBODY, employed(510_100, true));
        assert_eq!(follow(&bond, side, &back, &lenient), Some(Event::Resume(Suspension { side, why })));
        let moved = insurance(employed(320_100, true), employed(510_100, true));
        assert_eq!(follow(&wallet(), side, &moved, &lenient), None);
    }
}

#[test]
fn r_029_overdue_contact_data_suspend_where_the_rule_says_so() {
    let why = SuspendReason::ContactOverdue;
    let event = follow(&wallet(), Side::Beneficiary, &Change::ContactOverdue, &nation());
    assert_eq!(event, suspended(Side::Beneficiary, why));
    let lenient = Consequences { overdue_contact_suspends: false, ..nation() };
    assert_eq!(follow(&wallet(), Side::Beneficiary, &Change::ContactOverdue, &lenient), None);
    let bond = after(wallet(), event.unwrap(), 2);
    // Confirmed data resume it, also after the rule has changed.
    let event = follow(&bond, Side::Beneficiary, &Change::ContactConfirmed, &lenient).unwrap();
    assert!(after(bond.clone(), event, 3).is_active());
    assert_eq!(
        follow(&bond, Side::Sharer, &Change::ContactConfirmed, &lenient),
        None,
        "the other one's data"
    );
}

#[test]
fn r_151_a_sanction_suspends_and_its_lifting_resumes() {
    let event = follow(&wallet(), Side::Sharer, &Change::SanctionImposed, &nation());
    assert_eq!(event, suspended(Side::Sharer, SuspendReason::Sanction));
    let bond = after(wallet(), event.unwrap(), 2);
    let lifted = follow(&bond, Side::Sharer, &Change::SanctionLifted, &nation()).unwrap();
    assert_eq!(after(bond, lifted, 3).state, BondState::Active);
    let warned = Consequences { sanction_suspends: false, ..nation() };
    assert_eq!(follow(&wallet(), Side::Sharer, &Change::SanctionImposed, &warned), None);
}

#[test]
fn an_invitation_tells_nothing_about_the_invitee() {
    let policy = nation();
    let secret = [
        Change::Died,
        insurance(employed(320_100, true), NOBODY),
        Change::SanctionImposed,
        Change::ContactOverdue,
    ];
    for change in secret {
        assert_eq!(follow(&proposed(), Side::Beneficiary, &change, &policy), None, "{change:?}");
    }
    let left = insurance(employed(320_100, true), NOBODY);
    assert_eq!(ends(&proposed(), Side::Sharer, left, &policy), Some(DissolveReason::EnrolmentEnded));
    assert_eq!(
        follow(&proposed(), Side::Sharer, &Change::SanctionImposed, &policy),
        None,
        "judged when accepted"
    );
}

#[test]
fn a_bond_that_was_just_accepted_is_made_to_agree_with_its_people() {
    let well = Situation { insured: employed(320_100, true), ..Situation::default() };
    assert_eq!(agree(&wallet(), Side::Sharer, &well, &nation()), []);
    let unwell = Situation {
        contact_overdue: true,
        sanctioned: true,
        insured: employed(320_100, false),
        ..well.clone()
    };
    let events = agree(&wallet(), Side::Sharer, &unwell, &nation());
    let bond = events.into_iter().fold(wallet(), |bond, event| after(bond, event, 2));
    assert_eq!(bond.suspended_by.len(), 3);
    assert_eq!(agree(&bond, Side::Sharer, &unwell, &nation()), []);
    let bond = agree(&bond, Side::Sharer, &well, &nation())
        .into_iter()
        .fold(bond, |bond, event| after(bond, event, 3));
    assert!(bond.is_active());
    let gone = Situation { insured: NOBODY, ..unwell };
    let events = agree(&wallet(), Side::Beneficiary, &gone, &nation());
    assert_eq!(events.last(), Some(&Event::Dissolve(DissolveReason::EnrolmentEnded)));
    let dead = Situation { died: true, ..gone };
    assert_eq!(agree(&bond, Side::Sharer, &dead, &nation()), [Event::Dissolve(DissolveReason::DeathSharer)]);
}

fn any_insured() -> impl Strategy<Value = Insured> {
    let seat = || prop::option::of((prop::sample::select(vec![320_100, 510_100, 630_100]), any::<bool>()));
    (seat(), seat()).prop_map(|(account, basic)| {
        let made = |(code, normal)| Seat { pool: pool(code), normal };
        Insured { account: account.map(made), basic: basic.map(made) }
    })
}

prop_compose! {
    fn any_situation()(
        insured in any_insured(), benefits in prop::sample::subsequence(Benefit::ALL, 0..=Benefit::ALL.len()),
        sanctioned in any::<bool>(), contact_overdue in any::<bool>(), died in prop::bool::weighted(0.05),
    ) -> Situation {
        Situation { insured, benefits: benefits.into_iter().collect(), sanctioned, contact_overdue, died }
    }
}

fn any_policy() -> impl Strategy<Value = Consequences> {
    let words: Vec<_> =
        BOTH.into_iter().flat_map(|side| LifeEvent::ALL.iter().map(move |&event| (side, event))).collect();
    let most = words.len();
    let dissolve_on = prop::sample::subsequence(words, 0..=most);
    (dissolve_on, any::<bool>(), any::<bool>()).prop_map(
        |(events, sanction_suspends, overdue_contact_suspends)| Consequences {
            dissolve_on: events.into_iter().collect(),
            sanction_suspends,
            overdue_contact_suspends,
        },
    )
}

/// Applies what follows, and says how many events did.
fn told(mut bond: Bond, side: Side, told: &[Change], policy: &Consequences) -> (Bond, usize) {
    let mut events = 0;
    for change in told {
        if let Some(event) = follow(&bond, side, change, policy) {
            let before = bond.revision;
            bond = apply(bond, event, END + Duration::hours(1)).expect("what follows is never refused");
            assert_eq!(bond.revision, before + 1, "what follows changes something");
            events += 1;
        }
    }
    (bond, events)
}

proptest! {
    #[test]
    fn r_065_each_change_follows_exactly_once_however_often_it_is_told(
        steps in prop::collection::vec((any::<bool>(), any_situation()), 1..12), policy in any_policy(),
    ) {
        let mut bond = accepted();
        let well = Situation { insured: employed(320_100, true), ..Situation::default() };
        let mut known = [well.clone(), well];
        for (of_sharer, next) in steps {
            let (side, known) = if of_sharer { (Side::Sharer, &mut known[0]) } else { (Side::Beneficiary, &mut known[1]) };
            let found = changes(known, &next);
            for change in &found {
                bond = told(bond, side, &[*change], &policy).0;
                let (again, events) = told(bond.clone(), side, &[*change], &policy);
                prop_assert_eq!((events, again), (0, bond.clone()), "{:?}", change);
            }
            prop_assert_eq!(changes(&next, &next), vec![]);
            *known = next;
        }
        for (side, known) in [(Side::Sharer, &known[0]), (Side::Beneficiary, &known[1])] {
            prop_assert!(!known.died || !bond.is_active(), "nobody shares after death");
            prop_assert_eq!(agree(&bond, side, known, &policy), vec![], "the changes told all");
        }
        prop_assert_eq!(bond.stands(), bond.ended_at.is_none());
    }
}

#[test]
fn every_change_and_consequence_is_stored_and_read_back() {
    assert!(LifeEvent::ALL.iter().all(|word| word.name().parse() == Ok(*word)));
    let text = serde_json::to_string(&qinghai()).unwrap();
    assert!(text.contains(r#"["SHARER","CHRONIC_ENTITLEMENT"]"#), "{text}");
    assert_eq!(serde_json::from_str::<Consequences>(&text).unwrap(), qinghai());
    let change = insurance(employed(320_100, true), resident(669_900));
    let text = serde_json::to_string(&change).unwrap();
    assert_eq!(serde_json::from_str::<Change>(&text).unwrap(), change);
    assert_eq!(START + Duration::days(7), END);
}
