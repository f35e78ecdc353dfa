//! Verification as an app and a counter do it: a password chosen at the counter, and agreements given with it.

use proto::{
    common::Operation,
    identity::{
        BeginVerificationRequest, CompleteVerificationRequest, CounterDocument, IssueMedicalCodeRequest,
        SetPasswordRequest, VerificationMethod, complete_verification_request::Proof,
        verification_service_client::VerificationServiceClient,
    },
};
use standards::Pool;
use tonic::{Status, transport::Channel};

use super::{Desk, Party, bare, citizen, operator};
use crate::people::id;

/// Everybody's password.
pub const PASSWORD: &str = "481516";

/// What somebody does under an id.
pub(super) fn operation(kind: &str, id: &str, actor: &Party) -> Operation {
    let (kind, operation_id) = (kind.to_owned(), id.to_owned());
    Operation { kind, operation_id, actor_person_id: actor.person.clone(), ..Default::default() }
}

impl Desk {
    fn verifications(&self) -> VerificationServiceClient<Channel> {
        VerificationServiceClient::new(self.identity.clone())
    }

    /// A person chooses the password at a counter, by documents.
    pub async fn choose_password(&self, person: &str, pool: Pool) -> Result<(), Status> {
        let (request_id, counter) = (id(), operator(pool));
        let operation = Operation {
            kind: "SetPassword".to_owned(),
            operation_id: request_id.clone(),
            actor_person_id: person.to_owned(),
            ..Default::default()
        };
        let assertion = self.agree_at_counter(&counter, operation).await?;
        let (person_id, password) = (person.to_owned(), PASSWORD.to_owned());
        let request = SetPasswordRequest { request_id, person_id, password, assertion };
        self.verifications().set_password(bare(&counter, request)).await.map(|_| ())
    }

    /// The assertion that an operator gets for a person whose documents were seen.
    pub async fn agree_at_counter(&self, counter: &str, operation: Operation) -> Result<String, Status> {
        let (kind, reference) = ("id_card".to_owned(), "window 1".to_owned());
        let proof = Proof::CounterDocument(CounterDocument { kind, reference });
        self.verified(counter, operation, VerificationMethod::Counter, proof).await
    }

    /// The assertion that a citizen's app gets with the person's password.
    pub async fn agree(&self, operation: Operation) -> Result<String, Status> {
        let app = citizen(&operation.actor_person_id);
        let proof = Proof::Password(PASSWORD.to_owned());
        self.verified(&app, operation, VerificationMethod::Password, proof).await
    }

    /// What goes into a write: an agreement, if this desk verifies people.
    pub(super) async fn agreement(&self, operation: Operation) -> Result<String, Status> {
        if self.verifies { self.agree(operation).await } else { Ok(String::new()) }
    }

    /// 医保码 of a person, as the own app shows it, if this desk verifies people.
    pub(super) async fn code_of(&self, owner: &Party) -> Result<Option<String>, Status> {
        if !self.verifies {
            return Ok(None);
        }
        let request_id = id();
        let assertion = self.agree(operation("IssueMedicalCode", &request_id, owner)).await?;
        let person_id = owner.person.clone();
        let request = IssueMedicalCodeRequest { request_id, person_id, assertion, ..Default::default() };
        let app = citizen(&owner.person);
        Ok(Some(self.verifications().issue_medical_code(bare(&app, request)).await?.into_inner().token))
    }

    /// Who is registered chooses a password, if this desk verifies people.
    pub(super) async fn welcome(&self, person: &str, pool: Pool) -> Result<(), Status> {
        if self.verifies { self.choose_password(person, pool).await } else { Ok(()) }
    }

    async fn verified(
        &self,
        credential: &str,
        operation: Operation,
        method: VerificationMethod,
        proof: Proof,
    ) -> Result<String, Status> {
        let verification_id = id();
        let begin = BeginVerificationRequest {
            verification_id: verification_id.clone(),
            subject_person_id: operation.actor_person_id.clone(),
            operation: Some(operation),
            method: method.into(),
        };
        self.verifications().begin_verification(bare(credential, begin)).await?;
        let complete = CompleteVerificationRequest { verification_id, proof: Some(proof) };
        let reply = self.verifications().complete_verification(bare(credential, complete)).await?;
        Ok(reply.into_inner().assertion)
    }
}
