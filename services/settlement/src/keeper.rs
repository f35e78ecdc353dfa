//! The writer's keeper: loads the rows that a batch needs, decides each command, stores what changed, and after
//! the commit tells the driver and whoever watches.
//!
//! Which verb decides what stands in its own file; nothing here decides.

mod load;
mod rows;
mod store;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use chassis::{
    batch::{self, Answer, Key, Moment, Verdict},
    clock::Clock,
};
use policy::Rules;
use sqlx::PgConnection;
use standards::BookId;
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::rows::{
    Changed, ClaimRow, Ended, Foreign, Held, HeldLot, Pair, Periods, Rows, Slot, Standing, Stored, Tombstone,
};
use crate::{
    accept, claim,
    command::{Command, Outcome},
    driver::Driver,
    follow,
    hub::Hub,
    institution, ownership, step,
};

/// What the keeper decides with and tells.
pub struct Keeper {
    /// This process, the owner of whatever it changes.
    pub process: Uuid,
    pub rules: Arc<Rules>,
    /// The instant through which they were recorded: with it a stored decision is judged again alike.
    pub known: OffsetDateTime,
    /// The books that can be reached.
    pub books: BTreeSet<BookId>,
    pub clock: Clock,
    pub hub: Arc<Hub>,
    pub driver: Driver,
    /// What the batch under way changed; told once its commit is certain.
    pub changed: Mutex<Changed>,
}

impl Keeper {
    /// A keeper of this process.
    pub fn new(process: Uuid, rules: Arc<Rules>, clock: Clock, hub: Arc<Hub>, driver: Driver) -> Self {
        let books = driver.books();
        let known = rules.recorded_through();
        Self { process, rules, known, books, clock, hub, driver, changed: Mutex::default() }
    }
}

impl batch::Keeper for Keeper {
    type Command = Command;
    type Outcome = Outcome;
    type State = Rows;

    fn key(command: &Command) -> Option<Key> {
        command.key()
    }

    fn weight(command: &Command) -> usize {
        command.weight()
    }

    fn label(command: &Command) -> &'static str {
        command.label()
    }

    async fn load(&self, conn: &mut PgConnection, commands: &[Command]) -> Result<Rows, sqlx::Error> {
        // Whatever an earlier try of the batch would have told did not happen.
        *self.changed.lock().unwrap_or_else(PoisonError::into_inner) = Changed::default();
        load::load(conn, commands, self.clock.now()).await
    }

    fn fold(&self, rows: &mut Rows, command: &Command, moment: Moment) -> Verdict<Outcome> {
        match command {
            Command::Accept(accept) => accept::decide(self, rows, accept, moment),
            Command::Claim(ask) => claim::claim(rows, ask, moment),
            Command::Decline(ask) => claim::decline(rows, ask, moment),
            Command::StepDone(done) => step::done(rows, done, moment),
            Command::Timeout(transfer) => step::timeout(rows, *transfer, moment),
            Command::DrawnDown(drawn) => step::drawn_down(rows, drawn),
            Command::Stuck(drawn, error) => step::stuck(rows, drawn, error, moment),
            Command::Followed(followed) => follow::take(rows, followed, moment),
            Command::PutInstitution(put) => institution::put(rows, put),
            Command::Register(alive) => ownership::register(rows, alive),
            Command::Heartbeat(alive) => ownership::heartbeat(rows, alive),
            Command::Adopt { .. } => ownership::adopt(rows),
        }
    }

    /// What settlement derives (positions, draw-downs) can be recomputed from the books' own chains.
    fn evidence(&self, _: &Rows, _: i64) -> Vec<u8> {
        Vec::new()
    }

    async fn store(&self, conn: &mut PgConnection, mut rows: Rows) -> Result<(), sqlx::Error> {
        let changed = rows.take_changed();
        store::store(conn, rows, &changed, self.process).await?;
        *self.changed.lock().unwrap_or_else(PoisonError::into_inner) = changed;
        Ok(())
    }

    fn committed(&self, _: &[(Command, Answer<Outcome>)]) {
        let changed = std::mem::take(&mut *self.changed.lock().unwrap_or_else(PoisonError::into_inner));
        changed.transfers.iter().for_each(|transfer| self.driver.take_step(transfer));
        changed.lots.iter().for_each(|(lot, pinned)| self.driver.take_report(lot, pinned));
        changed.shown.into_iter().for_each(|shown| self.hub.tell(shown));
    }
}
