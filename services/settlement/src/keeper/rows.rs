//! The rows of one batch, and the one way to move a transfer: version, slot, pair, times and draw-downs follow
//! from the new state and cannot be forgotten.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    sync::Arc,
};

use chassis::{batch::Moment, feed::Cursor};
use clearing::{LegId, Obligation, Period, Positions};
use mistakes::{Mistake, made};
use saga::{DrawDue, State};
use standards::{BondId, InstitutionCode, PersonId, RequestId, TransferId};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    command::{Alive, BondItem, Unreadable},
    institution::Institution,
    transfer::{Lot, Park, Pinned, Shown, Transfer},
};

/// A transfer as loaded or made, and whether it must be stored.
pub struct Held {
    pub transfer: Transfer,
    pub stored: Stored,
    /// State or owner must be stored.
    pub changed: bool,
}

/// What the database knows of a transfer.
#[derive(Clone, Copy, Debug)]
pub enum Stored {
    /// It stands there with this version.
    Version(i64),
    /// Nothing: this record accepts it.
    Not { sequence: i64 },
}

/// A lot as loaded or made.
pub struct HeldLot {
    pub lot: Lot,
    pub changed: bool,
}

/// The count of a sharer's civil day.
#[derive(Clone, Copy, Debug, Default)]
pub struct Slot {
    /// As loaded; 0 where nothing was.
    pub n: i32,
    /// Whether the row exists.
    pub exists: bool,
    /// What the batch adds or gives back.
    pub delta: i32,
    /// The limit under which a slot was taken in this batch.
    pub limit: Option<i32>,
}

impl Slot {
    /// Slots in use, this batch included.
    pub fn in_use(&self) -> u32 {
        let added = if made(Mistake::CountBeforeBatch) { 0 } else { self.delta };
        u32::try_from(self.n + added).unwrap_or(0)
    }
}

/// Which transfer keeps a pair from another one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pair {
    pub stored: Option<TransferId>,
    pub now: Option<TransferId>,
}

/// What has ended for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ended {
    Bond(BondId),
    Person(PersonId),
}

/// A transfer that another version of this service wrote: only what never changes its meaning.
#[derive(Clone, Copy, Debug)]
pub struct Foreign {
    pub transfer: TransferId,
    pub bond: BondId,
    pub sides: [PersonId; 2],
}

/// When and why it ended.
#[derive(Clone, Debug)]
pub struct Tombstone {
    pub position: i64,
    pub at: OffsetDateTime,
    pub cause: String,
    pub is_new: bool,
}

/// A claim's outcome as the batch leaves it.
#[derive(Clone, Debug)]
pub struct ClaimRow {
    pub transfer: TransferId,
    pub refusal: Option<String>,
    pub is_new: bool,
}

/// A cursor: where it stands in the database, and where the batch leaves it.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub stored: Cursor,
    pub now: Cursor,
}

/// The open period, and the one that it followed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Periods {
    pub stored: Option<Period>,
    pub now: Option<Period>,
    /// When the batch opened it.
    pub opened_at: Option<OffsetDateTime>,
}

impl Periods {
    /// The period that the batch opened, and when.
    pub fn opened(&self) -> Option<(Period, OffsetDateTime)> {
        self.now.zip(self.opened_at)
    }
}

/// Everything a batch reads and changes.
#[derive(Default)]
pub struct Rows {
    pub transfers: HashMap<TransferId, Held>,
    pub lots: BTreeMap<(TransferId, u16), HeldLot>,
    pub slots: HashMap<(PersonId, Date), Slot>,
    pub pairs: HashMap<(PersonId, PersonId), Pair>,
    pub tombstones: HashMap<Ended, Tombstone>,
    pub claims: HashMap<RequestId, ClaimRow>,
    pub bonds: HashMap<BondId, BondItem>,
    pub institutions: HashMap<InstitutionCode, Institution>,
    pub changed_institutions: HashSet<InstitutionCode>,
    pub cursors: HashMap<String, Standing>,
    pub periods: Periods,
    pub obligations: Vec<Obligation>,
    /// Legs of the batch that were owed before it, and those that it adds.
    pub owed: (HashSet<LegId>, HashSet<LegId>),
    /// What the batch adds to positions.
    pub positions: Positions,
    pub unreadable_items: Vec<(String, Unreadable, OffsetDateTime)>,
    /// Rows that cannot be read, and why.
    pub unreadable_transfers: Vec<(Uuid, String)>,
    /// Transfers of another version, which are left as they are.
    pub foreign: Vec<Foreign>,
    /// Rows to take over.
    pub adopted: (Vec<TransferId>, Vec<(TransferId, u16)>),
    pub alive: Vec<(Alive, bool)>,
}

/// What a batch changed that others want to know.
#[derive(Default)]
pub struct Changed {
    pub transfers: Vec<Transfer>,
    pub lots: Vec<(Lot, Arc<Pinned>)>,
    /// Each transfer that changed, or of which a lot did.
    pub shown: Vec<Shown>,
}

