//! PostgreSQL and the services: started in order with visible progress, watched, and stopped in order.
//!
//! The services go first when they stop, so that none of them loses its database in the middle of a batch.

use std::{
    fs,
    io::{IsTerminal, stderr},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use standards::{Province, civil};
use testkit::{
    cluster::{Cluster, Ports, Setup},
    postgres::{Durability, PrivatePostgres},
    process::Plan,
};
use time::OffsetDateTime;

use crate::{home::Home, say};

/// 江苏, 四川, 青海.
const PROVINCES: [u8; 3] = [32, 51, 63];
/// The development matcher of faces, beside the product.
const MATCHER: &str = "face-matcher";
const MATCHER_PORT: u16 = 7009;
/// How many lines of a log are shown when its service has died.
const LAST_WORDS: usize = 12;

/// Everything that runs.
pub(crate) struct Stack {
    pub(crate) cluster: Cluster,
    postgres: PrivatePostgres,
    server_log: std::path::PathBuf,
}

impl Stack {
    /// Starts everything at a civil time and waits until every service says SERVING.
    pub(crate) async fn start(home: &mut Home, at: OffsetDateTime) -> Result<Self> {
        let provinces = PROVINCES.into_iter().filter_map(Province::from_code).collect::<Vec<_>>();
        ports_are_free(&provinces)?;
        let progress = Progress::new(u64::try_from(provinces.len())? + 5);
        let kept = home.has_data();
        // Before the first service can see it.
        home.note(at)?;
        progress.begins(if kept {
            "PostgreSQL, with the data kept"
        } else {
            "PostgreSQL, a new one of its own"
        });
        let postgres = PrivatePostgres::start(&home.postgres(), Durability::Full)?;
        progress.is_up("PostgreSQL");
        progress.begins("identity, kinship-registry, settlement and the wallets");
        let setup = Setup {
            home: home.cluster(),
            server: postgres.url("postgres"),
            prefix: "gongji_".to_owned(),
            provinces,
            ports: Ports::Known,
            civil_time: Some(at),
            environment: vec![],
        };
        let mut cluster = Cluster::start(setup, |name| progress.is_up(name)).await?;
        progress.begins("a matcher of faces to develop with");
        cluster.add(matcher(&home.cluster())).await?;
        progress.is_up(MATCHER);
        progress.done(at);
        Ok(Self { cluster, postgres, server_log: home.postgres().join("server.log") })
    }

    /// Says what has ended without being asked to, with its last words.
    pub(crate) fn casualty(&mut self) -> Result<Option<String>> {
        if let Some(status) = self.postgres.ended()? {
            let words = last_words(&self.server_log);
            return Ok(Some(format!("PostgreSQL ended with {status}; the end of its log:\n{words}")));
        }
        for name in self.cluster.names().map(str::to_owned).collect::<Vec<_>>() {
            let process = self.cluster.process_mut(&name)?;
            if let Some(status) = process.ended()? {
                let words = last_words(process.log());
                return Ok(Some(format!("{name} ended with {status}; the end of its log:\n{words}")));
            }
        }
        Ok(None)
    }

    /// Stops the services, then PostgreSQL, and waits for all of them.
    pub(crate) fn stop(self) -> Result<()> {
        self.cluster.stop()?;
        self.postgres.stop()?;
        Ok(())
    }
}

/// Identity takes what is signed with this key.
fn matcher(home: &Path) -> Plan {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, MATCHER_PORT));
    let key = home.join("keys").join("face-matcher.seed").display().to_string();
    let arguments = ["--listen".to_owned(), address.to_string(), "--signing-key-file".to_owned(), key];
    Plan {
        program: MATCHER,
        name: MATCHER.to_owned(),
        address,
        arguments: arguments.into(),
        environment: vec![],
    }
}

fn last_words(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    format!("  {}\n  ({})", lines[lines.len().saturating_sub(LAST_WORDS)..].join("\n  "), log.display())
}

/// The ports are fixed, so that commands from the README work: another program on one of them is named.
fn ports_are_free(provinces: &[Province]) -> Result<()> {
    let wallets = provinces.iter().map(|province| (7100 + u16::from(province.code()), "a wallet service"));
    let fixed =
        [(7001, "identity"), (7002, "kinship-registry"), (7004, "settlement"), (MATCHER_PORT, MATCHER)];
    let taken: Vec<String> = fixed
        .into_iter()
        .chain(wallets)
        .filter(|(port, _)| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_err())
        .map(|(port, name)| format!("127.0.0.1:{port} ({name})"))
        .collect();
    let Some(first) = taken.first() else { return Ok(()) };
    let port = first.split([':', ' ']).nth(1).context("an address has a port")?;
    bail!(
        "taken by another program: {}. See which one with: ss -ltnp 'sport = :{port}'; stop it and start again",
        taken.join(", ")
    )
}

/// A bar on a terminal, plain lines elsewhere.
struct Progress {
    bar: Option<ProgressBar>,
    since: Instant,
}

impl Progress {
    fn new(steps: u64) -> Self {
        let style = ProgressStyle::with_template("{spinner} [{bar:20}] {pos}/{len} {msg}");
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(steps);
            // A bar without its style still moves.
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Self { bar, since: Instant::now() }
    }

    fn begins(&self, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(format!("starting {what}")),
            None => say::aside(format!("starting {what}")),
        }
    }

    fn is_up(&self, name: &str) {
        match &self.bar {
            Some(bar) => {
                bar.set_message(format!("{name} serves"));
                bar.inc(1);
            }
            None => say::aside(format!("  {name} serves after {}", self.seconds())),
        }
    }

    fn done(&self, at: OffsetDateTime) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        let at = civil::local_text(at);
        say::aside(format!("everything serves after {}; civil time begins at {at}", self.seconds()));
    }

    fn seconds(&self) -> String {
        let elapsed = self.since.elapsed();
        format!("{}.{} s", elapsed.as_secs(), elapsed.subsec_millis() / 100)
    }
}
