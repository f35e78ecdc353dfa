//! settlement: the coordinator. It accepts transfers, moves them through the books of both sides, follows what the
//! books record, and counts what pools owe each other; it keeps the directory of institutions.
//!
//! It holds no balance: what is in an account or a wallet is its book's to say. It knows persons by their ids only.

mod accept;
mod claim;
pub mod command;
mod config;
mod convert;
pub mod driver;
mod error;
pub mod facts;
mod follow;
mod history;
pub mod hub;
pub mod institution;
pub mod keeper;
mod kept;
mod lane;
mod ownership;
mod page;
pub mod peer;
mod read;
mod rpc;
#[cfg(test)]
mod sample;
mod sql;
mod step;
mod sweep;
pub mod transfer;
pub mod transfers;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use anyhow::Context as _;
use border::{keyring::Keyring, policy_rpc};
use chassis::{
    clock::Clock,
    feed::{self, Follower, Freshness, Source},
    serve::Api,
    service::Service,
};
use policy::Rules;
use standards::BookId;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

pub use self::config::Config;
use self::{
    command::Command,
    driver::{Driver, Inbox},
    facts::{Desk, Peers},
    hub::Hub,
    keeper::Keeper,
    lane::Lane,
    peer::{
        BookSource,
        book::BookPeer,
        identity::{self, PersonSource},
        registry::{self, BondSource},
    },
    sweep::Sweep,
    transfers::Transfers,
};

/// Settlement's own tables; the writer's come with chassis.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// Runs until `stop`, then answers what was taken and ends. Books and peers may be absent.
///
/// # Errors
/// If there is no service token, a book is named twice, the rules cannot be read, the database cannot be reached or
/// migrated, the server fails, or the database turns out to have been restored to an earlier state while this
/// process wrote to it.
pub async fn serve(
    config: Config,
    listener: TcpListener,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let token = config.chassis.service_token.is_some();
    anyhow::ensure!(token, "books and peers are called under --service-token: name one");
    let named: BTreeSet<BookId> = config.books.iter().map(|book| book.id).collect();
    anyhow::ensure!(named.len() == config.books.len(), "a book is named twice");
    let rules = Arc::new(config.rules.load()?);
    let hub = Arc::new(Hub::default());
    let (driver, inboxes) = Driver::new(config.books.iter().map(|book| book.id));
    let process = Uuid::now_v7();
    let keeper = Keeper::new(process, Arc::clone(&rules), clock.clone(), Arc::clone(&hub), driver.clone());
    let (args, keeper) = (config.chassis.clone(), Arc::new(keeper));
    let service = Service::open("settlement", args, clock.clone(), &stop, &MIGRATOR, keeper).await?;
    let identity = service.host.peer(&config.identity)?;
    let registry = service.host.peer(&config.kinship)?;
    let books = drive(&service, &config, &driver, inboxes)?;
    let bonds = Freshness::default();
    let writer = service.writer.clone();
    let persons = PersonSource { peer: identity.clone(), writer: writer.clone() };
    follow(&service, identity::FEED.to_owned(), persons, Freshness::default());
    let changes = BondSource { peer: registry.clone(), writer: writer.clone() };
    follow(&service, registry::FEED.to_owned(), changes, bonds.clone());
    sweep(&service, &driver, process, config.instance).await?;
    let keyring = Keyring::follow(identity.clone(), &service.host);
    let desk = Desk::open(Peers { identity, registry }, &service.host);
    let database = service.database.clone();
    let rules_of = Arc::clone(&rules);
    let transfers = Transfers {
        writer,
        database,
        desk,
        hub,
        driver,
        clock: clock.clone(),
        rules: rules_of,
        bonds,
        keyring,
    };
    let api = api(&service, transfers, books, rules);
    service.serve(listener, api).await
}

fn api(
    service: &Service<Keeper>,
    transfers: Transfers,
    books: BTreeMap<BookId, (String, Freshness)>,
    rules: Arc<Rules>,
) -> Api {
    let (database, clock) = (service.database.clone(), service.host.clock.clone());
    let institutions = rpc::Institutions {
        writer: service.writer.clone(),
        database: database.clone(),
        feed: service.feed(),
        clock: clock.clone(),
    };
    let clearing = rpc::Clearing { database: database.clone(), clock: clock.clone(), books };
    Api::new()
        .with(rpc::TransferRpc::server(transfers))
        .with(institutions.server())
        .with(clearing.server())
        .with(rpc::Operations { database }.server())
        .with(policy_rpc::server(rules, clock))
}

/// Shows a first sign of life, and starts the repeating tasks.
async fn sweep(
    service: &Service<Keeper>,
    driver: &Driver,
    process: Uuid,
    instance: String,
) -> anyhow::Result<()> {
    let sweep = Sweep {
        database: service.database.clone(),
        writer: service.writer.clone(),
        driver: driver.clone(),
        clock: service.host.clock.clone(),
        process,
        instance,
        stop: service.host.shutdown.clone(),
        left_alone: Arc::default(),
    };
    // An earlier process of this name is dead: what it left is taken over at once.
    let registered = Command::Register(sweep.alive());
    let registered = service.writer.submit(chassis::batch::Lane::Interactive, registered).await;
    anyhow::ensure!(registered.is_ok(), "the writer does not answer");
    service.host.keep(sweep.run());
    Ok(())
}

/// Starts the lane and the follower of each book; returns how far each is read.
fn drive(
    service: &Service<Keeper>,
    config: &Config,
    driver: &Driver,
    inboxes: Vec<(BookId, Inbox)>,
) -> anyhow::Result<BTreeMap<BookId, (String, Freshness)>> {
    let mut books = BTreeMap::new();
    for ((book, inbox), named) in inboxes.into_iter().zip(&config.books) {
        let peer = service.host.peer(&named.address)?;
        let history = driver.history(book).context("the driver knows no such book")?;
        let lane = Lane {
            book,
            batch: config.chassis.batch_limit,
            peer: BookPeer::new(book, peer.clone()),
            history: history.clone(),
            writer: service.writer.clone(),
            driver: driver.clone(),
            stop: service.host.shutdown.clone(),
        };
        service.host.keep(lane::run(lane, inbox));
        let (writer, driver) = (service.writer.clone(), driver.clone());
        let source = BookSource { book, peer, writer, history, driver };
        let (feed, freshness) = (source.feed(), Freshness::default());
        follow(service, feed.clone(), source, freshness.clone());
        books.insert(book, (feed, freshness));
    }
    Ok(books)
}

fn follow(service: &Service<Keeper>, name: String, source: impl Source, freshness: Freshness) {
    let follower = Follower {
        name,
        database: service.database.clone(),
        source,
        freshness,
        stop: service.host.shutdown.clone(),
    };
    service.host.tasks.spawn(feed::follow(follower));
}
