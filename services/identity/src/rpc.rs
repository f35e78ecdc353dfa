//! `IdentityService`: caller, parse, decide or read, render. The scope of a caller is checked here and in the folds.

mod agreed;
mod changes;
mod lists;
mod persons;
mod verification;

use std::pin::Pin;

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
    self as wire,
    identity_service_server::{IdentityService, IdentityServiceServer},
};
use standards::{BookId, PersonId, civil};
use tonic::{Request, Response, Status};
use uuid::{NoContext, Timestamp, Uuid};

use crate::{
    command::{Change, Command, Outcome},
    convert,
    error::Error,
    keeper::{LABELS, Register},
    keys::Keys,
    person::Standing,
    read::{self, Portrait},
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
    /// How many questions by name and number one may ask on a civil day.
    pub(crate) inquiries_a_day: u32,
    /// The keys with which people have agreed.
    pub(crate) signing: Signing,
}

/// The service, ready to be added to an API.
pub(crate) fn server(identity: Identity) -> IdentityServiceServer<Identity> {
    IdentityServiceServer::new(identity).max_decoding_message_size(serve::MAX_MESSAGE)
}

/// A reply, or why there is none.
type Reply<T> = Result<Response<T>, Status>;

impl Identity {
    async fn decide(&self, command: Command) -> Result<Outcome, Error> {
        let answer = self.writer.submit(Lane::Interactive, command).await?;
        match answer.into_outcome()? {
            Outcome::Refused(refused) => Err(Error::Refused(refused)),
            done => Ok(done),
        }
    }

    /// Decides a change; the person it was about.
    async fn change(&self, change: Change) -> Result<PersonId, Error> {
        match self.decide(Command::Change(change)).await? {
            Outcome::Changed { person, .. } => Ok(person),
            _ => Err(Error::Broken("a change was answered with another outcome")),
        }
    }

    /// A person of whom something was just stored.
    async fn portrait(&self, person: PersonId) -> Result<Portrait, Error> {
        let portrait = read::person(&self.database, &self.keys, person).await?;
        portrait.ok_or(Error::Broken("a registered person is not stored"))
    }

    /// Everything about a person of whom something was just stored.
    async fn whole(&self, person: PersonId) -> Result<Standing, Error> {
        let standing = read::whole(&self.database, person).await?;
        standing.ok_or(Error::Broken("a registered person is not stored"))
    }

    /// A new id. Version 7 in wall time: civil time may be shifted.
    fn fresh(&self) -> Uuid {
        let wall = self.clock.wall();
        let seconds = u64::try_from(wall.unix_timestamp()).unwrap_or_default();
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, wall.nanosecond()))
    }
}

#[tonic::async_trait]
impl IdentityService for Identity {
    async fn register_person(
        &self,
        request: Request<wire::RegisterPersonRequest>,
    ) -> Reply<wire::RegisterPersonResponse> {
        persons::register_person(self, request).await
    }

    async fn get_person(&self, request: Request<wire::GetPersonRequest>) -> Reply<wire::GetPersonResponse> {
        persons::get_person(self, request).await
    }

    async fn record_enrolment(
        &self,
        request: Request<wire::RecordEnrolmentRequest>,
    ) -> Reply<wire::RecordEnrolmentResponse> {
        changes::record_enrolment(self, request).await
    }

    async fn activate_medical_code(
        &self,
        request: Request<wire::ActivateMedicalCodeRequest>,
    ) -> Reply<wire::ActivateMedicalCodeResponse> {
        changes::activate_medical_code(self, request).await
    }

    async fn resolve_person(
        &self,
        request: Request<wire::ResolvePersonRequest>,
    ) -> Reply<wire::ResolvePersonResponse> {
        persons::resolve_person(self, request).await
    }

    async fn find_person(
        &self,
        request: Request<wire::FindPersonRequest>,
    ) -> Reply<wire::FindPersonResponse> {
        persons::find_person(self, request).await
    }

    async fn list_enrolments(
        &self,
        request: Request<wire::ListEnrolmentsRequest>,
    ) -> Reply<wire::ListEnrolmentsResponse> {
        lists::list_enrolments(self, request).await
    }

