//! B3, B4 and B5: quota against lots, lots against what they granted and consumed, earmarks against their
//! hops and what came back.

use std::collections::BTreeMap;

use standards::{Pool, TransferId};

use super::{Findings, Held};
use crate::{
    codes::{EarmarkState, HopState, LegKind, LotState},
    key::AccountKey,
    rows::{HopRow, Rows},
};

pub(super) fn check(rows: &Rows, held: &Held, findings: &mut Findings) {
    lots(rows, held, findings);
    earmarks(rows, held, findings);
}

fn of(held: &Held, key: AccountKey) -> i128 {
    held.get(&key).copied().unwrap_or_default()
}

fn lots(rows: &Rows, held: &Held, findings: &mut Findings) {
    let mut spent: BTreeMap<(TransferId, u16), i128> = BTreeMap::new();
    for leg in rows.legs.iter().filter(|leg| leg.kind == LegKind::Lot) {
        if let Some(lot) = leg.transfer.zip(leg.hop) {
            *spent.entry(lot).or_default() += i128::from(leg.amount.fen()) - i128::from(leg.refunded.fen());
        }
    }
    let mut by_origin: BTreeMap<Pool, i128> = BTreeMap::new();
    for row in &rows.lots {
        let key = AccountKey::Lot(row.transfer, row.hop);
        let (granted, consumed) = (i128::from(row.granted.fen()), i128::from(row.consumed.fen()));
        let live = matches!(row.state, LotState::Pending | LotState::Open);
        let expected = if live { granted - consumed } else { 0 };
        findings.same("B4", key, expected, of(held, key));
        findings.holds("B4", key, "0 <= consumed <= granted", (0..=granted).contains(&consumed));
        findings.holds(
            "B4",
            key,
            "a pending lot is unspent",
            row.state != LotState::Pending || consumed == 0,
        );
        findings.same("B4", key, spent.remove(&(row.transfer, row.hop)).unwrap_or_default(), consumed);
        let never = matches!(row.state, LotState::Refused | LotState::Undone);
        findings.holds("B4", key, "what never was granted is 0", !never || granted == 0);
        if let Some(terms) = row.terms {
            *by_origin.entry(terms.origin).or_default() += of(held, key);
        }
    }
    for (transfer, hop) in spent.into_keys() {
        findings.holds("B4", AccountKey::Lot(transfer, hop), "a lot that was spent is there", false);
    }
    for (pool, lots) in &by_origin {
        findings.same("B3", AccountKey::Quota(*pool), -lots, of(held, AccountKey::Quota(*pool)));
    }
    for key in held.keys() {
        if let AccountKey::Quota(pool) = key {
            let lots = by_origin.contains_key(pool) || of(held, *key) == 0;
            findings.holds("B3", key, "quota is given out to lots only", lots);
        }
    }
}

fn earmarks(rows: &Rows, held: &Held, findings: &mut Findings) {
    let mut hops: BTreeMap<TransferId, Vec<&HopRow>> = BTreeMap::new();
    for hop in &rows.hops {
        hops.entry(hop.transfer).or_default().push(hop);
        let (granted, consumed) = (hop.granted.fen(), hop.consumed.fen());
        let key = format!("hop {}/{}", hop.transfer, hop.hop);
        findings.holds("B5", key, "0 <= consumed <= granted", (0..=granted).contains(&consumed));
    }
    for row in &rows.earmarks {
        let key = AccountKey::Earmark(row.transfer);
        let hops = hops.remove(&row.transfer).unwrap_or_default();
        let taken = i128::from(row.from_prior.fen()) + i128::from(row.from_current.fen());
        let consumed: i128 = hops.iter().map(|hop| i128::from(hop.consumed.fen())).sum();
        let there = of(held, key) + consumed + i128::from(row.returned.fen());
        findings.same("B5", key, taken, there);
        let over = hops.iter().all(|hop| hop.state != HopState::Open);
        let made = matches!(row.state, EarmarkState::Open | EarmarkState::Closed);
        let asked = row.terms.map_or(0, |terms| i128::from(terms.amount.fen()));
        findings.same("B5", key, if made { asked } else { 0 }, taken);
        findings.same("B5", key, made, !hops.is_empty());
        findings.same("B5", key, over, row.state != EarmarkState::Open);
        findings.holds("B5", key, "nothing is left when all is closed", !over || of(held, key) == 0);
    }
    for transfer in hops.into_keys() {
        findings.holds("B5", AccountKey::Earmark(transfer), "a hop has an earmark", false);
    }
}
