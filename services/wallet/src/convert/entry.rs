//! Postings as one person's entries: a posting between two accounts of one person is two of them.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    Command as BookCommand,
    key::{AccountKey, AccountNo},
    rows::{AccountRow, PostingRow, Side},
};
use money::Yuan;
use proto::wallet as wire;
use standards::{BookId, PersonId, civil};
use time::OffsetDateTime;

use super::timestamp;
use crate::command::Command;

/// What entries are made of.
pub(crate) struct Ledgerbook<'a> {
    pub(crate) book: BookId,
    pub(crate) person: PersonId,
    /// The person's folios.
    pub(crate) folios: &'a BTreeSet<AccountNo>,
    /// Accounts of the person that the postings name.
    pub(crate) accounts: &'a BTreeMap<AccountNo, AccountRow>,
    /// Origin pool of each lot, by transfer.
    pub(crate) origins: &'a BTreeMap<standards::TransferId, standards::Pool>,
    /// Only these, if one is named.
    pub(crate) kind: Option<wire::AccountKind>,
}

/// The record behind a posting.
pub(crate) struct Behind {
    pub(crate) command: Command,
    pub(crate) at: OffsetDateTime,
    pub(crate) batch: i64,
}

impl Ledgerbook<'_> {
    /// The entries of one posting, the credit before the debit as the folio's history shows them.
    pub(crate) fn entries(&self, posting: &PostingRow, behind: &Behind) -> Vec<wire::Entry> {
        let sides = [(&posting.credit, Ok(posting.amount)), (&posting.debit, posting.amount.negated())];
        let own = sides.into_iter().filter(|(side, _)| self.folios.contains(&side.folio));
        own.filter_map(|(side, amount)| self.entry(posting, behind, side, amount.unwrap_or(Yuan::ZERO)))
            .collect()
    }

    fn entry(&self, posting: &PostingRow, behind: &Behind, side: &Side, amount: Yuan) -> Option<wire::Entry> {
        let account = self.account(self.accounts.get(&side.account)?.key)?;
        if self.kind.is_some_and(|kind| account.kind() != kind) {
            return None;
        }
        Some(wire::Entry {
            book_id: self.book.to_string(),
            sequence: posting.sequence,
            batch: behind.batch,
            entry_no: i32::from(posting.n) + 1,
            account: Some(account),
            net_amount: amount.to_string(),
            balance_after: side.balance.to_string(),
            cause: self.cause(posting, &behind.command),
            civil_day: civil::day_text(posting.day),
            time: Some(timestamp(behind.at)),
        })
    }

    fn account(&self, key: AccountKey) -> Option<wire::EntryAccount> {
        let owner_person_id = self.person.to_string();
        let pot = |kind: wire::AccountKind, pool: standards::Pool| wire::EntryAccount {
            kind: kind.into(),
            owner_person_id: owner_person_id.clone(),
            pooling_area: pool.to_string(),
            ..wire::EntryAccount::default()
        };
        match key {
            AccountKey::PersonalPrior(_, pool) => Some(pot(wire::AccountKind::PriorYear, pool)),
            AccountKey::PersonalCurrent(_, pool) => Some(pot(wire::AccountKind::CurrentYear, pool)),
            AccountKey::Earmark(transfer) => Some(wire::EntryAccount {
                kind: wire::AccountKind::Earmark.into(),
                owner_person_id,
                transfer_id: transfer.to_string(),
                ..wire::EntryAccount::default()
            }),
            AccountKey::Lot(transfer, hop) => Some(wire::EntryAccount {
                kind: wire::AccountKind::Lot.into(),
                owner_person_id,
                pooling_area: self.origins.get(&transfer).map(ToString::to_string).unwrap_or_default(),
                transfer_id: transfer.to_string(),
                hop: i32::from(hop),
            }),
            _ => None,
        }
    }

    /// What caused the posting; a move between the two pots is the year roll, whatever came with it.
    fn cause(&self, posting: &PostingRow, command: &Command) -> Option<wire::entry::Cause> {
        use wire::entry::Cause;
        let key = |side: &Side| self.accounts.get(&side.account).map(|account| account.key);
        if let (Some(AccountKey::PersonalCurrent(..)), Some(AccountKey::PersonalPrior(..))) =
            (key(&posting.debit), key(&posting.credit))
        {
            return None;
        }
        match command {
            Command::Credit(credit) => Some(Cause::CreditId(credit.credit.credit.to_string())),
            Command::Pay(pay) => Some(Cause::PaymentId(pay.payment.to_string())),
            Command::Refund(refund) => Some(Cause::RefundId(refund.refund.refund.to_string())),
            Command::Book(command) => match command {
                BookCommand::Earmark(c) => Some(Cause::TransferId(c.transfer.to_string())),
                BookCommand::DrawDown(c) => Some(Cause::TransferId(c.transfer.to_string())),
                BookCommand::Grant(c) => Some(Cause::TransferId(c.transfer.to_string())),
                BookCommand::Claim(c) | BookCommand::Decline(c) => {
                    Some(Cause::TransferId(c.transfer.to_string()))
                }
                BookCommand::Return(c) => Some(Cause::TransferId(c.transfer.to_string())),
                BookCommand::Revoke(c) => Some(Cause::TransferId(c.transfer.to_string())),
                BookCommand::ReversePayment(c) => Some(Cause::PaymentId(c.payment.to_string())),
                _ => None,
            },
            _ => None,
        }
    }
}
