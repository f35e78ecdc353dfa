//! What people do with transfers: create, quote, claim, decline, watch. Facts are fetched, the writer decides, and
//! the answer waits a little for the books.
//!
//! Whether a caller may is checked here by its scope; what the rules say is decided under the lock.

mod agreed;
mod quote;
mod wait;

use std::sync::Arc;

use border::keyring::Keyring;
use chassis::{
    access::Caller,
    batch::{Answer, Lane, Writer},
    clock::Clock,
    db::Database,
    failure,
    feed::Freshness,
    status::Refusal,
    telemetry,
};
use money::Yuan;
use policy::{Programme, Rules};
use standards::{BondId, BookId, PersonId, TransferId, civil};
use time::Date;
use tokio::time::Instant;

pub use self::quote::{Quote, Quoted};
use crate::{
    claim,
    command::{Accept, Ask, Command, Facts, Outcome},
    driver::Driver,
    error,
    facts::Desk,
    hub::Hub,
    keeper::Keeper,
    peer::registry::Question,
    read, sql,
    transfer::{Shown, Source},
};

/// What the verbs work with. Cheap to clone.
#[derive(Clone)]
pub struct Transfers {
    pub(crate) writer: Writer<Keeper>,
    pub(crate) database: Database,
    pub(crate) desk: Desk,
    pub(crate) hub: Arc<Hub>,
    pub(crate) driver: Driver,
    pub(crate) clock: Clock,
    pub(crate) rules: Arc<Rules>,
    /// How far the registry's stream was read.
    pub(crate) bonds: Freshness,
    /// The keys of identity.
    pub(crate) keyring: Keyring,
}

/// A transfer that somebody wants to create.
#[derive(Clone, Debug)]
pub struct NewTransfer {
    pub transfer: TransferId,
    pub programme: Programme,
    pub bond: BondId,
    pub amount: Yuan,
    pub source: Source,
    pub beneficiary: PersonId,
    pub assertion: String,
}

/// What the beneficiary wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Claim,
    Decline,
}

impl Transfers {
    /// 转账. Answers when the books have spoken, or at `until` with what is known then.
    ///
    /// # Errors
    /// The refusal, in words; nothing is known to have happened if its code says so.
    pub async fn create(&self, caller: &Caller, new: NewTransfer, until: Instant) -> Result<Shown, Refusal> {
        let sharer = match caller.person() {
            Some(person) => PersonId::new(person),
            None => self.sides(new.bond).await?.0,
        };
        let question =
            Question { bond: new.bond, sharer, beneficiary: new.beneficiary, programme: new.programme };
        // Without facts a transfer that is known already is still answered.
        let trace = telemetry::current_traceparent();
        let asked = self.desk.ask(question, trace.clone()).await;
        let admitted = asked.and_then(|facts| {
            self.driver.admits(books(&facts, civil::day(self.clock.now())))?;
            Ok(facts)
        });
        let (facts, away) = match admitted {
            Ok(facts) => (Some(facts), None),
            Err(refusal) => (None, Some(refusal)),
        };
        let place = facts.as_ref().and_then(|facts| facts.beneficiary.place_of_use);
        self.sharer_agreed(caller, &new, sharer, place).await?;
        if let Some(facts) = &facts {
            self.may_share(caller, new.bond, facts).await?;
        }
        let mut watch = self.hub.watch(new.transfer);
        let accept = Accept {
            transfer: new.transfer,
            programme: new.programme,
            bond: new.bond,
            amount: new.amount,
            source: new.source,
            beneficiary: new.beneficiary,
            sharer,
            online: caller.person().is_some(),
            assertion: new.assertion,
            trace,
            facts,
        };
        let answer = self.writer.submit(Lane::Interactive, Command::Accept(Box::new(accept))).await;
        let answer = answer.map_err(failure::submit)?;
        let is_new = matches!(answer, Answer::Fresh { .. });
        match answer.into_outcome().map_err(failure::id)? {
            Outcome::Accepted { sharer, .. } => {
                caller.acts_for(sharer.uuid())?;
                let shown = self.settled(new.transfer, &mut watch, is_new, until).await?;
                caller.in_one_of_pools([shown.transfer.pinned.sharer_pool])?;
                match shown.transfer.state.refusal() {
                    Some(reason) if shown.transfer.state.is_end() => {
                        Err(error::of_earmark(reason.as_str(), shown.transfer.pinned.amount))
                    }
                    Some(_) | None => Ok(shown),
                }
            }
            Outcome::Refused { sharer, refusal } => {
                caller.acts_for(sharer.uuid())?;
                Err(refusal)
            }
            Outcome::Undecided { refusal } => Err(refusal),
            Outcome::NeedsFacts => Err(away.unwrap_or_else(Refusal::internal)),
            other => Err(unexpected(&other)),
        }
    }

