//! kinship-registry: who may share with whom. Bonds are proposed, accepted, rejected, read, checked, followed.
//!
//! It knows persons by their ids only, asks identity how they stand, decides by the rules of `policy` and the
//! life of `bond`, and keeps every decision. It knows no wallet and no money.

mod answer;
mod check;
mod convert;
mod error;
mod expire;
mod keeper;
mod limits;
mod outcome;
mod peer;
mod persons;
mod propose;
mod registered;
mod rpc;
mod sql;

use std::{path::PathBuf, sync::Arc};

use border::{policy_rpc, rules};
use chassis::{clock::Clock, config::ChassisArgs, serve::Api, service::Service};
use time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// What the registry is started with.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "kinship-registry", version, about = "Who may share with whom")]
pub struct Config {
    /// What all services share.
    #[command(flatten)]
    pub chassis: ChassisArgs,
    /// Where identity listens
    #[arg(
        long = "identity",
        env = "GONGJI_IDENTITY",
        default_value = "127.0.0.1:7001",
        value_name = "ADDRESS"
    )]
    pub identity: String,
    /// Directory of rule files to use instead of those that are part of the program
    #[arg(long = "rules", env = "GONGJI_RULES", value_name = "DIRECTORY")]
    pub rules: Option<PathBuf>,
    /// Days within which an invitation may be answered
    #[arg(long, env = "GONGJI_INVITATION_DAYS", default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..=365))]
    pub invitation_days: u16,
}

/// The registry's own table; the writer's come with chassis.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Runs until `stop`, then answers what was taken and ends. Identity may be absent.
///
/// # Errors
/// If there is no service token, the rules cannot be read, the database cannot be reached or migrated, the server fails, or the database
/// turns out to have been restored to an earlier state while this process was writing to it.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    anyhow::ensure!(
        config.chassis.service_token.is_some(),
        "identity is asked under --service-token: name one"
    );
    let rules = Arc::new(rules::load(config.rules.as_deref())?);
    let keeper = keeper::Keeper::new(Arc::clone(&rules), Duration::days(config.invitation_days.into()));
    let keeper = Arc::new(keeper);
    let service =
        Service::open("kinship-registry", config.chassis, clock.clone(), &stop, &MIGRATOR, keeper).await?;
    let kinship = rpc::Kinship {
        writer: service.writer.clone(),
        database: service.database.clone(),
        feed: service.feed(),
        identity: peer::Identity::new(service.host.peer(&config.identity)?),
        clock: clock.clone(),
    };
    let api = Api::new().with(rpc::server(kinship)).with(policy_rpc::server(rules, clock.clone()));
    let (database, writer) = (service.database.clone(), service.writer.clone());
    service.host.keep(expire::sweep(database, writer, clock, service.host.shutdown.clone()));
    service.serve(listener, api).await
}
