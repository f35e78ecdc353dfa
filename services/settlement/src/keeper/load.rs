//! Reads what a batch of commands needs, in few statements, while the head is locked.

use std::collections::BTreeSet;

use clearing::{LegId, Period};
use mistakes::{Mistake, made};
use sqlx::PgConnection;
use standards::{BondId, PersonId, RequestId, TransferId, civil};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::rows::{ClaimRow, Ended, Foreign, Held, HeldLot, Pair, Rows, Slot, Standing, Stored, Tombstone};
use crate::{
    command::{Command, Followed, Items},
    follow::leg_id,
    sql::{
        self,
        guard::{Asked, End, Guard},
    },
    transfer::{Lot, Transfer},
};

/// What the commands of a batch name.
#[derive(Default)]
struct Needs {
    transfers: BTreeSet<Uuid>,
    claims: Vec<Uuid>,
    sharers: Vec<Uuid>,
    /// Bonds and persons that may have ended.
    bonds: Vec<Uuid>,
    persons: Vec<Uuid>,
    /// Bonds and persons whose transfers must be closed.
    ended_bonds: Vec<Uuid>,
    ended_persons: Vec<Uuid>,
    institutions: Vec<String>,
    feeds: Vec<String>,
    silent: Vec<Uuid>,
    /// Legs that one pool owes another.
    legs: Vec<LegId>,
}

impl Needs {
    fn of(commands: &[Command]) -> Self {
        let mut needs = Self::default();
        for command in commands {
            needs.add(command);
        }
        needs
    }

    fn add(&mut self, command: &Command) {
        match command {
            Command::Accept(accept) => {
                self.sharers.push(accept.sharer.uuid());
                self.bonds.push(accept.bond.uuid());
                self.persons.extend([accept.sharer.uuid(), accept.beneficiary.uuid()]);
            }
            Command::Claim(ask) | Command::Decline(ask) => {
                self.transfers.insert(ask.transfer.uuid());
            }
            Command::StepDone(done) => {
                self.transfers.insert(done.transfer.uuid());
                if let saga::Step::Claim { request, .. } = done.step {
                    self.claims.push(request.uuid());
                }
            }
            Command::Timeout(transfer) => {
                self.transfers.insert(transfer.uuid());
            }
            Command::DrawnDown(drawn) | Command::Stuck(drawn, _) => {
                self.transfers.insert(drawn.transfer.uuid());
            }
            Command::Followed(followed) => self.follow(followed),
            Command::PutInstitution(put) => self.institutions.push(put.wanted.code.to_string()),
            Command::Adopt { owners } => self.silent.extend(owners),
            Command::Register(_) | Command::Heartbeat(_) => {}
        }
    }

    fn follow(&mut self, followed: &Followed) {
        self.feeds.push(followed.feed.clone());
        match &followed.items {
            Items::Book(book, items) => {
                let legs = items.iter().flat_map(|item| &item.legs);
                let owed = legs.filter(|leg| leg.debtor != leg.creditor);
                self.legs.extend(owed.map(|leg| leg_id(*book, leg)));
                let lots = items.iter().flat_map(|item| &item.lots);
                self.transfers.extend(lots.map(|lot| lot.transfer.uuid()));
            }
            Items::Kinship(items) => {
                for item in items.iter().filter(|item| item.ended.is_some()) {
                    self.bonds.push(item.bond.uuid());
                    self.ended_bonds.push(item.bond.uuid());
                }
            }
            Items::Identity(items) => {
                for item in items.iter().filter(|item| item.deceased) {
                    self.persons.push(item.person.uuid());
                    self.ended_persons.push(item.person.uuid());
                }
            }
        }
    }
}

/// Loads for a batch that is decided at about `now`.
pub(super) async fn load(
    conn: &mut PgConnection,
    commands: &[Command],
    now: OffsetDateTime,
) -> Result<Rows, sqlx::Error> {
    let mut needs = Needs::of(commands);
    let mut rows = Rows::default();
    if !needs.ended_bonds.is_empty() || !needs.ended_persons.is_empty() {
        let live = sql::transfer::live_ids(conn, &needs.ended_bonds, &needs.ended_persons).await?;
        needs.transfers.extend(live);
    }
    if !needs.silent.is_empty() {
        adopt(conn, &mut rows, &mut needs).await?;
    }
    transfers(conn, &mut rows, &needs).await?;
    if !needs.bonds.is_empty() || !needs.persons.is_empty() {
        guards(conn, &mut rows, &needs, now).await?;
    }
    if !needs.claims.is_empty() {
        for row in sql::claim::claims(conn, &needs.claims).await? {
            let claim =
                ClaimRow { transfer: TransferId::new(row.transfer_id), refusal: row.refusal, is_new: false };
            rows.claims.insert(RequestId::new(row.request), claim);
        }
    }
    if !needs.institutions.is_empty() {
        let known = sql::institution::institutions(conn, &needs.institutions).await?;
        rows.institutions = known.into_iter().map(|known| (known.code, known)).collect();
    }
    for feed in needs.feeds {
        let stored = chassis::feed::cursor(conn, &feed).await?;
        rows.cursors.insert(feed, Standing { stored, now: stored });
    }
    if !needs.legs.is_empty() {
        rows.periods.stored = open_period(conn).await?;
        rows.periods.now = rows.periods.stored;
        rows.owed.0.extend(sql::clearing::owed(conn, &needs.legs).await?);
    }
    Ok(rows)
}

