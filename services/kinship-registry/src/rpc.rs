//! `KinshipService`: caller, parse, ask identity, decide or read, render. The scope of a caller is checked here.

mod agreed;
mod desk;

use std::{collections::HashMap, pin::Pin};

use bond::{By, Side};
use chassis::{access, access::Role, failure, serve, status::Refusal};
use futures::{Stream, StreamExt as _};
use proto::kinship::{
    AcceptBondRequest, AcceptBondResponse, BatchCheckBondsRequest, BatchCheckBondsResponse,
    CheckEligibilityRequest, CheckEligibilityResponse, DissolveBondRequest, DissolveBondResponse,
    GetBondRequest, GetBondResponse, GetCertificateKeysRequest, GetCertificateKeysResponse,
    IssueCertificateRequest, IssueCertificateResponse, ListBondsRequest, ListBondsResponse,
    ProposeBondRequest, ProposeBondResponse, RecordFamilyFactRequest, RecordFamilyFactResponse,
    RegisterBondAtCounterRequest, RegisterBondAtCounterResponse, RejectBondRequest, RejectBondResponse,
    SetSharingRequest, SetSharingResponse, StreamEventsRequest, StreamEventsResponse, WithdrawBondRequest,
    WithdrawBondResponse,
    kinship_service_server::{KinshipService, KinshipServiceServer},
};
use standards::civil;
use tonic::{Request, Response, Status};

use self::{agreed::Agreement, desk::refused};
use crate::{
    answer::{Accept, Reject},
    convert::{self, View},
    eligibility::Told,
    error,
    family::Record,
    keeper::{Command, LABELS},
    load::Wanted,
    outcome::Outcome,
    propose::Propose,
    sql,
};

pub(crate) use self::desk::Kinship;

/// The service, ready to be added to an API.
pub(crate) fn server(kinship: Kinship) -> KinshipServiceServer<Kinship> {
    KinshipServiceServer::new(kinship)
        .max_decoding_message_size(serve::MAX_BATCH_MESSAGE)
        .max_encoding_message_size(usize::MAX)
}

