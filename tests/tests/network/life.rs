//! One life of the main job, sent the way a careful client does: every request is made once and sent again, to the
//! letter, until its answer is certain.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use e2e::{Family, Scene, is_uncertain, pool, reason};
use proto::{
    common::{Channel as Way, Programme, View},
    identity::{
        EnrolmentStatus, RecordEnrolmentRequest, RegisterPersonRequest, Scheme,
        identity_service_client::IdentityServiceClient,
    },
    kinship::{
        AcceptBondRequest, Commitment, ProposeBondRequest, Relation,
        kinship_service_client::KinshipServiceClient,
    },
    settlement::{
        ClaimTransferRequest, CreateTransferRequest, DeclineTransferRequest, GetTransferRequest, Source,
        TransferState, create_transfer_request::Target, transfer_service_client::TransferServiceClient,
    },
    wallet::{
        CreditKind, CreditPersonalAccountRequest, GetWalletRequest, OpenWalletRequest, Terms,
        wallet_service_client::WalletServiceClient,
    },
};
use standards::Pool;
use testkit::{
    cluster::Cluster,
    desk::{Party, agency, citizen, long_ago, operator, under},
    people::{id, newcomer},
};
use tonic::{Request, Response, Status, transport::Channel};

/// How long one answer is waited for, and all repeats of a request together.
const IMPATIENCE: Duration = Duration::from_millis(2_500);
const PATIENCE: Duration = Duration::from_secs(40);

/// A client of the scene.
#[derive(Clone, Copy)]
pub(crate) struct Life<'a>(pub(crate) &'a Scene);

