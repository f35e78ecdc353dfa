//! kinship-registry: who may share with whom. Bonds are proposed, answered, registered, changed, ended, certified,
//! checked; family facts are recorded; what happens to people is followed.
//!
//! It knows persons by their ids only, asks identity how they stand, decides by the rules of `policy` and the
//! life of `bond`, and keeps every decision. It knows no wallet and no money.

mod answer;
mod certify;
mod change;
mod check;
mod convert;
mod counter;
mod eligibility;
mod error;
mod expire;
mod family;
mod follow;
mod judge;
mod keeper;
mod load;
mod outcome;
mod peer;
mod persons;
mod propose;
mod registered;
mod registry;
mod rpc;
mod sql;
mod stand;
mod words;

use std::{path::PathBuf, sync::Arc};

use border::{keyring::Keyring, policy_rpc, rules::RuleArgs};
use chassis::{
    clock::Clock,
    config::ChassisArgs,
    feed::{self, Follower, Freshness},
    serve::Api,
    service::Service,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::certify::Notary;

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
    /// By which rules it decides
    #[command(flatten)]
    pub rules: RuleArgs,
    /// File with the key that signs certificates, 64 hex digits; without one no certificates are issued
    #[arg(long = "certificate-key-file", env = "GONGJI_CERTIFICATE_KEY_FILE", value_name = "PATH")]
    pub certificate_key_file: Option<PathBuf>,
    /// Days for which a certificate is good
    #[arg(long, env = "GONGJI_CERTIFICATE_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=366))]
    pub certificate_days: u16,
}

/// The registry's own tables; the writer's come with chassis.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Runs until `stop`, then answers what was taken and ends. Identity may be absent.
///
/// # Errors
/// If there is no service token, the rules or the key of certificates cannot be read, the database cannot be reached or migrated, the server fails, or the database
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
    let rules = Arc::new(config.rules.load()?);
    let notary = config.certificate_key_file.as_deref();
    let notary = notary.map(|key| Notary::open(key, config.certificate_days)).transpose()?;
    let keeper = Arc::new(keeper::Keeper::new(Arc::clone(&rules), clock.clone()));
    let service =
        Service::open("kinship-registry", config.chassis, clock.clone(), &stop, &MIGRATOR, keeper).await?;
    let identity = service.host.peer(&config.identity)?;
    let kinship = rpc::Kinship {
        writer: service.writer.clone(),
        database: service.database.clone(),
        feed: service.feed(),
        identity: peer::Identity::new(identity.clone()),
        keyring: Keyring::follow(identity.clone(), &service.host),
        rules: Arc::clone(&rules),
        notary: notary.map(Arc::new),
        clock: clock.clone(),
    };
    let api = Api::new().with(rpc::server(kinship)).with(policy_rpc::server(rules, clock.clone()));
    let (database, writer) = (service.database.clone(), service.writer.clone());
    let source = peer::PersonSource { peer: identity, writer: writer.clone() };
    service.host.keep(feed::follow(Follower {
        name: peer::FEED.to_owned(),
        database: database.clone(),
        source,
        freshness: Freshness::default(),
        stop: service.host.shutdown.clone(),
    }));
    service.host.keep(expire::sweep(database, writer, clock, service.host.shutdown.clone()));
    service.serve(listener, api).await
}
