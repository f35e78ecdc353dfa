//! The book of a province: decides batches as the wallet's keeper does, keeps the rows, and tells its records in
//! order. A batch is in or it is not; nothing of one that was not committed remains.

use std::collections::BTreeMap;

use ledger::{
    Applied, Book, Command, Moment, Outcome, audit,
    codes::{HopState, LotState},
    memory::Tables,
    outcome::{Done, LotNow},
};
use standards::{BookId, TransferId};
use time::OffsetDateTime;
use uuid::Uuid;

/// What a caller hears: the outcome, and the record behind it.
pub(crate) struct Told {
    pub(crate) outcome: Outcome,
    pub(crate) sequence: i64,
}

/// A record of the book.
pub(crate) struct Record {
    pub(crate) sequence: i64,
    pub(crate) at: OffsetDateTime,
    pub(crate) command: Command,
    pub(crate) outcome: Outcome,
}

pub(crate) struct Store {
    pub(crate) id: BookId,
    pub(crate) tables: Tables,
    pub(crate) records: Vec<Record>,
    /// The last records of the batches: where a cursor may stand.
    pub(crate) ends: Vec<i64>,
    at: OffsetDateTime,
    /// Every state that a lot was recorded in.
    lots: BTreeMap<(TransferId, i64), LotNow>,
    /// First outcomes under the ids of clients.
    memory: BTreeMap<Uuid, Outcome>,
}

impl Store {
    pub(crate) fn new(id: BookId, at: OffsetDateTime) -> Self {
        Self {
            id,
            tables: Tables::default(),
            records: Vec::new(),
            ends: Vec::new(),
            at,
            lots: BTreeMap::new(),
            memory: BTreeMap::new(),
        }
    }

    pub(crate) fn sequence(&self) -> i64 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Decides and keeps a batch, when its clock shows `now`.
    pub(crate) fn decide(&mut self, now: OffsetDateTime, commands: &[Command]) -> Vec<Told> {
        let at = self.at.max(now);
        let borrowed: Vec<&Command> = commands.iter().collect();
        let mut book = Book::new(self.id, self.tables.load(self.id, &borrowed));
        let mut sequence = self.sequence();
        let mut told = Vec::with_capacity(commands.len());
        for command in commands {
            if let Some(outcome) = client_id(command).and_then(|id| self.memory.get(&id)) {
                told.push(Told { outcome: outcome.clone(), sequence: 0 });
                continue;
            }
            let moment = Moment { sequence: sequence + 1, at };
            let Applied { outcome, recorded } = ledger::apply(&mut book, command, moment);
            if !recorded {
                let sequence = since(&book, command, moment);
                told.push(Told { outcome, sequence });
                continue;
            }
            sequence += 1;
            if let Some(id) = client_id(command) {
                self.memory.insert(id, outcome.clone());
            }
            self.remember(&outcome);
            let record = Record { sequence, at, command: command.clone(), outcome: outcome.clone() };
            self.records.push(record);
            told.push(Told { outcome, sequence });
        }
        self.tables.store(book);
        if sequence > self.sequence() {
            self.ends.push(sequence);
            self.at = at;
        }
        told
    }

    fn remember(&mut self, outcome: &Outcome) {
        let mut keep = |lot: LotNow| {
            let before = self.lots.insert((lot.transfer, lot.at_sequence), lot);
            assert!(before.is_none_or(|before| before == lot), "two states of a lot under one record");
        };
        match outcome {
            Outcome::Done(Done::Lot(lot)) => keep(*lot),
            Outcome::Done(Done::Payment(moved) | Done::Refund(moved)) => {
                moved.legs.iter().filter_map(|leg| leg.lot).for_each(keep);
            }
            _ => {}
        }
    }

    /// X1: what the sharer's book knows of a lot is what this book recorded at that sequence.
    pub(crate) fn has_told(&self, transfer: TransferId, at_sequence: i64, consumed: i64, state: HopState) {
        let lot = self.lots.get(&(transfer, at_sequence));
        let (then, closed) = match lot {
            Some(lot) => (lot.consumed.fen(), !matches!(lot.state, LotState::Pending | LotState::Open)),
            // A lot that was refused or undone: only its row tells of it.
            None => (0, true),
        };
        assert_eq!(consumed, then, "X1: {transfer} as of record {at_sequence}");
        assert_eq!(state != HopState::Open, closed, "X1: {transfer} as of record {at_sequence}");
    }

    /// B1–B8.
    pub(crate) fn audit(&self) {
        let findings = audit::check(self.id, &self.tables.rows());
        assert!(findings.is_empty(), "book {}: {findings:#?}", self.id);
        let gaps = (1..).zip(&self.records).find(|(expected, record)| *expected != record.sequence);
        assert!(gaps.is_none(), "B8: book {} has a gap in its records", self.id);
    }
}

/// The id under which the writer remembers what it answered to a client.
fn client_id(command: &Command) -> Option<Uuid> {
    match command {
        Command::OpenWallet(c) => Some(c.wallet.uuid()),
        Command::FreezeWallet(c) | Command::UnfreezeWallet(c) => Some(c.request.uuid()),
        Command::SetAutoClaim(c) => Some(c.request.uuid()),
        Command::CreditPersonalAccount(c) => Some(c.credit.uuid()),
        Command::Pay(c) => Some(c.payment.uuid()),
        Command::Refund(c) => Some(c.refund.uuid()),
        Command::ReversePayment(c) => Some(c.request.uuid()),
        Command::Earmark(_)
        | Command::DrawDown(_)
        | Command::Grant(_)
        | Command::Claim(_)
        | Command::Decline(_)
        | Command::Return(_)
        | Command::Revoke(_) => None,
    }
}

/// The record behind an answer that is no record itself, as the wallet's keeper names it.
fn since(book: &Book, command: &Command, moment: Moment) -> i64 {
    let lot = |transfer| book.last_lot(transfer);
    let of = |row: Option<&ledger::rows::LotRow>| {
        row.and_then(
            |row| if row.state == LotState::Open { row.opened_sequence } else { Some(row.at_sequence) },
        )
    };
    let since = match command {
        Command::Earmark(c) => book.earmark(c.transfer).map(|row| row.sequence),
        Command::DrawDown(_) => Some(moment.sequence - 1),
        Command::Grant(c) => lot(c.transfer).map(|row| row.granted_sequence),
        Command::Claim(c) | Command::Decline(c) => of(lot(c.transfer)),
        Command::Return(c) => of(lot(c.transfer)),
        Command::Revoke(c) => of(lot(c.transfer)),
        _ => None,
    };
    since.unwrap_or_default()
}
