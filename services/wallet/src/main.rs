//! The wallet service: one province's book.

use std::process::ExitCode;

use wallet::Config;

fn main() -> ExitCode {
    let config = chassis::config::parse_or_exit::<Config>();
    chassis::run::service("wallet", config.chassis.clone(), |host| async move {
        let listener = host.bind().await?;
        wallet::serve(config, listener, host.clock.clone(), host.shutdown.clone()).await
    })
}
