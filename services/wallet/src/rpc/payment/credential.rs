//! Whose credential was shown: 医保码 and face are checked before the writer is asked. Nothing of
//! a credential is stored, and one that fails burns no id.
//!
//! What was decided under a payment's id is told again whatever has become of the credential: a till that lost the
//! answer must not hear that a code of a minute is over.

use std::{collections::BTreeMap, sync::Arc};

use border::{
    tokens::{self, MedicalCode},
    verdict,
};
use chassis::{
    access::Caller,
    batch::Lane,
    failure,
    serve::Deadline,
    status::Refusal,
    stepup::{self, Method, Operation},
    token::{self, Ring},
};
use futures::future;
use policy::{Presented, Rules, Ruling};
use standards::{PersonId, civil};
use time::OffsetDateTime;
use tonic::Status;

use super::Payments;
use crate::{
    command::{Command, Means, Pay},
    convert::payment::Offered,
    error,
    outcome::Outcome,
    shared::Decided,
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
        (now, deadline): (OffsetDateTime, Deadline),
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
        let failed: Vec<&Pay> = failed.map(|(pay, _)| pay).collect();
        let mut heard = self.heard(&failed, (now, deadline)).await?.into_iter();
        let mut answer = |checked: Result<(Pay, Option<Refusal>), Refusal>| match checked? {
            (pay, None) => Ok(pay),
            (pay, Some(failed)) => match heard.next() {
                Some(Ok(decided)) if decided.outcome == Outcome::Unheard => Err(failed),
                // The writer says it again, or that the id stands for something else.
                Some(Ok(_)) => Ok(pay),
                Some(Err(refusal)) if refusal.reason == "REQUEST_ID_REUSED" => Ok(pay),
                Some(Err(unknown)) => Err(unknown),
                None => Err(failure::broken("a payment was not asked about")),
            },
        };
        Ok(checked.into_iter().map(&mut answer).collect())
    }

    /// What the writer remembers of these payments: it is asked behind whatever it has taken before, so that none of
    /// them can be on its way.
    async fn heard(
        &self,
        pays: &[&Pay],
        (now, deadline): (OffsetDateTime, Deadline),
    ) -> Result<Vec<Result<Decided, Refusal>>, Refusal> {
        if pays.is_empty() {
            return Ok(Vec::new());
        }
        let probe = |pay: &Pay| Pay { probe: true, ..pay.clone() };
        let commands: Vec<_> =
            pays.iter().map(|pay| move |known| Command::Pay(Box::new(Pay { known, ..probe(pay) }))).collect();
        self.0.decide_all_on_facts(Lane::Bulk, deadline, now, None, &commands).await
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

    /// The patient agreed to pay so much here, recognised by face.
    fn face(&self, pay: &Pay, token: &str) -> Result<(), Refusal> {
        let operation = Operation::of("Pay", pay.payment, pay.patient.uuid());
        let operation = operation.about(pay.cost.personal).at(pay.institution);
        let moment = (civil::day(self.now), self.now);
        let operations = std::slice::from_ref(&operation);
        let claims = stepup::require(self.ring()?, &self.caller, token, operations, moment)?;
        if claims.method == Method::Face { Ok(()) } else { Err(error::not_by_face()) }
    }
}
