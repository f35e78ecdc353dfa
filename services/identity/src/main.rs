//! The identity service.

use std::{ffi::OsString, process::ExitCode};

use chassis::{config, run};
use identity::{Config, keys};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let Some(done) = keys::generate_if_asked(&arguments) {
        return done;
    }
    let config: Config = config::parse_or_exit();
    run::service("identity", config.chassis.clone(), |host| async move {
        let listener = host.bind().await?;
        identity::serve(config, listener, host.clock.clone(), host.shutdown.clone()).await
    })
}
