//! The identity service.

use std::{ffi::OsString, process::ExitCode};

use chassis::{config, run};
use identity::{Config, keys, verification::signing};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let made = keys::generate_if_asked(&arguments).or_else(|| signing::generate_if_asked(&arguments));
    if let Some(done) = made {
        return done;
    }
    let config: Config = config::parse_or_exit();
    run::service("identity", config.chassis.clone(), |host| async move {
        let listener = host.bind().await?;
        identity::serve(config, listener, host.clock.clone(), host.shutdown.clone()).await
    })
}
