//! A careful client of services that die and of calls that are lost: every request is made once and sent again, to
//! the letter, until its answer is certain.
//!
//! It judges no answer and writes nothing down: what moves money and must be judged is asked for by a `Witness`.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use proto::{
    identity::{Scheme, identity_service_client::IdentityServiceClient},
    kinship::{Relation, kinship_service_client::KinshipServiceClient},
    settlement::institution_service_client::InstitutionServiceClient,
    wallet::wallet_service_client::WalletServiceClient,
};
use standards::Pool;
use testkit::{
    desk::{Desk, Party, agency, citizen, is_news, operator, requests, second_agent, under},
    people::{id, newcomer},
};
use tokio::time::timeout;
use tonic::{Request, Response, Status, transport::Channel};

use crate::answer::is_uncertain;

/// How long one answer is waited for.
pub const IMPATIENCE: Duration = Duration::from_millis(2_500);
const PAUSE: Duration = Duration::from_millis(10);

/// Whoever comes to a desk and insists.
#[derive(Clone)]
pub struct Careful {
    /// Where to.
    pub desk: Desk,
    /// For how long, all repeats of a request together.
    pub patience: Duration,
}

impl Careful {
    /// Sends one request until its answer is certain. News that the service has not heard yet is waited for, under
    /// a new id: the old one is burnt.
    ///
    /// # Errors
    /// The refusal, or what is still not certain when patience ends.
    pub async fn insist<M: Clone + 'static, R>(
        &self,
        what: &str,
        credential: &str,
        make: impl Fn(String) -> M,
        send: impl AsyncFn(Request<M>) -> Result<Response<R>, Status>,
    ) -> Result<R> {
        let deadline = Instant::now() + self.patience;
        let mut message = make(id());
        loop {
            let mut request = under(credential, message.clone());
            request.set_timeout(IMPATIENCE);
            // The deadline in the request ends with the first byte of the reply; this one with the last.
            let answer = timeout(IMPATIENCE + Duration::from_millis(200), send(request)).await;
            match answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("no whole reply"))) {
                Ok(reply) => return Ok(reply.into_inner()),
                Err(status) if Instant::now() >= deadline => bail!("{what}: still {status:?}"),
                Err(status) if is_uncertain(&status) => {}
                Err(status) if is_news(&status) => message = make(id()),
                Err(status) => bail!("{what}: {status:?}"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn kinship(&self) -> KinshipServiceClient<Channel> {
        KinshipServiceClient::new(self.desk.kinship.clone())
    }

    fn wallets(&self, pool: Pool) -> Result<WalletServiceClient<Channel>> {
        Ok(WalletServiceClient::new(self.desk.wallet(pool)?))
    }

    /// Puts an institution into the directory of a pool.
    pub async fn put_institution(&self, code: &str, pool: Pool) -> Result<()> {
        let make = |request_id: String| requests::designation(&request_id, code, "第一医院", pool);
        let directory = || InstitutionServiceClient::new(self.desk.settlement.clone());
        let send = async |request| directory().put_institution(request).await;
        self.insist("putting an institution", &agency(pool.province()), make, send).await.map(|_| ())
    }

    /// Somebody who is registered, enrolled, and has a wallet.
    pub async fn person(&self, scheme: Scheme, pool: Pool) -> Result<Party> {
        let newcomer = newcomer(pool, 1970, 0)?;
        let identity = || IdentityServiceClient::new(self.desk.identity.clone());
        let make = |request_id: String| requests::registration(&request_id, &newcomer);
        let send = async |request| identity().register_person(request).await;
        let registered = self.insist("registering", &operator(pool), make, send).await?;
        let person = registered.person.context("a person is registered")?.person_id;
        let make = |request_id: String| requests::activation(&request_id, &person);
        let send = async |request| identity().activate_medical_code(request).await;
        self.insist("activating the code", &operator(pool), make, send).await?;
        let enrolment = id();
        let make = |request_id: String| {
            requests::enrolment([&request_id, &enrolment], &person, scheme, pool, "2020-01-01")
        };
        let send = async |request| identity().record_enrolment(request).await;
        self.insist("enrolling", &agency(pool.province()), make, send).await?;
        let wallets = self.wallets(pool)?;
        let party = |wallet: String| Party { person: person.clone(), pool, wallet };
        let make = |wallet_id| requests::wallet(&party(wallet_id), &newcomer.mobile, false);
        let send = async |request| wallets.clone().open_wallet(request).await;
        let opened = self.insist("opening a wallet", &citizen(&person), make, send).await?;
        Ok(party(opened.wallet.context("a wallet is opened")?.wallet_id))
    }

    /// Credits a month's contribution.
    pub async fn credit(&self, to: &Party, amount: &str, month: &str) -> Result<()> {
        let make = |credit_id: String| requests::credit(&credit_id, to, amount, month);
        let wallets = self.wallets(to.pool)?;
        let send = async |request| wallets.clone().credit_personal_account(request).await;
        self.insist("crediting", &agency(to.pool.province()), make, send).await.map(|_| ())
    }

    /// Proposes a bond with a parent, and gives its id.
    pub async fn propose(&self, sharer: &Party, beneficiary: &Party) -> Result<String> {
        let make = |bond_id: String| requests::proposal(&bond_id, sharer, beneficiary, Relation::Sibling);
        let send = async |request| self.kinship().propose_bond(request).await;
        let proposed = self.insist("proposing", &citizen(&sharer.person), make, send).await?;
        Ok(proposed.bond.context("a bond is proposed")?.bond_id)
    }

    /// Accepts a bond.
    pub async fn accept(&self, bond: &str, by: &Party) -> Result<()> {
        let make = |request_id: String| requests::acceptance(&request_id, bond);
        let send = async |request| self.kinship().accept_bond(request).await;
        self.insist("accepting", &citizen(&by.person), make, send).await.map(|_| ())
    }

    /// Rejects a bond.
    pub async fn reject(&self, bond: &str, by: &Party) -> Result<()> {
        let make = |request_id: String| requests::rejection(&request_id, bond);
        let send = async |request| self.kinship().reject_bond(request).await;
        self.insist("rejecting", &citizen(&by.person), make, send).await.map(|_| ())
    }

    /// Freezes a wallet.
    pub async fn freeze(&self, of: &Party) -> Result<()> {
        let make = |request_id: String| requests::freeze(&request_id, &of.wallet);
        let wallets = self.wallets(of.pool)?;
        let send = async |request| wallets.clone().freeze_wallet(request).await;
        self.insist("freezing", &agency(of.pool.province()), make, send).await.map(|_| ())
    }

    /// Thaws a wallet.
    pub async fn thaw(&self, of: &Party) -> Result<()> {
        let make = |request_id: String| requests::unfreeze(&request_id, &of.wallet);
        let wallets = self.wallets(of.pool)?;
        let send = async |request| wallets.clone().unfreeze_wallet(request).await;
        self.insist("thawing", &second_agent(of.pool.province()), make, send).await.map(|_| ())
    }
}
