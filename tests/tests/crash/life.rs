//! A day of a family that passes every step of the main job: people who come, a bond, and transfers that are
//! claimed, declined, refused by either book, and left until the night.

use anyhow::{Context, Result, ensure};
use e2e::{Family, Order, is_uncertain, pool};
use proto::{
    common::{Channel as Way, Programme},
    identity::{
        EnrolmentStatus, RecordEnrolmentRequest, RegisterPersonRequest, Scheme,
        identity_service_client::IdentityServiceClient,
    },
    kinship::{
        AcceptBondRequest, Commitment, ProposeBondRequest, RejectBondRequest, Relation,
        kinship_service_client::KinshipServiceClient,
    },
    settlement::{
        InstitutionKind, PutInstitutionRequest, institution_service_client::InstitutionServiceClient,
    },
    wallet::{
        FreezeWalletRequest, OpenWalletRequest, Terms, UnfreezeWalletRequest,
        wallet_service_client::WalletServiceClient,
    },
};
use standards::Pool;
use testkit::{
    desk::{Bill, Party, agency, citizen, long_ago, operator},
    people::{id, newcomer},
};
use tonic::transport::Channel;

use super::client::{Client, insist};

/// Where the sharer and the beneficiary live.
const HOME: u32 = 320_100;
const AWAY: u32 = 510_100;

/// What a family's day leaves behind for the night and for the end.
#[derive(Clone, Debug)]
pub(crate) struct Lived {
    pub(crate) family: Family,
    /// A transfer that nobody claimed.
    pub(crate) left: Order,
}

fn commitment() -> Option<Commitment> {
    Some(Commitment {
        text_version: "2026-01".to_owned(),
        text_sha256: "cd".repeat(32),
        accept_time: Some(long_ago()),
    })
}

impl Client {
    /// The whole day; `month` is the one of the contribution.
    pub(crate) async fn live(self, month: String, bill: Bill) -> Result<Lived> {
        self.put_institution(&bill.institution).await?;
        let sharer = self.person(Scheme::Employee, pool(HOME)).await?;
        self.done(|| Order::credit(&sharer, "100.00", &month), "").await?;
        let beneficiary = self.person(Scheme::Resident, pool(AWAY)).await?;
        self.reject(&self.propose(&sharer, &beneficiary).await?, &beneficiary).await?;
        let bond = self.propose(&sharer, &beneficiary).await?;
        self.accept(&bond, &beneficiary).await?;
        let family = Family { sharer, beneficiary, bond };

        self.refused(|| Order::transfer(&family, "100.01"), "INSUFFICIENT_BALANCE").await?;
        let taken = self.done(|| Order::transfer(&family, "64.00"), "PENDING_CLAIM").await?.0;
        self.done(|| Order::claim(taken.key, &family.beneficiary), "CLAIMED").await?;
        self.spend(&family.beneficiary, &bill).await?;
        let unwanted = self.done(|| Order::transfer(&family, "16.00"), "PENDING_CLAIM").await?.0;
        self.done(|| Order::decline(unwanted.key, &family.beneficiary), "RETURNED").await?;
        self.freeze(&family.beneficiary).await?;
        self.refused(|| Order::transfer(&family, "8.00"), "WALLET_FROZEN").await?;
        self.thaw(&family.beneficiary).await?;
        let left = self.done(|| Order::transfer(&family, "2.00"), "PENDING_CLAIM").await?.0;
        Ok(Lived { family, left })
    }

    /// Pays 48.00, gets 8.00 of it back, and pays 4.00 that are reversed.
    async fn spend(&self, patient: &Party, bill: &Bill) -> Result<()> {
        let of = |amount: &str| Bill { amount: amount.to_owned(), ..bill.clone() };
        let (paid, reply) = self.done(|| Order::payment(patient, &of("48.00")), "").await?;
        ensure!(reply.shared == Some(4_800), "{reply:?}");
        self.done(|| Order::refund(&paid.bought(), "8.00"), "").await?;
        let (other, _) = self.done(|| Order::payment(patient, &of("4.00")), "").await?;
        self.done(|| Order::reversal(&other.bought()), "REVERSED").await?;
        Ok(())
    }

