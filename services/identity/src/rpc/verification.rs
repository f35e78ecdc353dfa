//! `VerificationService`: caller, parse, look at the proof, have it decided, sign.

use std::{collections::HashMap, sync::Arc};

use aes_gcm_siv::aead::Generate as _;
use border::tokens::{self, CodeError, FaceResult, Found, MedicalCode};
use chassis::{
    access::{self, Caller, Role, Scope},
    batch::{Lane, Writer},
    clock::Clock,
    db::Database,
    digest::Content,
    serve,
    status::Refusal,
    stepup::{Method, Operation},
    token::{Ring, Use},
};
use policy::{EnrolmentStatus, Rules};
use proto::identity::{
    BeginVerificationRequest, BeginVerificationResponse, CompleteVerificationRequest,
    CompleteVerificationResponse, GetKeysRequest, GetKeysResponse, InspectMedicalCodeRequest,
    InspectMedicalCodeResponse, IssueMedicalCodeRequest, IssueMedicalCodeResponse, SetPasswordRequest,
    SetPasswordResponse,
    verification_service_server::{VerificationService, VerificationServiceServer},
};
use standards::{PersonId, Pool, VerificationId, civil};
use time::{Date, OffsetDateTime};
use tonic::{Request, Response, Status};

use super::agreed;
use crate::{
    command::{Command, Outcome},
    convert::verification::{self as convert, Beginning, Given},
    error::{self, Error},
    keeper::Register,
    keys::Keys,
    read::{self, Portrait},
    sql,
    verification::{
        Answer, Ask, Begin, Complete, Proof, Refused, SetPassword, Verification,
        desk::Factor,
        not_for_this_caller,
        password::{Hasher, Password},
        proxy,
        signing::Signing,
        tries::Tries,
        wording,
    },
};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Verifications {
    /// The one writer.
    pub(crate) writer: Writer<Register>,
    /// For reads.
    pub(crate) database: Database,
    /// Opens names, keys content hashes.
    pub(crate) keys: Keys,
    /// Civil time.
    pub(crate) clock: Clock,
    /// Signs.
    pub(crate) signing: Signing,
    /// Keys of the matchers of faces; empty without one.
    pub(crate) faces: Arc<Ring>,
    /// Hashes passwords.
    pub(crate) hasher: Hasher,
    /// By what showing a code is judged.
    pub(crate) rules: Arc<Rules>,
}

impl Verifications {
    /// The service, ready to be added to an API.
    pub(crate) fn server(self) -> VerificationServiceServer<Self> {
        VerificationServiceServer::new(self).max_decoding_message_size(serve::MAX_MESSAGE)
    }

    async fn decide(&self, ask: Ask) -> Result<Answer, Status> {
        let answer = self.writer.submit(Lane::Interactive, Command::Verification(ask)).await;
        let outcome = answer.map_err(Error::from)?.into_outcome().map_err(Error::from)?;
        match outcome {
            Outcome::Verification(Answer::Refused(refused)) => Err(refused.into_refusal().into()),
            Outcome::Verification(answer) => Ok(answer),
            _ => Err(Error::Broken("a verification was answered with another outcome").into()),
        }
    }

    async fn portrait(&self, person: PersonId) -> Result<Portrait, Status> {
        let portrait = read::person(&self.database, &self.keys, person).await?;
        Ok(portrait.ok_or_else(error::person_unknown)?)
    }

    /// The person as a caller may verify it.
    async fn subject(&self, caller: &Caller, person: PersonId) -> Result<Portrait, Status> {
        caller.acts_for(person.uuid())?;
        let portrait = self.portrait(person).await?;
        // Who is enrolled nowhere yet may be verified at any counter.
        if !portrait.pools.is_empty() {
            caller.in_one_of_pools(&portrait.pools)?;
        }
        Ok(portrait)
    }

    /// The methods that this caller has.
    fn offered(&self, caller: &Caller) -> Vec<Method> {
        let own: &[Method] = match caller.role {
            Role::Citizen => &[Method::Face, Method::Password],
            Role::Operator => &[Method::Counter],
            _ => &[Method::Face],
        };
        own.iter().copied().filter(|method| *method != Method::Face || !self.faces.is_empty()).collect()
    }

    /// Looks at a proof. What is locked is not hashed: the writer says so whatever came of it.
    async fn look(&self, known: &Verification, given: Given, now: OffsetDateTime) -> Result<Proof, Status> {
        match given {
            Given::Document(kind, reference) => {
                Ok(Proof::Right { password: None, document: Some((kind, reference)) })
            }
            Given::Face(token) => Ok(self.compared(known, &token, now)),
            Given::Password(password) => self.compare(known, password, now).await,
        }
    }

