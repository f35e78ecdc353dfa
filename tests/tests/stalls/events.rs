//! What happens to people while their transfer is on its way: a wallet is frozen, an enrolment ends, at each step of
//! the transfer. Before acceptance the rules refuse; afterwards the book at which it arrives decides, and money that
//! was set aside goes on or comes back.

use anyhow::{Context, Result, ensure};
use e2e::{Family, Scene, assert_refused, detail, reason, until};
use futures::future::try_join_all;
use proto::{
    identity::{
        EnrolmentStatus, RecordEnrolmentRequest, Scheme, identity_service_client::IdentityServiceClient,
    },
    kinship::Relation,
    settlement::TransferState,
};
use testkit::{
    desk::{Party, agency, long_ago, under},
    faults::Side,
    people::{id, newcomer},
};
use tonic::Status;

use crate::stage::{HOSPITAL, Stage};

const ALL: [Event; 4] =
    [Event::BeneficiaryFrozen, Event::SharerFrozen, Event::BeneficiaryEnds, Event::SharerEnds];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// The wallet into which it shall go is frozen.
    BeneficiaryFrozen,
    /// The sharer's own wallet is frozen: quota that others sent there, not the personal account.
    SharerFrozen,
    /// The enrolment is suspended.
    BeneficiaryEnds,
    SharerEnds,
}

/// A family whose enrolments can be changed.
struct Household {
    event: Event,
    family: Family,
    enrolments: [Enrolled; 2],
}

struct Enrolled {
    party: Party,
    scheme: Scheme,
    enrolment: String,
}

impl Enrolled {
    async fn record(&self, scene: &Scene, status: EnrolmentStatus) -> Result<(), Status> {
        let request = RecordEnrolmentRequest {
            request_id: id(),
            enrolment_id: self.enrolment.clone(),
            person_id: self.party.person.clone(),
            scheme: self.scheme.into(),
            pooling_area: self.party.pool.to_string(),
            status: status.into(),
            valid_from: "2020-01-01".to_owned(),
            business_time: Some(long_ago()),
            ..Default::default()
        };
        let mut identity = IdentityServiceClient::new(scene.channel("identity"));
        let request = under(&agency(self.party.pool.province()), request);
        identity.record_enrolment(request).await.map(|_| ())
    }
}

async fn enrolled(scene: &Scene, pool: u32, scheme: Scheme) -> Result<Enrolled> {
    let pool = e2e::pool(pool);
    let newcomer = newcomer(pool, 1970, 0)?;
    let person = until("registering", || scene.desk.register(&newcomer, pool)).await?;
    let party = Party { person, pool, wallet: id() };
    let enrolled = Enrolled { party, scheme, enrolment: id() };
    until("enrolling", || enrolled.record(scene, EnrolmentStatus::Normal)).await?;
    until("opening", || scene.desk.open_wallet(&enrolled.party, &newcomer.mobile, false)).await?;
    Ok(enrolled)
}

async fn household(scene: &Scene, event: Event) -> Result<Household> {
    let sharer = enrolled(scene, 320_100, Scheme::Employee).await?;
    let beneficiary = enrolled(scene, 510_100, Scheme::Resident).await?;
    scene.credit(&sharer.party, "100.00").await?;
    let bond = scene.bond(&sharer.party, &beneficiary.party, Relation::Sibling).await?;
    let family = Family { sharer: sharer.party.clone(), beneficiary: beneficiary.party.clone(), bond };
    Ok(Household { event, family, enrolments: [sharer, beneficiary] })
}

/// One household for each event.
async fn households(stage: &Stage) -> Result<Vec<Household>> {
    try_join_all(ALL.map(|event| household(&stage.scene, event))).await
}

impl Household {
    async fn happens(&self, scene: &Scene) -> Result<()> {
        let Family { sharer, beneficiary, .. } = &self.family;
        match self.event {
            Event::BeneficiaryFrozen => until("freezing", || scene.desk.freeze(beneficiary)).await,
            Event::SharerFrozen => until("freezing", || scene.desk.freeze(sharer)).await,
            Event::BeneficiaryEnds => self.suspended(scene, 1).await,
            Event::SharerEnds => self.suspended(scene, 0).await,
        }
    }

