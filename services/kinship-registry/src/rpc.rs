//! `KinshipService`: caller, parse, ask identity, decide or read, render. The scope of a caller is checked here.

use std::{collections::HashMap, pin::Pin};

use chassis::{
    access::{self, Caller, Role},
    batch::{Answer, Lane, Writer},
    clock::Clock,
    db::Database,
    failure,
    feed::Feed,
    serve,
    status::Refusal,
};
use futures::{Stream, StreamExt as _};
use proto::kinship::{
    AcceptBondRequest, AcceptBondResponse, BatchCheckBondsRequest, BatchCheckBondsResponse, Bond as WireBond,
    GetBondRequest, GetBondResponse, ListBondsRequest, ListBondsResponse, ProposeBondRequest,
    ProposeBondResponse, RejectBondRequest, RejectBondResponse, StreamEventsRequest, StreamEventsResponse,
    kinship_service_server::{KinshipService, KinshipServiceServer},
};
use standards::{BondId, PersonId, civil};
use tonic::{Request, Response, Status};

use crate::{
    answer::{Accept, Reject, Reply},
    convert::{self, View},
    error,
    keeper::{Command, Keeper, LABELS},
    outcome::Outcome,
    peer::Identity,
    persons::{Pair, Person},
    propose::Propose,
    registered::Registered,
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
    /// Civil time.
    pub(crate) clock: Clock,
}

/// The service, ready to be added to an API.
pub(crate) fn server(kinship: Kinship) -> KinshipServiceServer<Kinship> {
    KinshipServiceServer::new(kinship)
        .max_decoding_message_size(serve::MAX_BATCH_MESSAGE)
        .max_encoding_message_size(usize::MAX)
}

impl Kinship {
    /// How two persons stand today.
    async fn pair(
        &self,
        sharer: PersonId,
        beneficiary: PersonId,
        deadline: serve::Deadline,
    ) -> Result<Pair, Refusal> {
        let day = civil::day(self.clock.now());
        let asked = self.identity.standings(&[sharer, beneficiary], day, deadline.remaining()).await;
        let mut known = asked.map_err(|_| error::identity_away())?.into_iter();
        let mut next = |id| Person { id, facts: known.next().flatten() };
        Ok(Pair { day: civil::day_text(day), sharer: next(sharer), beneficiary: next(beneficiary) })
    }

    async fn find(&self, id: BondId) -> Result<Option<Registered>, Refusal> {
        let read =
            self.database.read(async move |mut conn| sql::load(&mut conn, &[id.uuid()], &[]).await).await;
        Ok(read.map_err(failure::database)?.pop())
    }

    /// Has a command decided; the bond as it is now, or the refusal as it may be told to the caller.
    async fn decide(&self, command: Command, to_invitee: bool) -> Result<WireBond, Status> {
        let answer = self.writer.submit(Lane::Interactive, command).await.map_err(failure::submit)?;
        let repeated = matches!(answer, Answer::Repeated { .. });
        match answer.into_outcome().map_err(failure::id)? {
            Outcome::Done(then) if repeated => {
                let now = self.find(then.bond.id).await?;
                let now = now.ok_or_else(|| failure::broken("a bond that was made is not stored"))?;
                Ok(convert::bond(&now, View::Basic))
            }
            Outcome::Done(registered) => Ok(convert::bond(&registered, View::Basic)),
            Outcome::Refused(refused) => {
                let veiled = refused.to_others.filter(|_| !to_invitee);
                Err(veiled.unwrap_or(refused.told).into())
            }
            Outcome::Undecided => Err(error::identity_away().into()),
        }
    }

    /// The caller must be the invitee, or serve where the invitee is insured. `None` for an unknown bond, about
    /// which the writer decides.
    async fn answering(
        &self,
        caller: &Caller,
        reply: &Reply,
        deadline: serve::Deadline,
    ) -> Result<Option<Registered>, Refusal> {
        let Some(found) = self.find(reply.bond_id).await? else { return Ok(None) };
        caller.acts_for(found.bond.beneficiary.uuid())?;
        if caller.role == Role::Operator {
            self.serves(caller, &[found.bond.beneficiary], deadline).await?;
        }
        Ok(Some(found))
    }

    /// A counter or an agency must serve one of these persons.
    async fn serves(
        &self,
        caller: &Caller,
        persons: &[PersonId],
        deadline: serve::Deadline,
    ) -> Result<(), Refusal> {
        if !matches!(caller.role, Role::Operator | Role::Agency) {
            return Ok(());
        }
        let day = civil::day(self.clock.now());
        let known = self.identity.standings(persons, day, deadline.remaining()).await;
        let known = known.map_err(|_| error::identity_away())?;
        let persons = persons.iter().zip(known).map(|(id, facts)| Person { id: *id, facts });
        caller.in_one_of_pools(persons.flat_map(|person| person.pools().collect::<Vec<_>>()))
    }
}

