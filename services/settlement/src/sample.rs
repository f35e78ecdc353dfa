//! A transfer for the tests of this crate: from 南京 to 成都, just accepted.

use std::sync::Arc;

use money::Yuan;
use policy::Programme;
use saga::State;
use standards::{BondId, PersonId, TransferId};
use time::macros::{date, datetime};
use uuid::Uuid;

use crate::transfer::{Pinned, Source, Transfer};

/// A transfer whose earmark carries an assertion of so many bytes.
pub(crate) fn transfer(assertion: usize) -> Transfer {
    let pinned = Pinned {
        id: TransferId::new(Uuid::now_v7()),
        definition: 1,
        programme: Programme::Wallet,
        source: Source::PersonalAccount,
        bond: BondId::new(Uuid::now_v7()),
        sharer: PersonId::new(Uuid::now_v7()),
        beneficiary: PersonId::new(Uuid::now_v7()),
        sharer_pool: "320100".parse().expect("a pool"),
        place_of_use: "510100".parse().expect("a pool"),
        amount: Yuan::from_fen(i64::MAX),
        min_left: Some(Yuan::from_fen(i64::MAX)),
        year_total: Some(Yuan::from_fen(i64::MAX)),
        civil_day: date!(2026 - 01 - 15),
        assertion: "x".repeat(assertion),
        trace: None,
        accepted_at: datetime!(2026-01-15 10:00 +8),
        claim_until: datetime!(2026-01-22 10:00 +8),
        return_by: datetime!(2026-01-23 10:00 +8),
    };
    Transfer {
        pinned: Arc::new(pinned),
        version: 1,
        state: State::accepted(false),
        claim_assertion: String::new(),
        claimed_at: None,
        ended_at: None,
        park: None,
    }
}
