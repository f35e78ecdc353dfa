//! identity: who somebody is, where enrolled, and in which one place in the country the wallet is kept.
//!
//! The only service with id numbers, names and mobile numbers; they are sealed before they leave the handler, and
//! other services see ids and masks. It knows no bond, no wallet's content and no money.

mod activate;
pub mod assign;
mod benefit;
pub mod change;
mod code_proxy;
pub mod command;
pub mod contact;
mod convert;
mod death;
pub mod enrol;
pub mod error;
pub mod inquire;
mod keeper;
mod key_file;
pub mod keys;
mod page;
pub mod person;
mod purchase;
mod read;
pub mod register;
mod remote_care;
mod rpc;
mod sanction;
mod sql;
pub mod state;
pub mod vault;
pub mod verification;

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use border::{policy_rpc, rules::RuleArgs};
use chassis::{
    clock::Clock,
    config::ChassisArgs,
    serve::Api,
    service::Service,
    token::{PublicKey, Ring, Use},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::verification::{password::Hasher, signing};

/// What identity is started with.
#[derive(Clone, Debug, clap::Parser)]
#[command(
    name = "identity",
    version,
    about = "Who somebody is, where enrolled, and where the wallet is kept"
)]
pub struct Config {
    /// What all services share.
    #[command(flatten)]
    pub chassis: ChassisArgs,
    /// File with the keys of the vault, readable by its owner only; `identity --generate-key-file <path>` makes one
    #[arg(long = "key-file", env = "GONGJI_KEY_FILE", value_name = "PATH", value_parser = keys::load)]
    pub keys: keys::Keys,
    /// By which rules it decides
    #[command(flatten)]
    pub rules: RuleArgs,
    /// How many questions by name and number one person or credential may ask on a civil day
    #[arg(long = "inquiries-a-day", env = "GONGJI_INQUIRIES_A_DAY", value_name = "N", default_value_t = 20)]
    pub inquiries_a_day: u32,
    /// File with the keys that sign assertions and medical codes, readable by its owner only and read again when it
    /// changes; `identity --generate-signing-key-file <path>` makes one
    #[arg(
        long = "signing-key-file",
        env = "GONGJI_SIGNING_KEY_FILE",
        value_name = "PATH",
        value_parser = signing::load
    )]
    pub signing: signing::Signing,
    /// Public key of a matcher of faces, 64 hex digits; once for each key it may sign with. None: no FACE
    #[arg(
        long = "face-matcher-key",
        env = "GONGJI_FACE_MATCHER_KEYS",
        value_name = "HEX",
        value_delimiter = ',',
        value_parser = matcher_key
    )]
    pub face_matcher_keys: Vec<PublicKey>,
}

fn matcher_key(text: &str) -> Result<PublicKey, &'static str> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| "expected 64 hex digits")?;
    Ok(PublicKey::of(bytes, Use::FaceMatch))
}

/// Identity's own tables; the writer's come with chassis.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Runs until `stop`, then answers what was taken and ends.
///
/// # Errors
/// If the rules cannot be read, the database cannot be reached or migrated, was filled with other keys, or turns out to have been restored to
/// an earlier state while this process was writing to it; or if the server fails.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let rules = Arc::new(config.rules.load()?);
    let inquiries_a_day = config.inquiries_a_day;
    let keeper = Arc::new(keeper::Register { rules: Arc::clone(&rules), inquiries_a_day });
    let service = Service::open("identity", config.chassis, clock.clone(), &stop, &MIGRATOR, keeper).await?;
    let keys_fit = read::keys_fit(&service.database, &config.keys).await.context("identity's database")?;
    ensure!(keys_fit, "the key file has another index key than the one this database was filled with");
    let identity = rpc::Identity {
        feed: service.feed(),
        writer: service.writer.clone(),
        database: service.database.clone(),
        keys: config.keys,
        clock: clock.clone(),
        inquiries_a_day,
        signing: config.signing.clone(),
    };
    let verifications = rpc::Verifications {
        writer: identity.writer.clone(),
        database: identity.database.clone(),
        hasher: Hasher::new(&identity.keys),
        keys: identity.keys.clone(),
        clock: clock.clone(),
        faces: Arc::new(Ring::of(config.face_matcher_keys)),
        signing: config.signing.clone(),
        rules: Arc::clone(&rules),
    };
    service.host.keep(config.signing.follow_file(service.host.shutdown.clone()));
    let rules = policy_rpc::server(rules, clock);
    let api = Api::new().with(rpc::server(identity)).with(verifications.server()).with(rules);
    service.serve(listener, api).await
}
