//! What the books, kinship-registry and identity tell: obligations and lots, bonds that ended, persons who died.
//!
//! A page and its cursor are stored together. An item that makes no sense is set aside with its bytes and never
//! stops the next; nothing here asks a peer.

use std::collections::HashSet;

use chassis::{
    batch::{Moment, Verdict},
    telemetry::metrics,
};
use clearing::{LegId, Obligation, Period, Source};
use mistakes::{Mistake, made};
use money::Yuan;
use saga::{Request, ReturnCause, State};
use serde::Serialize;
use standards::{BondId, BookId, PersonId, TransferId, civil};

use crate::{
    command::{Back, BondItem, BookItem, Followed, Items, LegItem, LotItem, Outcome, PersonItem, Unreadable},
    keeper::{Ended, Foreign, Rows, Tombstone},
    step::{claimed_by_itself, opened},
    transfer::Transfer,
};

/// Takes in a page, if the cursor stands where the page begins.
pub(crate) fn take(rows: &mut Rows, page: &Followed, moment: Moment) -> Verdict<Outcome> {
    match rows.cursors.get_mut(&page.feed) {
        Some(standing) if standing.now == page.from => standing.now = page.to,
        Some(_) | None => return Verdict::Answer(Outcome::Elsewhere),
    }
    for item in &page.unreadable {
        rows.unreadable_items.push((page.feed.clone(), item.clone(), moment.at));
    }
    match &page.items {
        Items::Book(book, items) => take_book(rows, page, *book, items, moment),
        Items::Kinship(items) => items.iter().for_each(|item| take_bond(rows, page, item, moment)),
        Items::Identity(items) => items.iter().for_each(|item| take_person(rows, page, item, moment)),
    }
    Verdict::Answer(Outcome::Stored)
}

fn take_book(rows: &mut Rows, page: &Followed, book: BookId, items: &[BookItem], moment: Moment) {
    let owes = items.iter().any(|item| item.legs.iter().any(|leg| leg.debtor != leg.creditor));
    let period = if owes { open_period(rows, moment) } else { None };
    for item in items {
        let mut errors = Vec::new();
        for leg in &item.legs {
            if leg.debtor != leg.creditor
                && let Err(error) = owe(rows, period, book, item, leg)
            {
                errors.push(error);
            }
        }
        for lot in &item.lots {
            if let Err(error) = report(rows, lot, moment) {
                errors.push(error);
            }
        }
        if !errors.is_empty() {
            set_aside(rows, page, (item.sequence, item), errors.join("; "), moment);
        }
    }
}

/// The month in which obligations are counted now. The first one that falls into a new month opens it and cuts
/// the old one off.
fn open_period(rows: &mut Rows, moment: Moment) -> Option<Period> {
    let month = Period::of(civil::day(moment.at)).ok()?;
    if rows.periods.now.is_none_or(|open| open < month) {
        rows.periods.now = Some(month);
        rows.periods.opened_at = Some(moment.at);
    }
    rows.periods.now
}

/// What names the obligation of a leg in the whole country.
pub(crate) fn leg_id(book: BookId, leg: &LegItem) -> LegId {
    let source = match leg.back {
        None => Source::Payment(leg.payment),
        Some(Back::Refund(refund)) => Source::Refund(refund),
        Some(Back::Reversal) => Source::Reversal(leg.payment),
    };
    LegId { book, source, number: leg.number }
}

/// Counts a leg. One that was owed before the page came is of a page that is told again, and changes nothing.
fn owe(
    rows: &mut Rows,
    period: Option<Period>,
    book: BookId,
    item: &BookItem,
    leg: &LegItem,
) -> Result<(), String> {
    let id = leg_id(book, leg);
    if rows.owed.0.contains(&id) {
        return Ok(());
    }
    if rows.owed.1.contains(&id) {
        return Err(format!("leg {id} is told twice"));
    }
    let amount = match leg.back {
        None => leg.amount,
        Some(_) => leg.amount.negated().map_err(|error| error.to_string())?,
    };
    let obligation = Obligation {
        leg: id,
        debtor: leg.debtor,
        creditor: leg.creditor,
        amount,
        category: leg.category,
        sequence: item.sequence,
        day: item.day,
        period: period.ok_or("no period is open")?,
    };
    let obligation = obligation.checked().map_err(|error| error.to_string())?;
    rows.positions.fold(&obligation).map_err(|error| error.to_string())?;
    rows.obligations.push(obligation);
    if made(Mistake::LegInTwoPeriods) {
        rows.obligations.extend(obligation.period.next().map(|period| Obligation { period, ..obligation }));
    }
    rows.owed.1.insert(id);
    Ok(())
}