/// Sends one request until its answer is certain. News that the service has not heard yet is waited for, under a
/// new id: the old one is burnt.
pub(crate) async fn insist<M: Clone, R>(
    what: &str,
    credential: &str,
    make: impl Fn(String) -> M,
    send: impl AsyncFn(Request<M>) -> Result<Response<R>, Status>,
) -> Result<R> {
    let deadline = Instant::now() + PATIENCE;
    let mut message = make(id());
    loop {
        let mut request = under(credential, message.clone());
        request.set_timeout(IMPATIENCE);
        // The deadline in the request ends with the first byte of the reply; this one with the last.
        let answer = tokio::time::timeout(IMPATIENCE + Duration::from_millis(200), send(request)).await;
        match answer.unwrap_or_else(|_| Err(Status::deadline_exceeded("no whole reply"))) {
            Ok(reply) => return Ok(reply.into_inner()),
            Err(status) if Instant::now() >= deadline => bail!("{what}: still {status:?}"),
            Err(status) if is_uncertain(&status) => {}
            Err(status) if is_news(&status) => message = make(id()),
            Err(status) => bail!("{what}: {status:?}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn is_news(status: &Status) -> bool {
    ["INSTITUTION_UNKNOWN", "FEED_BEHIND", "PERSON_UNKNOWN", "BOND_UNKNOWN"]
        .contains(&reason(status).as_str())
}

fn commitment() -> Option<Commitment> {
    Some(Commitment {
        text_version: "2026-01".to_owned(),
        text_sha256: "cd".repeat(32),
        accept_time: Some(long_ago()),
    })
}

impl Life<'_> {
    pub(crate) fn channel(self, service: &str) -> Channel {
        self.0.channel(service)
    }

    pub(crate) fn book(self, pool: Pool) -> Channel {
        self.channel(&Cluster::wallet_of(pool.province()))
    }

    /// Registered, enrolled, with a wallet.
    async fn person(self, scheme: Scheme, pool: Pool) -> Result<Party> {
        let newcomer = newcomer(pool, 1970, 0)?;
        let make = |request_id| RegisterPersonRequest {
            request_id,
            id_number: newcomer.id_number.clone(),
            name: newcomer.name.clone(),
            mobile: newcomer.mobile.clone(),
            ..Default::default()
        };
        let identity = || IdentityServiceClient::new(self.channel("identity"));
        let send = async |request| identity().register_person(request).await;
        let registered = insist("registering", &operator(pool), make, send).await?;
        let person = registered.person.context("a person is registered")?.person_id;
        let enrolment_id = id();
        let make = |request_id| RecordEnrolmentRequest {
            request_id,
            enrolment_id: enrolment_id.clone(),
            person_id: person.clone(),
            scheme: scheme.into(),
            pooling_area: pool.to_string(),
            status: EnrolmentStatus::Normal.into(),
            valid_from: "2020-01-01".to_owned(),
            business_time: Some(long_ago()),
            ..Default::default()
        };
        let send = async |request| identity().record_enrolment(request).await;
        insist("enrolling", &agency(pool.province()), make, send).await?;
        let make = |wallet_id| OpenWalletRequest {
            wallet_id,
            person_id: person.clone(),
            place_of_use: pool.to_string(),
            mobile: newcomer.mobile.clone(),
            terms: Some(Terms { text_version: "2026-01".to_owned(), text_sha256: "ab".repeat(32) }),
            channel: Way::NationalApp.into(),
            ..Default::default()
        };
        let send = async |request| WalletServiceClient::new(self.book(pool)).open_wallet(request).await;
        let opened = insist("opening a wallet", &citizen(&person), make, send).await?;
        let wallet = opened.wallet.context("a wallet is opened")?.wallet_id;
        Ok(Party { person, pool, wallet })
    }

    /// A sharer with 100.00, a beneficiary in another province, and an active bond.
    pub(crate) async fn family(self, from: u32, to: u32) -> Result<Family> {
        let sharer = self.person(Scheme::Employee, pool(from)).await?;
        let make = |credit_id| CreditPersonalAccountRequest {
            credit_id,
            person_id: sharer.person.clone(),
            pooling_area: sharer.pool.to_string(),
            month: "2026-03".to_owned(),
            amount: "100.00".to_owned(),
            kind: CreditKind::Contribution.into(),
            reference: "contribution".to_owned(),
        };
        let send = async |request| {
            WalletServiceClient::new(self.book(sharer.pool)).credit_personal_account(request).await
        };
        insist("crediting", &agency(sharer.pool.province()), make, send).await?;
        let beneficiary = self.person(Scheme::Resident, pool(to)).await?;
        let make = |bond_id| ProposeBondRequest {
            bond_id,
            programme: Programme::Wallet.into(),
            sharer_person_id: sharer.person.clone(),
            beneficiary_person_id: beneficiary.person.clone(),
            relation: Relation::Parent.into(),
            commitment: commitment(),
            channel: Way::NationalApp.into(),
            ..Default::default()
        };
        let kinship = || KinshipServiceClient::new(self.channel("kinship-registry"));
        let send = async |request| kinship().propose_bond(request).await;
        let proposed = insist("proposing", &citizen(&sharer.person), make, send).await?;
        let bond = proposed.bond.context("a bond is proposed")?.bond_id;
        let make = |request_id| AcceptBondRequest {
            request_id,
            bond_id: bond.clone(),
            commitment: commitment(),
            ..Default::default()
        };
        let send = async |request| kinship().accept_bond(request).await;
        insist("accepting", &citizen(&beneficiary.person), make, send).await?;
        Ok(Family { sharer, beneficiary, bond })
    }

    fn transfers(self) -> TransferServiceClient<Channel> {
        TransferServiceClient::new(self.channel("settlement"))
    }

    /// Sends quota, and gives the transfer's id.
    pub(crate) async fn send(self, family: &Family, amount: &str) -> Result<String> {
        let make = |transfer_id| CreateTransferRequest {
            transfer_id,
            programme: Programme::Wallet.into(),
            bond_id: family.bond.clone(),
            amount: amount.to_owned(),
            source: Source::PersonalAccount.into(),
            channel: Way::NationalApp.into(),
            target: Some(Target::BeneficiaryPersonId(family.beneficiary.person.clone())),
            ..Default::default()
        };
        let send = async |request| self.transfers().create_transfer(request).await;
        let created = insist("sending", &citizen(&family.sharer.person), make, send).await?;
        Ok(created.transfer.context("a transfer is created")?.transfer_id)
    }

    pub(crate) async fn claim(self, transfer: &str, by: &Party) -> Result<()> {
        let make = |request_id| ClaimTransferRequest {
            request_id,
            transfer_id: transfer.to_owned(),
            ..Default::default()
        };
        let send = async |request| self.transfers().claim_transfer(request).await;
        insist("claiming", &citizen(&by.person), make, send).await.map(|_| ())
    }

    pub(crate) async fn decline(self, transfer: &str, by: &Party) -> Result<()> {
        let make = |request_id| DeclineTransferRequest {
            request_id,
            transfer_id: transfer.to_owned(),
            ..Default::default()
        };
        let send = async |request| self.transfers().decline_transfer(request).await;
        insist("declining", &citizen(&by.person), make, send).await.map(|_| ())
    }

    /// Waits until the sharer sees the transfer in a state.
    pub(crate) async fn until(self, transfer: &str, family: &Family, state: TransferState) -> Result<()> {
        let look = async || {
            let make = |_| GetTransferRequest { transfer_id: transfer.to_owned(), view: View::Full.into() };
            let send = async |request| self.transfers().get_transfer(request).await;
            let seen = insist("reading", &citizen(&family.sharer.person), make, send).await?;
            Ok((seen.transfer.unwrap_or_default().state() == state).then_some(()))
        };
        let wait = self.0.eventually("the state of the transfer", look).await;
        wait.with_context(|| format!("{transfer} is to be {}", state.as_str_name()))
    }

    /// Waits until the sharer's account shows these amounts.
    pub(crate) async fn account(self, party: &Party, available: &str, earmarked: &str) -> Result<()> {
        let look = async || {
            let make = |_| GetWalletRequest { person_id: party.person.clone() };
            let send =
                async |request| WalletServiceClient::new(self.book(party.pool)).get_wallet(request).await;
            let wallet = insist("looking", &citizen(&party.person), make, send).await?.wallet;
            let account = wallet.unwrap_or_default().account.unwrap_or_default();
            ensure!(
                (account.available.as_str(), account.earmarked.as_str()) == (available, earmarked),
                "{account:?}"
            );
            Ok(Some(()))
        };
        self.0.eventually("the account", look).await
    }

    /// Everything: 64.00 shared and claimed, 48.00 spent, 8.00 of it refunded, 4.00 spent and reversed; then 16.00
    /// sent and declined.
    pub(crate) async fn whole(self, from: u32, to: u32) -> Result<(Family, [String; 2])> {
        let family = self.family(from, to).await?;
        let taken = self.send(&family, "64.00").await?;
        self.until(&taken, &family, TransferState::PendingClaim).await?;
        self.claim(&taken, &family.beneficiary).await?;
        self.until(&taken, &family, TransferState::Claimed).await?;
        self.spend(&family.beneficiary).await?;
        let declined = self.send(&family, "16.00").await?;
        self.until(&declined, &family, TransferState::PendingClaim).await?;
        self.decline(&declined, &family.beneficiary).await?;
        self.until(&declined, &family, TransferState::Returned).await?;
        self.is_whole(&family, [&taken, &declined]).await?;
        Ok((family, [taken, declined]))
    }

    /// What a whole life leaves, however often it is told.
    pub(crate) async fn is_whole(self, family: &Family, [taken, declined]: [&str; 2]) -> Result<()> {
        self.until(taken, family, TransferState::Claimed).await?;
        self.until(declined, family, TransferState::Returned).await?;
        self.account(&family.sharer, "36.00", "24.00").await
    }
}
