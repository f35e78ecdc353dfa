//! The judgement: what must hold between the books while things still happen, and what must hold everywhere once all
//! is done. Sums are taken anew from the records that the books made, not from what anybody believes.

use std::collections::BTreeMap;

use ledger::{
    Command, Outcome,
    codes::{EarmarkState, HopState, LegKind, LotState},
    key::AccountKey,
    outcome::{Done, Movement},
};
use saga::{ReturnCause, State};
use settlement::transfer::Transfer;
use standards::{PersonId, Pool, TransferId};

use super::sim::World;

/// X1 and X3 of the transfers that these commands name; and what a book has heard of a lot never grows older.
pub(crate) fn across(world: &mut World, commands: &[Command]) {
    for command in commands {
        let transfer = match command {
            Command::Earmark(c) => c.transfer,
            Command::DrawDown(c) => c.transfer,
            Command::Grant(c) => c.transfer,
            Command::Claim(c) | Command::Decline(c) => c.transfer,
            Command::Return(c) => c.transfer,
            Command::Revoke(c) => c.transfer,
            _ => continue,
        };
        agree(world, transfer);
        let heard = world.books.iter().find_map(|book| book.tables.hops.get(&(transfer, 0)));
        let heard = heard.map_or(0, |hop| hop.at_sequence);
        let before = world.heard.insert(transfer, heard).unwrap_or_default();
        assert!(before <= heard, "X1: {transfer} was known as of {before} and is as of {heard} now");
    }
}

fn agree(world: &World, id: TransferId) {
    let (row, _) = &world.base.transfers[&id];
    let (sharer, beneficiary) = sides(world, row);
    let hop = world.books[sharer].tables.hops.get(&(id, 0));
    let lot = world.books[beneficiary].tables.lots.get(&(id, 0));
    if let Some(hop) = hop.filter(|hop| hop.at_sequence > 0) {
        world.books[beneficiary].has_told(id, hop.at_sequence, hop.consumed.fen(), hop.state);
    }
    if let Some(lot) = lot.filter(|lot| matches!(lot.state, LotState::Pending | LotState::Open)) {
        let hop = hop.unwrap_or_else(|| panic!("X3: lot {id} lives without an earmark"));
        assert_eq!((hop.state, hop.granted), (HopState::Open, lot.granted), "X3: lot {id}");
    }
}

fn sides(world: &World, row: &Transfer) -> (usize, usize) {
    (world.book_of(row.pinned.sharer_pool), world.book_of(row.pinned.place_of_use))
}

/// Everything, once nothing is on its way and nobody has work.
pub(crate) fn settled(world: &World) {
    world.books.iter().for_each(super::book::Store::audit);
    for (row, _) in world.base.transfers.values() {
        agree(world, row.pinned.id);
        ended(world, row);
    }
    for (lot, _) in world.base.lots.values() {
        assert!(lot.stuck.is_none(), "a report is stuck: {lot:?}");
        let (row, _) = &world.base.transfers[&lot.transfer];
        let kept = &world.books[sides(world, row).1].tables.lots[&(lot.transfer, lot.hop)];
        assert_eq!(lot.consumed, kept.consumed, "settlement's figure of lot {}", lot.transfer);
        assert_eq!(lot.drawn_consumed, kept.consumed, "what the sharer's book was told of {}", lot.transfer);
    }
    money(world);
    owed(world);
}

