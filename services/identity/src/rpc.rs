//! `IdentityService`: caller, parse, decide or read, render. The scope of a caller is checked here.

mod verification;

use std::pin::Pin;

use border::keyring::Keyring;
use chassis::{
    access,
    batch::{Lane, Writer},
    clock::Clock,
    db::Database,
    feed::Feed,
    serve,
};
use futures::{Stream, StreamExt as _};
use proto::identity::{
    AssignPlaceOfUseRequest, AssignPlaceOfUseResponse, BatchGetStandingRequest, BatchGetStandingResponse,
    GetPersonRequest, GetPersonResponse, RecordEnrolmentRequest, RecordEnrolmentResponse,
    RegisterPersonRequest, RegisterPersonResponse, StreamEventsRequest, StreamEventsResponse,
    identity_service_server::{IdentityService, IdentityServiceServer},
};
use standards::{BookId, PersonId, civil};
use tonic::{Request, Response, Status};
use uuid::{NoContext, Timestamp, Uuid};

use crate::{
    command::{Asker, Command, Outcome},
    convert,
    error::{self, Error},
    keeper::{LABELS, Register},
    keys::Keys,
    read, register,
    verification::signing::Signing,
};

pub(crate) use self::verification::Verifications;

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Identity {
    /// The one writer.
    pub(crate) writer: Writer<Register>,
    /// For reads.
    pub(crate) database: Database,
    /// Serves the events.
    pub(crate) feed: Feed,
    /// Seals and opens.
    pub(crate) keys: Keys,
    /// Civil time.
    pub(crate) clock: Clock,
    /// The keys with which reads are agreed to.
    pub(crate) signing: Signing,
}

/// The service, ready to be added to an API.
pub(crate) fn server(identity: Identity) -> IdentityServiceServer<Identity> {
    IdentityServiceServer::new(identity).max_decoding_message_size(serve::MAX_MESSAGE)
}

impl Identity {
    async fn decide(&self, command: Command) -> Result<Outcome, Error> {
        let answer = self.writer.submit(Lane::Interactive, command).await?;
        match answer.into_outcome()? {
            Outcome::Refused(refused) => Err(Error::Refused(refused)),
            done => Ok(done),
        }
    }

    /// A new person's id. Version 7 in wall time: civil time may be shifted.
    fn fresh_person(&self) -> PersonId {
        let wall = self.clock.wall();
        let seconds = u64::try_from(wall.unix_timestamp()).unwrap_or_default();
        PersonId::new(Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, wall.nanosecond())))
    }
}

#[tonic::async_trait]
impl IdentityService for Identity {
    async fn register_person(
        &self,
        request: Request<RegisterPersonRequest>,
    ) -> Result<Response<RegisterPersonResponse>, Status> {
        let asker = convert::asker(&access::caller(&request)?)?;
        let form = convert::registration(request.into_inner(), civil::day(self.clock.now()))?;
        let command = register::seal(&form, asker.clone(), &self.keys, self.fresh_person());
        let Outcome::Registered { person, existed, .. } = self.decide(Command::Register(command)).await?
        else {
            return Err(Error::Broken("a registration was answered with another outcome").into());
        };
        // A repeat under another citizen's credential learns nothing.
        if matches!(asker, Asker::Citizen(own) if own != person) {
            return Err(error::not_yours().into());
        }
        let portrait = read::person(&self.database, &self.keys, person).await?;
        let portrait = portrait.ok_or(Error::Broken("a registered person is not stored"))?;
        Ok(Response::new(convert::registered(portrait, existed)))
    }

    async fn get_person(
        &self,
        request: Request<GetPersonRequest>,
    ) -> Result<Response<GetPersonResponse>, Status> {
        let caller = access::caller(&request)?;
        let person = convert::person_id(request.get_ref())?;
        caller.acts_for(person.uuid())?;
        let keys = Keyring::fixed(self.signing.keys().ring().clone());
        keys.require_read(&caller, request.metadata(), self.clock.now()).await?;
        let portrait = read::person(&self.database, &self.keys, person).await?;
        let portrait = portrait.ok_or_else(error::person_unknown)?;
        // Who is enrolled nowhere yet may be seen by any counter.
        if !portrait.pools.is_empty() {
            caller.in_one_of_pools(&portrait.pools)?;
        }
        Ok(Response::new(GetPersonResponse { person: Some(convert::person(portrait)) }))
    }

    async fn record_enrolment(
        &self,
        request: Request<RecordEnrolmentRequest>,
    ) -> Result<Response<RecordEnrolmentResponse>, Status> {
        let caller = access::caller(&request)?;
        let command = convert::enrolling(request.get_ref(), self.clock.now())?;
        caller.in_pool(command.enrolment.pool)?;
        let Outcome::Enrolled { enrolment, .. } = self.decide(Command::Enrol(command)).await? else {
            return Err(Error::Broken("an enrolment was answered with another outcome").into());
        };
        let enrolment = read::enrolment(&self.database, enrolment).await?;
        let enrolment = enrolment.ok_or(Error::Broken("a recorded enrolment is not stored"))?;
        Ok(Response::new(convert::enrolled(&enrolment)))
    }

    async fn assign_place_of_use(
        &self,
        request: Request<AssignPlaceOfUseRequest>,
    ) -> Result<Response<AssignPlaceOfUseResponse>, Status> {
        let caller = access::caller(&request)?;
        let command = convert::assignment(request.get_ref())?;
        caller.keeps_book(BookId::first_of(command.place.province()))?;
        let Outcome::Assigned { place, .. } = self.decide(Command::Assign(command)).await? else {
            return Err(Error::Broken("a place of use was answered with another outcome").into());
        };
        Ok(Response::new(convert::assigned(place)))
    }

    async fn batch_get_standing(
        &self,
        request: Request<BatchGetStandingRequest>,
    ) -> Result<Response<BatchGetStandingResponse>, Status> {
        let question = convert::question(request.get_ref(), civil::day(self.clock.now()))?;
        let found = read::standings(&self.database, &question.persons, question.day).await?;
        Ok(Response::new(convert::standings(&question.persons, &found)))
    }

    type StreamEventsStream = Pin<Box<dyn Stream<Item = Result<StreamEventsResponse, Status>> + Send>>;

    async fn stream_events(
        &self,
        request: Request<StreamEventsRequest>,
    ) -> Result<Response<Self::StreamEventsStream>, Status> {
        let cursor = convert::cursor(request.get_ref())?;
        let pages = self.feed.clone().stream(cursor, LABELS);
        let batches = pages.map(|page| Ok(convert::page(&page.map_err(Error::Feed)?)?));
        Ok(Response::new(Box::pin(serve::until_draining(&request, batches))))
    }
}
