//! B6 and B7: payments against legs, refunds and each other's serials, and what pools and institutions are owed against the legs
//! and draw-downs that made it.

use std::collections::BTreeMap;

use standards::{BookId, PaymentId, RefundId, institution::InstitutionCode};

use super::{Findings, Held};
use crate::{
    codes::{LegKind, PaymentState},
    key::AccountKey,
    rows::Rows,
};

pub(super) fn check(book: BookId, rows: &Rows, held: &Held, findings: &mut Findings) {
    legs(rows, findings);
    states(rows, findings);
    serials(rows, findings);
    owed(book, rows, held, findings);
}

fn legs(rows: &Rows, findings: &mut Findings) {
    let mut taken_back: BTreeMap<(PaymentId, u16), i128> = BTreeMap::new();
    let mut of_refund: BTreeMap<RefundId, i128> = BTreeMap::new();
    for row in &rows.refund_legs {
        *taken_back.entry((row.payment, row.leg)).or_default() += i128::from(row.amount.fen());
        *of_refund.entry(row.refund).or_default() += i128::from(row.amount.fen());
    }
    for leg in &rows.legs {
        let subject = format!("leg {}/{}", leg.payment, leg.leg);
        let refunded = taken_back.remove(&(leg.payment, leg.leg)).unwrap_or_default();
        findings.same("B6", &subject, refunded, i128::from(leg.refunded.fen()));
        let within = refunded >= 0 && refunded <= i128::from(leg.amount.fen()) && leg.amount.fen() > 0;
        findings.holds("B6", &subject, "0 <= refunded <= leg", within);
    }
    for (payment, leg) in taken_back.into_keys() {
        findings.holds("B6", format!("leg {payment}/{leg}"), "a refunded leg was paid", false);
    }
    for row in &rows.refunds {
        let sum = of_refund.remove(&row.refund).unwrap_or_default();
        findings.same("B6", format!("refund {}", row.refund), sum, i128::from(row.amount.fen()));
    }
}

fn states(rows: &Rows, findings: &mut Findings) {
    let mut paid: BTreeMap<PaymentId, (i128, i128)> = BTreeMap::new();
    for leg in &rows.legs {
        let sums = paid.entry(leg.payment).or_default();
        sums.0 += i128::from(leg.amount.fen());
        sums.1 += i128::from(leg.refunded.fen());
    }
    for row in &rows.payments {
        let subject = format!("payment {}", row.payment);
        let (legs, refunded) = paid.remove(&row.payment).unwrap_or_default();
        let personal = row.terms.as_ref().map_or(0, |terms| i128::from(terms.personal.fen()));
        findings.same("B6", &subject, personal, legs);
        findings.same("B6", &subject, refunded, i128::from(row.refunded.fen()));
        if let Some(terms) = &row.terms {
            let parts = i128::from(terms.fund.fen()) + i128::from(terms.institution.fen()) + personal;
            findings.same("B6", &subject, parts, i128::from(terms.total.fen()));
        }
        let agrees = match row.state {
            PaymentState::Paid => refunded == 0,
            PaymentState::PartlyRefunded => 0 < refunded && refunded < personal,
            PaymentState::Refunded | PaymentState::Reversed => refunded == personal,
            PaymentState::Undone => row.terms.is_none(),
        };
        findings.holds("B6", &subject, "the state agrees with what was refunded", agrees);
    }
    for payment in paid.into_keys() {
        findings.holds("B6", format!("payment {payment}"), "a leg has a payment", false);
    }
}

/// Of the payments that an institution sent under one serial, all but one were reversed.
fn serials(rows: &Rows, findings: &mut Findings) {
    let mut standing: BTreeMap<(InstitutionCode, &str), Vec<PaymentId>> = BTreeMap::new();
    for row in &rows.payments {
        let stands = match row.state {
            PaymentState::Paid | PaymentState::PartlyRefunded | PaymentState::Refunded => true,
            PaymentState::Reversed | PaymentState::Undone => false,
        };
        if stands {
            standing.entry((row.institution, row.serial.as_str())).or_default().push(row.payment);
        }
    }
    for payments in standing.into_values() {
        for further in payments.iter().skip(1) {
            let subject = format!("payments {} and {further}", payments[0]);
            findings.holds("B6", subject, "an institution's serial names one payment", false);
        }
    }
}

/// Receivables and institutions follow from legs; payables from draw-downs and from own money that was
/// spent in another pool of the province.
fn owed(book: BookId, rows: &Rows, held: &Held, findings: &mut Findings) {
    let mut expected: BTreeMap<AccountKey, i128> = BTreeMap::new();
    let paid_to: BTreeMap<PaymentId, InstitutionCode> =
        rows.payments.iter().map(|row| (row.payment, row.institution)).collect();
    for leg in rows.legs.iter().filter(|leg| leg.kind != LegKind::Cash) {
        let net = i128::from(leg.amount.fen()) - i128::from(leg.refunded.fen());
        if let Some(code) = paid_to.get(&leg.payment) {
            *expected.entry(AccountKey::Institution(*code)).or_default() += net;
        }
        let Some(debtor) = leg.debtor else {
            findings.holds(
                "B7",
                format!("leg {}/{}", leg.payment, leg.leg),
                "a funded leg has a debtor",
                false,
            );
            continue;
        };
        let creditor = leg.creditor;
        let own = leg.kind != LegKind::Lot;
        if own && debtor == creditor {
            continue;
        }
        *expected.entry(AccountKey::Receivable { debtor, creditor }).or_default() -= net;
        if own {
            let payable = AccountKey::Payable { debtor, creditor: book.province() };
            *expected.entry(payable).or_default() += net;
        }
    }
    let pools: BTreeMap<_, _> =
        rows.earmarks.iter().filter_map(|row| row.terms.map(|terms| (row.transfer, terms.pool))).collect();
    for hop in &rows.hops {
        if let Some(debtor) = pools.get(&hop.transfer).copied() {
            let payable = AccountKey::Payable { debtor, creditor: hop.province };
            *expected.entry(payable).or_default() += i128::from(hop.consumed.fen());
        }
    }
    let owing = |key: &AccountKey| {
        matches!(key, AccountKey::Receivable { .. } | AccountKey::Payable { .. } | AccountKey::Institution(_))
    };
    for (key, found) in held.iter().filter(|(key, _)| owing(key)) {
        findings.same("B7", key, expected.remove(key).unwrap_or_default(), *found);
    }
    for (key, missing) in expected {
        findings.same("B7", key, missing, 0);
    }
}
