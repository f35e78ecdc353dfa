//! Testkit's own SQL. Names of databases come from tests, never from a caller.

use sqlx::{AssertSqlSafe, PgConnection};

/// Makes a database unless it exists.
pub(crate) async fn create_database(conn: &mut PgConnection, name: &str) -> Result<(), sqlx::Error> {
    let known = sqlx::query_scalar::<_, bool>(
        "-- database-exists\nSELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)",
    )
    .bind(name)
    .fetch_one(&mut *conn)
    .await?;
    if !known {
        sqlx::query(AssertSqlSafe(format!("-- create-database\nCREATE DATABASE {name}")))
            .execute(conn)
            .await?;
    }
    Ok(())
}