#[tonic::async_trait]
impl KinshipService for Kinship {
    async fn propose_bond(
        &self,
        request: Request<ProposeBondRequest>,
    ) -> Result<Response<ProposeBondResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let wish = convert::wish(request.into_inner(), &caller, self.clock.now())?;
        caller.acts_for(wish.sharer.uuid())?;
        let pair = self.pair(wish.sharer, wish.beneficiary, deadline).await?;
        caller.in_one_of_pools(pair.sharer.pools())?;
        let pair = Pair { beneficiary: pair.beneficiary.unseen(), ..pair };
        let bond = self.decide(Command::Propose(Box::new(Propose { wish, pair })), false).await?;
        Ok(Response::new(ProposeBondResponse { bond: Some(bond) }))
    }

    async fn accept_bond(
        &self,
        request: Request<AcceptBondRequest>,
    ) -> Result<Response<AcceptBondResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let reply = convert::reply_to(request.into_inner(), &caller, self.clock.now())?;
        let found = self.answering(&caller, &reply, deadline).await?;
        let pair = match &found {
            Some(found) => Some(self.pair(found.bond.sharer, found.bond.beneficiary, deadline).await?),
            None => None,
        };
        let to_invitee = found.is_some_and(|found| caller.person() == Some(found.bond.beneficiary.uuid()));
        let bond = self.decide(Command::Accept(Box::new(Accept { reply, pair })), to_invitee).await?;
        Ok(Response::new(AcceptBondResponse { bond: Some(bond) }))
    }

    async fn reject_bond(
        &self,
        request: Request<RejectBondRequest>,
    ) -> Result<Response<RejectBondResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let reply = convert::rejection(request.get_ref(), &caller)?;
        let found = self.answering(&caller, &reply, deadline).await?.is_some();
        let bond = self.decide(Command::Reject(Box::new(Reject { reply, found })), true).await?;
        Ok(Response::new(RejectBondResponse { bond: Some(bond) }))
    }

    async fn get_bond(&self, request: Request<GetBondRequest>) -> Result<Response<GetBondResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let (bond_id, view) = convert::get(request.get_ref())?;
        let found = self.find(bond_id).await?.ok_or_else(error::bond_unknown)?;
        let (sharer, beneficiary) = (found.bond.sharer, found.bond.beneficiary);
        caller.acts_for_one_of(&[sharer.uuid(), beneficiary.uuid()])?;
        self.serves(&caller, &[sharer, beneficiary], deadline).await?;
        let view = match view {
            View::Full if caller.person() == Some(sharer.uuid()) => View::Veiled,
            view => view,
        };
        Ok(Response::new(GetBondResponse { bond: Some(convert::bond(&found, view)) }))
    }

    async fn list_bonds(
        &self,
        request: Request<ListBondsRequest>,
    ) -> Result<Response<ListBondsResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let (person, page, filter) = convert::listing(request.get_ref())?;
        caller.acts_for(person.uuid())?;
        self.serves(&caller, &[person], deadline).await?;
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let one_more = sql::Page { size: page.size + 1, ..page };
        let read = self.database.read(async move |mut conn| sql::list(&mut conn, &one_more).await).await;
        let mut found = read.map_err(failure::database)?;
        let more = found.len() > size;
        found.truncate(size);
        let last = found.last().filter(|_| more);
        Ok(Response::new(ListBondsResponse {
            next_page_token: last.map(|last| format!("{}.{filter}", last.proposed_seq)).unwrap_or_default(),
            bonds: found.iter().map(|registered| convert::bond(registered, View::Basic)).collect(),
        }))
    }

    async fn batch_check_bonds(
        &self,
        request: Request<BatchCheckBondsRequest>,
    ) -> Result<Response<BatchCheckBondsResponse>, Status> {
        let checks = convert::checks(request.get_ref(), self.clock.now())?;
        let ids: Vec<_> = checks.iter().map(|check| check.bond_id.uuid()).collect();
        let read = self.database.read(async move |mut conn| sql::standings(&mut conn, &ids).await).await;
        let found = read.map_err(failure::database)?;
        let known: HashMap<_, _> = found.iter().map(|one| (one.bond_id, one)).collect();
        let results = checks.iter().map(|check| {
            let finding = known.get(&check.bond_id).map(|found| check.of(found));
            convert::check(check.bond_id, finding.as_ref())
        });
        Ok(Response::new(BatchCheckBondsResponse { results: results.collect() }))
    }

    type StreamEventsStream = Pin<Box<dyn Stream<Item = Result<StreamEventsResponse, Status>> + Send>>;

    async fn stream_events(
        &self,
        request: Request<StreamEventsRequest>,
    ) -> Result<Response<Self::StreamEventsStream>, Status> {
        let cursor = convert::cursor(request.get_ref())?;
        let pages = self.feed.clone().stream(cursor, LABELS);
        let batches = pages.map(|page| convert::events(&page.map_err(failure::feed)?));
        Ok(Response::new(Box::pin(serve::until_draining(&request, batches))))
    }
}