    /// A citizen must be the bond's sharer, an operator cover a place where the sharer is insured.
    async fn may_share(&self, caller: &Caller, bond: BondId, facts: &Facts) -> Result<(), Refusal> {
        if facts.bond.as_ref().is_some_and(|bond| !bond.active)
            && let Some(sides) = self.known_sides(bond).await?
        {
            caller.acts_for(sides.0.uuid())?;
        }
        let pools = facts.sharer.enrolments.iter().flatten().map(|enrolment| enrolment.pool);
        caller.in_one_of_pools(pools)
    }

    /// 接收 or 拒收. Answers when the book has spoken, or at `until` with what is known then.
    ///
    /// # Errors
    /// The refusal, in words.
    pub async fn wish(
        &self,
        caller: &Caller,
        wish: Wish,
        ask: Ask,
        until: Instant,
    ) -> Result<Shown, Refusal> {
        let shown = read::transfer(&self.database, ask.transfer).await?;
        self.beneficiary_agreed(caller, wish, &ask, shown.as_ref()).await?;
        if let Some(shown) = shown {
            let pinned = &shown.transfer.pinned;
            caller.acts_for(pinned.beneficiary.uuid())?;
            caller.in_one_of_pools([pinned.place_of_use])?;
        }
        let mut watch = self.hub.watch(ask.transfer);
        let (request, transfer) = (ask.request, ask.transfer);
        let command = match wish {
            Wish::Claim => Command::Claim(ask),
            Wish::Decline => Command::Decline(ask),
        };
        let answer = self.writer.submit(Lane::Interactive, command).await.map_err(failure::submit)?;
        match answer.into_outcome().map_err(failure::id)? {
            Outcome::Asked { .. } => {}
            Outcome::NotAsked { refusal } | Outcome::Undecided { refusal } => return Err(refusal),
            other => return Err(unexpected(&other)),
        }
        if wish == Wish::Decline {
            return self.settled(transfer, &mut watch, false, until).await;
        }
        loop {
            // The claim first: once the transfer speaks, its refusal is stored as well.
            let refusal = read::claim_refusal(&self.database, request).await?;
            let shown =
                read::transfer(&self.database, transfer).await?.ok_or_else(error::transfer_unknown)?;
            match claim::verdict(&shown.transfer, refusal.as_deref()) {
                Some(Ok(())) => return Ok(shown),
                Some(Err(refusal)) => return Err(refusal),
                None if !wait::change(&mut watch, until).await => return Ok(shown),
                None => {}
            }
        }
    }

    /// A transfer that this caller may see.
    ///
    /// # Errors
    /// TRANSFER_UNKNOWN, OUT_OF_SCOPE.
    pub async fn show(&self, caller: &Caller, id: TransferId) -> Result<Shown, Refusal> {
        let shown = read::transfer(&self.database, id).await?.ok_or_else(error::transfer_unknown)?;
        may_see(caller, &shown)?;
        Ok(shown)
    }

    /// Who stands on which side of a bond, once the stream has told.
    async fn known_sides(&self, bond: BondId) -> Result<Option<(PersonId, PersonId)>, Refusal> {
        let read =
            self.database.read(move |mut conn| async move { sql::bond::sides(&mut conn, bond.uuid()).await });
        let sides = read.await.map_err(failure::database)?;
        Ok(sides.map(|sides| (PersonId::new(sides.sharer), PersonId::new(sides.beneficiary))))
    }
}

/// The books that a transfer with these facts needs, as far as they are known.
fn books(facts: &Facts, day: Date) -> Vec<BookId> {
    let from = facts.sharer.account_enrolment(day).map(|enrolment| enrolment.pool);
    let pools = from.into_iter().chain(facts.beneficiary.place_of_use);
    pools.map(|pool| BookId::first_of(pool.province())).collect()
}

/// A party, or an operator or agency of either side.
///
/// # Errors
/// OUT_OF_SCOPE.
pub fn may_see(caller: &Caller, shown: &Shown) -> Result<(), Refusal> {
    let pinned = &shown.transfer.pinned;
    caller.acts_for_one_of(&[pinned.sharer.uuid(), pinned.beneficiary.uuid()])?;
    caller.in_one_of_pools([pinned.sharer_pool, pinned.place_of_use])
}

fn unexpected(outcome: &Outcome) -> Refusal {
    tracing::error!(?outcome, "the writer answered another question");
    Refusal::internal()
}
