//! The development matcher of faces as a process of its own.

use std::process::ExitCode;

use chassis::{clock::Clock, config, shutdown, telemetry};
use local::matcher::{self, Config};
use tokio::net::TcpListener;

fn main() -> ExitCode {
    let config: Config = config::parse_or_exit();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.map_err(anyhow::Error::from).and_then(|runtime| runtime.block_on(run(config))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("face-matcher: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(config: Config) -> anyhow::Result<()> {
    // The log ends with the process.
    let _telemetry = telemetry::init("face-matcher", None)?;
    let clock = config.civil_time()?.map_or_else(Clock::system, Clock::starting_at);
    let listener = TcpListener::bind(config.listen).await?;
    matcher::serve(&config, listener, clock, shutdown::token()?).await
}
