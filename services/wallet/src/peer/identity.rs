//! Identity, asked when a wallet is opened: who is the person, and may the wallet have its place of use?
//!
//! It judges nothing itself and renders no status: it is called on tasks that do not know the caller's language.

use std::time::Duration;

use chassis::{
    client::{self, Peer},
    status::{self, Refusal},
};
use ledger::command::OpenWallet;
use proto::identity::{
    AssignPlaceOfUseRequest, BatchGetStandingRequest, identity_service_client::IdentityServiceClient,
};
use standards::{PersonId, civil};
use time::Date;
use tonic::{Code, Status};

use super::persons;
use crate::{facts::KnownPerson, outcome::Refused};

/// How long identity may take for one call.
const LIMIT: Duration = Duration::from_secs(3);

/// A client of identity.
#[derive(Clone)]
pub(crate) struct Identity(IdentityServiceClient<Peer>);

/// What identity made of a wallet's place of use.
pub(crate) enum Assigned {
    /// The wallet has it.
    Yes,
    /// The person's place was given to another wallet, or moved, since the person was looked at.
    Taken,
    /// The wallet may not have it.
    No(Refused),
}

impl Identity {
    pub(crate) fn new(channel: Peer) -> Self {
        Self(IdentityServiceClient::new(channel))
    }

    /// The person as identity knows it on a day.
    pub(crate) async fn person(&self, person: PersonId, day: Date) -> Result<Option<KnownPerson>, Refusal> {
        let request =
            BatchGetStandingRequest { person_ids: vec![person.to_string()], on_day: civil::day_text(day) };
        let mut identity = self.0.clone();
        let asked = identity.batch_get_standing(client::with_deadline(request, LIMIT));
        let mut standings =
            client::within(LIMIT, asked).await.map_err(|status| away(&status))?.into_inner().standings;
        let standing = standings.pop().ok_or_else(Refusal::unavailable)?;
        if !standing.known {
            return Ok(None);
        }
        persons::known(&standing).map(Some).map_err(|error| {
            tracing::error!(error, "identity sent a standing that cannot be read");
            Refusal::unavailable()
        })
    }

    /// Gives the wallet its place of use; safe to repeat under the wallet's id.
    pub(crate) async fn assign(&self, wallet: &OpenWallet) -> Result<Assigned, Refusal> {
        let request = AssignPlaceOfUseRequest {
            request_id: wallet.wallet.to_string(),
            person_id: wallet.person.to_string(),
            wallet_id: wallet.wallet.to_string(),
            place_of_use: wallet.place_of_use.to_string(),
            expected_place_of_use: String::new(),
        };
        let mut identity = self.0.clone();
        let asked = identity.assign_place_of_use(client::with_deadline(request, LIMIT));
        match client::within(LIMIT, asked).await {
            Ok(_) => Ok(Assigned::Yes),
            Err(status) => refused(&status),
        }
    }
}

/// What identity refused, or that nothing is known.
fn refused(status: &Status) -> Result<Assigned, Refusal> {
    match status::reason(status).as_deref() {
        Some("PERSON_UNKNOWN") => Ok(Assigned::No(Refused::PersonUnknown)),
        Some("DECEASED") => Ok(Assigned::No(Refused::Deceased)),
        Some("PLACE_OF_USE_NOT_ALLOWED") => Ok(Assigned::No(Refused::PlaceOfUseNotAllowed)),
        Some("WALLET_ALREADY_OPEN" | "REVISION_CHANGED") => Ok(Assigned::Taken),
        // The wallet's id stands for another person or place there.
        Some("REQUEST_ID_REUSED") => Err(Refusal::request_id_reused()),
        Some("REQUEST_ID_TOO_OLD") => Err(Refusal::request_id_too_old()),
        _ => Err(away(status)),
    }
}

fn away(status: &Status) -> Refusal {
    if !matches!(status.code(), Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled) {
        tracing::error!(code = ?status.code(), cause = status.message(), "identity gave an answer that cannot be used");
    }
    Refusal::unavailable()
}
