//! The settlement service.

use std::process::ExitCode;

use chassis::{config, run};
use settlement::Config;

fn main() -> ExitCode {
    let config: Config = config::parse_or_exit();
    run::service("settlement", config.chassis.clone(), |host| async move {
        let listener = host.bind().await?;
        settlement::serve(config, listener, host.clock.clone(), host.shutdown.clone()).await
    })
}
