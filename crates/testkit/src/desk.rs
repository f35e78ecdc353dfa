//! The product's counter: short calls over the public gRPC contracts, each under the credential that would
//! make it. Used by tests and by the local stack's story; it knows nothing that a caller would not.

mod bonds;
mod payments;
mod people;
pub mod requests;
mod transfers;
mod verify;

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, Result};
use standards::{Pool, Province};
use tonic::{Request, Status, metadata::MetadataValue, transport::Channel};
use tonic_types::StatusExt as _;

pub use self::{payments::Bill, people::Party, verify::PASSWORD};
use crate::{agree, cluster::Cluster};

/// The longest a call may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// Channels to every service.
#[derive(Clone)]
pub struct Desk {
    /// identity
    pub identity: Channel,
    /// kinship-registry
    pub kinship: Channel,
    /// settlement
    pub settlement: Channel,
    wallets: BTreeMap<Province, Channel>,
    /// Whether people are verified by identity, instead of being signed for with its key.
    verifies: bool,
}

impl Desk {
    /// A desk in front of a cluster.
    pub fn of(cluster: &Cluster) -> Result<Self> {
        let mut wallets = BTreeMap::new();
        for name in cluster.names() {
            if let Some(province) = name.strip_prefix("wallet-") {
                wallets.insert(province.parse()?, cluster.channel(name)?);
            }
        }
        Ok(Self {
            identity: cluster.channel("identity")?,
            kinship: cluster.channel("kinship-registry")?,
            settlement: cluster.channel("settlement")?,
            wallets,
            verifies: false,
        })
    }

    /// A desk in front of services that were started in another way.
    pub const fn from_channels(
        identity: Channel,
        kinship: Channel,
        settlement: Channel,
        wallets: BTreeMap<Province, Channel>,
    ) -> Self {
        Self { identity, kinship, settlement, wallets, verifies: false }
    }

    /// Has identity verify people from now on: everybody who is registered chooses a password, and every write that
    /// needs an agreement is agreed to with it.
    #[must_use]
    pub const fn verifying(mut self) -> Self {
        self.verifies = true;
        self
    }

    /// The wallet service that keeps a pool's book.
    pub fn wallet(&self, pool: Pool) -> Result<Channel> {
        let province = pool.province();
        self.wallets
            .get(&province)
            .cloned()
            .with_context(|| format!("no wallet service for province {province}"))
    }
}

/// A request under a development credential, with a deadline, and with the agreement of the person whom the credential
/// names.
pub fn under<T: 'static>(credential: &str, message: T) -> Request<T> {
    let mut request = bare(credential, message);
    agree::sign(credential, &mut request);
    request
}

/// As [`under`], and nobody has agreed to anything.
pub fn bare<T>(credential: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(PATIENCE);
    let bearer = format!("Bearer dev:{credential}");
    let value = MetadataValue::try_from(bearer).expect("development credentials are plain text");
    request.metadata_mut().insert("authorization", value);
    request
}

/// The beginning of 2026: before every civil time that a cluster shows.
pub fn long_ago() -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: 1_767_225_600, nanos: 0 }
}

/// `citizen:<person>`
pub fn citizen(person: &str) -> String {
    format!("citizen:{person}")
}

/// `operator:<pool>`
pub fn operator(pool: Pool) -> String {
    format!("operator:{pool}")
}

/// `agency:<province>`
pub fn agency(province: Province) -> String {
    format!("agency:{province}")
}

/// Another person of that agency: the one who froze a wallet may not thaw it.
pub fn second_agent(province: Province) -> String {
    format!("{}:second", agency(province))
}

/// `institution:<code>`
pub fn institution(code: &str) -> String {
    format!("institution:{code}")
}

/// Whether a refusal only says that news of another service has not arrived yet. Its id is burnt: what is asked again
/// is asked under another one.
pub fn is_news(status: &Status) -> bool {
    let details = status.get_error_details();
    let reason = details.error_info().map_or("", |info| info.reason.as_str());
    ["INSTITUTION_UNKNOWN", "FEED_BEHIND", "PERSON_UNKNOWN", "BOND_UNKNOWN", "NOT_YET_ENROLLED_THEN"]
        .contains(&reason)
}
