//! identity: who somebody is, where enrolled, and in which one place in the country the wallet is kept.
//!
//! The only service with id numbers, names and mobile numbers; they are sealed before they leave the handler, and
//! other services see ids and masks. It knows no bond, no wallet's content and no money.

pub mod assign;
pub mod command;
mod convert;
pub mod enrol;
pub mod error;
mod keeper;
pub mod keys;
pub mod person;
mod read;
pub mod register;
mod rpc;
mod sql;
pub mod state;
pub mod vault;

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use border::policy_rpc;
use chassis::{clock::Clock, config::ChassisArgs, serve::Api, service::Service};
use policy::Rules;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

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
}

/// Identity's own tables; the writer's come with chassis.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Runs until `stop`, then answers what was taken and ends.
///
/// # Errors
/// If the database cannot be reached or migrated, was filled with other keys, or turns out to have been restored to
/// an earlier state while this process was writing to it; or if the server fails.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let keeper = Arc::new(keeper::Register);
    let service = Service::open("identity", config.chassis, clock.clone(), &stop, &MIGRATOR, keeper).await?;
    let keys_fit = read::keys_fit(&service.database, &config.keys).await.context("identity's database")?;
    ensure!(keys_fit, "the key file has another index key than the one this database was filled with");
    let identity = rpc::Identity {
        feed: service.feed(),
        writer: service.writer.clone(),
        database: service.database.clone(),
        keys: config.keys,
        clock: clock.clone(),
    };
    let rules = policy_rpc::server(Arc::new(Rules::built_in()), clock);
    service.serve(listener, Api::new().with(rpc::server(identity)).with(rules)).await
}