async fn open_period(conn: &mut PgConnection) -> Result<Option<Period>, sqlx::Error> {
    let open = sql::clearing::open_period(conn).await?;
    open.map(|text| text.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))).transpose()
}

async fn adopt(conn: &mut PgConnection, rows: &mut Rows, needs: &mut Needs) -> Result<(), sqlx::Error> {
    let most = i64::try_from(crate::ownership::CHUNK).unwrap_or(i64::MAX);
    let due = sql::transfer::due_ids(conn, &needs.silent, Uuid::nil(), most).await?;
    let reports = sql::lot::due_keys(conn, &needs.silent, Uuid::nil(), most).await?;
    rows.adopted.0 = due.iter().copied().map(TransferId::new).collect();
    for key in reports {
        needs.transfers.insert(key.transfer_id);
        let hop = u16::try_from(key.hop).unwrap_or_default();
        rows.adopted.1.push((TransferId::new(key.transfer_id), hop));
    }
    needs.transfers.extend(due);
    Ok(())
}

async fn transfers(conn: &mut PgConnection, rows: &mut Rows, needs: &Needs) -> Result<(), sqlx::Error> {
    if needs.transfers.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = needs.transfers.iter().copied().collect();
    let (transfers, lots) = sql::transfer::transfers(conn, &ids).await?;
    for row in transfers {
        let id = row.id;
        if row.is_foreign() {
            rows.foreign.push(Foreign {
                transfer: TransferId::new(id),
                bond: BondId::new(row.bond),
                sides: [PersonId::new(row.sharer), PersonId::new(row.beneficiary)],
            });
            continue;
        }
        match Transfer::try_from(row) {
            Ok(transfer) => {
                let stored = Stored::Version(transfer.version);
                let held = Held { transfer, stored, changed: false };
                rows.transfers.insert(TransferId::new(id), held);
            }
            Err(_) if made(Mistake::RecoveryStops) => return Ok(()),
            Err(error) => {
                tracing::error!(transfer = %id, %error, "a stored transfer cannot be read and is set aside");
                rows.unreadable_transfers.push((id, error.to_string()));
            }
        }
    }
    for row in lots {
        if !rows.transfers.contains_key(&TransferId::new(row.transfer_id)) {
            continue;
        }
        let lot = Lot::try_from(row).map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        rows.lots.insert((lot.transfer, lot.hop), HeldLot { lot, changed: false });
    }
    Ok(())
}

async fn guards(
    conn: &mut PgConnection,
    rows: &mut Rows,
    needs: &Needs,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    // Midnight may pass between the batch's time and this one.
    let since = civil::day(now).saturating_sub(Duration::DAY);
    let Needs { sharers, bonds, persons, .. } = needs;
    for guard in sql::guard::guards(conn, Asked { sharers, since, bonds, persons }).await? {
        match guard {
            Guard::Slot { sharer, civil_day, n } => {
                let slot = Slot { n, exists: true, delta: 0, limit: None };
                rows.slots.insert((PersonId::new(sharer), civil_day), slot);
            }
            Guard::Pair { sharer, beneficiary, holder } => {
                let holder = Some(TransferId::new(holder));
                let key = (PersonId::new(sharer), PersonId::new(beneficiary));
                rows.pairs.insert(key, Pair { stored: holder, now: holder });
            }
            Guard::Bond(id, end) => {
                rows.tombstones.insert(Ended::Bond(BondId::new(id)), tombstone(end));
            }
            Guard::Person(id, end) => {
                rows.tombstones.insert(Ended::Person(PersonId::new(id)), tombstone(end));
            }
        }
    }
    Ok(())
}

fn tombstone(end: End) -> Tombstone {
    Tombstone { position: end.position, at: end.at, cause: end.cause, is_new: false }
}
