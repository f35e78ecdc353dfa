//! The wallet service of one province: personal accounts, earmarks, wallets with their lots, and payments, all in
//! one book that one batch writer writes.
//!
//! It decides payments alone, from its own database; what it must know of persons and institutions it follows
//! from identity and settlement. It asks another service only when a wallet is opened.

pub mod command;
mod convert;
mod error;
pub mod facts;
pub mod keeper;
mod opening;
pub mod outcome;
mod page;
mod peer;
mod reading;
mod rpc;
mod shared;
mod signing;
mod sql;

use std::{path::PathBuf, sync::Arc};

use border::{keyring::Keyring, rules::RuleArgs};
use chassis::{
    clock::Clock,
    config::ChassisArgs,
    feed::{self, Follower, Freshness},
    run::Host,
    service::Service,
    token::Ring,
};
use standards::BookId;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{
    facts::FeedName,
    keeper::Keeping,
    peer::{identity::Identity, institutions::Institutions, persons::Persons},
    shared::Shared,
    signing::Signer,
};

/// What the service is started with.
#[derive(Clone, Debug, clap::Parser)]
#[command(version, about = "The wallet service: one province's book")]
pub struct Config {
    /// What every service takes
    #[command(flatten)]
    pub chassis: ChassisArgs,
    /// By which rules it decides
    #[command(flatten)]
    pub rules: RuleArgs,
    /// The book to keep, such as 32-01: province and number
    #[arg(long, env = "GONGJI_BOOK_ID", value_parser = book)]
    pub book_id: BookId,
    /// Address of identity, such as 127.0.0.1:7001; it may be absent when this service starts
    #[arg(long, env = "GONGJI_IDENTITY")]
    pub identity: Option<String>,
    /// Address of settlement, such as 127.0.0.1:7004; it may be absent when this service starts
    #[arg(long, env = "GONGJI_SETTLEMENT")]
    pub settlement: Option<String>,
    /// File with 64 hex digits: the Ed25519 seed that signs the chain's head; unsigned if not given
    #[arg(long, env = "GONGJI_SIGNING_KEY_FILE")]
    pub signing_key_file: Option<PathBuf>,
}

fn book(text: &str) -> Result<BookId, &'static str> {
    text.parse().map_err(|_| "expected a province and a number such as 32-01")
}

/// The book's own tables; the writer's are chassis's.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Serves until `stop`. A writer that finds a restored database ends the service with an error.
///
/// # Errors
/// If the configuration, the database or the server fails.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let rules = Arc::new(config.rules.load()?);
    let signer = config.signing_key_file.as_deref().map(Signer::from_file).transpose()?;
    let keeping = Arc::new(Keeping { book: config.book_id, rules: Arc::clone(&rules) });
    let service = Service::open("wallet", config.chassis, clock.clone(), &stop, &MIGRATOR, keeping).await?;
    let identity = config.identity.map(|address| service.host.peer(&address)).transpose()?;
    let settlement = config.settlement.map(|address| service.host.peer(&address)).transpose()?;
    // Without identity nothing that needs an agreement is answered.
    let none = || Keyring::fixed(Ring::default());
    let keyring = identity.clone().map_or_else(none, |identity| Keyring::follow(identity, &service.host));
    let shared = Arc::new(Shared {
        keyring,
        book: config.book_id,
        feed: service.feed(),
        database: service.database.clone(),
        writer: service.writer.clone(),
        clock,
        rules,
        identity: identity.clone().map(Identity::new),
        fresh: Freshnesses::default(),
        tasks: service.host.tasks.clone(),
        signer,
    });
    if let Some(channel) = identity {
        let source = Persons::new(channel, Arc::clone(&shared));
        follow(FeedName::Identity, &shared, source, &shared.fresh.identity, &service.host);
    }
    if let Some(channel) = settlement {
        let source = Institutions::new(channel, Arc::clone(&shared));
        follow(FeedName::Institutions, &shared, source, &shared.fresh.institutions, &service.host);
    }
    service.serve(listener, rpc::api(&shared)).await
}

/// How fresh each followed feed is.
#[derive(Clone, Debug, Default)]
struct Freshnesses {
    identity: Freshness,
    institutions: Freshness,
}

fn follow<S: feed::Source>(name: FeedName, shared: &Shared, source: S, freshness: &Freshness, host: &Host) {
    host.tasks.spawn(feed::follow(Follower {
        name: name.name().to_owned(),
        database: shared.database.clone(),
        source,
        freshness: freshness.clone(),
        stop: host.shutdown.clone(),
    }));
}
