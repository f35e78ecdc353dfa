//! Writes what a batch changed, whole columns at a time: what every batch writes in as few statements as may be.

mod accounts;
mod payments;
mod transfers;

use ledger::{BookChanges, Changes};
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

/// Whether nothing was made or changed.
fn is_unchanged<R>(changes: &Changes<R>) -> bool {
    changes.inserted.is_empty() && changes.updated.is_empty()
}

/// Writes the changes of a book.
pub(crate) async fn changes(conn: &mut PgConnection, changes: &BookChanges) -> Stored {
    accounts::store_postings(&mut *conn, changes).await?;
    accounts::store_personal(&mut *conn, &changes.personal).await?;
    transfers::insert_wallets(&mut *conn, &changes.wallets.inserted).await?;
    transfers::update_wallets(&mut *conn, &changes.wallets.updated).await?;
    transfers::store_earmarks(&mut *conn, &changes.earmarks, &changes.hops).await?;
    transfers::store_lots(&mut *conn, &changes.lots).await?;
    // A reversal frees the serial that a new payment of the same batch may take.
    payments::update_payments(&mut *conn, &changes.payments.updated).await?;
    payments::insert_payments(&mut *conn, &changes.payments.inserted, &changes.legs.inserted).await?;
    payments::update_legs(&mut *conn, &changes.legs.updated).await?;
    payments::insert_refunds(&mut *conn, &changes.refunds.inserted).await?;
    payments::insert_refund_legs(conn, &changes.refund_legs).await
}
