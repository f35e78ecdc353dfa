//! BookService: settlement's commands in, one outcome for each out.

use border::wire::refusal;
use ledger::{
    Command as BookCommand, Outcome as BookOutcome,
    codes::{HopState, LotState, RevokeCause},
    command::{Claim, DrawDown, Earmark, EarmarkReference, Grant, Return, Revoke},
    digest::Digest,
    outcome::Done,
};
use money::Yuan;
use proto::{common::Programme, wallet as wire};
use standards::{BondId, BookId, PersonId, RequestId, TransferId};
use tonic::Status;

use super::{fields::Fields, record::hop_state};
use crate::error;

/// The most commands of one call.
const MOST: usize = 512;

/// A command as it was sent: its number, and none if this version does not know its kind.
pub(crate) type Sent = (String, Option<BookCommand>);

pub(crate) fn commands(request: wire::ApplyRequest) -> Result<Vec<Sent>, Status> {
    let mut fields = Fields::new();
    fields.maybe_text("batch_id", request.batch_id, 64);
    if !(1..=MOST).contains(&request.commands.len()) {
        fields.refuse("commands", "OUT_OF_RANGE", "1 to 512 commands", "指令数量应为1至512条");
        return fields.finish(None);
    }
    let parsed: Vec<Option<Sent>> = request
        .commands
        .into_iter()
        .enumerate()
        .map(|(at, command)| fields.within(&format!("commands[{at}]"), |fields| sent(fields, command)))
        .collect();
    fields.finish(parsed.into_iter().collect())
}

fn sent(fields: &mut Fields, command: wire::BookCommand) -> Option<Sent> {
    use wire::book_command::Command;
    let id = fields.maybe_text("command_id", command.command_id, 64);
    let Some(command) = command.command else { return Some((id?, None)) };
    let parsed = match command {
        Command::Earmark(c) => fields.within("earmark", |fields| earmark(fields, c)),
        Command::Grant(c) => fields.within("grant", |fields| grant(fields, c)),
        Command::Claim(c) => fields.within("claim", |fields| {
            fields.hop("hop", c.hop);
            claim(fields, &c.transfer_id, &c.request_id).map(BookCommand::Claim)
        }),
        Command::Decline(c) => fields.within("decline", |fields| {
            fields.hop("hop", c.hop);
            claim(fields, &c.transfer_id, &c.request_id).map(BookCommand::Decline)
        }),
        Command::Return(c) => fields.within("return", |fields| {
            fields.hop("hop", c.hop);
            let transfer = fields.id("transfer_id", &c.transfer_id, TransferId::parse);
            transfer.map(|transfer| BookCommand::Return(Return { transfer }))
        }),
        Command::Revoke(c) => fields.within("revoke", |fields| revoke(fields, &c)),
        Command::DrawDown(c) => fields.within("draw_down", |fields| draw_down(fields, &c)),
    };
    Some((id?, Some(parsed?)))
}

fn earmark(fields: &mut Fields, c: wire::EarmarkCommand) -> Option<BookCommand> {
    let transfer = fields.id("transfer_id", &c.transfer_id, TransferId::parse);
    let sharer = fields.id("sharer_person_id", &c.sharer_person_id, PersonId::parse);
    let pool = fields.pool("sharer_pooling_area", &c.sharer_pooling_area);
    let beneficiary = fields.id("beneficiary_person_id", &c.beneficiary_person_id, PersonId::parse);
    let to = fields.pool("beneficiary_place_of_use", &c.beneficiary_place_of_use);
    let bond = fields.id("bond_id", &c.bond_id, BondId::parse);
    fields.choice("programme", c.programme, |programme: Programme| {
        (programme != Programme::Unspecified).then_some(())
    });
    let amount = fields.positive("amount", &c.amount);
    let min_left = fields.maybe_amount("min_left", &c.min_left);
    let year_total = fields.maybe_amount("year_total", &c.year_total);
    fields.maybe_day("civil_day", &c.civil_day);
    Some(BookCommand::Earmark(Earmark {
        transfer: transfer?,
        sharer: sharer?,
        pool: pool?,
        beneficiary: beneficiary?,
        bond: bond?,
        to: to?.province(),
        amount: amount?,
        min_left: min_left?.unwrap_or(Yuan::ZERO),
        year_total: year_total?,
    }))
}

fn grant(fields: &mut Fields, c: wire::GrantCommand) -> Option<BookCommand> {
    let transfer = fields.id("transfer_id", &c.transfer_id, TransferId::parse);
    let hop = fields.hop("hop", c.hop);
    let beneficiary = fields.id("beneficiary_person_id", &c.beneficiary_person_id, PersonId::parse);
    let sharer = fields.id("sharer_person_id", &c.sharer_person_id, PersonId::parse);
    let bond = fields.id("bond_id", &c.bond_id, BondId::parse);
    let origin = fields.pool("origin_pooling_area", &c.origin_pooling_area);
    let amount = fields.positive("amount", &c.amount);
    let earmark = match c.earmark {
        None => Some(None),
        Some(reference) => fields.within("earmark", |fields| {
            let book = fields.id("book_id", &reference.book_id, |text| text.parse::<BookId>());
            let hash = fields.hash("hash", reference.hash).and_then(|hash| hash.parse::<Digest>().ok());
            Some(Some(EarmarkReference { book: book?, sequence: reference.sequence, hash: hash? }))
        }),
    };
    Some(BookCommand::Grant(Grant {
        transfer: transfer?,
        hop: hop?,
        beneficiary: beneficiary?,
        sharer: sharer?,
        bond: bond?,
        origin: origin?,
        amount: amount?,
        auto_claim: c.auto_claim,
        earmark: earmark?,
    }))
}

