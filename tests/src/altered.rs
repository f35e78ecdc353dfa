//! A country in which one database is an altered copy: what a check must find is put there behind the services' back,
//! and the original stays whole for the next one.

use anyhow::{Context, Result};
use checker::Sources;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use testkit::database;

/// The altered country. The copy stays until it is dropped by [`Altered::forget`].
#[derive(Debug)]
pub struct Altered {
    /// Where its databases are.
    pub sources: Sources,
    copy: String,
}

impl Altered {
    /// Copies one database, to which nobody may be connected, and runs a statement on the copy. `name` is
    /// `settlement`, `identity`, `kinship` or the two digits of a book.
    pub async fn make(sources: &Sources, name: &str, statement: &str) -> Result<Self> {
        let mut altered = sources.clone();
        let place = match name {
            "settlement" => &mut altered.settlement,
            "identity" => &mut altered.identity,
            "kinship" => &mut altered.kinship,
            province => altered.books.get_mut(province).context("a book")?,
        };
        let (base, original) = place.rsplit_once('/').context("an address ends with a database")?;
        let copy = format!("{original}_t");
        let address = format!("{base}/{copy}");
        command(&format!("CREATE DATABASE {copy} TEMPLATE {original}")).await?;
        *place = address.clone();
        let altered = Self { sources: altered, copy };
        let mut conn = PgConnection::connect(&address).await?;
        sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut conn).await?;
        conn.close().await?;
        Ok(altered)
    }

    /// Drops the copy.
    pub async fn forget(self) -> Result<()> {
        command(&format!("DROP DATABASE {} WITH (FORCE)", self.copy)).await
    }
}

async fn command(statement: &str) -> Result<()> {
    let mut server = PgConnection::connect(&database::server_url()?).await?;
    sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut server).await?;
    Ok(server.close().await?)
}
