//! What the databases say became of an id: rows and postings by the key of the request that made them.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{
    history::{Call, Operation},
    rows::{Book, Chain, Claim, Leg, Payment, Refund, Transfer, World},
};

/// A credit as it was posted.
pub(super) struct Credit<'a> {
    pub(super) amount: i64,
    /// `person/pool`
    pub(super) account: &'a str,
}

/// One book, by key.
pub(super) struct Kept<'a> {
    pub(super) payments: BTreeMap<Uuid, &'a Payment>,
    pub(super) legs: BTreeMap<Uuid, Vec<&'a Leg>>,
    pub(super) refunds: BTreeMap<Uuid, &'a Refund>,
    /// Refunds of a payment in the order in which they came: record and amount.
    pub(super) back: BTreeMap<Uuid, Vec<(i64, i64)>>,
    /// By record.
    pub(super) credits: BTreeMap<i64, Credit<'a>>,
    /// What a person's pots held together after each record, by `person` and by `person/pool`.
    pots: BTreeMap<String, Vec<(i64, i64)>>,
    /// The number of the record under an id.
    records: BTreeMap<Uuid, i64>,
}

/// Everything that a call can have brought about.
pub(super) struct Effects<'a> {
    pub(super) transfers: BTreeMap<Uuid, &'a Transfer>,
    pub(super) claims: BTreeMap<Uuid, &'a Claim>,
    pub(super) books: BTreeMap<&'a str, Kept<'a>>,
    /// Under settlement's ids: the record, and whether it says yes.
    asked: BTreeMap<Uuid, (i64, bool)>,
}

impl<'a> Effects<'a> {
    pub(super) fn of(world: &'a World) -> Self {
        let settlement = &world.settlement;
        let asked = settlement.chain.records.iter();
        let asked = asked.filter_map(|row| Some((row.id?, (row.seq, says_yes(&row.body)))));
        Self {
            transfers: settlement.transfers.iter().map(|row| (row.id, row)).collect(),
            claims: settlement.claims.iter().map(|row| (row.request, row)).collect(),
            books: world.books.iter().map(|(name, book)| (name.as_str(), Kept::of(book))).collect(),
            asked: asked.collect(),
        }
    }

    /// What there is that only this call can have brought about; none if it left nothing but a refusal.
    pub(super) fn of_call(&self, call: &Call) -> Option<String> {
        let key = call.key;
        let mut books = self.books.values();
        match call.operation {
            Operation::Transfer => {
                let row = self.transfers.get(&key).filter(|row| row.state_name != "REFUSED")?;
                Some(format!("transfer in state {}", row.state_name))
            }
            Operation::Claim => {
                let row = self.claims.get(&key).filter(|row| row.refusal.is_none())?;
                let transfer = self.transfers.get(&row.transfer_id)?;
                transfer.claimed_at.map(|at| format!("claimed at {at}"))
            }
            Operation::Decline => self
                .asked
                .get(&key)
                .filter(|(_, yes)| *yes)
                .map(|(seq, _)| format!("record {seq} declined it")),
            Operation::Payment => {
                let row = books.find_map(|book| book.payments.get(&key))?;
                (row.state != "UNDONE").then(|| format!("payment in state {}", row.state))
            }
            Operation::Refund | Operation::Reversal => {
                let row = books.find_map(|book| book.refunds.get(&key))?;
                Some(format!("{} fen given back", row.amount))
            }
            Operation::Credit => {
                let (_, credit) = books.find_map(|book| book.credit(key))?;
                Some(format!("{} fen credited", credit.amount))
            }
        }
    }

    /// The database and the number of the record that decided a call.
    pub(super) fn record_of(&self, call: &Call) -> Option<(&'a str, i64)> {
        match call.operation {
            Operation::Transfer | Operation::Claim | Operation::Decline => {
                self.asked.get(&call.key).map(|(seq, _)| ("settlement", *seq))
            }
            _ => self.books.iter().find_map(|(name, book)| Some((*name, *book.records.get(&call.key)?))),
        }
    }

    /// Whether settlement said yes to a wish under this id.
    pub(super) fn was_asked(&self, request: Uuid) -> bool {
        self.asked.get(&request).is_some_and(|(_, yes)| *yes)
    }
}

