//! B6 and B7: payments against their legs and refunds, and what pools, institutions and funds hold against
//! the legs and draw-downs that made it.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{rows::Book, verdict::Judge};

pub(crate) fn check(province: &str, book: &Book, judge: &mut Judge) {
    refunds(book, judge);
    totals(book, judge);
    owed(province, book, judge);
    funds(book, judge);
}

fn refunds(book: &Book, judge: &mut Judge) {
    let mut back: BTreeMap<(Uuid, i16), i64> = BTreeMap::new();
    let mut parts: BTreeMap<Uuid, i64> = BTreeMap::new();
    let of: BTreeMap<Uuid, Uuid> = book.refunds.iter().map(|row| (row.refund, row.payment)).collect();
    for row in &book.refund_legs {
        let payment = of.get(&row.refund).copied();
        judge.same("B6", format!("the payment of refund {}", row.refund), payment, Some(row.payment));
        judge.holds("B6", format!("refund {}", row.refund), "it gives something back", row.amount > 0);
        *back.entry((row.payment, row.leg)).or_default() += row.amount;
        *parts.entry(row.refund).or_default() += row.amount;
    }
    for leg in &book.legs {
        let subject = format!("leg {}/{}", leg.payment, leg.leg);
        let refunded = back.remove(&(leg.payment, leg.leg)).unwrap_or_default();
        judge.amount("B6", &subject, refunded, leg.refunded);
        judge.holds("B6", &subject, "refunded <= leg", leg.amount > 0 && refunded <= leg.amount);
    }
    for (payment, leg) in back.into_keys() {
        judge.holds("B6", format!("leg {payment}/{leg}"), "a refunded leg was paid", false);
    }
    for row in &book.refunds {
        let sum = parts.remove(&row.refund).unwrap_or_default();
        judge.amount("B6", format!("refund {}", row.refund), sum, row.amount);
    }
    for refund in parts.into_keys() {
        judge.holds("B6", format!("refund {refund}"), "there is a row", false);
    }
}

fn totals(book: &Book, judge: &mut Judge) {
    let mut sums: BTreeMap<Uuid, (i64, i64)> = BTreeMap::new();
    let mut funded: BTreeMap<Uuid, i64> = BTreeMap::new();
    let mut numbers: BTreeMap<Uuid, i16> = BTreeMap::new();
    let pools: BTreeMap<Uuid, Option<i32>> =
        book.payments.iter().map(|row| (row.payment, row.institution_pool)).collect();
    for leg in &book.legs {
        let pool = pools.get(&leg.payment).copied().flatten();
        judge.same(
            "B6",
            format!("the creditor of leg {}/{}", leg.payment, leg.leg),
            pool,
            Some(leg.creditor),
        );
        if leg.kind != "CASH" {
            *funded.entry(leg.payment).or_default() += leg.amount;
        }
        let sum = sums.entry(leg.payment).or_default();
        *sum = (sum.0 + leg.amount, sum.1 + leg.refunded);
        let number = numbers.entry(leg.payment).or_default();
        *number += 1;
        judge.same("B6", format!("legs of {} are numbered from 1", leg.payment), *number, leg.leg);
    }
    for row in &book.payments {
        let subject = format!("payment {}", row.payment);
        let (legs, refunded) = sums.remove(&row.payment).unwrap_or_default();
        let personal = row.personal.unwrap_or_default();
        judge.amount("B6", format!("{subject}: legs"), personal, legs);
        judge.amount("B6", format!("{subject}: refunded"), refunded, row.refunded);
        let parts = row.fund.unwrap_or_default() + row.institution_part.unwrap_or_default() + personal;
        judge.amount("B6", format!("{subject}: total"), row.total.unwrap_or_default(), parts);
        let funded = funded.get(&row.payment).copied().unwrap_or_default();
        judge.holds(
            "B6",
            &subject,
            "only eligible cost is funded",
            funded <= row.eligible.unwrap_or_default(),
        );
        let fits = match row.state.as_str() {
            "PAID" => refunded == 0,
            "PARTLY_REFUNDED" => 0 < refunded && refunded < personal,
            "REFUNDED" | "REVERSED" => refunded == personal,
            _ => row.personal.is_none() && legs == 0,
        };
        judge.holds("B6", &subject, "the state agrees with the refunds", fits);
    }
    for payment in sums.into_keys() {
        judge.holds("B6", format!("payment {payment}"), "a leg has a payment", false);
    }
}

fn owed(province: &str, book: &Book, judge: &mut Judge) {
    let mut expected: BTreeMap<String, i64> = BTreeMap::new();
    let mut add = |key: String, amount: i64| *expected.entry(key).or_default() += amount;
    let paid: BTreeMap<Uuid, &str> =
        book.payments.iter().map(|p| (p.payment, p.institution.as_str())).collect();
    for leg in &book.legs {
        let Some(debtor) = leg.debtor else { continue };
        let (net, creditor) = (leg.amount - leg.refunded, leg.creditor);
        add(format!("institution/{}", paid.get(&leg.payment).copied().unwrap_or_default()), net);
        let of_lot = leg.kind == "LOT";
        if of_lot || debtor != creditor {
            add(format!("receivable/{debtor:06}/{creditor:06}"), -net);
        }
        if !of_lot && debtor != creditor {
            add(format!("payable/{debtor:06}/{province}"), net);
        }
    }
    let pools: BTreeMap<Uuid, i32> =
        book.earmarks.iter().filter_map(|row| Some((row.transfer, row.pool?))).collect();
    for hop in &book.hops {
        if let Some(pool) = pools.get(&hop.transfer) {
            add(format!("payable/{pool:06}/{:02}", hop.province), hop.consumed);
        }
    }
    for account in &book.accounts {
        let kind = account.key.split('/').next().unwrap_or_default();
        if matches!(kind, "institution" | "receivable" | "payable") {
            let amount = expected.remove(&account.key).unwrap_or_default();
            judge.amount("B7", &account.key, amount, account.balance);
        }
    }
    for (key, amount) in expected {
        judge.amount("B7", key, amount, 0);
    }
}

/// What a fund put into personal accounts is in the pots, set aside, owed, or was paid in the own pool.
fn funds(book: &Book, judge: &mut Judge) {
    let mut pools: BTreeMap<String, i64> = BTreeMap::new();
    let earmarks: BTreeMap<String, i32> =
        book.earmarks.iter().filter_map(|row| Some((row.transfer.to_string(), row.pool?))).collect();
    for account in &book.accounts {
        let parts: Vec<&str> = account.key.split('/').collect();
        let pool = match parts.as_slice() {
            ["fund" | "payable", pool, ..] | ["pa.prior" | "pa.current", _, pool] => (*pool).to_owned(),
            ["earmark", transfer] => {
                earmarks.get(*transfer).map_or_else(String::new, |pool| format!("{pool:06}"))
            }
            _ => continue,
        };
        *pools.entry(pool).or_default() += account.balance;
    }
    for leg in &book.legs {
        if leg.debtor == Some(leg.creditor) && leg.kind != "LOT" {
            *pools.entry(format!("{:06}", leg.creditor)).or_default() += leg.amount - leg.refunded;
        }
    }
    for (pool, sum) in pools {
        judge.amount("B7", format!("the fund of {pool} and what became of it"), 0, sum);
    }
}
