//! Settlement's database in memory: the keeper's own fold decides; here rows are only loaded and stored, as the
//! service's statements do it. A table refuses what its constraints refuse.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chassis::{
    batch::{Keeper as _, Moment, Verdict},
    feed::Cursor,
};
use clearing::{LegId, Obligation, Period, Position, Positions, Source};
use saga::Step;
use settlement::{
    command::{Back, Command, Followed, Items, LegItem, Outcome},
    keeper::{
        Changed, ClaimRow, Ended, Held, HeldLot, Keeper, Pair, Periods, Rows, Slot, Standing, Stored,
        Tombstone,
    },
    transfer::{Lot, Transfer},
};
use standards::{BookId, PersonId, RequestId, TransferId, civil};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

type LotKey = (TransferId, u16);

/// What the database holds. Rows with work name the process that must do it.
pub(crate) struct Base {
    pub(crate) at: OffsetDateTime,
    pub(crate) transfers: BTreeMap<TransferId, (Transfer, Uuid)>,
    pub(crate) lots: BTreeMap<LotKey, (Lot, Uuid)>,
    pub(crate) slots: BTreeMap<(PersonId, Date), (i32, i32)>,
    pub(crate) pairs: BTreeMap<(PersonId, PersonId), TransferId>,
    pub(crate) tombstones: HashMap<Ended, Tombstone>,
    pub(crate) obligations: Vec<Obligation>,
    pub(crate) positions: Positions,
    sequence: i64,
    claims: BTreeMap<RequestId, ClaimRow>,
    cursors: BTreeMap<String, Cursor>,
    period: Option<Period>,
    owed: BTreeSet<LegId>,
    processes: BTreeMap<Uuid, (String, OffsetDateTime)>,
    memory: BTreeMap<Uuid, ([u8; 32], Outcome)>,
}

impl Base {
    pub(crate) fn new(at: OffsetDateTime) -> Self {
        Self {
            at,
            transfers: BTreeMap::new(),
            lots: BTreeMap::new(),
            slots: BTreeMap::new(),
            pairs: BTreeMap::new(),
            tombstones: HashMap::new(),
            obligations: Vec::new(),
            positions: Positions::default(),
            sequence: 0,
            claims: BTreeMap::new(),
            cursors: BTreeMap::new(),
            period: None,
            owed: BTreeSet::new(),
            processes: BTreeMap::new(),
            memory: BTreeMap::new(),
        }
    }

    pub(crate) fn cursor(&self, feed: &str) -> Cursor {
        self.cursors.get(feed).copied().unwrap_or(Cursor::START)
    }

    /// Decides and stores a batch of a process whose clock shows `now`.
    pub(crate) fn submit(
        &mut self,
        keeper: &Keeper,
        now: OffsetDateTime,
        commands: &[Command],
    ) -> (Vec<Outcome>, Changed) {
        let at = self.at.max(now);
        let mut rows = self.load(commands, now);
        let mut sequence = self.sequence;
        let mut answers = Vec::with_capacity(commands.len());
        for command in commands {
            let key = command.key();
            if let Some((content, outcome)) = key.and_then(|key| self.memory.get(&key.id)) {
                assert_eq!(key.map(|key| key.content), Some(*content), "a client changes no request");
                answers.push(outcome.clone());
                continue;
            }
            let moment = Moment { sequence: sequence + 1, at };
            let outcome = match keeper.fold(&mut rows, command, moment) {
                Verdict::Answer(outcome) => outcome,
                Verdict::Record(outcome) => {
                    sequence += 1;
                    if let Some(key) = key {
                        self.memory.insert(key.id, (key.content, outcome.clone()));
                    }
                    outcome
                }
            };
            answers.push(outcome);
        }
        if sequence > self.sequence {
            (self.sequence, self.at) = (sequence, at);
        }
        let changed = rows.take_changed();
        self.store(rows, &changed, keeper.process);
        (answers, changed)
    }

