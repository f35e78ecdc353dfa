//! The canonical bytes of a command (what a repeat is compared by) and of postings (what the chain covers).
//!
//! Version 1: a version byte, a command byte, then fields as number (1 byte), length (4 bytes, big-endian)
//! and value. A field that has its default value is left out, so a field added later changes no old hash.
//! Numbers and order of fields never change. Channel and assertion are no part of a command.

use money::Yuan;
use time::{Date, OffsetDateTime};

use crate::{
    codes::Ledger,
    command::{
        Claim, Command, Cost, DrawDown, Earmark, FreezeWallet, Grant, OpenWallet, Pay, Refund, SharedWanted,
    },
    digest::Digest,
    key::PostingNo,
    rows::{PostingRow, Side},
};

/// The version of both encodings.
pub const VERSION: u8 = 1;

/// The SHA-256 of a command's canonical bytes.
pub fn hash(command: &Command) -> Digest {
    Digest::of(&bytes(command))
}

/// A command's canonical bytes.
pub fn bytes(command: &Command) -> Vec<u8> {
    match command {
        Command::OpenWallet(c) => open_wallet(c),
        Command::FreezeWallet(c) => freeze(2, c),
        Command::UnfreezeWallet(c) => freeze(3, c),
        Command::SetAutoClaim(c) => {
            Fields::of(4).text(1, c.request).text(2, c.wallet).flag(3, c.auto_claim).done()
        }
        Command::CreditPersonalAccount(c) => Fields::of(5)
            .text(1, c.credit)
            .text(2, c.person)
            .text(3, c.pool)
            .text(4, &c.month)
            .yuan(5, c.amount)
            .text(6, c.kind)
            .text(7, &c.reference)
            .done(),
        Command::Earmark(c) => earmark(c),
        Command::DrawDown(c) => draw_down(c),
        Command::Grant(c) => grant(c),
        Command::Claim(c) => claim(9, c),
        Command::Decline(c) => claim(10, c),
        Command::Return(c) => Fields::of(11).text(1, c.transfer).done(),
        Command::Revoke(c) => Fields::of(12).text(1, c.transfer).text(2, c.cause).done(),
        Command::Pay(c) => pay(c),
        Command::Refund(c) => refund(c),
        Command::ReversePayment(c) => Fields::of(15)
            .text(1, c.request)
            .text(2, c.payment)
            .text(3, c.institution)
            .text(4, &c.serial)
            .done(),
    }
}

fn open_wallet(c: &OpenWallet) -> Vec<u8> {
    Fields::of(1)
        .text(1, c.wallet)
        .text(2, c.person)
        .text(3, c.place_of_use)
        .flag(4, c.auto_claim)
        .text(5, &c.mobile_masked)
        .optional(6, c.opened_by)
        .text(7, &c.terms_version)
        .done()
}

fn freeze(tag: u8, c: &FreezeWallet) -> Vec<u8> {
    Fields::of(tag).text(1, c.request).text(2, c.wallet).text(3, &c.reason).text(4, &c.case_reference).done()
}

fn earmark(c: &Earmark) -> Vec<u8> {
    Fields::of(6)
        .text(1, c.transfer)
        .text(2, c.sharer)
        .text(3, c.pool)
        .text(4, c.beneficiary)
        .text(5, c.bond)
        .text(6, c.to)
        .yuan(7, c.amount)
        .yuan(8, c.min_left)
        .optional(9, c.year_total.map(Yuan::fen))
        .done()
}

fn draw_down(c: &DrawDown) -> Vec<u8> {
    Fields::of(7)
        .text(1, c.transfer)
        .number(2, i64::from(c.hop))
        .number(3, c.at_sequence)
        .yuan(4, c.consumed)
        .text(5, c.state)
        .done()
}

fn grant(c: &Grant) -> Vec<u8> {
    let fields = Fields::of(8)
        .text(1, c.transfer)
        .number(2, i64::from(c.hop))
        .text(3, c.beneficiary)
        .text(4, c.sharer)
        .text(5, c.bond)
        .text(6, c.origin)
        .yuan(7, c.amount)
        .flag(8, c.auto_claim);
    match c.earmark {
        None => fields.done(),
        Some(at) => fields.text(9, at.book).number(10, at.sequence).raw(11, &at.hash.0).done(),
    }
}

