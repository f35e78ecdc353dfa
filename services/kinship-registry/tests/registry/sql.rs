//! The tests' own look into the registry's database, beside the service.

use secrecy::{ExposeSecret as _, SecretString};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// A connection of the test's own.
pub(crate) async fn connect(url: &SecretString) -> PgConnection {
    PgConnection::connect(url.expose_secret()).await.unwrap()
}

/// How many records the chain has.
pub(crate) async fn records(url: &SecretString) -> i64 {
    sqlx::query_scalar("SELECT seq FROM head").fetch_one(&mut connect(url).await).await.unwrap()
}

/// How many bonds were ever proposed with success.
pub(crate) async fn bonds(url: &SecretString) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM bond").fetch_one(&mut connect(url).await).await.unwrap()
}

/// Everything the registry stores, as one text.
pub(crate) async fn everything(url: &SecretString) -> String {
    let mut conn = connect(url).await;
    let all = "SELECT concat((SELECT string_agg(b::text, '|') FROM bond b), (SELECT string_agg(r.body, '|') FROM record r))";
    sqlx::query_scalar(all).fetch_one(&mut conn).await.unwrap()
}

/// Whether the chain's head, its last batch and its last record agree.
pub(crate) async fn is_whole(url: &SecretString) -> bool {
    let sql =
        "SELECT head.seq = (SELECT max(seq) FROM record) AND head.seq = (SELECT max(last_seq) FROM batch)
        AND head.hash = (SELECT hash FROM batch ORDER BY last_seq DESC LIMIT 1) FROM head";
    sqlx::query_scalar(sql).fetch_one(&mut connect(url).await).await.unwrap()
}

/// Runs a change that a constraint must refuse; the constraint's name.
pub(crate) async fn violated(url: &SecretString, change: &str) -> String {
    let done = sqlx::query(AssertSqlSafe(change.to_owned())).execute(&mut connect(url).await).await;
    let error = done.expect_err("the change must be refused");
    error.as_database_error().and_then(|error| error.constraint()).unwrap_or_default().to_owned()
}

/// How many facts about families are recorded.
pub(crate) async fn facts(url: &SecretString) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM family_fact").fetch_one(&mut connect(url).await).await.unwrap()
}
