//! The gRPC services: who calls, what is asked, who decides, what is answered. Each handler reads so.

pub(crate) mod audit;
pub(crate) mod book;
mod entries;
pub(crate) mod payment;
pub(crate) mod wallet;

use std::{pin::Pin, sync::Arc};

use border::policy_rpc;
use chassis::{
    access::{Caller, Role},
    failure,
    serve::{Api, MAX_BATCH_MESSAGE, MAX_MESSAGE},
    status::Refusal,
};
use futures::Stream;
use ledger::Outcome as BookOutcome;
use proto::wallet::{
    book_service_server::BookServiceServer, payment_service_server::PaymentServiceServer,
    wallet_service_server::WalletServiceServer,
};
use sqlx::{PgConnection, Postgres, pool::PoolConnection};
use standards::{PersonId, Pool, WalletId};
use tonic::{Status, metadata::MetadataMap};

use crate::{
    error,
    outcome::Outcome,
    reading::{self, Unread},
    shared::Shared,
};

/// A reply stream.
pub(crate) type Replies<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// The services of this process.
pub(crate) fn api(shared: &Arc<Shared>) -> Api {
    let wallets = WalletServiceServer::new(wallet::Wallets(Arc::clone(shared)));
    let payments = PaymentServiceServer::new(payment::Payments(Arc::clone(shared)));
    let books = BookServiceServer::new(book::Books(Arc::clone(shared)));
    Api::new()
        .with(wallets.max_decoding_message_size(MAX_MESSAGE))
        .with(payments.max_decoding_message_size(MAX_BATCH_MESSAGE))
        .with(books.max_decoding_message_size(MAX_BATCH_MESSAGE))
        .with(policy_rpc::server(Arc::clone(&shared.rules), shared.clock.clone()))
}

/// The book's answer, or whatever refused.
pub(crate) fn answered(outcome: Outcome) -> Result<BookOutcome, Refusal> {
    match outcome {
        Outcome::Book(told) => match told.outcome {
            BookOutcome::Refused(refusal) => Err(error::book_refusal(&refusal)),
            outcome => Ok(outcome),
        },
        Outcome::Refused(refused) => Err(error::refused(&refused)),
        Outcome::Behind(feed) => Err(error::behind(feed)),
        Outcome::Unheard => Err(failure::broken("an opening was asked about and not tried")),
        Outcome::Followed(_) => Err(failure::broken("a request was answered like a page of a feed")),
    }
}

/// Reads on a connection of its own.
pub(crate) async fn read<T, F, Fut>(shared: &Shared, work: F) -> Result<T, Status>
where
    T: Send + 'static,
    F: FnOnce(PoolConnection<Postgres>) -> Fut + Send + 'static,
    Fut: Future<Output = Result<T, Unread>> + Send + 'static,
{
    let read = shared.database.read(move |conn| async move { reading::flat(work(conn).await) });
    read.await.map_err(failure::database)?
}

/// A wallet's row by id or by person.
pub(crate) async fn wallet_row(
    conn: &mut PgConnection,
    wallet: Option<WalletId>,
    person: Option<PersonId>,
) -> Result<Option<ledger::rows::WalletRow>, Unread> {
    let wallets: Vec<_> = wallet.iter().map(|id| id.uuid()).collect();
    let persons: Vec<_> = person.iter().map(|id| id.uuid()).collect();
    Ok(crate::sql::load::wallets(conn, &wallets, &persons).await?.pop())
}

/// A citizen's app may read for its person.
pub(crate) async fn agreed_to_read(
    shared: &Shared,
    caller: &Caller,
    metadata: &MetadataMap,
) -> Result<(), Status> {
    Ok(shared.keyring.require_read(caller, metadata, shared.clock.now()).await?)
}

/// A reader is the person, or an office where the person is enrolled or keeps the wallet.
pub(crate) async fn may_read(shared: &Shared, caller: &Caller, person: PersonId) -> Result<(), Status> {
    caller.acts_for(person.uuid())?;
    if !matches!(caller.role, Role::Operator | Role::Agency) {
        return Ok(());
    }
    let places = read(shared, move |mut conn| async move {
        let wallet = wallet_row(&mut conn, None, Some(person)).await?;
        let known = reading::person(&mut conn, person).await?;
        let enrolments = known.into_iter().flat_map(|known| known.enrolments);
        let pools =
            enrolments.map(|enrolment| enrolment.pool).chain(wallet.map(|wallet| wallet.place_of_use));
        Ok(pools.collect::<Vec<Pool>>())
    });
    Ok(caller.in_one_of_pools(places.await?)?)
}