    async fn suspended(&self, scene: &Scene, side: usize) -> Result<()> {
        until("suspending", || self.enrolments[side].record(scene, EnrolmentStatus::Suspended)).await
    }

    async fn claim(&self, scene: &Scene, transfer: &str) -> Result<(), Status> {
        let claim = id();
        let by = &self.family.beneficiary;
        scene.certain(|| scene.desk.claim(&claim, transfer, by)).await.map(|_| ())
    }

    async fn account(&self, scene: &Scene, available: &str, earmarked: &str) -> Result<()> {
        let account = scene.desk.wallet_of(&self.family.sharer).await?.account.unwrap_or_default();
        let found = (account.available.as_str(), account.earmarked.as_str());
        ensure!(found == (available, earmarked), "{:?}: {account:?}", self.event);
        Ok(())
    }

    fn freezes_what_comes(&self) -> bool {
        self.event == Event::BeneficiaryFrozen
    }
}

pub(crate) async fn what_happens_before_acceptance_refuses_the_transfer(stage: &mut Stage) -> Result<()> {
    let scene = &stage.scene;
    let before = async |household: Household| {
        household.happens(scene).await?;
        let sent = scene.send(&id(), &household.family, "16.00").await;
        match household.event {
            Event::BeneficiaryFrozen => {
                assert_refused(sent, "WALLET_FROZEN");
            }
            Event::BeneficiaryEnds | Event::SharerEnds => {
                let status = assert_refused(sent, "ENROLMENT_NOT_NORMAL");
                let side = if household.event == Event::SharerEnds { "SHARER" } else { "BENEFICIARY" };
                ensure!(detail(&status, "side") == side, "{status:?}");
            }
            Event::SharerFrozen => {
                sent.context("a frozen wallet is no frozen account")?;
                return household.account(scene, "84.00", "16.00").await;
            }
        }
        household.account(scene, "100.00", "0.00").await
    };
    try_join_all(households(stage).await?.into_iter().map(before)).await?;
    Ok(())
}

/// Accepted, and one of the books has not been told yet: the sharer's, or the beneficiary's.
pub(crate) async fn what_happens_between_acceptance_and_grant_is_judged_by_the_book(
    stage: &mut Stage,
) -> Result<()> {
    for book in ["wallet-32", "wallet-51"] {
        let households = households(stage).await?;
        stage.way(book)?.partition(Side::Requests);
        let begun = stage.begin(households.iter().map(|household| &household.family), "16.00");
        let accepted = format!(
            "SELECT count(*) FROM progress JOIN transfer ON id = progress.transfer
            WHERE due AND state_name = 'ACCEPTED' AND bond = ANY('{{{}}}')",
            households.iter().map(|household| household.family.bond.as_str()).collect::<Vec<_>>().join(",")
        );
        stage.until_number("settlement", &accepted, 4).await?;
        if book == "wallet-51" {
            let earmarked = async || {
                for household in &households {
                    household.account(&stage.scene, "84.00", "16.00").await?;
                }
                Ok(Some(()))
            };
            stage.scene.eventually("each amount is set aside", earmarked).await?;
        }
        try_join_all(households.iter().map(|household| household.happens(&stage.scene))).await?;
        stage.way(book)?.heal();
        for (household, begun) in households.iter().zip(&begun) {
            if household.freezes_what_comes() {
                stage.ends(&begun.transfer, &begun.family, TransferState::Refused).await?;
                let shown = stage.scene.desk.transfer(&begun.transfer, &begun.family.sharer).await?;
                let refusal = shown.refusal.unwrap_or_default();
                ensure!(refusal.reason == "WALLET_FROZEN", "{refusal:?}");
                household.account(&stage.scene, "100.00", "0.00").await?;
            } else {
                stage.ends(&begun.transfer, &begun.family, TransferState::PendingClaim).await?;
                household.claim(&stage.scene, &begun.transfer).await?;
                household.account(&stage.scene, "84.00", "16.00").await?;
            }
        }
    }
    Ok(())
}