fn claim(fields: &mut Fields, transfer: &str, request: &str) -> Option<Claim> {
    let transfer = fields.id("transfer_id", transfer, TransferId::parse);
    let request = fields.id("request_id", request, RequestId::parse);
    Some(Claim { transfer: transfer?, request: request? })
}

fn revoke(fields: &mut Fields, c: &wire::RevokeCommand) -> Option<BookCommand> {
    let transfer = fields.id("transfer_id", &c.transfer_id, TransferId::parse);
    fields.hop("hop", c.hop);
    let cause = fields.choice("cause", c.cause, |cause| match cause {
        wire::RevokeCause::Unspecified => None,
        wire::RevokeCause::BondDissolved => Some(RevokeCause::BondDissolved),
        wire::RevokeCause::EnrolmentChanged => Some(RevokeCause::EnrolmentChanged),
        wire::RevokeCause::Death => Some(RevokeCause::Death),
        wire::RevokeCause::WalletClosed => Some(RevokeCause::WalletClosed),
        wire::RevokeCause::Sanction => Some(RevokeCause::Sanction),
    });
    Some(BookCommand::Revoke(Revoke { transfer: transfer?, cause: cause? }))
}

fn draw_down(fields: &mut Fields, c: &wire::DrawDownCommand) -> Option<BookCommand> {
    let transfer = fields.id("transfer_id", &c.transfer_id, TransferId::parse);
    let hop = fields.hop("hop", c.hop);
    if c.at_sequence < 1 {
        fields.refuse("at_sequence", "OUT_OF_RANGE", "records are numbered from 1", "记录序号从1开始");
    }
    let consumed = fields.amount("consumed", &c.consumed);
    let state = fields.choice("state", c.state, |state| match state {
        wire::HopState::Unspecified => None,
        wire::HopState::Pending => Some(None),
        wire::HopState::Open => Some(Some(HopState::Open)),
        wire::HopState::Closed => Some(Some(HopState::Closed)),
    });
    if state == Some(None) {
        fields.refuse("state", "NOT_ALLOWED", "a pending lot is not reported", "待接收的额度不予报送");
    }
    Some(BookCommand::DrawDown(DrawDown {
        transfer: transfer?,
        hop: hop?,
        at_sequence: c.at_sequence,
        consumed: consumed?,
        state: state??,
    }))
}

/// What became of a command: the record behind it, what its lot had consumed, and the outcome.
pub(crate) struct Became {
    pub(crate) sequence: i64,
    /// Chain hash of the batch that holds the record, hex.
    pub(crate) hash: String,
    pub(crate) consumed: Option<Yuan>,
    pub(crate) outcome: BookOutcome,
}

/// One outcome; none if nothing is known of it.
pub(crate) fn outcome(command_id: String, became: Option<Became>) -> wire::BookOutcome {
    wire::BookOutcome { command_id, outcome: became.and_then(told) }
}

/// The outcome of a command whose kind is not known here.
pub(crate) fn unsupported(command_id: String) -> wire::BookOutcome {
    use wire::book_outcome::{Outcome, Unsupported};
    wire::BookOutcome { command_id, outcome: Some(Outcome::Unsupported(Unsupported {})) }
}

fn told(became: Became) -> Option<wire::book_outcome::Outcome> {
    use wire::book_outcome::{AlreadyClaimed, NotYet, Outcome, Undone, Unsupported};
    let Became { sequence, hash, consumed, outcome } = became;
    Some(match outcome {
        BookOutcome::Done(done) => {
            let (consumed, balance) = figures(&done)?;
            let (consumed, balance_after) = (consumed.to_string(), balance.to_string());
            let lot_state = match &done {
                Done::Lot(lot) => hop_state(lot.state).into(),
                _ => wire::HopState::Unspecified.into(),
            };
            let refused_before = None;
            Outcome::Done(wire::book_outcome::Done {
                sequence,
                hash,
                consumed,
                balance_after,
                lot_state,
                refused_before,
            })
        }
        BookOutcome::WasRefused(refused) => Outcome::Done(wire::book_outcome::Done {
            sequence,
            hash,
            consumed: Yuan::ZERO.to_string(),
            balance_after: Yuan::ZERO.to_string(),
            lot_state: wire::HopState::Unspecified.into(),
            refused_before: Some(refusal(&error::book_refusal(&refused))),
        }),
        BookOutcome::Refused(refused) => Outcome::Refused(refusal(&error::book_refusal(&refused))),
        BookOutcome::Undone => Outcome::Undone(Undone { sequence }),
        BookOutcome::AlreadyClaimed => {
            let consumed = consumed.unwrap_or(Yuan::ZERO).to_string();
            Outcome::AlreadyClaimed(AlreadyClaimed { sequence, consumed })
        }
        BookOutcome::NotYet => Outcome::NotYet(NotYet {}),
        BookOutcome::Unsupported => Outcome::Unsupported(Unsupported {}),
    })
}

/// What is consumed, and what the earmark or lot still holds.
fn figures(done: &Done) -> Option<(Yuan, Yuan)> {
    match done {
        Done::Earmark(now) => Some((now.consumed, now.earmarked)),
        Done::Lot(now) => {
            let holds = matches!(now.state, LotState::Pending | LotState::Open);
            let left = if holds { now.granted.minus(now.consumed).ok()? } else { Yuan::ZERO };
            Some((now.consumed, left))
        }
        Done::Wallet(_) | Done::Credited(_) | Done::Payment(_) | Done::Refund(_) => None,
    }
}