/// A transfer is claimed, or back, or never came to be; and both books say so to the fen.
fn ended(world: &World, row: &Transfer) {
    let id = row.pinned.id;
    let (sharer, beneficiary) = sides(world, row);
    let lot = world.books[beneficiary].tables.lots.get(&(id, 0));
    let claimed = lot.is_some_and(|lot| lot.opened_sequence.is_some());
    let is_open = lot.is_some_and(|lot| lot.state == LotState::Open);
    let consumed = lot.map_or(0, |lot| lot.consumed.fen());
    let tables = &world.books[sharer].tables;
    let kept = tables.earmarks.get(&id);
    let taken = kept.map_or(0, |row| row.from_prior.fen() + row.from_current.fen());
    let returned = kept.map_or(0, |row| row.returned.fen());
    let earmarked = tables.sum(|key| *key == AccountKey::Earmark(id));
    let drawn = tables.hops.get(&(id, 0)).map_or(0, |hop| hop.consumed.fen());
    assert_eq!(drawn, consumed, "X1: {id} is consumed the same on both sides");
    assert_eq!(taken, earmarked + returned + consumed, "the parts of transfer {id}");
    let amount = row.pinned.amount.fen();
    let state = &row.state;
    let refused = kept.is_some_and(|row| row.state == EarmarkState::Refused)
        || lot.is_some_and(|lot| lot.state == LotState::Refused);
    assert_eq!(refused, state.slot_given_back(), "{id} {state:?} {kept:?} {lot:?}");
    match state {
        State::Claimed { .. } => {
            assert!(claimed && is_open && row.claimed_at.is_some(), "{id} {state:?} {lot:?}");
            assert_eq!((taken, returned), (amount, 0), "{id} is the beneficiary's");
        }
        State::Returned { cause } => {
            assert!(!is_open && earmarked == 0, "{id} {state:?} {lot:?}");
            // A weak cause never takes back what was claimed.
            assert!(cause.revokes() || !claimed, "{id} was claimed and went back: {cause}");
            assert!(taken == 0 || taken == amount, "{id} was earmarked in full or not");
        }
        State::Refused { .. } => {
            assert!(!claimed && earmarked == 0 && consumed == 0, "{id} {state:?} {lot:?}");
            assert_eq!(returned, taken, "{id} never came to be");
        }
        other => panic!("transfer {id} has no end: {other:?}"),
    }
    if let Some(lot) = lot {
        assert!(lot.granted.is_zero() || lot.granted.fen() == amount, "{id} was granted in full");
    }
    let bond = world.bonds.iter().find(|bond| bond.id == row.pinned.bond).expect("it has a bond");
    let over = bond.ended.is_some() || [bond.sharer, bond.beneficiary].iter().any(|n| world.persons[*n].dead);
    assert!(!over || state.is_end(), "{id} outlives its ground: {state:?}");
    assert!(
        over || !matches!(state, State::Returned { cause } if cause.strength() > ReturnCause::Cancelled.strength()),
        "{id} went back without a ground: {state:?}"
    );
}

/// Every movement that the books recorded.
fn movements(world: &World) -> impl Iterator<Item = &Movement> {
    let records = world.books.iter().flat_map(|book| &book.records);
    records.filter_map(|record| match &record.outcome {
        Outcome::Done(Done::Payment(moved) | Done::Refund(moved)) => Some(moved),
        _ => None,
    })
}

/// What was paid in lies with somebody: per person, and in the whole country.
fn money(world: &World) {
    let mut paid_in: BTreeMap<(PersonId, Pool), i64> = BTreeMap::new();
    for record in world.books.iter().flat_map(|book| &book.records) {
        if let (Command::CreditPersonalAccount(credit), Outcome::Done(_)) = (&record.command, &record.outcome)
        {
            *paid_in.entry((credit.person, credit.pool)).or_default() += credit.amount.fen();
        }
    }
    let (mut spent, mut received): (BTreeMap<(PersonId, Pool), i64>, i64) = (BTreeMap::new(), 0);
    let mut left: BTreeMap<_, i64> = BTreeMap::new();
    for moved in movements(world) {
        for leg in &moved.legs {
            *left.entry((moved.payment, leg.leg)).or_default() += leg.amount.fen();
            if leg.kind != LegKind::Cash {
                let pool = leg.debtor.expect("whoever pays has a pool");
                *spent.entry((leg.owner, pool)).or_default() += leg.amount.fen();
                received += leg.amount.fen();
            }
        }
    }
    assert!(left.values().all(|fen| *fen >= 0), "more was refunded than was paid");
    for person in &world.persons {
        let tables = &world.books[world.book_of(person.pool)].tables;
        let own = |key: &AccountKey| match key {
            AccountKey::PersonalPrior(of, _) | AccountKey::PersonalCurrent(of, _) => *of == person.id,
            AccountKey::Earmark(id) => world.base.transfers[id].0.pinned.sharer == person.id,
            _ => false,
        };
        let key = (person.id, person.pool);
        let expected =
            paid_in.get(&key).copied().unwrap_or_default() - spent.get(&key).copied().unwrap_or_default();
        assert_eq!(tables.sum(own), expected, "what belongs to {}", person.id);
    }
    let institutions = |key: &AccountKey| matches!(key, AccountKey::Institution(_));
    let held: i64 = world.books.iter().map(|book| book.tables.sum(institutions)).sum();
    assert_eq!(held, received, "what institutions have received");
    let funds: i64 =
        world.books.iter().map(|book| book.tables.sum(|key| matches!(key, AccountKey::Fund(_)))).sum();
    assert_eq!(-funds, paid_in.values().sum::<i64>(), "what the funds have paid in");
}

