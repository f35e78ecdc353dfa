//! X1 to X6: what must hold between the books, and between them and settlement and identity.
//!
//! Every figure is taken from the book that decided it: what a lot consumed comes from the legs and refunds
//! of the book that was paid in, what is owed from the same legs, never from what somebody was told.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::{
    rows::{Book, Earmark, Hop, Lot, World},
    verdict::Judge,
};

/// While services run: of every lot the oldest record that spent it and that the sharer's book has not been told,
/// unless both agree already. It stays the same until it is told, however often the lot is spent meanwhile.
pub(crate) fn untold(world: &World, judge: &mut Judge) {
    judge.enter("all");
    // Whatever else is wrong with the rows is said by `check`.
    let country = Country::of(world, &mut Judge::default());
    for (key, (_, hop)) in &country.hops {
        let late = country.consumed_by(*key, i64::MAX) != hop.consumed;
        let moves = country.consumed.get(key).into_iter().flatten();
        let oldest = moves.map(|(at, _)| *at).filter(|at| *at > hop.at_seq).min();
        if let Some(record) = oldest.filter(|_| late) {
            let what = format!("the sharer's book was told of record {record}");
            judge.holds("X1", format!("lot {}/{}", key.0, key.1), &what, false);
        }
    }
}

/// Lots and what was set aside for them, over all books.
struct Country<'a> {
    earmarks: BTreeMap<Uuid, (&'a str, &'a Earmark)>,
    hops: BTreeMap<(Uuid, i32), (&'a str, &'a Hop)>,
    lots: BTreeMap<(Uuid, i32), (&'a str, &'a Lot)>,
    /// What a lot consumed, record by record: sequence and amount with sign.
    consumed: BTreeMap<(Uuid, i32), Vec<(i64, i64)>>,
}

pub(crate) fn check(world: &World, judge: &mut Judge) {
    judge.enter("all");
    let country = Country::of(world, judge);
    country.draw_downs(world, judge);
    country.guarantees(judge);
    country.owed(world, judge);
    obligations(world, judge);
    positions(world, judge);
    wallets(world, judge);
}

impl<'a> Country<'a> {
    fn of(world: &'a World, judge: &mut Judge) -> Self {
        let mut country = Self {
            earmarks: BTreeMap::new(),
            hops: BTreeMap::new(),
            lots: BTreeMap::new(),
            consumed: BTreeMap::new(),
        };
        for (province, book) in &world.books {
            for row in &book.earmarks {
                let other = country.earmarks.insert(row.transfer, (province, row));
                judge.holds("X3", format!("earmark {}", row.transfer), "it is in one book", other.is_none());
            }
            for row in &book.hops {
                country.hops.insert((row.transfer, row.hop), (province, row));
            }
            for row in &book.lots {
                let other = country.lots.insert((row.transfer, row.hop), (province, row));
                judge.holds("X3", format!("lot {}", row.transfer), "it is in one book", other.is_none());
            }
            country.spending(book);
        }
        country
    }

    fn spending(&mut self, book: &Book) {
        let lots: BTreeMap<(Uuid, i16), (Uuid, i32)> =
            book.legs.iter().filter_map(|l| Some(((l.payment, l.leg), l.transfer.zip(l.hop)?))).collect();
        let paid: BTreeMap<Uuid, i64> = book.payments.iter().map(|row| (row.payment, row.seq)).collect();
        let refunded: BTreeMap<Uuid, i64> = book.refunds.iter().map(|row| (row.refund, row.seq)).collect();
        for leg in &book.legs {
            if let (Some(lot), Some(seq)) = (lots.get(&(leg.payment, leg.leg)), paid.get(&leg.payment)) {
                self.consumed.entry(*lot).or_default().push((*seq, leg.amount));
            }
        }
        for back in &book.refund_legs {
            if let (Some(lot), Some(seq)) = (lots.get(&(back.payment, back.leg)), refunded.get(&back.refund))
            {
                self.consumed.entry(*lot).or_default().push((*seq, -back.amount));
            }
        }
    }