    async fn record_benefit(
        &self,
        request: Request<wire::RecordBenefitRequest>,
    ) -> Reply<wire::RecordBenefitResponse> {
        changes::record_benefit(self, request).await
    }

    async fn report_death(
        &self,
        request: Request<wire::ReportDeathRequest>,
    ) -> Reply<wire::ReportDeathResponse> {
        changes::report_death(self, request).await
    }

    async fn update_contact(
        &self,
        request: Request<wire::UpdateContactRequest>,
    ) -> Reply<wire::UpdateContactResponse> {
        changes::update_contact(self, request).await
    }

    async fn confirm_contact(
        &self,
        request: Request<wire::ConfirmContactRequest>,
    ) -> Reply<wire::ConfirmContactResponse> {
        changes::confirm_contact(self, request).await
    }

    async fn impose_sanction(
        &self,
        request: Request<wire::ImposeSanctionRequest>,
    ) -> Reply<wire::ImposeSanctionResponse> {
        changes::impose_sanction(self, request).await
    }

    async fn lift_sanction(
        &self,
        request: Request<wire::LiftSanctionRequest>,
    ) -> Reply<wire::LiftSanctionResponse> {
        changes::lift_sanction(self, request).await
    }

    async fn file_remote_care(
        &self,
        request: Request<wire::FileRemoteCareRequest>,
    ) -> Reply<wire::FileRemoteCareResponse> {
        changes::file_remote_care(self, request).await
    }

    async fn withdraw_remote_care(
        &self,
        request: Request<wire::WithdrawRemoteCareRequest>,
    ) -> Reply<wire::WithdrawRemoteCareResponse> {
        changes::withdraw_remote_care(self, request).await
    }

    async fn list_remote_care(
        &self,
        request: Request<wire::ListRemoteCareRequest>,
    ) -> Reply<wire::ListRemoteCareResponse> {
        lists::list_remote_care(self, request).await
    }

    async fn set_purchase_switch(
        &self,
        request: Request<wire::SetPurchaseSwitchRequest>,
    ) -> Reply<wire::SetPurchaseSwitchResponse> {
        changes::set_purchase_switch(self, request).await
    }

    async fn link_code_proxy(
        &self,
        request: Request<wire::LinkCodeProxyRequest>,
    ) -> Reply<wire::LinkCodeProxyResponse> {
        changes::link_code_proxy(self, request).await
    }

    async fn unlink_code_proxy(
        &self,
        request: Request<wire::UnlinkCodeProxyRequest>,
    ) -> Reply<wire::UnlinkCodeProxyResponse> {
        changes::unlink_code_proxy(self, request).await
    }

    async fn list_code_proxies(
        &self,
        request: Request<wire::ListCodeProxiesRequest>,
    ) -> Reply<wire::ListCodeProxiesResponse> {
        lists::list_code_proxies(self, request).await
    }

    async fn assign_place_of_use(
        &self,
        request: Request<wire::AssignPlaceOfUseRequest>,
    ) -> Reply<wire::AssignPlaceOfUseResponse> {
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
        request: Request<wire::BatchGetStandingRequest>,
    ) -> Reply<wire::BatchGetStandingResponse> {
        let question = convert::question(request.get_ref(), civil::day(self.clock.now()))?;
        let found = read::standings(&self.database, &question.persons, question.day).await?;
        Ok(Response::new(convert::standings(&question.persons, &found)))
    }

    type StreamEventsStream = Pin<Box<dyn Stream<Item = Result<wire::StreamEventsResponse, Status>> + Send>>;

    async fn stream_events(
        &self,
        request: Request<wire::StreamEventsRequest>,
    ) -> Reply<Self::StreamEventsStream> {
        let cursor = convert::cursor(request.get_ref())?;
        let pages = self.feed.clone().stream(cursor, LABELS);
        let batches = pages.map(|page| Ok(convert::page(&page.map_err(Error::Feed)?)?));
        Ok(Response::new(Box::pin(serve::until_draining(&request, batches))))
    }
}
