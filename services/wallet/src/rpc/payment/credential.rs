//! Whose credential was shown: 医保码 and face are checked before the writer is asked. Nothing of
//! a credential is stored, and one that fails burns no id.
//!
//! What was decided under a payment's id is told again whatever has become of the credential: a till that lost the
//! answer must not hear that a code of a minute is over.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use border::{
    tokens::{self, MedicalCode},
    verdict,
};
use chassis::{
    access::Caller,
    batch, failure,
    status::Refusal,
    stepup::{self, Method, Operation},
    token::{self, Ring},
};
use futures::future;
use policy::{Presented, Rules, Ruling};
use standards::{PersonId, civil};
use time::OffsetDateTime;
use tonic::Status;
use uuid::Uuid;

use super::Payments;
use crate::{
    command::{Means, Pay},
    convert::payment::Offered,
    error,
};

/// Up to so many signatures are verified where the request is handled; more of them would keep others waiting.
const AT_ONCE: usize = 4;

/// Checks credentials of one caller at one moment.
struct Check {
    /// No keys: nothing that was signed can be judged.
    ring: Result<Arc<Ring>, Refusal>,
    caller: Caller,
    rules: Arc<Rules>,
    now: OffsetDateTime,
}

impl Payments {
    /// The payments whose patient was identified, and why not for the others, in their order.
    pub(super) async fn identified(
        &self,
        caller: &Caller,
        now: OffsetDateTime,
        offered: Vec<Result<Offered, Refusal>>,
    ) -> Result<Vec<Result<Pay, Refusal>>, Status> {
        let tokens = offered.iter().flatten().map(|offered| offered.token.as_str());
        let tokens: Vec<&str> = tokens.filter(|token| !token.is_empty()).collect();
        let (ring, signed) = (self.ring(&tokens).await, tokens.len());
        let check = Check { ring, caller: caller.clone(), rules: Arc::clone(&self.0.rules), now };
        let work = move || offered.into_iter().map(|offered| check.of(offered?)).collect::<Vec<_>>();
        let checked = if signed <= AT_ONCE {
            work()
        } else {
            let checked = tokio::task::spawn_blocking(work).await;
            checked.map_err(|_| error::broken("credentials were not checked"))?
        };
        let failed = checked.iter().flatten().filter(|(_, failed)| failed.is_some());
        let decided = self.decided(failed.map(|(pay, _)| pay.payment.uuid()).collect()).await;
        let answer = |checked: Result<(Pay, Option<Refusal>), Refusal>| match checked? {
            (pay, None) => Ok(pay),
            (pay, Some(failed)) => match &decided {
                Ok(decided) if decided.contains(&pay.payment.uuid()) => Ok(pay),
                Ok(_) => Err(failed),
                Err(unread) => Err(unread.clone()),
            },
        };
        Ok(checked.into_iter().map(answer).collect())
    }

    /// The keys to judge tokens by. Keys that are not known are asked for once, whoever names them.
    async fn ring(&self, tokens: &[&str]) -> Result<Arc<Ring>, Refusal> {
        let keyring = &self.0.keyring;
        let by_key: BTreeMap<Option<&str>, &str> =
            tokens.iter().map(|token| (token::key_of(token), *token)).collect();
        let asked = by_key.into_values().map(|token| keyring.ring_for(token));
        future::join_all(asked).await.into_iter().collect::<Result<Vec<_>, _>>()?;
        Ok(keyring.ring())
    }

    /// Which of these ids an outcome is remembered for.
    async fn decided(&self, ids: Vec<Uuid>) -> Result<BTreeSet<Uuid>, Refusal> {
        if ids.is_empty() {
            return Ok(BTreeSet::new());
        }
        let read = self.0.database.read(move |mut conn| async move { batch::decided(&mut conn, &ids).await });
        read.await.map_err(failure::database)
    }
}

impl Check {
    /// The payment with who showed the code, and why its patient was not identified.
    fn of(&self, offered: Offered) -> Result<(Pay, Option<Refusal>), Refusal> {
        let Offered { mut pay, token } = offered;
        let shown_by = match pay.identified.map(|identified| identified.by) {
            Some(Means::MedicalCode) => self.code(&pay, &token),
            Some(Means::Face) => self.face(&pay, &token).map(|()| None),
            Some(Means::IdCard | Means::SocialCard) | None => Ok(None),
        };
        let (shown_by, failed) = match shown_by {
            Ok(shown_by) => (shown_by, None),
            Err(refusal) => (None, Some(refusal)),
        };
        if let Some(identified) = &mut pay.identified {
            identified.shown_by = shown_by;
        }
        Ok((pay, failed))
    }

    fn ring(&self) -> Result<&Ring, Refusal> {
        self.ring.as_deref().map_err(Refusal::clone)
    }

    /// the code is the patient's; who showed it when not the patient.
    fn code(&self, pay: &Pay, token: &str) -> Result<Option<PersonId>, Refusal> {
        let code = MedicalCode::open(self.ring()?, token, self.now).map_err(tokens::refused)?;
        let owner = PersonId::new(code.person);
        let shown_by = code.shown_by.map(PersonId::new);
        if owner == pay.patient {
            return Ok(shown_by.filter(|by| *by != owner));
        }
        let presented = Presented {
            credential_of: owner,
            shown_by,
            shower_linked: None,
            agent_documents: None,
            bond_proof: false,
            online: false,
        };
        let whose = (pay.patient, pay.insured_pool);
        let decision = policy::decide_presented(&presented, whose, &self.rules, self.now);
        Err(match decision.ruling() {
            Ruling::Refused(failed) => verdict::denied(failed),
            // No rule may make one person of two.
            Ruling::Allowed | Ruling::Undecided(_) => error::not_own(),
        })
    }

    /// The patient agreed to this payment here, recognised by face.
    fn face(&self, pay: &Pay, token: &str) -> Result<(), Refusal> {
        let plain = Operation::of("Pay", pay.payment, pay.patient.uuid()).at(pay.institution);
        let operations = [plain.clone().about(pay.cost.personal), plain];
        let moment = (civil::day(self.now), self.now);
        let claims = stepup::require(self.ring()?, &self.caller, token, &operations, moment)?;
        if claims.method == Method::Face { Ok(()) } else { Err(error::not_by_face()) }
    }
}