    fn consumed_by(&self, lot: (Uuid, i32), seq: i64) -> i64 {
        let moves = self.consumed.get(&lot).into_iter().flatten();
        moves.filter(|(at, _)| *at <= seq).map(|(_, amount)| amount).sum()
    }

    /// The last record that changed what a lot consumed.
    fn last_spending(&self, lot: (Uuid, i32)) -> i64 {
        self.consumed.get(&lot).into_iter().flatten().map(|(at, _)| *at).max().unwrap_or_default()
    }

    /// X1: the sharer's book knows of each lot what was true as of the record it was told, and by now all of it.
    fn draw_downs(&self, world: &World, judge: &mut Judge) {
        for (key, (_, hop)) in &self.hops {
            let subject = format!("hop {}/{}", key.0, key.1);
            let as_of = self.consumed_by(*key, hop.at_seq);
            judge.amount("X1", format!("{subject} as of record {}", hop.at_seq), as_of, hop.consumed);
            let (late, last) = (self.consumed_by(*key, i64::MAX), self.last_spending(*key));
            judge.amount("X1", format!("{subject} by now, record {last}"), late, hop.consumed);
            if let Some((_, lot)) = self.lots.get(key) {
                judge.holds(
                    "X1",
                    &subject,
                    &format!("it was told no later record than {}", lot.at_seq),
                    hop.at_seq <= lot.at_seq,
                );
            }
        }
        for report in &world.settlement.lots {
            let key = (report.transfer_id, i32::from(report.hop));
            let subject = format!("settlement's report on {}/{} as of {}", key.0, key.1, report.at_sequence);
            judge.amount("X1", &subject, self.consumed_by(key, report.at_sequence), report.consumed);
            let (late, last) = (self.consumed_by(key, i64::MAX), self.last_spending(key));
            judge.amount("X1", format!("{subject} by now, record {last}"), late, report.consumed);
            let live =
                self.lots.get(&key).is_some_and(|(_, lot)| matches!(lot.state.as_str(), "PENDING" | "OPEN"));
            judge.same("X1", format!("{subject}: open"), live, report.state == "OPEN");
        }
        for key in self.consumed.keys() {
            let known = self.hops.contains_key(key);
            judge.holds(
                "X1",
                format!("lot {}/{}", key.0, key.1),
                "an earmark stands behind what was spent",
                known,
            );
        }
    }

    /// X3: whatever can still be spent is set aside, as much, by the same persons, under the same bond.
    fn guarantees(&self, judge: &mut Judge) {
        for (key, (place, lot)) in &self.lots {
            let subject = format!("lot {}/{} in {place}", key.0, key.1);
            let live = matches!(lot.state.as_str(), "PENDING" | "OPEN");
            let hop = self.hops.get(key).map(|(_, hop)| hop);
            let earmark = self.earmarks.get(&key.0).map(|(_, earmark)| earmark);
            if live {
                let open = hop.is_some_and(|hop| hop.state == "OPEN");
                judge.holds("X3", &subject, "its hop is open in the sharer's book", open);
                judge.same(
                    "X3",
                    format!("{subject}: granted"),
                    hop.map(|hop| hop.granted),
                    Some(lot.granted),
                );
                let province = hop.map(|hop| format!("{:02}", hop.province));
                judge.same("X3", format!("{subject}: creditor"), province, Some((*place).to_owned()));
                let terms = |e: &Earmark| (e.sharer, e.beneficiary, e.bond, e.pool);
                let granted = (lot.sharer, lot.beneficiary, lot.bond, lot.origin);
                judge.same("X3", format!("{subject}: terms"), earmark.map(|e| terms(e)), Some(granted));
            } else {
                let closed = hop.is_none_or(|hop| hop.state != "OPEN");
                judge.holds("X3", &subject, "nothing stays set aside for a closed lot", closed);
            }
        }
        for (key, (place, hop)) in &self.hops {
            if hop.state != "OPEN" {
                let over = self
                    .lots
                    .get(key)
                    .is_none_or(|(_, lot)| !matches!(lot.state.as_str(), "PENDING" | "OPEN"));
                judge.holds("X3", format!("hop {} in {place}", key.0), "it closed after its lot", over);
            }
        }
    }