fn report(rows: &mut Rows, lot: &LotItem, moment: Moment) -> Result<(), String> {
    let Some(transfer) = rows.transfer(lot.transfer) else {
        return Err(format!("a lot of transfer {} that is not known", lot.transfer));
    };
    let told = transfer.state.is_end() && lot.report.consumed == Yuan::ZERO;
    if told && !rows.lots.contains_key(&(lot.transfer, lot.report.hop)) {
        // The saga has told the sharer's book already that nothing was spent.
        return Ok(());
    }
    if lot.is_untouched() && !rows.lots.contains_key(&(lot.transfer, lot.report.hop)) {
        opened(rows, lot.transfer, lot.report.hop, moment);
        let claimed = State::Claimed { hop: lot.report.hop };
        // It says what the transfer says. The first report of something spent brings the row.
        if rows.transfer(lot.transfer).is_some_and(|transfer| transfer.state == claimed) {
            return Ok(());
        }
    }
    rows.see(lot.transfer, lot.report);
    claimed_by_itself(rows, lot.transfer, moment);
    Ok(())
}

/// Keeps an item that could not be followed in all it says.
fn set_aside(
    rows: &mut Rows,
    page: &Followed,
    (position, item): (i64, &impl Serialize),
    error: String,
    moment: Moment,
) {
    tracing::error!(feed = page.feed, position, error, "an item is set aside");
    metrics::set_aside(&page.feed, 1);
    let bytes = hex::encode(serde_json::to_vec(item).unwrap_or_default());
    rows.unreadable_items.push((page.feed.clone(), Unreadable { position, bytes, error }, moment.at));
}

/// What has ended concerns transfers of another version too. They are not ours to close: the item is kept for a
/// person, who sees which.
fn leave_to_others(
    rows: &mut Rows,
    page: &Followed,
    item: (i64, &impl Serialize),
    concerned: impl Fn(&Foreign) -> bool,
    moment: Moment,
) {
    let foreign = rows.foreign.iter().filter(|foreign| concerned(foreign));
    let ids: Vec<String> = foreign.map(|foreign| foreign.transfer.to_string()).collect();
    if !ids.is_empty() {
        set_aside(rows, page, item, format!("of another version: transfer {}", ids.join(", ")), moment);
    }
}

fn take_bond(rows: &mut Rows, page: &Followed, item: &BondItem, moment: Moment) {
    let known = rows.bonds.entry(item.bond).or_insert_with(|| item.clone());
    if known.revision < item.revision {
        known.clone_from(item);
    }
    if let Some(cause) = item.ended {
        bury(rows, Ended::Bond(item.bond), item.position, cause, moment);
        close_all(rows, cause, moment, |transfer| is_under(transfer, item.bond));
        leave_to_others(rows, page, (item.position, item), |foreign| foreign.bond == item.bond, moment);
    }
}

fn take_person(rows: &mut Rows, page: &Followed, item: &PersonItem, moment: Moment) {
    if item.deceased {
        bury(rows, Ended::Person(item.person), item.position, ReturnCause::Death, moment);
        close_all(rows, ReturnCause::Death, moment, |transfer| concerns(transfer, item.person));
        let concerned = |foreign: &Foreign| foreign.sides.contains(&item.person);
        leave_to_others(rows, page, (item.position, item), concerned, moment);
    }
}

fn is_under(transfer: &Transfer, bond: BondId) -> bool {
    transfer.pinned.bond == bond
}

fn concerns(transfer: &Transfer, person: PersonId) -> bool {
    transfer.pinned.sharer == person || transfer.pinned.beneficiary == person
}

fn bury(rows: &mut Rows, ended: Ended, position: i64, cause: ReturnCause, moment: Moment) {
    let stone = Tombstone { position, at: moment.at, cause: cause.name().to_owned(), is_new: true };
    rows.tombstones.entry(ended).or_insert(stone);
}

/// Turns back every transfer that is still alive; what has ended stays as it is.
fn close_all(rows: &mut Rows, cause: ReturnCause, moment: Moment, concerned: impl Fn(&Transfer) -> bool) {
    let mut ids: Vec<TransferId> = rows
        .transfers
        .values()
        .map(|held| &held.transfer)
        .filter(|transfer| concerned(transfer))
        .map(|transfer| transfer.pinned.id)
        .collect::<HashSet<_>>()
        .into_iter()
        .collect();
    ids.sort();
    for id in ids {
        let Some(transfer) = rows.transfer(id) else { continue };
        if let Ok(state) = saga::request(transfer.state.clone(), Request::Close(cause)) {
            rows.move_to(id, state, moment);
        }
    }
}
