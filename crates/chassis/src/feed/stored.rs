//! Cursors as rows, for a keeper's load and store. They are only touched while the head is locked.

use sqlx::PgConnection;
use time::OffsetDateTime;

use super::Cursor;
use crate::{chain::GENESIS, sql};

/// The cursor that is stored under a feed's name; [`Cursor::START`] before its first page.
///
/// # Errors
/// If the database fails.
pub async fn cursor(conn: &mut PgConnection, feed: &str) -> Result<Cursor, sqlx::Error> {
    let row = sql::cursor(conn, feed).await?;
    Ok(row.map_or(Cursor::START, |row| Cursor {
        sequence: row.seq,
        hash: (&row.hash[..]).try_into().unwrap_or(GENESIS),
    }))
}

/// Moves a feed's cursor on. The keeper has compared `from` with [`cursor`] in the same transaction.
///
/// # Errors
/// [`sqlx::Error::RowNotFound`] if the cursor stands elsewhere, or if the database fails.
pub async fn advance(
    conn: &mut PgConnection,
    feed: &str,
    from: Cursor,
    to: Cursor,
) -> Result<(), sqlx::Error> {
    let moved = sql::advance_cursor(conn, feed, (from.sequence, &from.hash), (to.sequence, &to.hash)).await?;
    if moved { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Keeps an item that could not be read, with its bytes, so that what follows is not blocked by it.
///
/// # Errors
/// If the database fails.
pub async fn set_aside(
    conn: &mut PgConnection,
    feed: &str,
    item: (i64, &[u8]),
    at: OffsetDateTime,
    error: &str,
) -> Result<(), sqlx::Error> {
    sql::set_aside(conn, feed, item.0, at, item.1, error).await
}
