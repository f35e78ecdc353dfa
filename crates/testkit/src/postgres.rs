//! A private PostgreSQL: its own data directory, port and socket, never an existing server, never as root.
//!
//! The server is this process's direct child, so its end is seen and waited for, and it ends with us. It
//! installs nothing; where PostgreSQL is missing it says which package brings it.

use std::{
    fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{ports, process};

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
    launch: Launch,
}

/// What a server is started with, and started again.
struct Launch {
    programs: PathBuf,
    home: PathBuf,
    account: Account,
    durability: Durability,
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
        let port = ports::free()?.port();
        fs::File::create(home.join("server.log"))?;
        let launch = Launch { programs, home, account, durability, port };
        let mut started = Self { child: launch.spawn()?, launch };
        started.wait_until_ready()?;
        Ok(started)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("postgres ended with {status}; see {}", self.launch.log().display());
            }
            if self.launch.is_ready()? {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        bail!("postgres did not become ready in {PATIENCE:?}; see {}", self.launch.log().display())
    }

    /// The address of one of its databases.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://gongji@127.0.0.1:{}/{database}", self.launch.port)
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

    /// Kills the server process alone and at once, in the middle of everything; its sessions find out by themselves.
    pub fn kill(&mut self) -> Result<ExitStatus> {
        self.child.kill()?;
        Ok(self.child.wait()?)
    }

    /// Starts it again after its end, with the same data on the same port; gives how long it took to answer. Must be
    /// called on a thread that lives on: the server ends with it.
    pub fn restart(&mut self) -> Result<Duration> {
        let began = Instant::now();
        loop {
            if self.ended()?.is_none() {
                bail!("the server is running");
            }
            self.child = self.launch.spawn()?;
            match self.wait_until_ready() {
                Ok(()) => return Ok(began.elapsed()),
                // A session of the killed server that has not found out yet keeps the next one from starting.
                Err(_) if began.elapsed() < PATIENCE && self.ended()?.is_some() => {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(error),
            }
        }
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

impl Launch {
    fn log(&self) -> PathBuf {
        self.home.join("server.log")
    }

    fn spawn(&self) -> Result<Child> {
        let log = fs::File::options().append(true).open(self.log())?;
        let mut server = self.account.command(&self.programs.join("postgres"));
        server.arg("-D").arg(self.home.join("data")).args(["-p", &self.port.to_string(), "-k"]);
        server.arg(self.home.join("socket"));
        for setting in settings(self.durability) {
            server.args(["-c", setting]);
        }
        let server = server.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        // Ctrl-C on a terminal is for us: we stop it when nobody needs it any more.
        server.process_group(0).spawn().context("postgres could not be started")
    }

    fn is_ready(&self) -> Result<bool> {
        let mut ask = Command::new(self.programs.join("pg_isready"));
        ask.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        Ok(ask.status()?.success())
    }
}

fn settings(durability: Durability) -> &'static [&'static str] {
    match durability {
        Durability::Full => {
            &[
                "listen_addresses=127.0.0.1",
                "max_connections=200",
                "shared_buffers=1GB",
                "max_wal_size=8GB",
                // After a crash: one by one, files of many databases take far longer than the recovery.
                "recovery_init_sync_method=syncfs",
            ]
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
