//! A private PostgreSQL: its own data directory, port and socket, never an existing server, never as root.
//!
//! The server is this process's direct child, so its end is seen and waited for, and it ends with us. It
//! installs nothing; where PostgreSQL is missing it says which package brings it.

use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::process;

/// How hard the server holds on to what it acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As in production: fsync and synchronous commit.
    Full,
    /// For test runs that never pull the plug: no fsync.
    Relaxed,
}

/// A running private server.
pub struct PrivatePostgres {
    child: Child,
    port: u16,
}

/// How long a start or a stop may take.
const PATIENCE: Duration = Duration::from_secs(60);

impl PrivatePostgres {
    /// Starts a server in `home` (made if missing; kept data is used again) on a free port of 127.0.0.1.
    pub fn start(home: &Path, durability: Durability) -> Result<Self> {
        let programs = programs()?;
        fs::create_dir_all(home)?;
        let home = home.canonicalize()?;
        let (data, sockets) = (home.join("data"), home.join("socket"));
        let account = Account::choose(&home)?;
        for dir in [&data, &sockets] {
            fs::create_dir_all(dir)?;
            account.give(dir)?;
        }
        fs::set_permissions(&data, fs::Permissions::from_mode(0o700))?;
        if !data.join("PG_VERSION").exists() {
            let mut initdb = account.command(&programs.join("initdb"));
            initdb.args([
                "--username=gongji",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "-D",
            ]);
            let output = initdb.arg(&data).output().context("initdb could not be started")?;
            if !output.status.success() {
                bail!("initdb failed: {}", String::from_utf8_lossy(&output.stderr).trim());
            }
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = fs::File::create(home.join("server.log"))?;
        let mut server = account.command(&programs.join("postgres"));
        server.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k"]).arg(&sockets);
        for setting in settings(durability) {
            server.args(["-c", setting]);
        }
        let child = server
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            // Ctrl-C on a terminal is for us: we stop it when nobody needs it any more.
            .process_group(0)
            .spawn()
            .context("postgres could not be started")?;
        let mut started = Self { child, port };
        started.wait_until_ready(&programs, &home)?;
        Ok(started)
    }

    fn wait_until_ready(&mut self, programs: &Path, home: &Path) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("postgres ended with {status}; see {}", home.join("server.log").display());
            }
            let ready = Command::new(programs.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .status()?;
            if ready.success() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        bail!("postgres did not become ready in {PATIENCE:?}; see {}", home.join("server.log").display())
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://gongji@127.0.0.1:{}/{database}", self.port)
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Stops it at once, without waiting for sessions, and waits for its end.
    pub fn stop(mut self) -> Result<ExitStatus> {
        self.end("INT")
    }

    /// Kills it as a power cut would (its data survive only as far as they were flushed).
    pub fn crash(mut self) -> Result<ExitStatus> {
        self.end("QUIT")
    }

    fn end(&mut self, signal: &str) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        process::send(signal, self.child.id())?;
        Ok(self.child.wait()?)
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        // A server that cannot be stopped has ended already; there is nobody left to tell.
        let _ = self.end("INT");
    }
}

fn settings(durability: Durability) -> &'static [&'static str] {
    match durability {
        Durability::Full => {
            &["listen_addresses=127.0.0.1", "max_connections=200", "shared_buffers=1GB", "max_wal_size=8GB"]
        }
        Durability::Relaxed => &[
            "listen_addresses=127.0.0.1",
            "max_connections=400",
            "shared_buffers=256MB",
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
        ],
    }
}

/// The newest installed server programs, version 15 or later.
fn programs() -> Result<PathBuf> {
    let versions: Vec<fs::DirEntry> =
        fs::read_dir("/usr/lib/postgresql").map(|dir| dir.flatten().collect()).unwrap_or_default();
    versions
        .into_iter()
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin")))
        })
        .filter(|(version, bin)| *version >= 15 && bin.join("postgres").exists())
        .max()
        .map(|(_, bin)| bin)
        .context("PostgreSQL 15 or newer is missing: apt-get install postgresql")
}

/// Whom the server runs as: ourselves, or the `postgres` account when we are root.
enum Account {
    Ourselves,
    Postgres { reach: bool },
}

impl Account {
    fn choose(home: &Path) -> Result<Self> {
        let id = Command::new("id").arg("-u").output()?;
        if String::from_utf8_lossy(&id.stdout).trim() != "0" {
            return Ok(Self::Ourselves);
        }
        // A clone under /root cannot be entered by others: then the server keeps the right to search.
        for reach in [false, true] {
            let account = Self::Postgres { reach };
            if account.command(Path::new("/usr/bin/test")).arg("-x").arg(home).status()?.success() {
                return Ok(account);
            }
        }
        bail!("PostgreSQL does not run as root, and the account postgres cannot enter {}", home.display())
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        // The server ends when we do, however we end.
        command.args(["--pdeathsig", "INT"]);
        if let Self::Postgres { reach } = self {
            command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
            if *reach {
                command.args(["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]);
            }
        }
        command.arg("--").arg(program).current_dir("/");
        command
    }

    fn give(&self, dir: &Path) -> Result<()> {
        if let Self::Postgres { .. } = self {
            let given = Command::new("chown").arg("postgres:").arg(dir).status()?;
            if !given.success() {
                bail!("{} could not be given to the account postgres", dir.display());
            }
        }
        Ok(())
    }
}
