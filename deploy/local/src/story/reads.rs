//! Reading back: what the services say now, each time under a credential that may ask.
//!
//! It only reads. Where news travels between services, a read is repeated until it is as wanted, and after
//! some patience what was read last is handed on as it is.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use proto::{
    common::{Programme, View},
    identity::{
        BatchGetStandingRequest, GetPersonRequest, Person, Standing,
        identity_service_client::IdentityServiceClient,
    },
    kinship::{Bond, GetBondRequest, kinship_service_client::KinshipServiceClient},
    policy::{GetPolicyRequest, Parameter, policy_service_client::PolicyServiceClient},
    settlement::{
        GetInstitutionRequest, GetInstitutionResponse, ListPositionsRequest, Position, PositionLevel,
        clearing_service_client::ClearingServiceClient, institution_service_client::InstitutionServiceClient,
    },
    wallet::{
        AuditRequest, AuditResponse, GetPaymentRequest, Payment, book_service_client::BookServiceClient,
        payment_service_client::PaymentServiceClient,
    },
};
use standards::Pool;
use testkit::{
    cluster::Cluster,
    desk::{Desk, Party, citizen, institution, under},
};
use tonic::{Status, transport::Channel};

/// How long news may take from one service to another.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(25);

/// Channels for reading.
pub(super) struct Reads {
    identity: Channel,
    kinship: Channel,
    settlement: Channel,
    desk: Desk,
}

impl Reads {
    pub(super) fn of(cluster: &Cluster) -> Result<Self> {
        Ok(Self {
            identity: cluster.channel("identity")?,
            kinship: cluster.channel("kinship-registry")?,
            settlement: cluster.channel("settlement")?,
            desk: Desk::of(cluster)?,
        })
    }

    /// A person as the person sees it.
    pub(super) async fn person(&self, party: &Party) -> Result<Person> {
        let request = GetPersonRequest { person_id: party.person.clone() };
        let mut identity = IdentityServiceClient::new(self.identity.clone());
        let reply = identity.get_person(under(&citizen(&party.person), request)).await.told("a person")?;
        reply.into_inner().person.context("no person in the reply")
    }

    /// What the other services are told about a person.
    pub(super) async fn standing(&self, party: &Party) -> Result<Standing> {
        let request =
            BatchGetStandingRequest { person_ids: vec![party.person.clone()], on_day: String::new() };
        let mut identity = IdentityServiceClient::new(self.identity.clone());
        let reply = identity.batch_get_standing(under("service:settlement", request)).await;
        let mut standings = reply.told("a person's standing")?.into_inner().standings;
        standings.pop().context("no standing in the reply")
    }

    /// A bond as one of its parties sees it.
    pub(super) async fn bond(&self, bond_id: &str, by: &Party) -> Result<Bond> {
        let request = GetBondRequest { bond_id: bond_id.to_owned(), view: View::Full.into() };
        let mut kinship = KinshipServiceClient::new(self.kinship.clone());
        let reply = kinship.get_bond(under(&citizen(&by.person), request)).await.told("a bond")?;
        reply.into_inner().bond.context("no bond in the reply")
    }

    /// An institution in the directory, as it stands today.
    pub(super) async fn institution(&self, code: &str) -> Result<GetInstitutionResponse> {
        let request = GetInstitutionRequest { institution_code: code.to_owned(), on_day: String::new() };
        let mut directory = InstitutionServiceClient::new(self.settlement.clone());
        let reply = directory.get_institution(under(&institution(code), request)).await;
        Ok(reply.told("an institution")?.into_inner())
    }

    /// A payment as the institution sees it; `pool` is where the patient's wallet is kept.
    pub(super) async fn payment(&self, payment: &Payment, pool: Pool) -> Result<Payment> {
        let request = GetPaymentRequest { payment_id: payment.payment_id.clone(), view: View::Full.into() };
        let mut wallet = PaymentServiceClient::new(self.desk.wallet(pool)?);
        let request = under(&institution(&payment.institution_code), request);
        let reply = wallet.get_payment(request).await.told("a payment")?;
        reply.into_inner().payment.context("no payment in the reply")
    }