impl Rows {
    /// A transfer of the batch.
    pub fn transfer(&self, id: TransferId) -> Option<&Transfer> {
        self.transfers.get(&id).map(|held| &held.transfer)
    }

    /// Puts in a transfer that was accepted just now: with it go the day's slot and the pair.
    pub fn insert(&mut self, transfer: Transfer, sequence: i64, limit: i32) {
        let pinned = Arc::clone(&transfer.pinned);
        let slot = self.slots.entry((pinned.sharer, pinned.civil_day)).or_default();
        slot.delta += 1;
        slot.limit = Some(limit);
        self.pairs.entry((pinned.sharer, pinned.beneficiary)).or_default().now = Some(pinned.id);
        self.transfers.insert(pinned.id, Held { transfer, stored: Stored::Not { sequence }, changed: true });
    }

    /// Moves a transfer to a state. True if it was another one before.
    pub fn move_to(&mut self, id: TransferId, to: State, moment: Moment) -> bool {
        let Some(held) = self.transfers.get_mut(&id) else { return false };
        let transfer = &mut held.transfer;
        if transfer.state == to {
            return false;
        }
        let pinned = Arc::clone(&transfer.pinned);
        let before = std::mem::replace(&mut transfer.state, to);
        transfer.version += 1;
        held.changed = true;
        let now = &transfer.state;
        if matches!(now, State::Claimed { .. }) {
            transfer.claimed_at.get_or_insert(moment.at);
        }
        if now.is_end() {
            transfer.ended_at.get_or_insert(moment.at);
        }
        transfer.park = parked(now, transfer.park.take(), moment.at);
        if before.holds_pair() && !now.holds_pair() {
            let pair = self.pairs.entry((pinned.sharer, pinned.beneficiary)).or_default();
            pair.stored.get_or_insert(id);
            if pair.now.is_none_or(|holder| holder == id) {
                pair.now = None;
            }
        }
        if !before.slot_given_back() && now.slot_given_back() && !made(Mistake::RefusalKeepsSlot) {
            let slot = self.slots.entry((pinned.sharer, pinned.civil_day)).or_default();
            slot.delta -= 1;
        }
        self.weigh(id);
        true
    }

    /// Takes in a report about a lot. True if it is news.
    pub fn see(&mut self, id: TransferId, seen: DrawDue) -> bool {
        let key = (id, seen.hop);
        let is_news = match self.lots.get_mut(&key) {
            Some(held) => {
                let is_news = held.lot.see(seen);
                held.changed |= is_news;
                is_news
            }
            None => {
                self.lots.insert(key, HeldLot { lot: Lot::first(id, seen), changed: true });
                true
            }
        };
        if is_news {
            self.weigh(id);
        }
        is_news
    }

    /// Decides anew which of a transfer's lots the sharer's book must be told about.
    pub fn weigh(&mut self, id: TransferId) {
        let saga_tells = self.transfers.get(&id).is_some_and(|held| held.transfer.tells_the_end());
        for (_, held) in self.lots.range_mut((id, 0)..=(id, u16::MAX)) {
            let before = held.lot.due;
            held.lot.weigh(saga_tells);
            held.changed |= before != held.lot.due;
        }
    }

    /// What must be told after the commit; in order of ids, so that a test can rely on it.
    pub fn take_changed(&mut self) -> Changed {
        let mut transfers: Vec<Transfer> =
            self.transfers.values().filter(|held| held.changed).map(|held| held.transfer.clone()).collect();
        transfers.sort_by_key(|transfer| transfer.pinned.id);
        let lot = |held: &HeldLot| {
            let transfer = &self.transfers.get(&held.lot.transfer)?.transfer;
            Some((held.lot.clone(), Arc::clone(&transfer.pinned)))
        };
        let lots: Vec<_> = self.lots.values().filter(|held| held.changed).filter_map(lot).collect();
        let told: BTreeSet<TransferId> = transfers
            .iter()
            .map(|transfer| transfer.pinned.id)
            .chain(lots.iter().map(|(lot, _)| lot.transfer))
            .collect();
        let shown = told.into_iter().filter_map(|id| self.shown(id)).collect();
        Changed { transfers, lots, shown }
    }

    fn shown(&self, id: TransferId) -> Option<Shown> {
        let lots = self.lots.range((id, 0)..=(id, u16::MAX)).map(|(_, held)| &held.lot);
        // A sum that is too large is left to whoever reads.
        Shown::of(self.transfers.get(&id)?.transfer.clone(), lots).ok()
    }
}

fn parked(state: &State, before: Option<Park>, at: OffsetDateTime) -> Option<Park> {
    match state {
        State::Parked { step, outcome, .. } => Some(before.unwrap_or_else(|| Park {
            at,
            step: Some(step.name().to_owned()),
            error: format!("the book answered {outcome:?}"),
        })),
        State::Accepted { .. }
        | State::Earmarked { .. }
        | State::PendingClaim { .. }
        | State::Claiming { .. }
        | State::Claimed { .. }
        | State::Closing { .. }
        | State::Releasing { .. }
        | State::Returned { .. }
        | State::Refused { .. } => None,
    }
}