    /// X2: what the debtor's book owes a province is what that province's book is owed, but for what is not drawn.
    fn owed(&self, world: &World, judge: &mut Judge) {
        let mut sums: BTreeMap<(String, String), i64> = BTreeMap::new();
        for (province, book) in &world.books {
            for account in &book.accounts {
                let parts: Vec<&str> = account.key.split('/').collect();
                let pair = match parts.as_slice() {
                    ["payable", debtor, creditor] => ((*debtor).to_owned(), (*creditor).to_owned()),
                    ["receivable", debtor, _] => ((*debtor).to_owned(), province.clone()),
                    _ => continue,
                };
                *sums.entry(pair).or_default() += account.balance;
            }
        }
        for (key, (place, lot)) in &self.lots {
            let drawn = self.hops.get(key).map_or(0, |(_, hop)| hop.consumed);
            let late = self.consumed_by(*key, i64::MAX) - drawn;
            if let Some(origin) = lot.origin.filter(|_| late != 0) {
                *sums.entry((format!("{origin:06}"), (*place).to_owned())).or_default() += late;
            }
        }
        for ((debtor, creditor), sum) in sums {
            judge.amount("X2", format!("what {debtor} owes {creditor}"), 0, sum);
        }
    }
}

type Owing = (String, i64, i16);
type Owed = (String, Uuid, i32, i32, i64, Option<String>, time::Date);

/// X4: every leg between two pools is an obligation exactly once, and nothing else is one.
fn obligations(world: &World, judge: &mut Judge) {
    let mut expected: BTreeMap<Owing, Owed> = BTreeMap::new();
    for (province, book) in &world.books {
        let cursor = world.settlement.cursors.iter().find(|row| row.feed.contains(&format!("{province}-")));
        if let Some(cursor) = cursor {
            let batch = book.chain.batches.iter().find(|batch| batch.last_seq == cursor.seq);
            let hash = batch.map(|batch| &batch.hash);
            judge.same(
                "X4",
                format!("the cursor of {} lies on the chain", cursor.feed),
                hash,
                Some(&cursor.hash),
            );
        }
        legs_owed(province, book, cursor.map_or(0, |row| row.seq), &mut expected);
    }
    for row in &world.settlement.obligations {
        let province = row.book.split('-').next().unwrap_or_default().to_owned();
        let subject = format!("obligation {} {}/{}", row.book, row.sequence, row.leg_no);
        let found = (
            row.kind.clone(),
            row.source,
            row.debtor,
            row.creditor,
            row.amount,
            Some(row.category.clone()),
            row.civil_day,
        );
        let leg = expected.remove(&(province, row.sequence, row.leg_no));
        judge.same("X4", subject, leg, Some(found));
    }
    for (leg, owed) in expected {
        judge.holds("X4", format!("leg {leg:?} {owed:?}"), "it is an obligation", false);
    }
}

