//! How things must stand once all is quiet: every transfer rests or has ended, both books agree with its
//! state, nothing waits to be sent, and nothing was set aside for a person.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::{
    rows::{Chain, Earmark, Lot, Transfer, World},
    verdict::Judge,
};

pub(crate) fn check(world: &World, judge: &mut Judge) {
    let chains = [
        ("identity".to_owned(), &world.identity.chain),
        ("kinship".to_owned(), &world.kinship),
        ("settlement".to_owned(), &world.settlement.chain),
    ];
    let books = world.books.iter().map(|(province, book)| (format!("book {province}"), &book.chain));
    for (name, chain) in chains.into_iter().chain(books) {
        judge.enter(&name);
        set_aside(chain, judge);
    }
    judge.enter("settlement");
    transfers(world, judge);
}

fn set_aside(chain: &Chain, judge: &mut Judge) {
    judge.holds("QUARANTINE", "the writer", "no command is set aside", chain.quarantine.is_empty());
    judge.holds("UNREADABLE", "the followers", "no item is set aside", chain.unreadable.is_empty());
    for row in &chain.quarantine {
        judge.holds("QUARANTINE", &row.what, &row.error, false);
    }
    for row in &chain.unreadable {
        judge.holds("UNREADABLE", &row.what, &row.error, false);
    }
}

fn transfers(world: &World, judge: &mut Judge) {
    let mut earmarks: BTreeMap<Uuid, &Earmark> = BTreeMap::new();
    let mut lots: BTreeMap<Uuid, (&str, &Lot)> = BTreeMap::new();
    for (province, book) in &world.books {
        earmarks.extend(book.earmarks.iter().map(|row| (row.transfer, row)));
        lots.extend(book.lots.iter().map(|row| (row.transfer, (province.as_str(), row))));
    }
    for row in &world.settlement.transfers {
        let subject = format!("transfer {}", row.id);
        let parked = row.park_error.as_deref().unwrap_or_default();
        judge.holds("PARKED", &subject, parked, row.park_error.is_none() && row.state_name != "PARKED");
        if row.park_error.is_some() {
            earmarks.remove(&row.id);
            lots.remove(&row.id);
            continue;
        }
        judge.holds("ENDS", &subject, "nothing is due", !row.due);
        let rests = ["PENDING_CLAIM", "CLAIMED", "RETURNED", "REFUSED"].contains(&row.state_name.as_str());
        judge.holds("ENDS", &subject, &format!("{} is where it may rest", row.state_name), rests);
        let ended = matches!(row.state_name.as_str(), "RETURNED" | "REFUSED");
        judge.same("ENDS", format!("{subject}: ended"), ended, row.ended_at.is_some());
        let named = row.state.contains(&format!("\"{}\"", row.state_name));
        judge.holds("ENDS", &subject, "the stored state is the one that is named", named);
        let (earmark, lot) = (earmarks.remove(&row.id), lots.remove(&row.id));
        let place = format!("{:06}", row.place_of_use);
        let there = lot.is_none_or(|(province, _)| place.starts_with(province));
        judge.holds("ENDS", &subject, "the lot lies in the book of the place of use", there);
        let lot = lot.map(|(_, lot)| lot);
        shape(&subject, row, earmark, lot, judge);
    }
    for report in &world.settlement.lots {
        let subject = format!("report on {}/{}", report.transfer_id, report.hop);
        judge.holds("ENDS", &subject, "nothing is due", !report.due);
        let stuck = report.stuck_error.as_deref().unwrap_or_default();
        judge.holds("PARKED", &subject, stuck, report.stuck_error.is_none());
    }
    for transfer in earmarks.keys().chain(lots.keys()) {
        judge.holds("ENDS", format!("transfer {transfer}"), "settlement knows what the books hold", false);
    }
}

/// The rows of both books that a state allows.
fn shape(subject: &str, row: &Transfer, earmark: Option<&Earmark>, lot: Option<&Lot>, judge: &mut Judge) {
    let kept = earmark.map_or("none", |earmark| earmark.state.as_str());
    let given = lot.map_or("none", |lot| lot.state.as_str());
    let fits = match row.state_name.as_str() {
        "PENDING_CLAIM" => (kept, given) == ("OPEN", "PENDING"),
        "CLAIMED" => (kept, given) == ("OPEN", "OPEN"),
        "RETURNED" => matches!((kept, given), ("CLOSED" | "UNDONE", "CLOSED" | "UNDONE")),
        "REFUSED" => {
            matches!((kept, given), ("REFUSED", "none" | "UNDONE") | ("CLOSED" | "UNDONE", "REFUSED"))
        }
        _ => true,
    };
    let what = format!("state {} with earmark {kept} and lot {given}", row.state_name);
    judge.holds("ENDS", subject, &what, fits);
    if let Some(earmark) = earmark.filter(|earmark| earmark.state != "UNDONE") {
        let pinned = (
            Some(row.sharer),
            Some(row.beneficiary),
            Some(row.bond),
            Some(row.sharer_pool),
            Some(row.amount),
        );
        let found = (earmark.sharer, earmark.beneficiary, earmark.bond, earmark.pool, earmark.amount);
        judge.same("ENDS", format!("{subject}: earmark"), pinned, found);
    }
    if let Some(lot) = lot.filter(|lot| !matches!(lot.state.as_str(), "UNDONE" | "REFUSED")) {
        let pinned = (Some(row.sharer), Some(row.beneficiary), Some(row.bond), row.amount);
        judge.same(
            "ENDS",
            format!("{subject}: lot"),
            pinned,
            (lot.sharer, lot.beneficiary, lot.bond, lot.granted),
        );
    }
}
