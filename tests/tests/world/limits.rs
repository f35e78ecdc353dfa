//! The limits on transfers, recomputed from the times of acceptance with civil time of its own: after every batch of
//! settlement, in both directions. What is accepted was allowed, and what is refused was not.

use std::collections::BTreeSet;

use money::Yuan;
use saga::ReturnCause;
use settlement::{
    command::{Accept, Command, Outcome},
    keeper::{Changed, Ended},
    transfer::Transfer,
};
use standards::PersonId;
use uuid::Uuid;

use super::{
    base::Base,
    civil::{self, HALF_PAST_FIVE, SIX, TWENTY_TWO},
};

/// The rule that both versions of the national rules state: 2,000.00 in one transfer, three a day.
const MOST: Yuan = Yuan::from_fen(200_000);
const A_DAY: usize = 3;
/// 1970-01-01 as a Julian day.
const EPOCH: i32 = 2_440_588;

/// Which answers were judged before: a repeat is judged as it was the first time.
#[derive(Default)]
pub(crate) struct Limits {
    judged: BTreeSet<Uuid>,
}

impl Limits {
    /// Judges the answers of a batch.
    pub(crate) fn check(&mut self, base: &Base, commands: &[Command], answers: &[Outcome]) {
        for (command, answer) in commands.iter().zip(answers) {
            match command {
                Command::Accept(accept) if self.judged.insert(accept.transfer.uuid()) => {
                    let outcome = Self::decided(base, accept, answer);
                    if !outcome {
                        self.judged.remove(&accept.transfer.uuid());
                    }
                }
                Command::Claim(ask) if self.judged.insert(ask.request.uuid()) => {
                    if matches!(answer, Outcome::Asked { .. }) {
                        let (transfer, _) = &base.transfers[&ask.transfer];
                        let day = civil::day(transfer.pinned.accepted_at);
                        let end = civil::instant(day + 1, HALF_PAST_FIVE);
                        assert!(base.at < end, "R-103: claimed at {} after {end}", base.at);
                    }
                }
                _ => {}
            }
        }
    }

    fn decided(base: &Base, accept: &Accept, answer: &Outcome) -> bool {
        match answer {
            Outcome::Accepted { .. } => {
                let (transfer, _) = &base.transfers[&accept.transfer];
                accepted(base, transfer);
            }
            Outcome::Refused { refusal, .. } => refused(base, accept, &refusal.reason),
            other => panic!("a transfer was answered {other:?}"),
        }
        true
    }

    /// What changed: nothing goes back unclaimed before the end of its claim.
    pub(crate) fn check_changed(&self, base: &Base, changed: &Changed) {
        for transfer in &changed.transfers {
            if transfer.state.return_cause() == Some(ReturnCause::Unclaimed) {
                let end = civil::instant(civil::day(transfer.pinned.accepted_at) + 1, HALF_PAST_FIVE);
                assert!(base.at >= end, "R-103: turned back at {} before {end}", base.at);
            }
            held(base, transfer);
        }
    }
}

/// Transfers of a sharer that count on a civil day.
fn counted(base: &Base, sharer: PersonId, day: i64) -> usize {
    let of = |row: &&Transfer| row.pinned.sharer == sharer && civil::day(row.pinned.accepted_at) == day;
    let rows = base.transfers.values().map(|(row, _)| row).filter(of);
    rows.filter(|row| !matches!(row.state, saga::State::Refused { .. })).count()
}

/// Transfers of a pair that are neither claimed nor back.
fn waiting(base: &Base, sharer: PersonId, beneficiary: PersonId) -> usize {
    let of = |row: &&Transfer| row.pinned.sharer == sharer && row.pinned.beneficiary == beneficiary;
    let rows = base.transfers.values().map(|(row, _)| row).filter(of);
    rows.filter(|row| row.claimed_at.is_none() && row.ended_at.is_none()).count()
}

fn is_open(base: &Base) -> bool {
    (SIX..TWENTY_TWO).contains(&civil::clock(base.at))
}

fn accepted(base: &Base, transfer: &Transfer) {
    let pinned = &transfer.pinned;
    let (at, day) = (pinned.accepted_at, civil::day(pinned.accepted_at));
    assert_eq!(at, base.at, "a transfer is accepted when its record is made");
    assert!(is_open(base), "R-079: accepted at {at}");
    assert!(pinned.amount.is_positive() && pinned.amount <= MOST, "R-078: {} at once", pinned.amount);
    assert_eq!(i64::from(pinned.civil_day.to_julian_day() - EPOCH), day, "the civil day of {at}");
    assert_eq!(pinned.claim_until, civil::instant(day + 1, HALF_PAST_FIVE), "R-103");
    assert_eq!(pinned.return_by, civil::instant(day + 1, SIX), "R-103");
    assert!(!base.tombstones.contains_key(&Ended::Bond(pinned.bond)), "the bond had ended");
    for person in [pinned.sharer, pinned.beneficiary] {
        assert!(!base.tombstones.contains_key(&Ended::Person(person)), "one of them had died");
    }
}

/// After every change: X7, and the rows that guard it say the same.
fn held(base: &Base, transfer: &Transfer) {
    let pinned = &transfer.pinned;
    let day = civil::day(pinned.accepted_at);
    let count = counted(base, pinned.sharer, day);
    assert!(count <= A_DAY, "R-078: {count} transfers of {} on a day", pinned.sharer);
    let row = base.slots.get(&(pinned.sharer, pinned.civil_day)).map(|(n, _)| *n);
    assert_eq!(row, i32::try_from(count).ok(), "the slots of {} on {}", pinned.sharer, pinned.civil_day);
    let waits = waiting(base, pinned.sharer, pinned.beneficiary);
    assert!(waits <= 1, "R-103: {waits} transfers of a pair wait");
    let row = base.pairs.contains_key(&(pinned.sharer, pinned.beneficiary));
    assert_eq!(row, waits == 1, "the pair of {}", pinned.id);
}

/// A refusal that no fact of this moment explains would keep people from what is theirs.
fn refused(base: &Base, accept: &Accept, reason: &str) {
    let facts = accept.facts.as_ref().expect("every transfer is asked for with facts");
    let dead = |person| base.tombstones.contains_key(&Ended::Person(person));
    let explained = match reason {
        "DAILY_TRANSFER_COUNT" => counted(base, accept.sharer, civil::day(base.at)) == A_DAY,
        "PENDING_TRANSFER_EXISTS" => waiting(base, accept.sharer, accept.beneficiary) == 1,
        "OUTSIDE_TRANSFER_WINDOW" => !is_open(base),
        "OVER_SINGLE_TRANSFER_LIMIT" => accept.amount > MOST,
        "BOND_NOT_ACTIVE" => {
            facts.bond.as_ref().is_some_and(|bond| !bond.active)
                || base.tombstones.contains_key(&Ended::Bond(accept.bond))
        }
        "DECEASED" => {
            [&facts.sharer, &facts.beneficiary].iter().any(|person| person.deceased == Some(true))
                || dead(accept.sharer)
                || dead(accept.beneficiary)
        }
        _ => false,
    };
    assert!(explained, "refused at {} with {reason}, which nothing explains", base.at);
}
