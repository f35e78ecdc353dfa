//! Bonds, persons and facts to test with.

use bond::{
    Ages, Bond, Channel, Commitment, Event, Fact, FactKind, Programme, Proposal, Registration, Relation, Tie,
    apply,
};
use standards::{BondId, FactId, PersonId};
use time::{Date, Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

pub(crate) const START: OffsetDateTime = datetime!(2026-01-15 02:00 UTC);
pub(crate) const END: OffsetDateTime = datetime!(2026-01-22 02:00 UTC);

/// Years between generations that no true family of the tests undercuts.
pub(crate) const AGES: Ages = Ages { parent: 16, grandparent: 32, husband: 0, wife: 0 };

/// The relations that a bond may have.
pub(crate) const NEAR: [Relation; 8] = [
    Relation::Spouse,
    Relation::Parent,
    Relation::Child,
    Relation::Sibling,
    Relation::PaternalGrandparent,
    Relation::MaternalGrandparent,
    Relation::ChildOfSon,
    Relation::ChildOfDaughter,
];

pub(crate) const fn person(number: u128) -> PersonId {
    PersonId::new(Uuid::from_u128(number))
}

pub(crate) fn commitment() -> Commitment {
    Commitment { text_version: "2026-1".to_owned(), text_sha256: [7; 32], accepted_at: START }
}

/// From person 1 to person 2, who is a parent, in a programme with sharing amounts.
pub(crate) fn proposal() -> Proposal {
    Proposal {
        id: BondId::new(Uuid::from_u128(9)),
        programme: Programme::LocalRealtime,
        sharer: person(1),
        beneficiary: person(2),
        relation: Relation::Parent,
        channel: Channel::NationalApp,
        operator: None,
        commitment: commitment(),
    }
}

/// The same at the counter.
pub(crate) fn registration() -> Registration {
    Registration {
        proposal: Proposal { channel: Channel::Counter, operator: Some("op-17".to_owned()), ..proposal() },
        consent: Some(commitment()),
        both_present: true,
        form: Some("登记表 2026/17".parse().expect("a reference")),
    }
}

pub(crate) fn proposed() -> Bond {
    Bond::propose(proposal(), START, END).expect("nothing is wrong with it")
}

pub(crate) fn after(bond: Bond, event: Event, hours: i64) -> Bond {
    apply(bond, event, START + Duration::hours(hours)).expect("the state allows it")
}

pub(crate) fn accepted() -> Bond {
    after(proposed(), Event::Accept { consent: None }, 1)
}

/// The bond after one hour, for this programme and relation.
pub(crate) fn active(programme: Programme, relation: Relation) -> Bond {
    let bond = Bond::propose(Proposal { programme, relation, ..proposal() }, START, END)
        .expect("nothing is wrong with it");
    after(bond, Event::Accept { consent: None }, 1)
}

pub(crate) fn tie(sharer: u128, beneficiary: u128, relation: Relation) -> Tie {
    Tie { sharer: person(sharer), beneficiary: person(beneficiary), relation }
}

/// A fact with its own number as id and document.
pub(crate) fn fact(number: u128, kind: FactKind, a: PersonId, b: PersonId, on_day: Date) -> Fact {
    Fact {
        id: FactId::new(Uuid::from_u128(number)),
        kind,
        a,
        b,
        on_day,
        authority: "南京市民政局".to_owned(),
        reference: format!("档案 {number}").parse().expect("a reference"),
    }
}
