//! Short calls of the verification service, and what its tests verify people for.

use border::tokens::{FaceResult, Found};
use chassis::{
    access::Caller,
    client::Peer,
    status::Refusal,
    stepup::{self, Claims, Method, Operation},
    token::{PublicKey, Ring, Use},
};
use proto::{
    common,
    identity::{
        BeginVerificationRequest, BeginVerificationResponse, CompleteVerificationRequest,
        CompleteVerificationResponse, CounterDocument, GetKeysRequest, KeyUse, LinkCodeProxyRequest,
        SetPasswordRequest, VerificationMethod, complete_verification_request::Proof,
        verification_service_client::VerificationServiceClient,
    },
};
use standards::{PersonId, civil};
use tonic::Status;
use uuid::Uuid;

use crate::harness::{NANJING, Stack, id, matcher};

pub(crate) const GOOD: &str = "481516";
pub(crate) const BAD: &str = "481517";

/// The credential of somebody's app.
pub(crate) fn citizen(person: &str) -> String {
    format!("dev:citizen:{person}")
}

/// An operation of one person, about nothing but its id.
pub(crate) fn operation(kind: &str, operation_id: &str, person: &str) -> common::Operation {
    common::Operation {
        kind: kind.to_owned(),
        operation_id: operation_id.to_owned(),
        actor_person_id: person.to_owned(),
        ..Default::default()
    }
}

/// What the owner of a code agrees to who lets it be shown.
pub(crate) fn linking(request: &LinkCodeProxyRequest) -> common::Operation {
    common::Operation {
        counterparty_person_id: request.shower_person_id.clone(),
        ..operation("LinkCodeProxy", &request.code_proxy_id, &request.owner_person_id)
    }
}

/// A transfer that the person wants to make today.
pub(crate) fn transfer(person: &str) -> common::Operation {
    common::Operation {
        kind: "CreateTransfer".to_owned(),
        operation_id: id(),
        actor_person_id: person.to_owned(),
        counterparty_person_id: id(),
        amount: "1200.5".to_owned(),
        ..Default::default()
    }
}

/// The same operation as another service derives it.
pub(crate) fn derived(asked: &common::Operation) -> Operation {
    let actor: Uuid = asked.actor_person_id.parse().unwrap();
    let mut operation = Operation::of(&asked.kind, &asked.operation_id, actor);
    operation.counterparty = asked.counterparty_person_id.parse().ok();
    operation.amount = (asked.amount == "1200.5").then(|| "1200.50".to_owned());
    operation.place = Some(asked.place.clone()).filter(|place| !place.is_empty());
    operation
}

pub(crate) fn beginning(
    operation: common::Operation,
    method: VerificationMethod,
) -> BeginVerificationRequest {
    BeginVerificationRequest {
        verification_id: id(),
        subject_person_id: operation.actor_person_id.clone(),
        operation: Some(operation),
        method: method.into(),
    }
}

pub(crate) fn id_card() -> Proof {
    let (kind, reference) = ("id_card".to_owned(), "window 3, scan 17".to_owned());
    Proof::CounterDocument(CounterDocument { kind, reference })
}

/// What the trusted matcher signs.
pub(crate) fn face(begun: &BeginVerificationResponse, person: &str, found: Found, stack: &Stack) -> Proof {
    let person = PersonId::parse(person).unwrap();
    let result = FaceResult::new(&begun.nonce, person, found, stack.clock.now());
    Proof::FaceResultToken(result.sign(&matcher()))
}

impl Stack {
    pub(crate) fn verifier(&self, token: &str) -> VerificationServiceClient<Peer> {
        VerificationServiceClient::new(self.peer(token))
    }

    pub(crate) async fn begin(
        &self,
        token: &str,
        request: BeginVerificationRequest,
    ) -> Result<BeginVerificationResponse, Status> {
        Ok(self.verifier(token).begin_verification(request).await?.into_inner())
    }

    pub(crate) async fn complete(
        &self,
        token: &str,
        verification_id: &str,
        proof: Proof,
    ) -> Result<CompleteVerificationResponse, Status> {
        let request =
            CompleteVerificationRequest { verification_id: verification_id.to_owned(), proof: Some(proof) };
        Ok(self.verifier(token).complete_verification(request).await?.into_inner())
    }

