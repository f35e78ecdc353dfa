//! The tests' own look into the database, beside the service.

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Row as _};

/// A connection of the test's own.
pub(crate) async fn connect(url: &SecretString) -> PgConnection {
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

/// Every row of every table of ours, as PostgreSQL prints it (bytes as hex), with the table's name.
pub(crate) async fn every_row(conn: &mut PgConnection) -> Vec<(String, String)> {
    let tables = sqlx::query(
        "-- tables
        SELECT c.relname::text AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relkind IN ('r', 'm')",
    );
    let tables = tables.fetch_all(&mut *conn).await.unwrap();
    let mut rows = Vec::new();
    for table in tables {
        let table: String = table.get("name");
        let all = AssertSqlSafe(format!("-- rows\nSELECT t::text AS row FROM {table} t"));
        for row in sqlx::query(all).fetch_all(&mut *conn).await.unwrap() {
            rows.push((table.clone(), row.get("row")));
        }
    }
    rows
}

/// How many records the chain has.
pub(crate) async fn records(conn: &mut PgConnection) -> i64 {
    sqlx::query_scalar("-- records\nSELECT seq FROM head").fetch_one(conn).await.unwrap()
}

/// Who asked how often on which day: answered, and refused.
pub(crate) async fn inquiry_counts(conn: &mut PgConnection) -> Vec<(String, String, i64, i64)> {
    sqlx::query_as("-- counts\nSELECT asked_by, civil_day::text, answered, refused FROM inquiry_count")
        .fetch_all(conn)
        .await
        .unwrap()
}

/// Moves a sealed name from one person's row to another's, as somebody with the database alone could.
pub(crate) async fn swap_names(conn: &mut PgConnection, one: uuid::Uuid, other: uuid::Uuid) {
    sqlx::query(
        "-- swap-names
        UPDATE person SET name = (SELECT name FROM person WHERE person_id = $2) WHERE person_id = $1",
    )
    .bind(one)
    .bind(other)
    .execute(conn)
    .await
    .unwrap();
}