    fn load(&self, commands: &[Command], now: OffsetDateTime) -> Rows {
        let mut rows = Rows::default();
        let mut wanted = BTreeSet::new();
        for command in commands {
            self.name(command, &mut rows, &mut wanted);
            if let Command::Accept(accept) = command {
                let since = civil::day(now) - Duration::DAY;
                let days = (accept.sharer, since)..=(accept.sharer, Date::MAX);
                for (key, (n, _)) in self.slots.range(days) {
                    rows.slots.insert(*key, Slot { n: *n, exists: true, delta: 0, limit: None });
                }
                let pair = (accept.sharer, accept.beneficiary);
                if let Some(holder) = self.pairs.get(&pair) {
                    rows.pairs.insert(pair, Pair { stored: Some(*holder), now: Some(*holder) });
                }
                let ended = [
                    Ended::Bond(accept.bond),
                    Ended::Person(accept.sharer),
                    Ended::Person(accept.beneficiary),
                ];
                ended.into_iter().for_each(|ended| self.stone(ended, &mut rows));
            }
        }
        for id in wanted {
            let Some((transfer, _)) = self.transfers.get(&id) else { continue };
            let stored = Stored::Version(transfer.version);
            rows.transfers.insert(id, Held { transfer: transfer.clone(), stored, changed: false });
            for (key, (lot, _)) in self.lots.range((id, 0)..=(id, u16::MAX)) {
                rows.lots.insert(*key, HeldLot { lot: lot.clone(), changed: false });
            }
        }
        rows
    }

    fn stone(&self, ended: Ended, rows: &mut Rows) {
        if let Some(stone) = self.tombstones.get(&ended) {
            rows.tombstones.insert(ended, Tombstone { is_new: false, ..stone.clone() });
        }
    }

    fn name(&self, command: &Command, rows: &mut Rows, wanted: &mut BTreeSet<TransferId>) {
        match command {
            Command::Claim(ask) | Command::Decline(ask) => {
                wanted.insert(ask.transfer);
            }
            Command::StepDone(done) => {
                wanted.insert(done.transfer);
                if let Step::Claim { request, .. } = done.step
                    && let Some(claim) = self.claims.get(&request)
                {
                    rows.claims.insert(request, ClaimRow { is_new: false, ..claim.clone() });
                }
            }
            Command::Timeout(transfer) => {
                wanted.insert(*transfer);
            }
            Command::DrawnDown(drawn) | Command::Stuck(drawn, _) => {
                wanted.insert(drawn.transfer);
            }
            Command::Followed(page) => self.name_followed(page, rows, wanted),
            Command::Adopt { owners } => {
                rows.adopted.0.extend(self.due(owners));
                rows.adopted.1.extend(self.lots_due(owners));
                wanted.extend(rows.adopted.0.iter().chain(rows.adopted.1.iter().map(|(id, _)| id)));
            }
            Command::Accept(_)
            | Command::PutInstitution(_)
            | Command::Register(_)
            | Command::Heartbeat(_) => {}
        }
    }

    fn name_followed(&self, page: &Followed, rows: &mut Rows, wanted: &mut BTreeSet<TransferId>) {
        let stored = self.cursor(&page.feed);
        rows.cursors.insert(page.feed.clone(), Standing { stored, now: stored });
        let live = self.transfers.values().map(|(transfer, _)| transfer).filter(|t| !t.state.is_end());
        match &page.items {
            Items::Book(book, items) => {
                rows.periods = Periods { stored: self.period, now: self.period, opened_at: None };
                wanted.extend(items.iter().flat_map(|item| &item.lots).map(|lot| lot.transfer));
                let legs = items.iter().flat_map(|item| &item.legs).map(|leg| leg_id(*book, leg));
                rows.owed.0.extend(legs.filter(|leg| self.owed.contains(leg)));
            }
            Items::Kinship(items) => {
                for item in items.iter().filter(|item| item.ended.is_some()) {
                    self.stone(Ended::Bond(item.bond), rows);
                    wanted.extend(live.clone().filter(|t| t.pinned.bond == item.bond).map(|t| t.pinned.id));
                }
            }
            Items::Identity(items) => {
                for item in items.iter().filter(|item| item.deceased) {
                    self.stone(Ended::Person(item.person), rows);
                    let of = |t: &&Transfer| [t.pinned.sharer, t.pinned.beneficiary].contains(&item.person);
                    wanted.extend(live.clone().filter(of).map(|t| t.pinned.id));
                }
            }
        }
    }

