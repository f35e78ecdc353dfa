//! The kinship registry.

use std::process::ExitCode;

use chassis::{config, run};
use kinship_registry::Config;

fn main() -> ExitCode {
    let config: Config = config::parse_or_exit();
    run::service("kinship-registry", config.chassis.clone(), |host| async move {
        let listener = host.bind().await?;
        kinship_registry::serve(config, listener, host.clock.clone(), host.shutdown.clone()).await
    })
}
