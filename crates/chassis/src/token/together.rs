//! Opens the tokens of whatever requests wait at the same time: signatures that are checked together cost half as much.
//!
//! It keeps nobody waiting for company: a request lets others that are ready to run go first, once, and then checks
//! what has gathered. Nothing is remembered. A caller that goes away costs the others nothing.

use std::{
    mem,
    sync::{Mutex, PoisonError},
};

use ed25519_dalek::{Signature, VerifyingKey, verify_batch};
use serde::de::DeserializeOwned;
use time::OffsetDateTime;
use tokio::sync::oneshot::{self, error::TryRecvError};

use super::{Ring, Sealed, TokenError, Use};

/// How many signatures are checked in one go, half a millisecond of work: twice as many would make none cheaper.
const MOST: usize = 32;

/// Where the signatures of concurrent requests meet.
#[derive(Debug, Default)]
pub struct Together(Mutex<Vec<Waiting>>);

#[derive(Debug)]
struct Waiting {
    verifying: VerifyingKey,
    signed: String,
    signature: Signature,
    tell: oneshot::Sender<bool>,
}

impl Together {
    /// As [`Ring::open`], at the price of a signature among many.
    ///
    /// # Errors
    /// Those of [`Ring::open`].
    pub async fn open<T: DeserializeOwned>(
        &self,
        ring: &Ring,
        purpose: Use,
        token: &str,
        now: OffsetDateTime,
    ) -> Result<T, TokenError> {
        let sealed = ring.sealed(purpose, token, now)?;
        if self.holds(&sealed).await { sealed.payload() } else { Err(TokenError::Forged) }
    }

    async fn holds(&self, sealed: &Sealed<'_>) -> bool {
        let (tell, mut told) = oneshot::channel();
        let (verifying, signature) = (*sealed.verifying, sealed.signature);
        self.with(|waiting| {
            waiting.push(Waiting { verifying, signed: sealed.signed.to_owned(), signature, tell });
        });
        loop {
            tokio::task::yield_now().await;
            match told.try_recv() {
                Ok(holds) => return holds,
                Err(TryRecvError::Closed) => return false,
                Err(TryRecvError::Empty) => {}
            }
            let some = self.with(|waiting| {
                let rest = waiting.split_off(waiting.len().min(MOST));
                mem::replace(waiting, rest)
            });
            if some.is_empty() {
                // Somebody else has it in hand, and tells before letting go of its thread.
                return told.await.unwrap_or(false);
            }
            settle(some);
        }
    }

    fn with<R>(&self, change: impl FnOnce(&mut Vec<Waiting>) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Tells each whether its signature holds. If not all do, each is looked at alone.
fn settle(some: Vec<Waiting>) {
    let all_hold = some.len() > 1 && {
        let messages: Vec<&[u8]> = some.iter().map(|one| one.signed.as_bytes()).collect();
        let signatures: Vec<Signature> = some.iter().map(|one| one.signature).collect();
        let keys: Vec<VerifyingKey> = some.iter().map(|one| one.verifying).collect();
        verify_batch(&messages, &signatures, &keys).is_ok()
    };
    for one in some {
        let holds = all_hold || one.verifying.verify_strict(one.signed.as_bytes(), &one.signature).is_ok();
        // Whoever went away needs no answer.
        let _ = one.tell.send(holds);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::future::join_all;

    use super::*;
    use crate::token::Signer;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-01-15 02:00 UTC);

    /// Two keys that are published; the third is not, and passes itself off as the first.
    fn signers() -> [Signer; 3] {
        let [first, second, mut forger] =
            [7, 8, 9].map(|seed| Signer::from_seed(&[seed; 32], Use::Assertion));
        forger.id = first.id.clone();
        [first, second, forger]
    }

    fn ring() -> Ring {
        Ring::of(signers()[..2].iter().map(|signer| signer.public(OffsetDateTime::UNIX_EPOCH, None)))
    }

    #[tokio::test]
    async fn many_at_once_are_opened_as_each_alone_would_be() {
        let (ring, together, signers) = (ring(), Together::default(), signers());
        for many in [1, 2, 31, 32, 33, 100] {
            for forged_every in [1, 2, 40, 1_000] {
                let by = |at: usize| if at % forged_every == forged_every - 1 { 2 } else { at % 2 };
                let tokens: Vec<String> = (0..many).map(|at| signers[by(at)].sign(&at)).collect();
                let open = |token| together.open::<usize>(&ring, Use::Assertion, token, NOW);
                let opened = join_all(tokens.iter().map(|token| open(token))).await;
                let alone: Vec<_> =
                    tokens.iter().map(|token| ring.open::<usize>(Use::Assertion, token, NOW)).collect();
                assert_eq!(opened, alone);
                let refused = (0..many).filter(|at| by(*at) == 2).count();
                assert_eq!(opened.iter().filter(|one| **one == Err(TokenError::Forged)).count(), refused);
            }
        }
        assert_eq!(
            together.open::<usize>(&ring, Use::MedicalCode, &signers[0].sign(&1), NOW).await,
            Err(TokenError::KeyUnknown)
        );
        assert!(together.with(|waiting| waiting.is_empty()));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn threads_that_check_for_each_other_tell_each_its_own() {
        let (ring, together, signers) = (Arc::new(ring()), Arc::new(Together::default()), signers());
        let open = |at: usize| {
            let token = signers[at % 3].sign(&at);
            let (ring, together) = (Arc::clone(&ring), Arc::clone(&together));
            async move { together.open::<usize>(&ring, Use::Assertion, &token, NOW).await }
        };
        let opened = join_all((0..300).map(|at| tokio::spawn(open(at)))).await;
        for (at, opened) in opened.into_iter().enumerate() {
            let expected = if at % 3 == 2 { Err(TokenError::Forged) } else { Ok(at) };
            assert_eq!(opened.unwrap(), expected);
        }
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_nobody_waiting() {
        let (ring, together, signers) = (ring(), Together::default(), signers());
        let tokens: Vec<String> = (0..100).map(|at| signers[at % 2].sign(&at)).collect();
        for token in &tokens {
            let leaves = together.open::<usize>(&ring, Use::Assertion, token, NOW);
            let mut leaves = Box::pin(leaves);
            assert!(futures::poll!(&mut leaves).is_pending());
        }
        assert_eq!(together.open::<usize>(&ring, Use::Assertion, &tokens[0], NOW).await, Ok(0));
        assert!(together.with(|waiting| waiting.is_empty()));
    }
}
