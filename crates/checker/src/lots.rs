//! B3, B4 and B5: quota against lots, lots against what was granted and spent, earmarks against their hops,
//! their postings and what came back.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{
    rows::{Book, Hop},
    verdict::Judge,
};

pub(crate) fn check(book: &Book, judge: &mut Judge) {
    let held = book.held();
    lots(book, &held, judge);
    earmarks(book, &held, judge);
    taken(book, judge);
}

fn lots(book: &Book, held: &BTreeMap<&str, i64>, judge: &mut Judge) {
    let mut spent: BTreeMap<(Uuid, i32), i64> = BTreeMap::new();
    let sharers: BTreeMap<_, _> = book.lots.iter().map(|lot| ((lot.transfer, lot.hop), lot.sharer)).collect();
    for leg in book.legs.iter().filter(|leg| leg.kind == "LOT") {
        if let Some(lot) = leg.transfer.zip(leg.hop) {
            *spent.entry(lot).or_default() += leg.amount - leg.refunded;
            let sharer = sharers.get(&lot).copied().flatten();
            judge.same(
                "B4",
                format!("the sharer behind leg {}/{}", leg.payment, leg.leg),
                sharer,
                Some(leg.owner),
            );
        }
    }
    let mut origins: BTreeMap<i32, i64> = BTreeMap::new();
    for lot in &book.lots {
        let key = format!("lot/{}/{}", lot.transfer, lot.hop);
        let balance = held.get(key.as_str()).copied().unwrap_or_default();
        let live = matches!(lot.state.as_str(), "PENDING" | "OPEN");
        judge.amount("B4", &key, if live { lot.granted - lot.consumed } else { 0 }, balance);
        judge.holds("B4", &key, "0 <= consumed <= granted", 0 <= lot.consumed && lot.consumed <= lot.granted);
        judge.holds("B4", &key, "pending means unspent", lot.state != "PENDING" || lot.consumed == 0);
        let never = matches!(lot.state.as_str(), "REFUSED" | "UNDONE");
        judge.holds("B4", &key, "what never came granted nothing", !never || lot.granted == 0);
        let legs = spent.remove(&(lot.transfer, lot.hop)).unwrap_or_default();
        judge.amount("B4", format!("{key}: consumed"), legs, lot.consumed);
        if let Some(origin) = lot.origin {
            *origins.entry(origin).or_default() += balance;
        }
    }
    for (transfer, hop) in spent.into_keys() {
        judge.holds("B4", format!("lot/{transfer}/{hop}"), "a lot that was spent is there", false);
    }
    for (key, balance) in held.iter().filter(|(key, _)| key.starts_with("quota/")) {
        let origin: i32 = key.trim_start_matches("quota/").parse().unwrap_or_default();
        judge.amount("B3", key, -origins.remove(&origin).unwrap_or_default(), *balance);
    }
    for (origin, lots) in origins {
        judge.amount("B3", format!("quota/{origin}"), -lots, 0);
    }
}

fn earmarks(book: &Book, held: &BTreeMap<&str, i64>, judge: &mut Judge) {
    let mut hops: BTreeMap<Uuid, Vec<&Hop>> = BTreeMap::new();
    for hop in &book.hops {
        let subject = format!("hop {}/{}", hop.transfer, hop.hop);
        judge.holds(
            "B5",
            subject,
            "0 <= consumed <= granted",
            0 <= hop.consumed && hop.consumed <= hop.granted,
        );
        hops.entry(hop.transfer).or_default().push(hop);
    }
    for row in &book.earmarks {
        let key = format!("earmark/{}", row.transfer);
        let left = held.get(key.as_str()).copied().unwrap_or_default();
        let hops = hops.remove(&row.transfer).unwrap_or_default();
        let made = matches!(row.state.as_str(), "OPEN" | "CLOSED");
        let amount = if made { row.amount.unwrap_or_default() } else { 0 };
        let consumed: i64 = hops.iter().map(|hop| hop.consumed).sum();
        judge.amount("B5", &key, amount, left + consumed + row.returned);
        judge.amount("B5", format!("{key}: parts"), amount, row.from_prior + row.from_current);
        judge.same("B5", format!("{key}: has hops"), made, !hops.is_empty());
        let open = hops.iter().any(|hop| hop.state == "OPEN");
        judge.same("B5", format!("{key}: open"), open, row.state == "OPEN");
        judge.holds("B5", &key, "nothing is left once all is closed", open || left == 0);
        if let Some(first) = hops.iter().find(|hop| hop.hop == 0) {
            judge.amount("B5", format!("{key}: first hop"), amount, first.granted);
        }
    }
    for transfer in hops.into_keys() {
        judge.holds("B5", format!("earmark/{transfer}"), "a hop has an earmark", false);
    }
}

/// What the postings took from each pot, and gave back from the earmark, is what the row says.
fn taken(book: &Book, judge: &mut Judge) {
    let keys: BTreeMap<i64, &str> = book.accounts.iter().map(|a| (a.no, a.key.as_str())).collect();
    let mut moved: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for posting in &book.postings {
        let debit = keys.get(&posting.debit_account).copied().unwrap_or_default();
        let credit = keys.get(&posting.credit_account).copied().unwrap_or_default();
        if let Some(transfer) = credit.strip_prefix("earmark/") {
            *moved.entry((transfer, debit.split('/').next().unwrap_or_default())).or_default() +=
                posting.amount;
        }
        if let Some(transfer) = debit.strip_prefix("earmark/").filter(|_| credit.starts_with("pa.")) {
            *moved.entry((transfer, "back")).or_default() += posting.amount;
        }
    }
    for row in &book.earmarks {
        let transfer = row.transfer.to_string();
        let of = |what: &str| moved.get(&(transfer.as_str(), what)).copied().unwrap_or_default();
        judge.amount("B5", format!("earmark/{transfer}: from prior year"), of("pa.prior"), row.from_prior);
        judge.amount(
            "B5",
            format!("earmark/{transfer}: from current year"),
            of("pa.current"),
            row.from_current,
        );
        // What was refunded after the return went back from the payable, which names no transfer.
        judge.holds("B5", format!("earmark/{transfer}"), "released <= returned", of("back") <= row.returned);
    }
}