fn legs_owed(province: &str, book: &Book, cursor: i64, expected: &mut BTreeMap<Owing, Owed>) {
    let payments: BTreeMap<Uuid, _> = book.payments.iter().map(|row| (row.payment, row)).collect();
    let refunds: BTreeMap<Uuid, _> = book.refunds.iter().map(|row| (row.refund, row)).collect();
    let legs: BTreeMap<(Uuid, i16), _> = book.legs.iter().map(|row| ((row.payment, row.leg), row)).collect();
    for leg in &book.legs {
        let (Some(debtor), Some(payment)) = (leg.debtor, payments.get(&leg.payment)) else { continue };
        if debtor != leg.creditor && payment.seq <= cursor {
            let key = (province.to_owned(), payment.seq, leg.leg);
            let category = payment.category.clone();
            let owed = ("P".to_owned(), leg.payment, debtor, leg.creditor, leg.amount, category, payment.day);
            expected.insert(key, owed);
        }
    }
    for back in &book.refund_legs {
        let (Some(leg), Some(refund)) = (legs.get(&(back.payment, back.leg)), refunds.get(&back.refund))
        else {
            continue;
        };
        let Some(debtor) = leg.debtor.filter(|debtor| *debtor != leg.creditor) else { continue };
        if refund.seq <= cursor {
            let reversed = refund.kind == "REVERSAL";
            let (kind, source) = if reversed { ("V", back.payment) } else { ("R", back.refund) };
            let category = payments.get(&back.payment).and_then(|payment| payment.category.clone());
            let owed = (kind.to_owned(), source, debtor, leg.creditor, -back.amount, category, refund.day);
            expected.insert((province.to_owned(), refund.seq, back.leg), owed);
        }
    }
}

/// X4 and X5: positions are the sums of their obligations, each in a period that is known; one period is open,
/// and over all pools what is owed is what is due.
fn positions(world: &World, judge: &mut Judge) {
    let settlement = &world.settlement;
    let periods: BTreeSet<&str> = settlement.periods.iter().map(|row| row.id.as_str()).collect();
    let mut sums: BTreeMap<(&str, i32, i32), (i64, i64, i64)> = BTreeMap::new();
    for row in &settlement.obligations {
        judge.holds(
            "X5",
            format!("period {}", row.period),
            "it is known",
            periods.contains(row.period.as_str()),
        );
        let sum = sums.entry((row.period.as_str(), row.debtor, row.creditor)).or_default();
        *sum = (sum.0 + row.amount.max(0), sum.1 + (-row.amount).max(0), sum.2 + 1);
    }
    let mut nets: BTreeMap<&str, i64> = BTreeMap::new();
    for row in &settlement.positions {
        let key = (row.period.as_str(), row.debtor, row.creditor);
        let found = (row.gross, row.refunded, row.leg_count);
        judge.same("X4", format!("position {key:?}"), sums.remove(&key).unwrap_or_default(), found);
        *nets.entry(row.period.as_str()).or_default() += row.gross - row.refunded;
    }
    for key in sums.into_keys() {
        judge.holds("X4", format!("position {key:?}"), "there is a row", false);
    }
    let open = settlement.periods.iter().filter(|row| row.state == "OPEN").count();
    judge.holds("X5", "open periods", "at most one", open <= 1);
    for (period, net) in nets {
        let legs: i64 =
            settlement.obligations.iter().filter(|row| row.period == period).map(|row| row.amount).sum();
        judge.amount("X5", format!("the net of {period}"), legs, net);
    }
}

/// X6: a person has one wallet in the country, in the book and under the id that identity names.
fn wallets(world: &World, judge: &mut Judge) {
    let mut found: BTreeMap<Uuid, (String, Uuid)> = BTreeMap::new();
    for (province, book) in &world.books {
        for row in &book.wallets {
            let place = format!("{:06}", row.place_of_use);
            let subject = format!("wallet {}", row.wallet);
            judge.holds(
                "X6",
                &subject,
                "it lies in the province of its place of use",
                place.starts_with(province.as_str()),
            );
            let other = found.insert(row.person, (place, row.wallet));
            judge.holds("X6", format!("person {}", row.person), "one wallet in the country", other.is_none());
        }
    }
    let named: BTreeMap<Uuid, (String, Uuid)> = world
        .identity
        .persons
        .iter()
        .filter_map(|row| Some((row.person_id, (row.place_of_use.clone()?, row.wallet_id?))))
        .collect();
    for (person, wallet) in &found {
        judge.same("X6", format!("the wallet of {person}"), named.get(person), Some(wallet));
    }
}
