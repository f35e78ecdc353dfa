//! The keys of identity as another service knows them: asked for at the start, now and then, and whenever a token
//! names one that is not known.
//!
//! Without any key nothing can be judged: that is said as such and refuses nothing. Tokens are checked where the
//! request is handled, never by a writer.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use chassis::{
    access::{Caller, Role},
    client::{self, Peer},
    run::Host,
    status::Refusal,
    stepup::{self, Claims, Operation},
    token::{self, PublicKey, Ring, Together, Use},
};
use proto::identity::{
    GetKeysRequest, KeyAlgorithm, KeyUse, PublicKey as WireKey,
    verification_service_client::VerificationServiceClient,
};
use standards::civil;
use time::OffsetDateTime;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tonic::{Status, metadata::MetadataMap};

use crate::wire;

/// Metadata of a citizen's reads: an assertion of kind READ.
pub const READ_METADATA: &str = "gongji-read";
/// How often the keys are asked for, while some are known and while none is.
const OFTEN: Duration = Duration::from_secs(30);
const SOON: Duration = Duration::from_millis(250);
/// The least time between two questions, whatever tokens come.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a request waits for a key that it names.
const PATIENCE: Duration = Duration::from_millis(1_500);
const DEADLINE: Duration = Duration::from_secs(2);

/// The keys as they are known. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Keyring(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    ring: RwLock<Arc<Ring>>,
    together: Together,
    wanted: Notify,
    /// Whether identity answered when the keys were asked for last.
    asked: watch::Sender<bool>,
}

impl Keyring {
    /// Keys that never change.
    pub fn fixed(ring: Ring) -> Self {
        let ring = RwLock::new(Arc::new(ring));
        let (wanted, asked) = (Notify::new(), watch::Sender::new(true));
        Self(Arc::new(Inner { ring, together: Together::default(), wanted, asked }))
    }

    /// Keys that are asked for at `identity` for as long as the service runs.
    pub fn follow(identity: Peer, host: &Host) -> Self {
        let keyring = Self::fixed(Ring::default());
        host.keep(keyring.clone().run(identity, host.shutdown.clone()));
        keyring
    }

    async fn run(self, identity: Peer, stop: CancellationToken) {
        loop {
            let fetched = fetch(identity.clone()).await;
            let answered = fetched.is_ok();
            match fetched {
                Ok(ring) => *self.0.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring),
                Err(status) => {
                    tracing::info!(code = ?status.code(), "identity's keys cannot be read; asked again");
                }
            }
            self.0.asked.send_replace(answered);
            let (least, rest) = if self.ring().is_empty() { (SOON, SOON) } else { (PAUSE, OFTEN) };
            let next = async {
                tokio::time::sleep(least).await;
                // What was wanted meanwhile is answered now.
                let _ = tokio::time::timeout(rest, self.0.wanted.notified()).await;
            };
            if stop.run_until_cancelled(next).await.is_none() {
                return;
            }
        }
    }

    /// The keys that are known now.
    pub fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keys to judge a token by: asked for again if the token names one that is not known.
    ///
    /// # Errors
    /// FEED_BEHIND if no key is known at all, or the token's is not and identity did not answer.
    pub async fn ring_for(&self, token: &str) -> Result<Arc<Ring>, Refusal> {
        let ring = self.ring();
        let knows = |ring: &Ring| token::key_of(token).is_none_or(|id| ring.knows(id));
        if knows(&ring) && !ring.is_empty() {
            return Ok(ring);
        }
        let mut asked = self.0.asked.subscribe();
        self.0.wanted.notify_one();
        // Once may have been under way already.
        let mut answered = false;
        let twice = async {
            for _ in 0..2 {
                if asked.changed().await.is_err() || (knows(&self.ring()) && !self.ring().is_empty()) {
                    return;
                }
                answered = *asked.borrow();
            }
        };
        let _ = tokio::time::timeout(PATIENCE, twice).await;
        let ring = self.ring();
        if !ring.is_empty() && (knows(&ring) || answered) {
            return Ok(ring);
        }
        Err(Refusal::feed_behind("identity keys"))
    }

    /// Proves that the operation's actor agreed to it and that `caller` may show the agreement.
    ///
    /// # Errors
    /// Those of [`stepup::require`], and FEED_BEHIND if no key is known. None of them burns an id.
    pub async fn require(
        &self,
        caller: &Caller,
        assertion: &str,
        operation: &Operation,
        now: OffsetDateTime,
    ) -> Result<Claims, Refusal> {
        self.require_one_of(caller, assertion, std::slice::from_ref(operation), now).await
    }

    /// As [`Self::require`], for a request that may be put in several ways, all of one actor.
    ///
    /// # Errors
    /// As [`Self::require`].
    pub async fn require_one_of(
        &self,
        caller: &Caller,
        assertion: &str,
        operations: &[Operation],
        now: OffsetDateTime,
    ) -> Result<Claims, Refusal> {
        if assertion.is_empty() {
            return Err(stepup::missing(operations));
        }
        let ring = self.ring_for(assertion).await?;
        let opened = self.0.together.open(&ring, Use::Assertion, assertion, now).await;
        stepup::require_opened(opened, caller, operations, (civil::day(now), now))
    }

    /// A citizen's app reads with an assertion of kind READ in the metadata [`READ_METADATA`]; nobody else needs one.
    ///
    /// # Errors
    /// As [`Self::require`].
    pub async fn require_read(
        &self,
        caller: &Caller,
        metadata: &MetadataMap,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        let (Role::Citizen, Some(person)) = (caller.role, caller.person()) else { return Ok(()) };
        let assertion = metadata.get(READ_METADATA).and_then(|value| value.to_str().ok()).unwrap_or_default();
        self.require(caller, assertion, &Operation::read(person), now).await.map(|_| ())
    }
}

