//! Writes what a batch changed: one insert and one update per table, whole columns at a time.

mod accounts;
mod payments;
mod transfers;

use ledger::BookChanges;
use sqlx::PgConnection;

use super::rows::pool_code;

type Stored = Result<(), sqlx::Error>;

/// One column of many rows.
fn column<R, T>(rows: &[R], value: impl Fn(&R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// The number of a leg: at most 64 of them.
fn small(number: u16) -> i16 {
    i16::try_from(number).unwrap_or(i16::MAX)
}

/// Writes the changes of a book.
pub(crate) async fn changes(conn: &mut PgConnection, changes: &BookChanges) -> Stored {
    accounts::insert_accounts(&mut *conn, &changes.accounts.inserted).await?;
    accounts::update_accounts(&mut *conn, &changes.accounts.updated).await?;
    accounts::insert_folios(&mut *conn, &changes.folios.inserted).await?;
    accounts::update_folios(&mut *conn, &changes.folios.updated).await?;
    accounts::insert_personal(&mut *conn, &changes.personal.inserted).await?;
    accounts::update_personal(&mut *conn, &changes.personal.updated).await?;
    transfers::insert_wallets(&mut *conn, &changes.wallets.inserted).await?;
    transfers::update_wallets(&mut *conn, &changes.wallets.updated).await?;
    transfers::insert_earmarks(&mut *conn, &changes.earmarks.inserted).await?;
    transfers::update_earmarks(&mut *conn, &changes.earmarks.updated).await?;
    transfers::insert_hops(&mut *conn, &changes.hops.inserted).await?;
    transfers::update_hops(&mut *conn, &changes.hops.updated).await?;
    transfers::insert_lots(&mut *conn, &changes.lots.inserted).await?;
    transfers::update_lots(&mut *conn, &changes.lots.updated).await?;
    // A reversal frees the serial that a new payment of the same batch may take.
    payments::update_payments(&mut *conn, &changes.payments.updated).await?;
    payments::insert_payments(&mut *conn, &changes.payments.inserted).await?;
    payments::insert_legs(&mut *conn, &changes.legs.inserted).await?;
    payments::update_legs(&mut *conn, &changes.legs.updated).await?;
    payments::insert_refunds(&mut *conn, &changes.refunds.inserted).await?;
    payments::insert_refund_legs(&mut *conn, &changes.refund_legs).await?;
    accounts::insert_postings(conn, &changes.postings).await
}
