//! One book over tables in memory: runs commands as batches and audits the book after each. No database, no clock.

use ledger::{
    Applied, Book, Command, Done, Moment, Outcome, Refusal, apply, audit,
    key::AccountKey,
    memory::Tables,
    rows::{EarmarkRow, HopRow, LotRow, PaymentRow, PersonalRow, Rows},
};
use standards::{BookId, PaymentId, PersonId, Pool, TransferId};
use time::OffsetDateTime;

pub(crate) struct Store {
    pub(crate) id: BookId,
    pub(crate) at: OffsetDateTime,
    pub(crate) sequence: i64,
    tables: Tables,
}

impl Store {
    pub(crate) fn new(id: BookId, at: OffsetDateTime) -> Self {
        Self { id, at, sequence: 0, tables: Tables::default() }
    }

    /// Runs a batch and audits the book.
    pub(crate) fn run(&mut self, commands: &[Command]) -> Vec<Applied> {
        let borrowed: Vec<&Command> = commands.iter().collect();
        let mut book = Book::new(self.id, self.tables.load(self.id, &borrowed));
        let mut answers = Vec::new();
        for command in commands {
            let moment = Moment { sequence: self.sequence + 1, at: self.at };
            let applied = apply(&mut book, command, moment);
            if applied.recorded {
                self.sequence += 1;
            } else {
                assert!(book.postings_of(moment.sequence).is_empty());
            }
            answers.push(applied);
        }
        self.tables.store(book);
        let findings = audit::check(self.id, &self.rows());
        assert!(findings.is_empty(), "after {commands:#?}: {findings:#?}");
        answers
    }

    /// Runs one command.
    pub(crate) fn one(&mut self, command: &Command) -> Applied {
        self.run(std::slice::from_ref(command)).remove(0)
    }

    /// Runs one command that must be done.
    pub(crate) fn done(&mut self, command: &Command) -> Done {
        match self.one(command).outcome {
            Outcome::Done(done) => done,
            other => panic!("{command:?} answered {other:?}"),
        }
    }

    /// Runs one command that must be refused.
    pub(crate) fn refused(&mut self, command: &Command) -> Refusal {
        match self.one(command).outcome {
            Outcome::Refused(refusal) => refusal,
            other => panic!("{command:?} answered {other:?}"),
        }
    }

    /// The balance of an account in fen.
    pub(crate) fn fen(&self, key: AccountKey) -> i64 {
        self.tables.balance(key)
    }

    /// The balance of all accounts that match, in fen.
    pub(crate) fn sum(&self, which: impl Fn(&AccountKey) -> bool) -> i64 {
        self.tables.sum(which)
    }

    pub(crate) fn lot(&self, transfer: TransferId) -> Option<&LotRow> {
        self.tables.lots.get(&(transfer, 0))
    }

    pub(crate) fn hop(&self, transfer: TransferId) -> Option<&HopRow> {
        self.tables.hops.get(&(transfer, 0))
    }

    pub(crate) fn earmark(&self, transfer: TransferId) -> Option<&EarmarkRow> {
        self.tables.earmarks.get(&transfer)
    }

    pub(crate) fn personal(&self, person: PersonId, pool: Pool) -> Option<&PersonalRow> {
        self.tables.personal.get(&(person, pool))
    }

    pub(crate) fn payment(&self, payment: PaymentId) -> Option<&PaymentRow> {
        self.tables.payments.get(&payment)
    }

    /// All rows, for an audit.
    pub(crate) fn rows(&self) -> Rows {
        self.tables.rows()
    }
}
