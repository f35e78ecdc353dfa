//! Runs a service from `main`: runtime, telemetry, signals, and an orderly end.
//!
//! A service's `main.rs` parses its configuration and calls [`service`]; its own code gets a [`Host`].

use std::{net::SocketAddr, panic::AssertUnwindSafe, process::ExitCode, time::Duration};

use anyhow::Context as _;
use futures::FutureExt as _;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    client::{self, Peer},
    clock::Clock,
    config::{ChassisArgs, Profile},
    rpc, serve,
    serve::{Api, Health},
    shutdown, telemetry,
};

/// What a process gives to the service in it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Host {
    /// The shared configuration.
    pub args: ChassisArgs,
    /// The one clock.
    pub clock: Clock,
    /// Set to serving by the service when it is ready.
    pub health: Health,
    /// Cancelled when the process is told to stop, or stops itself.
    pub shutdown: CancellationToken,
    /// Long-lived tasks; the end waits for them, so each must watch `shutdown`.
    pub tasks: TaskTracker,
    /// Cancelled when a task without which the service is none has panicked: it ends with an error then.
    pub broken: CancellationToken,
}

impl Host {
    /// A host for a service in this process; also for several in one test.
    pub async fn new(args: ChassisArgs, shutdown: CancellationToken) -> Self {
        let clock = args.civil_time.map_or_else(Clock::system, Clock::starting_at);
        let (tasks, broken) = (TaskTracker::new(), CancellationToken::new());
        Self { args, clock, health: Health::new().await, shutdown, tasks, broken }
    }

    /// Runs a task for as long as the service. If it panics, the service ends and says so: started again it is whole,
    /// while the loss of one task would be missed by nobody.
    pub fn keep(&self, task: impl Future<Output = ()> + Send + 'static) {
        let broken = self.broken.clone();
        self.tasks.spawn(async move {
            // The panic hook has logged it with its place.
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                broken.cancel();
            }
        });
    }

    /// A channel to a peer under this service's credential.
    ///
    /// # Errors
    /// If the address or the credential cannot be used.
    pub fn peer(&self, address: &str) -> anyhow::Result<Peer> {
        client::peer(address, self.args.service_token.as_ref()).context("a peer in the configuration")
    }

    /// Takes the configured address.
    ///
    /// # Errors
    /// If another process has it.
    pub async fn bind(&self) -> anyhow::Result<TcpListener> {
        let address = self.args.listen;
        TcpListener::bind(address).await.with_context(|| format!("cannot listen on {address}"))
    }

    /// Binds and serves until the process is told to stop and has drained.
    ///
    /// # Errors
    /// If the address is taken or the server fails.
    pub async fn serve(&self, api: Api) -> anyhow::Result<()> {
        self.serve_on(self.bind().await?, api).await
    }

    /// Serves on a listener that is bound already.
    ///
    /// # Errors
    /// If the server fails.
    pub async fn serve_on(&self, listener: TcpListener, api: Api) -> anyhow::Result<()> {
        let address: SocketAddr = listener.local_addr().context("the address listened on")?;
        let api = match self.args.profile {
            Profile::Local => api.with(rpc::clock_server(self.clock.clone())),
        };
        tracing::info!(%address, "listening");
        serve::serve(listener, api, &self.health, (&self.args).into(), self.shutdown.clone()).await?;
        Ok(())
    }

    /// Reports NOT_SERVING for as long as the writer finds this host's clock wrong.
    pub(crate) fn follow_clock(&self, mut is_right: watch::Receiver<bool>) {
        let (health, shutdown) = (self.health.clone(), self.shutdown.clone());
        self.tasks.spawn(async move {
            while let Some(Ok(())) = shutdown.run_until_cancelled(is_right.changed()).await {
                let is_right = *is_right.borrow_and_update();
                if is_right && !shutdown.is_cancelled() {
                    health.serving().await;
                } else {
                    health.not_serving().await;
                }
            }
        });
    }

    /// Tells everything to stop and waits for the tasks, at most the drain time.
    pub async fn finish(&self) {
        self.shutdown.cancel();
        self.tasks.close();
        if tokio::time::timeout(self.args.drain(), self.tasks.wait()).await.is_err() {
            tracing::warn!(
                left = self.tasks.len(),
                "the drain time is over; tasks that still run are dropped"
            );
        }
    }
}

/// Runs `main` with a host on a runtime of the configured size, and ends in order. The exit code is 0 after
/// an orderly end, 1 if `main` failed; the failure is logged with its causes.
pub fn service<F, Fut>(name: &'static str, args: ChassisArgs, main: F) -> ExitCode
where
    F: FnOnce(Host) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(args.worker_threads.get())
        .thread_name(name)
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("{name}: cannot start the runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(hosted(name, args, main));
    runtime.shutdown_timeout(Duration::from_secs(1));
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The log may be the thing that failed, so this is plain text.
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn hosted<F, Fut>(name: &'static str, args: ChassisArgs, main: F) -> anyhow::Result<()>
where
    F: FnOnce(Host) -> Fut,
    Fut: Future<Output = anyhow::Result<()>>,
{
    let telemetry = telemetry::init(name, args.otlp_endpoint.as_deref())?;
    log_panics();
    let host = Host::new(args, shutdown::token().context("signals")?).await;
    tracing::info!(service = name, version = env!("CARGO_PKG_VERSION"), "starting");
    let ended = main(host.clone()).await;
    if let Err(error) = &ended {
        tracing::error!(error = format!("{error:#}"), "the service failed");
    }
    host.finish().await;
    tracing::info!(service = name, "stopped");
    // The exporters block while they flush.
    tokio::task::spawn_blocking(move || telemetry.shutdown()).await.context("flushing telemetry")?;
    ended
}

/// A panic on a task of our own is a line in the log like any other fault.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let text = panic.payload_as_str().unwrap_or("not a text");
        tracing::error!(place, panic = text, "panic");
    }));
}
