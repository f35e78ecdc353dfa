//! The whole product on one machine: a private PostgreSQL, every service as its own process, and the founding
//! story played on them.
//!
//! It owns what it starts: nothing that it started outlives it. It never touches an existing server or
//! anything outside its folder.

mod commands;
mod home;
mod say;
mod stack;
mod story;
mod timeline;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::Result;
use chassis::clock::Clock;
use clap::Parser;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{home::Home, stack::Stack, story::Ending};

/// How often running services are looked at.
const GLANCE: Duration = Duration::from_millis(250);
/// Every so many glances the civil time is written down.
const NOTE_EVERY: u32 = 40;

/// Starts everything on this machine, plays the founding story and keeps the services running.
#[derive(Debug, Parser)]
#[command(name = "deploy/local/up")]
struct Arguments {
    /// End after the story; status 0 only if every printed fact was read back and matched
    #[arg(long)]
    exit: bool,
    /// Start from empty data
    #[arg(long)]
    reset: bool,
    /// Where databases, keys and logs are kept
    #[arg(long, default_value = "target/local")]
    home: PathBuf,
}

fn main() -> ExitCode {
    let arguments: Arguments = chassis::config::parse_or_exit();
    // PostgreSQL and the services end with the thread that starts them, so all of this stays on one thread.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run(&arguments)));
    match ended {
        Ok(code) => code,
        Err(error) => {
            say::aside(format!("deploy/local/up: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let mut home = Home::open(&arguments.home, arguments.reset)?;
    let start = home.next_start(Clock::system().wall());
    let mut stack = tokio::select! {
        stack = Stack::start(&mut home, start) => stack?,
        name = signals.next() => return Ok(interrupted(name)),
    };
    let ended = tokio::select! {
        ended = attended(arguments, &mut home, &mut stack) => ended,
        name = signals.next() => {
            say::aside(format!("{name}: stopping everything"));
            // Once the story has been told, being stopped is the ordinary end.
            Ok(if home.is_told() { home.verdict() } else { interrupted(name) })
        }
    };
    home.note(stack.cluster.civil_now())?;
    // On a thread of its own: our connections must answer the services' farewell, or they wait for it.
    tokio::task::spawn_blocking(move || stack.stop()).await??;
    if ended.is_ok() {
        say::aside("stopped: no process is left behind, the data are kept");
    }
    ended
}

/// Plays the story, then keeps watch over the services.
async fn attended(arguments: &Arguments, home: &mut Home, stack: &mut Stack) -> Result<ExitCode> {
    let played = story::play(home, &mut stack.cluster).await;
    if let Some(dead) = stack.casualty()? {
        anyhow::bail!("{dead}");
    }
    let good = match played {
        Ok(Ending { good, cast }) => {
            commands::print(&stack.cluster, &cast).await?;
            good
        }
        Err(error) => {
            say::gap();
            say::line(format!("✗ 故事中断 the story broke off: {error:#}"));
            say::line(format!("  logs: {}", stack.cluster.logs().display()));
            false
        }
    };
    home.tell(good);
    if arguments.exit {
        return Ok(home.verdict());
    }
    say::gap();
    say::line("服务继续运行,按 Ctrl-C 停止 · the services keep running; Ctrl-C stops everything");
    let mut glances = 0_u32;
    loop {
        tokio::time::sleep(GLANCE).await;
        if let Some(dead) = stack.casualty()? {
            anyhow::bail!("{dead}");
        }
        glances = glances.wrapping_add(1);
        if glances.is_multiple_of(NOTE_EVERY) {
            home.note(stack.cluster.civil_now())?;
        }
    }
}

fn interrupted(name: &str) -> ExitCode {
    say::aside(format!("{name}: ended before the story was told"));
    ExitCode::FAILURE
}

/// The three ways in which somebody asks us to end.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "Ctrl-C",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hangup.recv() => "SIGHUP",
        }
    }
}