    /// Positions between provinces in a month; none if nothing has been owed in it yet.
    pub(super) async fn positions(&self, period: &str) -> Result<Vec<Position>> {
        let request = ListPositionsRequest {
            period_id: period.to_owned(),
            level: PositionLevel::Province.into(),
            page_size: 500,
            ..Default::default()
        };
        let mut clearing = ClearingServiceClient::new(self.settlement.clone());
        match clearing.list_positions(under("centre", request)).await {
            Err(status) if chassis::status::reason(&status).as_deref() == Some("PERIOD_UNKNOWN") => {
                Ok(vec![])
            }
            reply => Ok(reply.told("the positions")?.into_inner().positions),
        }
    }

    /// A rule in force in a region, asked of kinship-registry or settlement.
    pub(super) async fn rule(&self, from: Ruler, region: Pool, name: &str) -> Result<Parameter> {
        let channel = match from {
            Ruler::Kinship => self.kinship.clone(),
            Ruler::Settlement => self.settlement.clone(),
        };
        let request = GetPolicyRequest {
            region: region.to_string(),
            programme: Programme::Wallet.into(),
            at_time: None,
        };
        let mut policy = PolicyServiceClient::new(channel);
        let reply = policy.get_policy(under("auditor", request)).await.told("the rules")?.into_inner();
        let found = reply.parameters.into_iter().find(|parameter| parameter.name == name);
        found.with_context(|| format!("no rule named {name} in the reply"))
    }

    /// Lets the book of a pool check itself: how far it came, and what it found.
    pub(super) async fn audit(&self, pool: Pool) -> Result<AuditResponse> {
        let mut book = BookServiceClient::new(self.desk.wallet(pool)?);
        let reply = book.audit(under("auditor", AuditRequest::default())).await.told("an audit")?;
        let (mut stream, mut all) = (reply.into_inner(), AuditResponse::default());
        while let Some(part) = stream.message().await.told("an audit")? {
            all.checked_through = part.checked_through;
            all.findings.extend(part.findings);
        }
        Ok(all)
    }
}

/// Who is asked for the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruler {
    /// For bonds.
    Kinship,
    /// For transfers.
    Settlement,
}

/// Reads until it is as wanted, or until patience ends; then gives what was read last.
pub(super) async fn settled<T>(read: impl AsyncFn() -> Result<T>, wanted: impl Fn(&T) -> bool) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = read().await?;
        if wanted(&found) || deadline < Instant::now() {
            return Ok(found);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Repeats a call while the service says that it has not heard the latest from another one. Such an answer stores
/// nothing, so the ids in the call stay good.
pub(super) async fn patiently<T>(doing: &str, call: impl AsyncFn() -> Result<T, Status>) -> Result<T> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match call().await {
            Err(status) if is_behind(&status) && Instant::now() < deadline => tokio::time::sleep(PAUSE).await,
            answer => return answer.told(doing),
        }
    }
}

/// As [`patiently`], where a refusal is wanted.
pub(super) async fn refused<T>(doing: &str, call: impl AsyncFn() -> Result<T, Status>) -> Result<Status> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match call().await {
            Err(status) if is_behind(&status) && Instant::now() < deadline => tokio::time::sleep(PAUSE).await,
            Err(status) => return Ok(status),
            Ok(_) => return Err(anyhow!("{doing} was not refused")),
        }
    }
}

fn is_behind(status: &Status) -> bool {
    chassis::status::reason(status).is_some_and(|reason| reason == "FEED_BEHIND")
}

/// A status as an error that a person can read.
pub(super) trait Told<T> {
    /// Says what was being done.
    fn told(self, doing: &str) -> Result<T>;
}

impl<T> Told<T> for Result<T, Status> {
    fn told(self, doing: &str) -> Result<T> {
        self.map_err(|status| {
            let Some(parsed) = chassis::status::read(&status) else {
                return anyhow!("{doing}: {:?}: {}", status.code(), status.message());
            };
            let refusal = &parsed.refusal;
            let fields: Vec<String> =
                parsed.violations.iter().map(|(field, _, text, _)| format!("; {field}: {text}")).collect();
            anyhow!("{doing}: {} {}: {}{}", refusal.reason, refusal.rule, refusal.message_en, fields.concat())
        })
    }
}