async fn fetch(identity: Peer) -> Result<Ring, Status> {
    let mut identity = VerificationServiceClient::new(identity);
    let request = client::with_deadline(GetKeysRequest {}, DEADLINE);
    let reply = client::within(DEADLINE, identity.get_keys(request)).await?;
    Ok(Ring::of(reply.into_inner().keys.iter().filter_map(key)))
}

/// A key that this version can use.
fn key(wire: &WireKey) -> Option<PublicKey> {
    let purpose = match wire.r#use() {
        KeyUse::Assertion => Use::Assertion,
        KeyUse::MedicalCode => Use::MedicalCode,
        KeyUse::Unspecified => return None,
    };
    if wire.algorithm() != KeyAlgorithm::Ed25519 {
        return None;
    }
    let valid_from = wire.valid_from.and_then(wire::instant)?;
    let valid_to = match wire.valid_to {
        Some(time) => Some(wire::instant(time)?),
        None => None,
    };
    let key = PublicKey::of(PublicKey::bytes_of_pem(&wire.public_key_pem)?, purpose);
    (key.id == wire.kid).then_some(PublicKey { valid_from, valid_to, ..key })
}

/// A key on the wire; none for a use that identity does not publish.
pub fn published(key: &PublicKey) -> Option<WireKey> {
    let purpose = match key.purpose {
        Use::Assertion => KeyUse::Assertion,
        Use::MedicalCode => KeyUse::MedicalCode,
        Use::Certificate | Use::FaceMatch | Use::ChainHead => return None,
    };
    Some(WireKey {
        kid: key.id.clone(),
        algorithm: KeyAlgorithm::Ed25519.into(),
        public_key_pem: key.pem(),
        r#use: purpose.into(),
        valid_from: Some(wire::timestamp(key.valid_from)),
        valid_to: key.valid_to.map(wire::timestamp),
    })
}

#[cfg(test)]
mod tests {
    use chassis::{stepup::Method, token::Signer};
    use time::macros::datetime;
    use tonic::Code;
    use uuid::Uuid;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-15 02:00 UTC);

    fn signer() -> Signer {
        Signer::from_seed(&[7; 32], Use::Assertion)
    }

    fn caller() -> (Caller, Uuid) {
        let person = Uuid::from_u128(2);
        (Caller::parse(&format!("dev:citizen:{person}")).unwrap(), person)
    }

    /// Who calls, and what that person has agreed to.
    fn agreed() -> (Caller, Operation, Claims) {
        let (caller, person) = caller();
        let operation = Operation::of("CreateTransfer", 1, person);
        let claims = Claims::for_operation(&operation, civil::day(NOW), Method::Face, &caller.party(), NOW);
        (caller, operation, claims)
    }

    #[tokio::test]
    async fn without_any_key_nothing_is_refused_and_nothing_is_done() {
        let (caller, operation, claims) = agreed();
        let assertion = claims.sign(&signer());
        let empty = Keyring::fixed(Ring::default());
        let refusal = empty.require(&caller, &assertion, &operation, NOW).await.unwrap_err();
        assert_eq!((refusal.code, refusal.reason.as_str()), (Code::Unavailable, "FEED_BEHIND"));
        let missing = empty.require(&caller, "", &operation, NOW).await.unwrap_err();
        assert_eq!(missing.reason, "STEP_UP_REQUIRED");
        let known = Keyring::fixed(Ring::of([signer().public(OffsetDateTime::UNIX_EPOCH, None)]));
        assert_eq!(known.require(&caller, &assertion, &operation, NOW).await, Ok(claims));
    }

    #[tokio::test]
    async fn a_key_that_nobody_could_be_asked_about_is_not_called_forged() {
        let (caller, operation, claims) = agreed();
        let other = Signer::from_seed(&[8; 32], Use::Assertion);
        let known = Keyring::fixed(Ring::of([signer().public(OffsetDateTime::UNIX_EPOCH, None)]));
        let refusal = known.require(&caller, &claims.sign(&other), &operation, NOW).await.unwrap_err();
        assert_eq!((refusal.code, refusal.reason.as_str()), (Code::Unavailable, "FEED_BEHIND"));
    }

    #[tokio::test]
    async fn a_citizen_reads_with_an_assertion_and_others_without() {
        let (citizen, person) = caller();
        let keyring = Keyring::fixed(Ring::of([signer().public(OffsetDateTime::UNIX_EPOCH, None)]));
        let (own, day) = (Operation::read(person), civil::day(NOW));
        let token = Claims::for_operation(&own, day, Method::Face, &citizen.party(), NOW).sign(&signer());
        let mut metadata = MetadataMap::new();
        let bare = keyring.require_read(&citizen, &metadata, NOW).await.unwrap_err();
        assert_eq!(bare.reason, "STEP_UP_REQUIRED");
        let auditor = Caller::parse("dev:auditor").unwrap();
        assert_eq!(keyring.require_read(&auditor, &metadata, NOW).await, Ok(()));
        metadata.insert(READ_METADATA, token.parse().unwrap());
        assert_eq!(keyring.require_read(&citizen, &metadata, NOW).await, Ok(()));
    }

    #[test]
    fn a_published_key_comes_back() {
        let until = Some(NOW);
        let key = signer().public(OffsetDateTime::UNIX_EPOCH, until);
        let wire = published(&key).unwrap();
        assert_eq!(super::key(&wire), Some(key));
        assert_eq!(super::key(&WireKey { kid: "other".to_owned(), ..wire }), None);
    }
}