fn claim(tag: u8, c: &Claim) -> Vec<u8> {
    Fields::of(tag).text(1, c.transfer).text(2, c.request).done()
}

fn pay(c: &Pay) -> Vec<u8> {
    let fields = Fields::of(13)
        .text(1, c.payment)
        .text(2, c.patient)
        .text(3, c.institution)
        .text(4, c.institution_pool)
        .text(5, &c.serial)
        .text(6, &c.visit)
        .text(7, &c.med_type)
        .text(8, c.category)
        .number(9, micros(c.service_time))
        .raw(10, &cost(&c.cost))
        .optional(12, c.max_cash.map(Yuan::fen));
    match c.shared_wanted {
        SharedWanted::All => fields.done(),
        SharedWanted::None => fields.text(11, "NONE").done(),
        SharedWanted::UpTo(limit) => fields.text(11, limit.fen()).done(),
    }
}

fn refund(c: &Refund) -> Vec<u8> {
    let fields = Fields::of(14)
        .text(1, c.refund)
        .text(2, c.payment)
        .text(3, c.institution)
        .text(4, c.kind)
        .yuan(5, c.amount);
    match &c.cost {
        None => fields.done(),
        Some(taken_back) => fields.raw(6, &cost(taken_back)).done(),
    }
}

fn cost(c: &Cost) -> Vec<u8> {
    [c.total, c.fund, c.institution, c.personal, c.eligible]
        .iter()
        .flat_map(|y| y.fen().to_be_bytes())
        .collect()
}

fn micros(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000)
        .expect("years of four digits fit in 64 bits of microseconds")
}

/// Builds the fields of one command; values that are the default leave no trace.
struct Fields(Vec<u8>);

impl Fields {
    fn of(command: u8) -> Self {
        Self(vec![VERSION, command])
    }

    fn raw(mut self, number: u8, value: &[u8]) -> Self {
        let length = u32::try_from(value.len()).expect("a field is shorter than 4 GiB");
        self.0.push(number);
        self.0.extend(length.to_be_bytes());
        self.0.extend(value);
        self
    }

    fn text(self, number: u8, value: impl ToString) -> Self {
        let value = value.to_string();
        if value.is_empty() { self } else { self.raw(number, value.as_bytes()) }
    }

    fn number(self, number: u8, value: i64) -> Self {
        if value == 0 { self } else { self.raw(number, &value.to_be_bytes()) }
    }

    fn yuan(self, number: u8, value: Yuan) -> Self {
        self.number(number, value.fen())
    }

    fn flag(self, number: u8, value: bool) -> Self {
        if value { self.raw(number, &[1]) } else { self }
    }

    /// Absent is the default here; a present 0 leaves its trace.
    fn optional(self, number: u8, value: Option<impl ToString>) -> Self {
        match value {
            None => self,
            Some(value) => self.raw(number, value.to_string().as_bytes()),
        }
    }

    fn done(self) -> Vec<u8> {
        self.0
    }
}

/// The canonical bytes of a record's postings, covered by the chain: a version byte, then for each posting
/// a fixed width of 118 bytes, all numbers big-endian, absent links as 0.
pub fn evidence(postings: &[PostingRow]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + postings.len() * 118);
    bytes.push(VERSION);
    for posting in postings {
        bytes.extend(posting.sequence.to_be_bytes());
        bytes.push(posting.n);
        bytes.push(match posting.ledger {
            Ledger::Money => 1,
            Ledger::Quota => 2,
        });
        bytes.extend(day(posting.day).to_be_bytes());
        bytes.extend(posting.amount.fen().to_be_bytes());
        side(&mut bytes, &posting.debit);
        side(&mut bytes, &posting.credit);
    }
    bytes
}

fn side(bytes: &mut Vec<u8>, side: &Side) {
    let link = |place: Option<PostingNo>| place.map_or(0, |place| place.0);
    let (previous, previous_day) = (link(side.previous), link(side.previous_day));
    let (account, folio) = (side.account.0, side.folio.0);
    for number in [account, side.balance.fen(), folio, side.folio_balance.fen(), previous, previous_day] {
        bytes.extend(number.to_be_bytes());
    }
}

fn day(day: Date) -> i32 {
    day.to_julian_day()
}