    fn compared(&self, known: &Verification, token: &str, now: OffsetDateTime) -> Proof {
        let nonce = hex::encode(known.nonce);
        match FaceResult::open(&self.faces, token, &nonce, known.person, now).map(|result| result.found) {
            Some(Found::Match) => Proof::Right { password: None, document: None },
            Some(Found::Unsure) => Proof::Unsure,
            Some(Found::NoMatch) | None => Proof::Wrong,
        }
    }

    async fn compare(
        &self,
        known: &Verification,
        password: Password,
        now: OffsetDateTime,
    ) -> Result<Proof, Status> {
        let (person, factors) = (known.person, known.factors());
        let subjects: Vec<String> = factors.iter().map(|factor| factor.subject.clone()).collect();
        let stored = self.database.read(move |mut conn| async move {
            let tries = sql::verification::tries(&mut conn, &subjects).await?;
            Ok((tries, sql::verification::password(&mut conn, person).await?))
        });
        let (tries, stored) = stored.await.map_err(Error::from)?;
        let tries: HashMap<Factor, Tries> = tries.into_iter().collect();
        if factors.iter().any(|factor| tries.get(factor).is_some_and(|tries| tries.locked(now).is_some())) {
            return Ok(Proof::Unsure);
        }
        let Some((revision, hash)) = stored else { return Ok(Proof::Wrong) };
        let fits = self.hasher.fits(password, &hash).await?;
        Ok(if fits { Proof::Right { password: Some(revision), document: None } } else { Proof::Wrong })
    }

    async fn verification(&self, id: VerificationId) -> Result<Option<Verification>, Status> {
        let read = self.database.read(move |mut conn| async move {
            sql::verification::verifications(&mut conn, &[id.uuid()]).await
        });
        Ok(read.await.map_err(Error::from)?.pop())
    }
}

/// What was asked, canonically.
fn content(asked: &Beginning, by: &str, digest: &str) -> [u8; 32] {
    Content::of("identity.verify.1")
        .text("person_id", asked.person)
        .text("method", asked.method.name())
        .text("party", by)
        .text("digest", digest)
        .finish()
}

/// A terminal verifies for its own place only.
fn may_verify(caller: &Caller, asked: &Beginning) -> Result<(), Refusal> {
    let fits = match (caller.role, asked.method) {
        (Role::Citizen, Method::Face | Method::Password) | (Role::Operator, Method::Counter) => true,
        (Role::Institution, Method::Face) => match (&caller.scope, &asked.operation.place) {
            (Scope::Institutions(own), Some(place)) => own.contains(place),
            _ => false,
        },
        _ => false,
    };
    if fits { Ok(()) } else { Err(not_for_this_caller()) }
}

#[tonic::async_trait]
impl VerificationService for Verifications {
    async fn set_password(
        &self,
        request: Request<SetPasswordRequest>,
    ) -> Result<Response<SetPasswordResponse>, Status> {
        let caller = access::caller(&request)?;
        let asked = convert::setting(request.into_inner())?;
        self.subject(&caller, asked.person).await?;
        let operation = Operation::of("SetPassword", asked.request, asked.person.uuid());
        agreed::require(&self.signing, &caller, &asked.assertion, &operation, self.clock.now())?;
        // A keyed hash: from a plain one, passwords could be found by trying.
        let secret = self.keys.content_tag("password", asked.password.expose());
        let content = Content::of("identity.password.1").text("person_id", asked.person);
        let content = content.bytes("password", secret.bytes()).finish();
        let hash = self.hasher.hash(asked.password).await?;
        let (request, person, by) = (asked.request, asked.person, caller.party());
        match self.decide(Ask::SetPassword(SetPassword { request, content, person, by, hash })).await? {
            Answer::PasswordSet { revision } => Ok(Response::new(SetPasswordResponse { revision })),
            _ => Err(Error::Broken("a password was answered with another outcome").into()),
        }
    }

    async fn begin_verification(
        &self,
        request: Request<BeginVerificationRequest>,
    ) -> Result<Response<BeginVerificationResponse>, Status> {
        let caller = access::caller(&request)?;
        let today = civil::day(self.clock.now());
        let asked = convert::beginning(request.get_ref(), today)?;
        may_verify(&caller, &asked)?;
        self.subject(&caller, asked.person).await?;
        let text = self.text(&asked.operation, today).await?;
        let (digest, by) = (asked.operation.digest(today), caller.party());
        let verification = Verification {
            id: asked.id,
            content: content(&asked, &by, &digest),
            person: asked.person,
            by,
            kind: asked.operation.kind.clone(),
            digest: digest.clone(),
            method: asked.method,
            nonce: <[u8; 16]>::generate(),
            until: self.clock.now(),
            done: None,
        };
        let begin = Begin { verification, offered: self.offered(&caller) };
        match self.decide(Ask::Begin(begin)).await? {
            Answer::Begun { nonce, until, alternatives } => {
                Ok(Response::new(convert::begun(digest, text, nonce, until, &alternatives)))
            }
            _ => Err(Error::Broken("a beginning was answered with another outcome").into()),
        }
    }

