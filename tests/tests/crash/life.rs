//! A day of a family that passes every step of the main job: people who come, a bond, and transfers that are
//! claimed, declined, refused by either book, and left until the night.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use e2e::{Family, Order, is_uncertain, pool};
use proto::{identity::Scheme, kinship::BondState};
use testkit::desk::{Bill, Party};
use tonic::Status;

use super::client::Client;

/// Where the sharer and the beneficiary live.
const HOME: u32 = 320_100;
const AWAY: u32 = 510_100;
/// How long it may take until the sharer sees how something ended.
const SEEN: Duration = Duration::from_secs(30);

/// What a family's day leaves behind for the night and for the end.
#[derive(Clone, Debug)]
pub(crate) struct Lived {
    pub(crate) family: Family,
    /// A transfer that nobody claimed.
    pub(crate) left: Order,
    /// A bond that nobody accepted.
    pub(crate) invited: String,
}

impl Client {
    /// The whole day; `month` is the one of the contribution.
    pub(crate) async fn live(self, month: String, bill: Bill) -> Result<Lived> {
        let careful = &self.careful;
        careful.put_institution(&bill.institution, pool(AWAY)).await?;
        let sharer = careful.person(Scheme::Employee, pool(HOME)).await?;
        self.done(|| Order::credit(&sharer, "100.00", &month), "").await?;
        let beneficiary = careful.person(Scheme::Resident, pool(AWAY)).await?;
        careful.reject(&careful.propose(&sharer, &beneficiary).await?, &beneficiary).await?;
        let bond = careful.propose(&sharer, &beneficiary).await?;
        careful.accept(&bond, &beneficiary).await?;
        let other = careful.person(Scheme::Resident, pool(AWAY)).await?;
        let invited = careful.propose(&sharer, &other).await?;
        let family = Family { sharer, beneficiary, bond };

        self.refused(|| Order::transfer(&family, "100.01"), "INSUFFICIENT_BALANCE").await?;
        let taken = self.done(|| Order::transfer(&family, "64.00"), "PENDING_CLAIM").await?.0;
        self.done(|| Order::claim(taken.key, &family.beneficiary), "CLAIMED").await?;
        self.spend(&family.beneficiary, &bill).await?;
        let unwanted = self.done(|| Order::transfer(&family, "16.00"), "PENDING_CLAIM").await?.0;
        self.done(|| Order::decline(unwanted.key, &family.beneficiary), "RETURNED").await?;
        careful.freeze(&family.beneficiary).await?;
        self.refused(|| Order::transfer(&family, "8.00"), "WALLET_FROZEN").await?;
        careful.thaw(&family.beneficiary).await?;
        let left = self.done(|| Order::transfer(&family, "2.00"), "PENDING_CLAIM").await?.0;
        Ok(Lived { family, left, invited })
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
        let account = async || {
            let wallet = self.careful.desk.wallet_of(&lived.family.sharer).await?;
            let account = wallet.account.unwrap_or_default();
            Ok((account.available, account.earmarked))
        };
        // 64.00 were shared, and of 40.00 that were spent the report may be on its way.
        self.sees(account, &("36.00".to_owned(), "24.00".to_owned())).await
    }

    /// Nobody has answered the invitation, and its time is over.
    pub(crate) async fn sees_the_invitation_end(&self, lived: &Lived) -> Result<()> {
        let state = async || {
            let bond = self.careful.desk.bond_seen_by(&lived.invited, &lived.family.sharer).await?;
            Ok(bond.state())
        };
        self.sees(state, &BondState::Expired).await
    }

    /// Looks until it is as it must become.
    async fn sees<T: PartialEq + Debug>(
        &self,
        look: impl AsyncFn() -> Result<T, Status>,
        wanted: &T,
    ) -> Result<()> {
        let deadline = Instant::now() + SEEN;
        loop {
            let seen = match look().await {
                Ok(seen) if seen == *wanted => return Ok(()),
                Ok(seen) => format!("{seen:?}"),
                Err(status) if is_uncertain(&status) => status.to_string(),
                Err(status) => return Err(status.into()),
            };
            ensure!(Instant::now() < deadline, "still {seen}, not {wanted:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
