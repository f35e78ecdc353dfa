//! What the wire does between settlement and a book: work becomes the book's command, its answer an outcome of the
//! saga, its record an item of the stream. It says what the services' own conversions say, without the bytes.

use ledger::{
    Command, Outcome, Refusal,
    codes::{HopState, LotState, RevokeCause},
    command::{Claim, DrawDown, Earmark, EarmarkReference, Grant, Return, Revoke},
    digest::Digest,
    outcome::{Done, LotNow, Movement},
};
use money::Yuan;
use saga::{DrawDue, Reason, ReturnCause, Step};
use settlement::{
    command::{Back, BookItem, LegItem, LotItem},
    driver::{Errand, Report, Work},
};
use standards::civil;

use super::book::{Record, Told};

/// The command that brings this work to its book.
pub(crate) fn command(work: &Work) -> Command {
    match work {
        Work::Step(errand) => step(errand, saga::next(&errand.state).expect("work asks for a step")),
        Work::Report(report) => draw_down(report),
    }
}

fn draw_down(report: &Report) -> Command {
    let DrawDue { hop, at_sequence, consumed, lot } = report.due;
    let state = match lot {
        saga::LotState::Open => HopState::Open,
        saga::LotState::Closed | saga::LotState::Moved => HopState::Closed,
    };
    Command::DrawDown(DrawDown { transfer: report.pinned.id, hop, at_sequence, consumed, state })
}

fn step(errand: &Errand, step: Step) -> Command {
    let pinned = &errand.pinned;
    let transfer = pinned.id;
    match step {
        Step::Earmark => Command::Earmark(Earmark {
            transfer,
            sharer: pinned.sharer,
            pool: pinned.sharer_pool,
            beneficiary: pinned.beneficiary,
            bond: pinned.bond,
            to: pinned.place_of_use.province(),
            amount: pinned.amount,
            min_left: pinned.min_left.unwrap_or(Yuan::ZERO),
            year_total: pinned.year_total,
        }),
        Step::Grant { hop, earmark_sequence, auto_claim } => Command::Grant(Grant {
            transfer,
            hop,
            beneficiary: pinned.beneficiary,
            sharer: pinned.sharer,
            bond: pinned.bond,
            origin: pinned.sharer_pool,
            amount: pinned.amount,
            auto_claim,
            earmark: Some(EarmarkReference {
                book: pinned.sharer_book(),
                sequence: earmark_sequence,
                hash: Digest([0; 32]),
            }),
        }),
        Step::Claim { request, .. } => Command::Claim(Claim { transfer, request }),
        Step::Return { .. } => Command::Return(Return { transfer }),
        Step::Revoke { cause, .. } => Command::Revoke(Revoke { transfer, cause: revoke_cause(cause) }),
        Step::DrawDownClosed { hop, at_sequence, consumed } => {
            Command::DrawDown(DrawDown { transfer, hop, at_sequence, consumed, state: HopState::Closed })
        }
    }
}

fn revoke_cause(cause: ReturnCause) -> RevokeCause {
    match cause {
        ReturnCause::BondDissolved => RevokeCause::BondDissolved,
        ReturnCause::EnrolmentChanged => RevokeCause::EnrolmentChanged,
        ReturnCause::Death => RevokeCause::Death,
        ReturnCause::WalletClosed => RevokeCause::WalletClosed,
        ReturnCause::Sanction => RevokeCause::Sanction,
        ReturnCause::Unclaimed | ReturnCause::Declined | ReturnCause::Cancelled => {
            panic!("a weak cause revokes nothing")
        }
    }
}

/// The book's answer in the words of the saga.
pub(crate) fn answered(work: &Work, told: Told) -> saga::Outcome {
    let is_grant = matches!(work, Work::Step(errand)
        if matches!(saga::next(&errand.state), Some(Step::Grant { .. })));
    match told.outcome {
        Outcome::Done(Done::Lot(lot)) if is_grant && lot.state == LotState::Open => {
            saga::Outcome::AlreadyClaimed
        }
        Outcome::Done(Done::Lot(lot)) => {
            saga::Outcome::Done { sequence: told.sequence, consumed: lot.consumed }
        }
        Outcome::Done(Done::Earmark(now)) => {
            saga::Outcome::Done { sequence: told.sequence, consumed: now.consumed }
        }
        Outcome::Done(other) => panic!("settlement asked for no {other:?}"),
        Outcome::Refused(Refusal::RequestIdReused) => saga::Outcome::Unknown,
        Outcome::Refused(refusal) => saga::Outcome::Refused(Reason::new(refusal.reason())),
        Outcome::Undone => saga::Outcome::Undone,
        Outcome::WasRefused(refusal) => saga::Outcome::WasRefused(Reason::new(refusal.reason())),
        Outcome::AlreadyClaimed => saga::Outcome::AlreadyClaimed,
        Outcome::NotYet => saga::Outcome::NotYet,
        Outcome::Unsupported => saga::Outcome::Unknown,
    }
}

/// A record as far as it concerns settlement.
pub(crate) fn item(record: &Record) -> Option<BookItem> {
    let Outcome::Done(done) = &record.outcome else { return None };
    let (legs, lots) = match done {
        Done::Payment(moved) => moved_legs(record, moved, None),
        Done::Refund(moved) => {
            let back = match &record.command {
                Command::Refund(refund) => Back::Refund(refund.refund),
                _ => Back::Reversal,
            };
            moved_legs(record, moved, Some(back))
        }
        Done::Lot(lot) => (Vec::new(), lot_item(lot, record.sequence).into_iter().collect()),
        Done::Wallet(_) | Done::Credited(_) | Done::Earmark(_) => return None,
    };
    Some(BookItem { sequence: record.sequence, day: civil::day(record.at), legs, lots })
}

fn moved_legs(record: &Record, moved: &Movement, back: Option<Back>) -> (Vec<LegItem>, Vec<LotItem>) {
    let owed = || moved.legs.iter().filter(|leg| leg.debtor.is_some());
    let legs = owed().filter_map(|leg| {
        Some(LegItem {
            payment: moved.payment,
            back,
            number: leg.leg,
            debtor: leg.debtor?,
            creditor: leg.creditor,
            amount: Yuan::from_fen(leg.amount.fen().abs()),
            category: moved.category?.code().parse().expect("both crates name the same categories"),
        })
    });
    let lots = owed().filter_map(|leg| leg.lot).filter_map(|lot| lot_item(&lot, record.sequence));
    (legs.collect(), lots.collect())
}

fn lot_item(lot: &LotNow, at_sequence: i64) -> Option<LotItem> {
    let state = match lot.state {
        LotState::Pending => return None,
        LotState::Open => saga::LotState::Open,
        LotState::Closed | LotState::Moved | LotState::Refused | LotState::Undone => saga::LotState::Closed,
    };
    let report = DrawDue { hop: lot.hop, at_sequence, consumed: lot.consumed, lot: state };
    Some(LotItem { transfer: lot.transfer, report })
}