    /// Begins and completes in one go.
    pub(crate) async fn verify(
        &self,
        token: &str,
        operation: common::Operation,
        method: VerificationMethod,
        proof: Proof,
    ) -> Result<String, Status> {
        let request = beginning(operation, method);
        let verification = request.verification_id.clone();
        self.begin(token, request).await?;
        Ok(self.complete(token, &verification, proof).await?.assertion)
    }

    /// The assertion that the person's own app gets by face.
    pub(crate) async fn by_face(&self, operation: common::Operation) -> String {
        let (app, person) = (citizen(&operation.actor_person_id), operation.actor_person_id.clone());
        let request = beginning(operation, VerificationMethod::Face);
        let verification = request.verification_id.clone();
        let begun = self.begin(&app, request).await.unwrap();
        let proof = face(&begun, &person, Found::Match, self);
        self.complete(&app, &verification, proof).await.unwrap().assertion
    }

    /// The link with its owner's agreement by face.
    pub(crate) async fn faced(&self, request: LinkCodeProxyRequest) -> LinkCodeProxyRequest {
        LinkCodeProxyRequest { assertion: self.by_face(linking(&request)).await, ..request }
    }

    /// Tries a password for a transfer.
    pub(crate) async fn try_password(&self, person: &str, password: &str) -> Result<String, Status> {
        let proof = Proof::Password(password.to_owned());
        self.verify(&citizen(person), transfer(person), VerificationMethod::Password, proof).await
    }

    /// The assertion for a new password, by documents at the counter of Nanjing.
    pub(crate) async fn at_counter(
        &self,
        person: &str,
        kind: &str,
        operation_id: &str,
    ) -> Result<String, Status> {
        let operation = operation(kind, operation_id, person);
        self.verify(NANJING, operation, VerificationMethod::Counter, id_card()).await
    }

    /// Sets a password at the counter; its revision.
    pub(crate) async fn set_password(&self, person: &str, password: &str) -> Result<i64, Status> {
        let request_id = id();
        let assertion = self.at_counter(person, "SetPassword", &request_id).await?;
        let (person_id, password) = (person.to_owned(), password.to_owned());
        let request = SetPasswordRequest { request_id, person_id, password, assertion };
        Ok(self.verifier(NANJING).set_password(request).await?.into_inner().revision)
    }

    /// Somebody with a password.
    pub(crate) async fn with_password(&self) -> String {
        let person = self.person().await.person_id;
        assert_eq!(self.set_password(&person, GOOD).await.unwrap(), 1);
        person
    }

    /// The published keys as another service reads them from their PEM.
    pub(crate) async fn ring(&self) -> Ring {
        let keys = self.verifier("dev:auditor").get_keys(GetKeysRequest {}).await.unwrap().into_inner().keys;
        Ring::of(keys.iter().map(|key| {
            let purpose = match key.r#use() {
                KeyUse::Assertion => Use::Assertion,
                KeyUse::MedicalCode => Use::MedicalCode,
                KeyUse::Unspecified => panic!("a key has a use"),
            };
            let published = PublicKey::of(PublicKey::bytes_of_pem(&key.public_key_pem).unwrap(), purpose);
            assert_eq!(published.id, key.kid);
            let instant = |time: prost_types::Timestamp| border::wire::instant(time).unwrap();
            PublicKey {
                valid_from: key.valid_from.map(instant).unwrap(),
                valid_to: key.valid_to.map(instant),
                ..published
            }
        }))
    }

    /// What another service says to an assertion now.
    pub(crate) async fn accepted(
        &self,
        token: &str,
        assertion: &str,
        operation: &common::Operation,
    ) -> Result<Claims, Refusal> {
        let (caller, now) = (Caller::parse(token).unwrap(), self.clock.now());
        let moment = (civil::day(now), now);
        stepup::require(&self.ring().await, &caller, assertion, &[derived(operation)], moment)
    }
}

/// The method that an accepted assertion names.
pub(crate) fn method(claims: Result<Claims, Refusal>) -> Method {
    claims.unwrap().method
}