/// Whether a record of settlement stores that what was asked for is on its way.
fn says_yes(body: &str) -> bool {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    body.get("outcome")
        .is_some_and(|outcome| ["ASKED", "ACCEPTED"].iter().any(|yes| outcome.get(yes).is_some()))
}

impl<'a> Kept<'a> {
    fn of(book: &'a Book) -> Self {
        let mut kept = Self {
            payments: book.payments.iter().map(|row| (row.payment, row)).collect(),
            legs: BTreeMap::new(),
            refunds: book.refunds.iter().map(|row| (row.refund, row)).collect(),
            back: BTreeMap::new(),
            credits: BTreeMap::new(),
            pots: BTreeMap::new(),
            records: records(&book.chain),
        };
        for leg in &book.legs {
            kept.legs.entry(leg.payment).or_default().push(leg);
        }
        for row in &book.refunds {
            kept.back.entry(row.payment).or_default().push((row.seq, row.amount));
        }
        kept.back.values_mut().for_each(|back| back.sort_unstable());
        kept.postings(book);
        kept
    }

    /// Follows every pot through the postings.
    fn postings(&mut self, book: &'a Book) {
        let keys: BTreeMap<i64, &str> = book.accounts.iter().map(|row| (row.no, row.key.as_str())).collect();
        let pot = |account: i64| {
            let key = keys.get(&account)?;
            key.strip_prefix("pa.prior/").or_else(|| key.strip_prefix("pa.current/"))
        };
        for posting in &book.postings {
            let from = keys.get(&posting.debit_account).copied().unwrap_or_default();
            if let Some(account) = pot(posting.credit_account).filter(|_| from.starts_with("fund/")) {
                let credit = self.credits.entry(posting.seq).or_insert(Credit { amount: 0, account });
                credit.amount += posting.amount;
            }
            let sides = [(posting.debit_account, -posting.amount), (posting.credit_account, posting.amount)];
            for (account, change) in sides {
                let Some(account) = pot(account) else { continue };
                let person = account.split('/').next().unwrap_or_default();
                for owner in [person, account] {
                    let held = self.pots.entry(owner.to_owned()).or_default();
                    let before = held.last().map_or(0, |(_, held)| *held);
                    match held.last_mut().filter(|(seq, _)| *seq == posting.seq) {
                        Some((_, held)) => *held += change,
                        None => held.push((posting.seq, before + change)),
                    }
                }
            }
        }
    }

    /// What a person's pots held right after a record.
    pub(super) fn held_after(&self, owner: &str, seq: i64) -> i64 {
        let held = self.pots.get(owner).map_or(&[][..], Vec::as_slice);
        let later = held.partition_point(|(at, _)| *at <= seq);
        later.checked_sub(1).map_or(0, |last| held[last].1)
    }

    /// Whether a person's pots held this much right after a record or at any time since.
    pub(super) fn held_since(&self, owner: &str, seq: i64, amount: i64) -> bool {
        let later = self.pots.get(owner).into_iter().flatten().filter(|(at, _)| *at > seq);
        self.held_after(owner, seq) == amount || later.into_iter().any(|(_, held)| *held == amount)
    }

    /// The credit under an id, and its record.
    pub(super) fn credit(&self, id: Uuid) -> Option<(i64, &Credit<'a>)> {
        let seq = self.records.get(&id)?;
        self.credits.get(seq).map(|credit| (*seq, credit))
    }

    /// What had been refunded of a payment after each refund, beginning with nothing.
    pub(super) fn refunded(&self, payment: Uuid) -> Vec<(i64, i64)> {
        let back = self.back.get(&payment).map_or(&[][..], Vec::as_slice);
        let sums = back.iter().scan(0, |sum, (seq, amount)| {
            *sum += amount;
            Some((*seq, *sum))
        });
        std::iter::once((0, 0)).chain(sums).collect()
    }
}

fn records(chain: &Chain) -> BTreeMap<Uuid, i64> {
    chain.records.iter().filter_map(|row| Some((row.id?, row.seq))).collect()
}