#[tonic::async_trait]
impl KinshipService for Kinship {
    async fn propose_bond(
        &self,
        request: Request<ProposeBondRequest>,
    ) -> Result<Response<ProposeBondResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let assertion = request.get_ref().assertion.clone();
        let wish = convert::wish(request.into_inner(), &caller, self.clock.now())?;
        caller.acts_for(wish.sharer.uuid())?;
        let agreed = ("ProposeBond", wish.bond_id, assertion.as_str());
        let by = self.sharer_agreed(&caller, agreed, (wish.sharer, wish.beneficiary)).await?;
        let pair = self.pair_today((wish.sharer, wish.beneficiary), deadline).await?;
        caller.in_one_of_pools(pair.sharer.pools())?;
        let command = Command::Propose(Box::new(Propose { wish, pair: pair.before_consent(), by }));
        let bond = self.decide(command, &caller, false).await?;
        Ok(Response::new(ProposeBondResponse { bond: Some(bond) }))
    }

    async fn accept_bond(
        &self,
        request: Request<AcceptBondRequest>,
    ) -> Result<Response<AcceptBondResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let assertion = request.get_ref().assertion.clone();
        let reply = convert::reply_to(request.into_inner(), &caller, self.clock.now())?;
        let found = self.answering(&caller, &reply, deadline).await?;
        let parties = found.as_ref().map(|found| reply.parties(&found.bond));
        let agreement = Agreement::to("AcceptBond", reply.request_id, &assertion);
        self.agreed(&caller, agreement, parties).await?;
        let pair = match &found {
            Some(found) => {
                let persons = (found.bond.sharer, found.bond.beneficiary);
                Some(self.pair_today(persons, deadline).await?)
            }
            None => None,
        };
        // A citizen who got so far is the invitee, or a guardian whose right is proven before any rule is judged.
        let to_invitee = found.is_some() && caller.role == Role::Citizen;
        let command = Command::Accept(Box::new(Accept { reply, pair }));
        let bond = self.decide(command, &caller, to_invitee).await?;
        Ok(Response::new(AcceptBondResponse { bond: Some(bond) }))
    }

    async fn reject_bond(
        &self,
        request: Request<RejectBondRequest>,
    ) -> Result<Response<RejectBondResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let assertion = request.get_ref().assertion.clone();
        let reply = convert::rejection(request.into_inner(), &caller)?;
        let found = self.answering(&caller, &reply, deadline).await?;
        let parties = found.as_ref().map(|found| reply.parties(&found.bond));
        let agreement = Agreement::to("RejectBond", reply.request_id, &assertion);
        self.agreed(&caller, agreement, parties).await?;
        let command = Command::Reject(Box::new(Reject { reply, found: found.is_some() }));
        let bond = self.decide(command, &caller, true).await?;
        Ok(Response::new(RejectBondResponse { bond: Some(bond) }))
    }

    async fn withdraw_bond(
        &self,
        request: Request<WithdrawBondRequest>,
    ) -> Result<Response<WithdrawBondResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let mut withdraw = convert::withdrawal(request.get_ref(), &caller)?;
        let found = self.acting(&caller, withdraw.bond_id, &[Side::Sharer], deadline).await?;
        let agreement = Agreement::to("WithdrawBond", withdraw.request_id, &request.get_ref().assertion);
        self.agreed(&caller, agreement, found.as_ref().map(|found| found.parties(Side::Sharer))).await?;
        withdraw.found = found.is_some();
        let bond = self.decide(Command::Withdraw(withdraw), &caller, false).await?;
        Ok(Response::new(WithdrawBondResponse { bond: Some(bond) }))
    }

    async fn register_bond_at_counter(
        &self,
        request: Request<RegisterBondAtCounterRequest>,
    ) -> Result<Response<RegisterBondAtCounterResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let assertion = request.get_ref().assertion.clone();
        let registration = convert::registration(request.into_inner(), &caller, self.clock.now())?;
        let agreed = ("RegisterBondAtCounter", registration.bond_id(), assertion.as_str());
        self.sharer_agreed(&caller, agreed, registration.persons()).await?;
        let pair = self.pair_today(registration.persons(), deadline).await?;
        caller.in_one_of_pools(pair.sharer.pools())?;
        let command = Command::Register(Box::new(registration.of(pair)));
        let bond = self.decide(command, &caller, true).await?;
        Ok(Response::new(RegisterBondAtCounterResponse { bond: Some(bond) }))
    }

    async fn set_sharing(
        &self,
        request: Request<SetSharingRequest>,
    ) -> Result<Response<SetSharingResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let mut sharing = convert::sharing(request.get_ref(), &caller)?;
        let found = self.acting(&caller, sharing.bond_id, &[Side::Sharer], deadline).await?;
        let agreement = Agreement::to("SetSharing", sharing.request_id, &request.get_ref().assertion);
        let agreement = Agreement { amount: sharing.sharing.amount(), ..agreement };
        self.agreed(&caller, agreement, found.as_ref().map(|found| found.parties(Side::Sharer))).await?;
        sharing.found = found.is_some();
        let bond = self.decide(Command::SetSharing(sharing), &caller, false).await?;
        Ok(Response::new(SetSharingResponse { bond: Some(bond) }))
    }

    async fn dissolve_bond(
        &self,
        request: Request<DissolveBondRequest>,
    ) -> Result<Response<DissolveBondResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let mut dissolve = convert::dissolution(request.get_ref(), &caller)?;
        let side = match dissolve.by {
            By::Sharer => Some(Side::Sharer),
            By::Beneficiary => Some(Side::Beneficiary),
            By::Operator => None,
        };
        let sides = side.as_ref().map_or(Side::ALL, std::slice::from_ref);
        let found = self.acting(&caller, dissolve.bond_id, sides, deadline).await?;
        if let Some(side) = side {
            let agreement = Agreement::to("DissolveBond", dissolve.request_id, &request.get_ref().assertion);
            self.agreed(&caller, agreement, found.as_ref().map(|found| found.parties(side))).await?;
        }
        dissolve.sharer = found.map(|found| found.bond.sharer);
        let bond = self.decide(Command::Dissolve(dissolve), &caller, true).await?;
        Ok(Response::new(DissolveBondResponse { bond: Some(bond) }))
    }

    async fn record_family_fact(
        &self,
        request: Request<RecordFamilyFactRequest>,
    ) -> Result<Response<RecordFamilyFactResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let fact = convert::fact(request.into_inner(), self.clock.now())?;
        self.serves(&caller, &[fact.a, fact.b], deadline).await?;
        let (a, b) = tokio::join!(
            self.identity.named(fact.a, deadline.remaining()),
            self.identity.named(fact.b, deadline.remaining()),
        );
        let member = |named: Result<Option<crate::peer::Named>, _>| match named {
            Ok(named) => Ok(named.map(|named| named.member)),
            Err(_) => Err(error::identity_away()),
        };
        let recorded_by = caller.token().trim_start_matches("dev:").to_owned();
        let record = Record { fact, a: member(a)?, b: member(b)?, recorded_by };
        match self.submit(Command::Record(Box::new(record))).await?.0 {
            ref outcome @ Outcome::Fact { ref fact, .. } => Ok(Response::new(RecordFamilyFactResponse {
                fact: Some(convert::recorded_fact(fact)),
                dissolved_bond_ids: outcome.ended().map(|id| id.to_string()).collect(),
            })),
            other => Err(refused(other, true).into()),
        }
    }

    async fn get_bond(&self, request: Request<GetBondRequest>) -> Result<Response<GetBondResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let (bond_id, view) = convert::get(request.get_ref())?;
        self.may_read(&caller, request.metadata()).await?;
        let found = self.acting(&caller, bond_id, Side::ALL, deadline).await?;
        let found = found.ok_or_else(error::bond_unknown)?;
        let view = match view {
            View::Full if caller.person() == Some(found.bond.sharer.uuid()) => View::Veiled,
            view => view,
        };
        let bond = convert::told(convert::bond(&found, view), caller.person());
        Ok(Response::new(GetBondResponse { bond: Some(bond) }))
    }

    async fn list_bonds(
        &self,
        request: Request<ListBondsRequest>,
    ) -> Result<Response<ListBondsResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let (person, page, filter) = convert::listing(request.get_ref())?;
        caller.acts_for(person.uuid())?;
        self.may_read(&caller, request.metadata()).await?;
        self.serves(&caller, &[person], deadline).await?;
        let size = usize::try_from(page.size).unwrap_or(usize::MAX);
        let one_more = sql::Page { size: page.size + 1, ..page };
        let read = self.database.read(async move |mut conn| sql::list(&mut conn, &one_more).await).await;
        let mut found = read.map_err(failure::database)?;
        let more = found.len() > size;
        found.truncate(size);
        let last = found.last().filter(|_| more);
        let next_page_token = last.map(|last| format!("{}.{filter}", last.proposed_seq)).unwrap_or_default();
        let bonds = found.iter().map(|one| convert::told(convert::bond(one, View::Basic), caller.person()));
        Ok(Response::new(ListBondsResponse { bonds: bonds.collect(), next_page_token }))
    }

    async fn check_eligibility(
        &self,
        request: Request<CheckEligibilityRequest>,
    ) -> Result<Response<CheckEligibilityResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let question = convert::question(request.get_ref(), self.clock.now())?;
        let (sharer, beneficiary) = (question.sharer, question.beneficiary);
        caller.acts_for_one_of(&[sharer.uuid(), beneficiary.uuid()])?;
        self.may_read(&caller, request.metadata()).await?;
        let pair = self.pair((sharer, beneficiary), civil::day(question.at), deadline).await?;
        let serves_sharer = caller.in_one_of_pools(pair.sharer.pools()).is_ok();
        let told = match caller.role {
            Role::Citizen if caller.person() == Some(sharer.uuid()) => Told::Of(Side::Sharer),
            Role::Citizen => Told::Of(Side::Beneficiary),
            Role::Operator if serves_sharer => Told::Of(Side::Sharer),
            Role::Operator => {
                caller.in_one_of_pools(pair.beneficiary.pools())?;
                Told::Of(Side::Beneficiary)
            }
            _ => Told::Both,
        };
        let both = [sharer.uuid(), beneficiary.uuid()];
        let wanted =
            Wanted { persons: both.into(), families: both.into(), stands: true, ..Wanted::default() };
        let registry = self.read(wanted).await?;
        let answer = question.answer(told, &pair, &registry, &self.rules)?;
        Ok(Response::new(convert::eligibility(&answer)))
    }

    async fn issue_certificate(
        &self,
        request: Request<IssueCertificateRequest>,
    ) -> Result<Response<IssueCertificateResponse>, Status> {
        let (caller, deadline) = (access::caller(&request)?, serve::deadline(&request));
        let mut certify = convert::certify(request.get_ref())?;
        self.may_read(&caller, request.metadata()).await?;
        let found = self.acting(&caller, certify.bond_id, Side::ALL, deadline).await?;
        let notary = self.notary.as_ref().ok_or_else(Refusal::unavailable)?;
        certify.found = found.is_some();
        let masks = match &found {
            Some(found) => Some(self.masks(found, deadline).await?),
            None => None,
        };
        let (registered, at) = match self.submit(Command::Certify(certify)).await?.0 {
            Outcome::Certified { registered, at } => (registered, at),
            other => return Err(refused(other, true).into()),
        };
        let masks = masks.ok_or_else(|| failure::broken("a bond that was not found was certified"))?;
        let issued = notary.issue(&registered, masks, at)?;
        Ok(Response::new(convert::issued(issued)))
    }

    async fn get_certificate_keys(
        &self,
        _: Request<GetCertificateKeysRequest>,
    ) -> Result<Response<GetCertificateKeysResponse>, Status> {
        let keys = self.notary.iter().map(|notary| convert::key(notary.public_key(&self.clock)));
        Ok(Response::new(GetCertificateKeysResponse { keys: keys.collect() }))
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