/// The lot waits: a frozen wallet does not open it, and does once it is thawed.
pub(crate) async fn what_happens_before_the_claim_is_judged_by_the_book(stage: &mut Stage) -> Result<()> {
    let households = households(stage).await?;
    let sent = stage.send(households.iter().map(|household| &household.family), "16.00").await?;
    for (household, sent) in households.iter().zip(&sent) {
        household.happens(&stage.scene).await?;
        let claimed = household.claim(&stage.scene, &sent.transfer).await;
        if household.freezes_what_comes() {
            assert_refused(claimed, "WALLET_FROZEN");
            stage.ends(&sent.transfer, &sent.family, TransferState::PendingClaim).await?;
            until("thawing", || stage.scene.desk.unfreeze(&sent.family.beneficiary)).await?;
            household.claim(&stage.scene, &sent.transfer).await?;
        } else {
            claimed.with_context(|| format!("{:?}", household.event))?;
        }
        household.account(&stage.scene, "84.00", "16.00").await?;
    }
    Ok(())
}

/// The claim is on its way to the book, and so is a refusal of the beneficiary.
pub(crate) async fn what_happens_while_a_wish_is_on_its_way_is_judged_by_the_book(
    stage: &mut Stage,
) -> Result<()> {
    for declines in [false, true] {
        let households = households(stage).await?;
        let sent = stage.send(households.iter().map(|household| &household.family), "16.00").await?;
        stage.way("wallet-51")?.partition(Side::Requests);
        let wishes: Vec<_> = sent
            .iter()
            .map(|sent| {
                let (desk, sent) = (stage.scene.desk.clone(), sent.clone());
                tokio::spawn(async move {
                    let by = &sent.family.beneficiary;
                    if declines {
                        desk.decline(&sent.transfer, by).await
                    } else {
                        desk.claim(&id(), &sent.transfer, by).await
                    }
                })
            })
            .collect();
        stage.until_number("settlement", "SELECT count(*) FROM progress WHERE due", 4).await?;
        try_join_all(households.iter().map(|household| household.happens(&stage.scene))).await?;
        stage.way("wallet-51")?.heal();
        for ((household, sent), wish) in households.iter().zip(&sent).zip(wishes) {
            let answer = wish.await?;
            let frozen = household.freezes_what_comes() && !declines;
            let (state, account) = match (declines, frozen) {
                (true, _) => (TransferState::Returned, ("100.00", "0.00")),
                (false, true) => (TransferState::PendingClaim, ("84.00", "16.00")),
                (false, false) => (TransferState::Claimed, ("84.00", "16.00")),
            };
            stage.ends(&sent.transfer, &sent.family, state).await?;
            household.account(&stage.scene, account.0, account.1).await?;
            let refused = answer.as_ref().err().map(reason);
            ensure!(refused.as_deref() == frozen.then_some("WALLET_FROZEN"), "{answer:?}");
        }
    }
    Ok(())
}

/// Claimed, and then spent: a frozen wallet spends nothing that was shared.
pub(crate) async fn what_happens_after_the_claim_leaves_the_lot(stage: &mut Stage) -> Result<()> {
    let households = households(stage).await?;
    let sent = stage.send(households.iter().map(|household| &household.family), "16.00").await?;
    for (household, sent) in households.iter().zip(&sent) {
        household.claim(&stage.scene, &sent.transfer).await?;
        household.happens(&stage.scene).await?;
        let patient = &household.family.beneficiary;
        let paid = stage.scene.pay(patient, HOSPITAL, "4.00").await;
        match (household.event, paid) {
            (Event::BeneficiaryFrozen, paid) => {
                let status = paid.err().context("a frozen wallet pays nothing")?;
                let status = status.downcast_ref::<Status>().context("a refusal")?;
                ensure!(reason(status) == "WALLET_FROZEN", "{status:?}");
            }
            (_, paid) => {
                let shared = paid?.split.unwrap_or_default().shared_amount;
                ensure!(shared == "4.00", "{:?}: {shared}", household.event);
            }
        }
        stage.ends(&sent.transfer, &sent.family, TransferState::Claimed).await?;
    }
    stage.scene.verdict().await?.assert_clean();
    Ok(())
}