    async fn complete_verification(
        &self,
        request: Request<CompleteVerificationRequest>,
    ) -> Result<Response<CompleteVerificationResponse>, Status> {
        let caller = access::caller(&request)?;
        let (id, given) = convert::completing(request.into_inner())?;
        let known = self.verification(id).await?.ok_or_else(|| Refused::Unknown.into_refusal())?;
        let by = caller.party();
        if known.by != by {
            return Err(Refused::NotYours.into_refusal().into());
        }
        if known.method != given.method() {
            return Err(convert::other_method(known.method));
        }
        let proof = self.look(&known, given, self.clock.now()).await?;
        let complete = Complete { id, person: known.person, by, proof, offered: self.offered(&caller) };
        match self.decide(Ask::Complete(complete)).await? {
            Answer::Agreed { claims } => {
                let assertion = self.signing.keys().sign(Use::Assertion, &claims, self.clock.now());
                Ok(Response::new(convert::agreed(assertion, &claims)))
            }
            _ => Err(Error::Broken("a completion was answered with another outcome").into()),
        }
    }

    async fn issue_medical_code(
        &self,
        request: Request<IssueMedicalCodeRequest>,
    ) -> Result<Response<IssueMedicalCodeResponse>, Status> {
        let caller = access::caller(&request)?;
        let asked = convert::showing(request.into_inner())?;
        let shower = asked.shown_by.unwrap_or(asked.person);
        caller.acts_for(shower.uuid())?;
        let mut operation = Operation::of("IssueMedicalCode", asked.request, shower.uuid());
        operation.counterparty = asked.shown_by.map(|_| asked.person.uuid());
        let now = self.clock.now();
        agreed::require(&self.signing, &caller, &asked.assertion, &operation, now)?;
        self.may_show(shower, asked.person, now).await?;
        let code = MedicalCode::shown(asked.person, asked.shown_by, now);
        let token = self.signing.keys().sign(Use::MedicalCode, &code, now);
        Ok(Response::new(convert::code(token, code.expires)))
    }

    async fn inspect_medical_code(
        &self,
        request: Request<InspectMedicalCodeRequest>,
    ) -> Result<Response<InspectMedicalCodeResponse>, Status> {
        let token = convert::shown(request.into_inner())?;
        let now = self.clock.now();
        let code =
            MedicalCode::open(self.signing.keys().ring(), &token, now).map_err(|error| match error {
                CodeError::Token(_) => convert::not_genuine(),
                ended @ CodeError::Expired => tokens::refused(ended).into(),
            })?;
        let person = PersonId::new(code.person);
        let portrait = self.portrait(person).await?;
        let (place, insured) = self.places(person, civil::day(now)).await?;
        let reply = convert::inspected(person, portrait.masked_name, place, insured, code.shown_by);
        Ok(Response::new(reply))
    }

    async fn get_keys(&self, request: Request<GetKeysRequest>) -> Result<Response<GetKeysResponse>, Status> {
        access::caller(&request)?;
        Ok(Response::new(convert::keys(self.signing.keys().published())))
    }
}

impl Verifications {
    /// Whether somebody may show a person's code now; nobody learns whether others are known.
    async fn may_show(&self, shower: PersonId, owner: PersonId, now: OffsetDateTime) -> Result<(), Status> {
        let known = read::standings(&self.database, &[shower, owner], civil::day(now)).await?;
        let standing = |person| known.get(&person).map(|(standing, _)| standing);
        let shower = standing(shower).ok_or_else(error::person_unknown)?;
        let owner = standing(owner).ok_or_else(proxy::not_own)?;
        Ok(proxy::may_show(shower, owner, &self.rules, now)?)
    }

    /// What the person is shown.
    async fn text(&self, operation: &Operation, today: Date) -> Result<(String, String), Status> {
        let other = match operation.counterparty.map(PersonId::new) {
            Some(other) => read::person(&self.database, &self.keys, other).await?,
            None => None,
        };
        let name = other.as_ref().map(|portrait| portrait.masked_name.as_str());
        Ok(wording::text(operation, today, name))
    }

    /// Where the wallet is kept, and where the person is enrolled in normal state, as an employee first.
    async fn places(&self, person: PersonId, today: Date) -> Result<(Option<Pool>, Option<Pool>), Status> {
        let standings = read::standings(&self.database, &[person], today).await?;
        let Some((standing, _)) = standings.get(&person) else { return Ok((None, None)) };
        let normal = || standing.enrolments.iter().filter(|held| held.status == EnrolmentStatus::Normal);
        let insured = normal().find(|held| held.scheme.is_employee()).or_else(|| normal().next());
        Ok((standing.place.map(|place| place.pool), insured.map(|held| held.pool)))
    }
}