    fn store(&mut self, rows: Rows, changed: &Changed, owner: Uuid) {
        for (alive, is_first) in rows.alive {
            if is_first {
                self.processes.retain(|id, (name, _)| *id == alive.process || *name != alive.instance);
            }
            self.processes.insert(alive.process, (alive.instance, alive.at));
        }
        self.tombstones.extend(rows.tombstones.into_iter().filter(|(_, stone)| stone.is_new));
        for transfer in &changed.transfers {
            self.transfers.insert(transfer.pinned.id, (transfer.clone(), owner));
        }
        for (lot, _) in &changed.lots {
            self.lots.insert((lot.transfer, lot.hop), (lot.clone(), owner));
        }
        self.claims.extend(rows.claims);
        for (key, slot) in rows.slots.into_iter().filter(|(_, slot)| slot.delta != 0 || slot.limit.is_some())
        {
            let row = self.slots.entry(key).or_insert((0, i32::MAX));
            *row = (row.0 + slot.delta, slot.limit.unwrap_or(row.1));
            assert!(row.0 >= 0 && row.0 <= row.1, "the table refuses {} slots of {}", row.0, row.1);
        }
        let turned = || rows.pairs.iter().filter(|(_, pair)| pair.now != pair.stored);
        for (key, pair) in turned() {
            if pair.stored.is_some() && self.pairs.get(key) == pair.stored.as_ref() {
                self.pairs.remove(key);
            }
        }
        for (key, pair) in turned() {
            if let Some(holder) = pair.now {
                let before = self.pairs.insert(*key, holder);
                assert_eq!(before, None, "the table refuses two open transfers of a pair");
            }
        }
        for (feed, standing) in rows.cursors {
            assert!(standing.stored.sequence <= standing.now.sequence, "the cursor of {feed} went back");
            self.cursors.insert(feed, standing.now);
        }
        self.period = rows.periods.now.or(self.period);
        self.clear(rows.obligations, &rows.positions);
        let aside: Vec<_> = rows.unreadable_items.iter().map(|(feed, item, _)| (feed, &item.error)).collect();
        assert!(aside.is_empty(), "items were set aside: {aside:?}");
    }

    fn clear(&mut self, obligations: Vec<Obligation>, added: &Positions) {
        for obligation in &obligations {
            assert!(self.owed.insert(obligation.leg), "the table refuses leg {} twice", obligation.leg);
        }
        self.obligations.extend(obligations);
        for (pair, more) in added.iter() {
            let known = self.positions.get(pair);
            let sum = |a: money::Yuan, b: money::Yuan| a.plus(b).expect("small sums");
            let (gross, refunded) =
                (sum(known.gross(), more.gross()), sum(known.refunded(), more.refunded()));
            let legs = known.leg_count() + more.leg_count();
            self.positions.put(pair, Position::stored(gross, refunded, legs).expect("sums of legs"));
        }
    }

    /// Transfers of these owners for which a book must be sent something.
    pub(crate) fn due(&self, owners: &[Uuid]) -> Vec<TransferId> {
        let rows = self.transfers.iter().filter(|(_, (row, owner))| row.is_due() && owners.contains(owner));
        rows.map(|(id, _)| *id).collect()
    }

    /// Lots of these owners of which the sharer's book must be told.
    pub(crate) fn lots_due(&self, owners: &[Uuid]) -> Vec<LotKey> {
        let rows = self.lots.iter().filter(|(_, (lot, owner))| lot.due && owners.contains(owner));
        rows.map(|(key, _)| *key).collect()
    }

    /// Owners of work that were not heard of since then.
    pub(crate) fn silent_owners(&self, since: OffsetDateTime) -> Vec<Uuid> {
        let transfers = self.transfers.values().filter(|(row, _)| row.is_due()).map(|(_, owner)| *owner);
        let lots = self.lots.values().filter(|(lot, _)| lot.due).map(|(_, owner)| *owner);
        let owners: BTreeSet<Uuid> = transfers.chain(lots).collect();
        let lives = |owner: &Uuid| self.processes.get(owner).is_some_and(|(_, at)| *at >= since);
        owners.into_iter().filter(|owner| !lives(owner)).collect()
    }

    /// Transfers whose claim has ended.
    pub(crate) fn overdue(&self, now: OffsetDateTime) -> Vec<TransferId> {
        let waits = |row: &&Transfer| row.state.awaits_timer() && row.pinned.claim_until <= now;
        self.transfers.values().map(|(row, _)| row).filter(waits).map(|row| row.pinned.id).collect()
    }
}

/// What names the obligation of a leg in the whole country.
fn leg_id(book: BookId, leg: &LegItem) -> LegId {
    let source = match leg.back {
        None => Source::Payment(leg.payment),
        Some(Back::Refund(refund)) => Source::Refund(refund),
        Some(Back::Reversal) => Source::Reversal(leg.payment),
    };
    LegId { book, source, number: leg.number }
}
