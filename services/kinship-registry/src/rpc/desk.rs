//! What the handlers share: whom the caller may act for, what identity says, and the way of a command to the writer.

use std::sync::Arc;

use bond::{MaskedPerson, Side};
use border::keyring::Keyring;
use chassis::{
    access::{Caller, Role},
    batch::{Answer, Lane, Writer},
    clock::Clock,
    db::Database,
    failure,
    feed::Feed,
    serve::Deadline,
    status::Refusal,
};
use policy::Rules;
use proto::kinship::Bond as WireBond;
use standards::{BondId, PersonId, civil};
use time::Date;
use tonic::Status;

use crate::{
    answer::Reply,
    certify::Notary,
    convert::{self, View},
    error,
    keeper::{Command, Keeper},
    load::{self, Wanted},
    outcome::Outcome,
    peer::Identity,
    persons::{Pair, Person},
    registered::Registered,
    registry::Registry,
    sql,
};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Kinship {
    /// The one writer.
    pub(crate) writer: Writer<Keeper>,
    /// For reads.
    pub(crate) database: Database,
    /// Serves the events.
    pub(crate) feed: Feed,
    /// Knows how persons stand.
    pub(crate) identity: Identity,
    /// What people agreed to is checked with identity's keys.
    pub(crate) keyring: Keyring,
    /// For questions that nothing is written for.
    pub(crate) rules: Arc<Rules>,
    /// Signs certificates, where there is a key.
    pub(crate) notary: Option<Arc<Notary>>,
    /// Civil time.
    pub(crate) clock: Clock,
}

impl Kinship {
    /// How two persons stand on a day.
    pub(super) async fn pair(
        &self,
        (sharer, beneficiary): (PersonId, PersonId),
        day: Date,
        deadline: Deadline,
    ) -> Result<Pair, Refusal> {
        let asked = self.identity.standings(&[sharer, beneficiary], day, deadline.remaining()).await;
        let mut known = asked.map_err(|_| error::identity_away())?.into_iter();
        match (known.next(), known.next()) {
            (Some(sharer), Some(beneficiary)) => Ok(Pair::on(day, sharer, beneficiary)),
            _ => Err(error::identity_away()),
        }
    }

    /// How two persons stand today.
    pub(super) async fn pair_today(
        &self,
        persons: (PersonId, PersonId),
        deadline: Deadline,
    ) -> Result<Pair, Refusal> {
        self.pair(persons, civil::day(self.clock.now()), deadline).await
    }

    /// A bond as it is now.
    pub(super) async fn find(&self, id: BondId) -> Result<Option<Registered>, Refusal> {
        let since = self.clock.now();
        let read = self.database.read(async move |mut conn| {
            let ids = [id.uuid()];
            sql::load(&mut conn, &ids, &[], since).await
        });
        Ok(read.await.map_err(failure::database)?.pop())
    }

    /// What a question needs, outside the writer.
    pub(super) async fn read(&self, wanted: Wanted) -> Result<Registry, Refusal> {
        let now = self.clock.now();
        let read = self.database.read(async move |mut conn| load::load(&mut conn, &wanted, now).await);
        read.await.map_err(failure::database)
    }

    /// Has a command decided; its outcome, and whether it was decided before.
    pub(super) async fn submit(&self, command: Command) -> Result<(Outcome, bool), Refusal> {
        let answer = self.writer.submit(Lane::Interactive, command).await.map_err(failure::submit)?;
        let repeated = matches!(answer, Answer::Repeated { .. });
        Ok((answer.into_outcome().map_err(failure::id)?, repeated))
    }

    /// Has a command about one bond decided; the bond as it is now, or the refusal as it may be told to the caller.
    pub(super) async fn decide(
        &self,
        command: Command,
        caller: &Caller,
        to_invitee: bool,
    ) -> Result<WireBond, Status> {
        match self.submit(command).await? {
            (Outcome::Done(then), true) => {
                let now = self.find(then.bond.id).await?;
                let now = now.ok_or_else(|| failure::broken("a bond that was made is not stored"))?;
                Ok(convert::told(convert::bond(&now, View::Basic), caller.person()))
            }
            (Outcome::Done(now), false) => {
                Ok(convert::told(convert::bond(&now, View::Basic), caller.person()))
            }
            (other, _) => Err(refused(other, to_invitee).into()),
        }
    }

    /// The caller must be the invitee, the guardian who is named, or serve where the invitee is insured. `None` for an
    /// unknown bond, about which the writer decides.
    pub(super) async fn answering(
        &self,
        caller: &Caller,
        reply: &Reply,
        deadline: Deadline,
    ) -> Result<Option<Registered>, Refusal> {
        let Some(found) = self.find(reply.bond_id).await? else { return Ok(None) };
        let invitee = found.bond.beneficiary;
        let guardian = reply.guardian.unwrap_or(invitee);
        caller.acts_for_one_of(&[invitee.uuid(), guardian.uuid()])?;
        self.serves(caller, &[invitee], deadline).await?;
        Ok(Some(found))
    }

    /// The caller must be the person on a side of the bond, or serve where that person is insured. `None` for an unknown
    /// bond, about which the writer decides.
    pub(super) async fn acting(
        &self,
        caller: &Caller,
        bond_id: BondId,
        sides: &[Side],
        deadline: Deadline,
    ) -> Result<Option<Registered>, Refusal> {
        let Some(found) = self.find(bond_id).await? else { return Ok(None) };
        let persons: Vec<PersonId> = sides.iter().map(|side| found.bond.person_on(*side)).collect();
        let uuids: Vec<_> = persons.iter().map(|person| person.uuid()).collect();
        caller.acts_for_one_of(&uuids)?;
        self.serves(caller, &persons, deadline).await?;
        Ok(Some(found))
    }

    /// How the two of a bond are called, masked.
    pub(super) async fn masks(
        &self,
        registered: &Registered,
        deadline: Deadline,
    ) -> Result<[MaskedPerson; 2], Refusal> {
        let (sharer, beneficiary) = tokio::join!(
            self.identity.named(registered.bond.sharer, deadline.remaining()),
            self.identity.named(registered.bond.beneficiary, deadline.remaining()),
        );
        match (sharer, beneficiary) {
            (Ok(Some(sharer)), Ok(Some(beneficiary))) => Ok([sharer.masked, beneficiary.masked]),
            _ => Err(error::identity_away()),
        }
    }

    /// A counter or an agency must serve one of these persons.
    pub(super) async fn serves(
        &self,
        caller: &Caller,
        persons: &[PersonId],
        deadline: Deadline,
    ) -> Result<(), Refusal> {
        if !matches!(caller.role, Role::Operator | Role::Agency) {
            return Ok(());
        }
        let day = civil::day(self.clock.now());
        let known = self.identity.standings(persons, day, deadline.remaining()).await;
        let known = known.map_err(|_| error::identity_away())?;
        caller.in_one_of_pools(known.iter().flat_map(Person::pools))
    }
}

/// The refusal in an outcome, as it may be told.
pub(super) fn refused(outcome: Outcome, to_invitee: bool) -> Refusal {
    match outcome {
        Outcome::Refused(refused) => {
            let veiled = refused.to_others.filter(|_| !to_invitee);
            veiled.unwrap_or(refused.told)
        }
        Outcome::Undecided => error::identity_away(),
        _ => failure::broken("a command was answered with another one's outcome"),
    }
}
