//! Fresh databases for tests: one per test and service, on the private server of the run.
//!
//! `tests/run` starts that server once and names it in `GONGJI_TEST_POSTGRES`; without it (a test started
//! by hand) this process starts a server of its own. No test ever skips for want of one.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
        mpsc,
    },
    thread,
};

use anyhow::{Context, Result, anyhow};
use secrecy::SecretString;
use sqlx::{Connection, PgConnection};

use crate::{
    postgres::{Durability, PrivatePostgres},
    sql,
};

static OWN: OnceLock<Result<String, String>> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The address of the run's server, database `postgres`.
pub fn server_url() -> Result<String> {
    if let Ok(url) = std::env::var("GONGJI_TEST_POSTGRES") {
        return Ok(url);
    }
    OWN.get_or_init(own_server).clone().map_err(|cause| anyhow!(cause))
}

/// Starts a server on a thread that lives as long as the process: the server ends with the thread that
/// started it.
fn own_server() -> Result<String, String> {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let started = tempfile::Builder::new().prefix("gongji-pg-").tempdir().map_err(anyhow::Error::from);
        let started =
            started.and_then(|home| Ok((PrivatePostgres::start(home.path(), Durability::Relaxed)?, home)));
        let url =
            started.as_ref().map(|(server, _)| server.url("postgres")).map_err(|error| format!("{error:#}"));
        if let Ok((_, home)) = &started {
            sweep_after_us(home.path());
        }
        // Nobody waits any more only if the process is ending.
        let _ = tell.send(url);
        loop {
            thread::park();
        }
    });
    told.recv().unwrap_or_else(|_| Err("the server's thread ended".to_owned()))
}

/// The folder outlives this process, which never drops it: somebody else waits for our end and removes it.
fn sweep_after_us(home: &Path) {
    let script = "while kill -0 \"$0\" 2>/dev/null; do sleep 1; done; sleep 1; rm -rf \"$1\"";
    let mut watch = Command::new("setsid");
    watch.args(["sh", "-c", script, &std::process::id().to_string()]).arg(home);
    // Without the watcher a folder is left behind, and the tests still say what they have to say.
    let _ = watch.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
}

/// Makes an empty database and gives its address.
pub async fn fresh(purpose: &str) -> Result<SecretString> {
    on_server(&server_url()?, &unique(purpose)).await
}

/// Makes the database `name` on a server unless it exists, and gives its address.
pub async fn on_server(server: &str, name: &str) -> Result<SecretString> {
    let mut conn = PgConnection::connect(server).await.context("the private PostgreSQL does not answer")?;
    sql::create_database(&mut conn, name).await?;
    conn.close().await?;
    let base = server.rsplit_once('/').context("a server address ends with a database")?.0;
    Ok(SecretString::from(format!("{base}/{name}")))
}

fn unique(purpose: &str) -> String {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    format!("t_{}_{number}_{}", std::process::id(), purpose.replace('-', "_"))
}
