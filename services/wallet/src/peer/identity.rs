//! Identity, asked when a wallet is opened: may this person have one here, and is the place still free?

use std::time::Duration;

use chassis::{
    client::{self, Peer},
    status::{self, Refusal},
};
use ledger::command::OpenWallet;
use policy::EnrolmentStatus;
use proto::identity::{
    AssignPlaceOfUseRequest, BatchGetStandingRequest, identity_service_client::IdentityServiceClient,
};
use standards::civil;
use time::Date;
use tonic::{Code, Status};

use super::persons;
use crate::outcome::Refused;

/// How long identity may take for one call.
const LIMIT: Duration = Duration::from_secs(3);

/// A client of identity.
#[derive(Clone)]
pub(crate) struct Identity(IdentityServiceClient<Peer>);

impl Identity {
    pub(crate) fn new(channel: Peer) -> Self {
        Self(IdentityServiceClient::new(channel))
    }

    /// Gives the wallet its place of use; safe to repeat under the wallet's id. `Some` when it may not have it.
    pub(crate) async fn assign(&self, wallet: &OpenWallet, today: Date) -> Result<Option<Refused>, Status> {
        if let Some(refused) = self.standing(wallet, today).await? {
            return Ok(Some(refused));
        }
        let request = AssignPlaceOfUseRequest {
            request_id: wallet.wallet.to_string(),
            person_id: wallet.person.to_string(),
            wallet_id: wallet.wallet.to_string(),
            place_of_use: wallet.place_of_use.to_string(),
            expected_place_of_use: String::new(),
        };
        match self.0.clone().assign_place_of_use(client::with_deadline(request, LIMIT)).await {
            Ok(_) => Ok(None),
            Err(status) => refused(&status).map(Some),
        }
    }

    async fn standing(&self, wallet: &OpenWallet, today: Date) -> Result<Option<Refused>, Status> {
        let request = BatchGetStandingRequest {
            person_ids: vec![wallet.person.to_string()],
            on_day: civil::day_text(today),
        };
        let reply = self.0.clone().batch_get_standing(client::with_deadline(request, LIMIT)).await;
        let mut standings = reply.map_err(|status| away(&status))?.into_inner().standings;
        let standing = standings.pop().ok_or_else(|| Status::from(Refusal::unavailable()))?;
        if !standing.known {
            return Ok(Some(Refused::PersonUnknown));
        }
        let person = persons::known(&standing).map_err(|error| {
            tracing::error!(error, "identity sent a standing that cannot be read");
            Status::from(Refusal::unavailable())
        })?;
        let insured = person.enrolments.iter().filter(|enrolment| enrolment.meets(today, today));
        let mut insured = insured.peekable();
        if person.deceased_day.is_some() {
            return Ok(Some(Refused::Deceased));
        }
        if insured.peek().is_none() {
            return Ok(Some(Refused::BeneficiaryNotInsured));
        }
        let normal = insured.any(|enrolment| enrolment.status == EnrolmentStatus::Normal);
        Ok((!normal).then_some(Refused::EnrolmentNotNormal))
    }
}

/// What identity refused, or that nothing is known.
fn refused(status: &Status) -> Result<Refused, Status> {
    match status::reason(status).as_deref() {
        Some("PERSON_UNKNOWN") => Ok(Refused::PersonUnknown),
        Some("DECEASED") => Ok(Refused::Deceased),
        Some("PLACE_OF_USE_NOT_ALLOWED") => Ok(Refused::PlaceOfUseNotAllowed),
        Some("WALLET_ALREADY_OPEN" | "REVISION_CHANGED") => Ok(Refused::WalletAlreadyOpen),
        // The wallet's id stands for another person or place there.
        Some("REQUEST_ID_REUSED") => Err(Refusal::request_id_reused().into()),
        Some("REQUEST_ID_TOO_OLD") => Err(Refusal::request_id_too_old().into()),
        _ => Err(away(status)),
    }
}

fn away(status: &Status) -> Status {
    if !matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled) {
        tracing::error!(code = ?status.code(), cause = status.message(), "identity gave an answer that cannot be used");
    }
    Refusal::unavailable().into()
}