/// X2 and X4: what pools owe each other is the same in both books and in the positions.
fn owed(world: &World) {
    let mut legs: BTreeMap<(Pool, Pool), i64> = BTreeMap::new();
    for leg in movements(world).flat_map(|moved| &moved.legs) {
        if let Some(debtor) = leg.debtor.filter(|debtor| *debtor != leg.creditor) {
            *legs.entry((debtor, leg.creditor)).or_default() += leg.amount.fen();
        }
    }
    let mut positions: BTreeMap<(Pool, Pool), i64> = BTreeMap::new();
    for (pair, position) in world.base.positions.iter() {
        *positions.entry((pair.debtor, pair.creditor)).or_default() += position.net().fen();
    }
    let mut obligations: BTreeMap<(Pool, Pool), i64> = BTreeMap::new();
    for obligation in &world.base.obligations {
        *obligations.entry((obligation.debtor, obligation.creditor)).or_default() += obligation.amount.fen();
    }
    assert_eq!(positions, legs, "X4: positions are the sums of the legs");
    assert_eq!(obligations, legs, "X4: obligations are the legs");
    for debtor in &world.pools {
        for creditor in &world.books {
            let payable = AccountKey::Payable { debtor: *debtor, creditor: creditor.id.province() };
            let owes = world.books[world.book_of(*debtor)].tables.sum(|key| *key == payable);
            let is_owed = creditor
                .tables
                .sum(|key| matches!(key, AccountKey::Receivable { debtor: of, .. } if of == debtor));
            assert_eq!(owes, -is_owed, "X2: {debtor} and {}", creditor.id);
        }
    }
}

/// Whether the beneficiary's book keeps in mind that there will be no lot.
fn was_undone(world: &World, row: &Transfer) -> bool {
    let lot = world.books[sides(world, row).1].tables.lots.get(&(row.pinned.id, 0));
    lot.is_some_and(|lot| lot.state == LotState::Undone)
}

/// How the transfers of the world ended.
pub(crate) fn tally(world: &mut World) {
    let ends: Vec<&'static str> = world
        .base
        .transfers
        .values()
        .map(|(row, _)| match &row.state {
            State::Refused { .. } if was_undone(world, row) => "REFUSED UNHEARD",
            State::Claimed { .. } => "CLAIMED",
            State::Refused { .. } => "REFUSED",
            State::Returned { cause: ReturnCause::Unclaimed } => "RETURNED UNCLAIMED",
            State::Returned { cause: ReturnCause::Declined } => "RETURNED DECLINED",
            State::Returned { cause: ReturnCause::Death } => "RETURNED DEATH",
            State::Returned { .. } if row.claimed_at.is_some() => "REVOKED AFTER THE CLAIM",
            State::Returned { .. } => "REVOKED BEFORE THE CLAIM",
            _ => "OTHER",
        })
        .collect();
    ends.into_iter().for_each(|end| world.count(end));
    for moved in movements(world).map(|moved| moved.legs.len()).collect::<Vec<_>>() {
        if moved > 1 {
            world.count("payment or refund of several legs");
        }
    }
    let late = world.books.iter().flat_map(|book| book.tables.lots.values());
    let late = late.filter(|lot| lot.state == LotState::Closed && lot.consumed.is_positive()).count();
    (0..late).for_each(|_| world.count("lot closed after it was spent from"));
}