    /// Nobody has claimed what was left: it is back, and so is everything else that has an end.
    pub(crate) async fn sees_the_end(&self, lived: &Lived) -> Result<()> {
        self.becomes(&lived.left, "RETURNED").await?;
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        loop {
            let account = match self.desk.wallet_of(&lived.family.sharer).await {
                Ok(wallet) => wallet.account.unwrap_or_default(),
                Err(status) if is_uncertain(&status) => continue,
                Err(status) => return Err(status.into()),
            };
            // 64.00 were shared, and of 40.00 that were spent the report may be on its way.
            if (account.available.as_str(), account.earmarked.as_str()) == ("36.00", "24.00") {
                return Ok(());
            }
            ensure!(std::time::Instant::now() < deadline, "{account:?} of {:?}", lived.family);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    async fn put_institution(&self, code: &str) -> Result<()> {
        let at = pool(AWAY);
        let make = |request_id| PutInstitutionRequest {
            request_id,
            institution_code: code.to_owned(),
            name: "第一医院".to_owned(),
            pooling_area: at.to_string(),
            kind: InstitutionKind::Hospital.into(),
            wallet_supported: true,
            designated_from: "2020-01-01".to_owned(),
            ..Default::default()
        };
        let directory = || InstitutionServiceClient::new(self.settlement.clone());
        let send = async |request| directory().put_institution(request).await;
        insist("putting an institution", &agency(at.province()), make, send).await.map(|_| ())
    }

    fn wallets(&self, pool: Pool) -> Result<WalletServiceClient<Channel>> {
        Ok(WalletServiceClient::new(self.desk.wallet(pool)?))
    }

    /// Registered, enrolled, with a wallet.
    async fn person(&self, scheme: Scheme, pool: Pool) -> Result<Party> {
        let newcomer = newcomer(pool, 1970, 0)?;
        let identity = || IdentityServiceClient::new(self.identity.clone());
        let make = |request_id| RegisterPersonRequest {
            request_id,
            id_number: newcomer.id_number.clone(),
            name: newcomer.name.clone(),
            mobile: newcomer.mobile.clone(),
            ..Default::default()
        };
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
        let wallets = self.wallets(pool)?;
        let make = |wallet_id| OpenWalletRequest {
            wallet_id,
            person_id: person.clone(),
            place_of_use: pool.to_string(),
            mobile: newcomer.mobile.clone(),
            terms: Some(Terms { text_version: "2026-01".to_owned(), text_sha256: "ab".repeat(32) }),
            channel: Way::NationalApp.into(),
            ..Default::default()
        };
        let send = async |request| wallets.clone().open_wallet(request).await;
        let opened = insist("opening a wallet", &citizen(&person), make, send).await?;
        let wallet = opened.wallet.context("a wallet is opened")?.wallet_id;
        Ok(Party { person, pool, wallet })
    }

    async fn propose(&self, sharer: &Party, beneficiary: &Party) -> Result<String> {
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
        let kinship = || KinshipServiceClient::new(self.kinship.clone());
        let send = async |request| kinship().propose_bond(request).await;
        let proposed = insist("proposing", &citizen(&sharer.person), make, send).await?;
        Ok(proposed.bond.context("a bond is proposed")?.bond_id)
    }

    async fn accept(&self, bond: &str, by: &Party) -> Result<()> {
        let make = |request_id| AcceptBondRequest {
            request_id,
            bond_id: bond.to_owned(),
            commitment: commitment(),
            ..Default::default()
        };
        let kinship = || KinshipServiceClient::new(self.kinship.clone());
        let send = async |request| kinship().accept_bond(request).await;
        insist("accepting", &citizen(&by.person), make, send).await.map(|_| ())
    }

    async fn reject(&self, bond: &str, by: &Party) -> Result<()> {
        let make =
            |request_id| RejectBondRequest { request_id, bond_id: bond.to_owned(), ..Default::default() };
        let kinship = || KinshipServiceClient::new(self.kinship.clone());
        let send = async |request| kinship().reject_bond(request).await;
        insist("rejecting", &citizen(&by.person), make, send).await.map(|_| ())
    }

    async fn freeze(&self, party: &Party) -> Result<()> {
        let make = |request_id| FreezeWalletRequest {
            request_id,
            wallet_id: party.wallet.clone(),
            reason: "a check".to_owned(),
            case_reference: "CASE-1".to_owned(),
        };
        let wallets = self.wallets(party.pool)?;
        let send = async |request| wallets.clone().freeze_wallet(request).await;
        insist("freezing", &agency(party.pool.province()), make, send).await.map(|_| ())
    }

    /// The person who froze may not thaw.
    async fn thaw(&self, party: &Party) -> Result<()> {
        let make = |request_id| UnfreezeWalletRequest {
            request_id,
            wallet_id: party.wallet.clone(),
            reason: "the check is over".to_owned(),
            case_reference: "CASE-1".to_owned(),
        };
        let wallets = self.wallets(party.pool)?;
        let send = async |request| wallets.clone().unfreeze_wallet(request).await;
        let second = format!("{}:second", agency(party.pool.province()));
        insist("thawing", &second, make, send).await.map(|_| ())
    }
}
