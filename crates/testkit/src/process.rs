//! One of our services as a separate process: started with its configuration in the environment, its log in
//! a file, and waited for until gRPC health says SERVING. It ends with us, however we end.

use std::{
    fs::{self, File},
    net::SocketAddr,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use tonic::transport::Endpoint;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

/// How long a service may take to serve, or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// What a service is started with.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The name of its binary.
    pub program: &'static str,
    /// Its name in the cluster and of its log file: `wallet-32`.
    pub name: String,
    /// Where it listens.
    pub address: SocketAddr,
    /// Its command line.
    pub arguments: Vec<String>,
    /// Its environment, on top of ours; secrets stand here.
    pub environment: Vec<(String, String)>,
}

/// A running service.
pub struct Process {
    plan: Plan,
    child: Child,
    log: PathBuf,
}

/// Where the workspace's binaries lie: beside the running program, or above it for a test.
pub fn programs() -> Result<PathBuf> {
    let here = std::env::current_exe()?;
    let dir = here.parent().context("a program lies in a folder")?;
    let dir = if dir.ends_with("deps") { dir.parent().context("deps lies in a folder")? } else { dir };
    Ok(dir.to_owned())
}

/// Sends a signal to a process. The shell does it: small Debian systems have no program named `kill`.
pub(crate) fn send(signal: &str, pid: u32) -> Result<ExitStatus> {
    let words = ["-c", "kill -\"$1\" \"$2\"", "kill", signal, &pid.to_string()];
    Ok(Command::new("sh").args(words).status()?)
}

impl Process {
    /// Starts a service; it may not serve yet.
    pub fn start(plan: Plan, logs: &Path) -> Result<Self> {
        fs::create_dir_all(logs)?;
        let log = logs.join(format!("{}.log", plan.name));
        let out = File::options().create(true).append(true).open(&log)?;
        let program = programs()?.join(plan.program);
        if !program.exists() {
            bail!("{} is not built: cargo build --workspace --bins", program.display());
        }
        let child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(program)
            .args(&plan.arguments)
            .envs(plan.environment.iter().cloned())
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            // Ctrl-C on a terminal is for us: services end before the database that they need.
            .process_group(0)
            .spawn()
            .with_context(|| format!("{} could not be started", plan.name))?;
        Ok(Self { plan, child, log })
    }

    /// Waits until health says SERVING; fails with the end of the log if the process ended instead.
    pub async fn serving(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let channel = Endpoint::from_shared(format!("http://{}", self.plan.address))?.connect_lazy();
        let mut health = HealthClient::new(channel);
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended with {status}:\n{}", self.plan.name, self.last_words());
            }
            if let Ok(reply) = health.check(HealthCheckRequest::default()).await
                && reply.into_inner().status() == ServingStatus::Serving
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("{} does not serve after {PATIENCE:?}:\n{}", self.plan.name, self.last_words())
    }

    /// What it was started with.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Where its log lies.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended, and how.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Sends a signal by its name, such as `STOP` or `CONT`.
    pub fn signal(&self, signal: &str) -> Result<()> {
        let sent = send(signal, self.child.id())?;
        if sent.success() { Ok(()) } else { bail!("{} got no {signal}", self.plan.name) }
    }

    /// Kills it without a chance to say anything, and waits for its end.
    pub fn kill(&mut self) -> Result<ExitStatus> {
        self.child.kill()?;
        Ok(self.child.wait()?)
    }

    /// Asks it to end, as Kubernetes would, and waits.
    pub fn terminate(&mut self) -> Result<ExitStatus> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(status);
        }
        self.signal("TERM")?;
        self.wait()
    }

    /// Waits for its end; kills it when patience ends.
    pub fn wait(&mut self) -> Result<ExitStatus> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.kill()
    }

    fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already needs no kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
