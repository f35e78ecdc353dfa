//! What every service is configured with: flags, or environment variables named `GONGJI_…`.
//!
//! Everything is parsed before a port binds; a wrong value ends the process with exit code 64 and a message
//! that names the value. Secrets are never printed, and hide their environment values in the help.

use std::{net::SocketAddr, num::NonZeroUsize, time::Duration};

use clap::{Args, Parser, error::ErrorKind};
use secrecy::SecretString;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::batch::MAX_COMMANDS;

/// `EX_USAGE`: the process was started in a wrong way.
pub const EXIT_USAGE: i32 = 64;

/// Under which rules a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// One machine: loopback only, plain text, development tokens, reflection, a clock that can be moved.
    Local,
}

/// The arguments that all services share; flatten it into the service's own.
#[derive(Clone, Debug, Args)]
pub struct ChassisArgs {
    /// Address to listen on; port 0 takes a free one
    #[arg(long, env = "GONGJI_LISTEN", default_value = "127.0.0.1:0", value_parser = listen)]
    pub listen: SocketAddr,
    /// PostgreSQL URL of the service's own database
    #[arg(long, env = "GONGJI_DATABASE_URL", hide_env_values = true)]
    pub database_url: SecretString,
    /// Under which rules to run; only `local` starts in this version
    #[arg(long, env = "GONGJI_PROFILE", default_value = "local", value_parser = profile)]
    pub profile: Profile,
    /// OTLP/gRPC endpoint for traces and metrics, such as http://127.0.0.1:4317; none if not set
    #[arg(long, env = "GONGJI_OTLP_ENDPOINT", value_parser = endpoint)]
    pub otlp_endpoint: Option<String>,
    /// Worker threads of the runtime
    #[arg(long, env = "GONGJI_WORKER_THREADS", default_value = "1")]
    pub worker_threads: NonZeroUsize,
    /// Calls that may run at the same time; more are refused with QUEUE_FULL
    #[arg(long, env = "GONGJI_MAX_IN_FLIGHT", default_value = "2048")]
    pub max_in_flight: NonZeroUsize,
    /// The commands that may wait for the writer, urgent ones and others each; more are refused with QUEUE_FULL, and a call that alone brings more always is
    #[arg(long, env = "GONGJI_QUEUE_LIMIT", default_value = "8192")]
    pub queue_limit: NonZeroUsize,
    /// The most commands in one transaction, and in one call to a book; 1 shows what batching is worth
    #[arg(long, env = "GONGJI_BATCH_LIMIT", default_value_t = MAX_COMMANDS, value_parser = batch_limit)]
    pub batch_limit: usize,
    /// The longest time for one call, also if the caller names none or a longer one
    #[arg(long, env = "GONGJI_REQUEST_TIMEOUT_MS", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(10..=600_000))]
    pub request_timeout_ms: u64,
    /// How long a stopping process waits for the calls that are running
    #[arg(long, env = "GONGJI_DRAIN_SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=600))]
    pub drain_seconds: u64,
    /// The credential that this service shows to its peers, such as dev:service:settlement
    #[arg(long, env = "GONGJI_SERVICE_TOKEN", hide_env_values = true)]
    pub service_token: Option<SecretString>,
    /// Start the civil clock here instead of at the system's time (local profile; RFC 3339)
    #[arg(long, env = "GONGJI_CIVIL_TIME", value_parser = civil_time)]
    pub civil_time: Option<OffsetDateTime>,
}

impl ChassisArgs {
    /// The longest time for one call.
    pub const fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    /// How long a stopping process waits.
    pub const fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_seconds)
    }
}

/// Parses the process's arguments, or ends the process: 0 for help and version, 64 for a wrong value.
pub fn parse_or_exit<T: Parser>() -> T {
    T::try_parse().unwrap_or_else(|error| {
        let code = match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
            _ => EXIT_USAGE,
        };
        // Nothing is left to report to if standard error is closed.
        let _ = error.print();
        std::process::exit(code)
    })
}

fn batch_limit(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(limit @ 1..=MAX_COMMANDS) => Ok(limit),
        _ => Err(format!("expected a number from 1 to {MAX_COMMANDS}")),
    }
}

fn profile(text: &str) -> Result<Profile, String> {
    match text {
        "local" => Ok(Profile::Local),
        other => Err(format!(
            "the profile `{other}` does not start: callers are known by development tokens only, and with them only \
             `local` may run"
        )),
    }
}

fn listen(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "expected an address such as 127.0.0.1:7001")?;
    if address.ip().is_loopback() {
        return Ok(address);
    }
    Err("the local profile listens on loopback only (127.0.0.1 or ::1)".into())
}

fn endpoint(text: &str) -> Result<String, String> {
    let uri: http::Uri = text.parse().map_err(|_| "expected an address such as http://127.0.0.1:4317")?;
    match (uri.scheme_str(), uri.host()) {
        (Some("http" | "https"), Some(_)) => Ok(text.to_owned()),
        _ => Err("expected http:// or https:// and a host".into()),
    }
}

fn civil_time(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| "expected a time such as 2026-01-15T09:00:00+08:00".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Parser)]
    struct Service {
        #[command(flatten)]
        chassis: ChassisArgs,
    }

    fn parse(arguments: &[&str]) -> Result<ChassisArgs, clap::Error> {
        let fixed = ["service", "--database-url", "postgres://user:hidden-word@127.0.0.1/x"];
        let all = fixed.iter().chain(arguments);
        Service::try_parse_from(all).map(|service| service.chassis)
    }

    #[test]
    fn the_defaults_are_local_and_small() {
        let args = parse(&[]).unwrap();
        assert_eq!(args.profile, Profile::Local);
        assert!(args.listen.ip().is_loopback());
        assert_eq!(args.request_timeout(), Duration::from_secs(10));
        assert_eq!(args.worker_threads.get(), 1);
        assert!(!format!("{args:?}").contains("hidden-word"));
    }

    #[test]
    fn wrong_values_are_refused_by_name() {
        let table: [(&[&str], &str); 7] = [
            (&["--profile", "production"], "development tokens"),
            (&["--listen", "0.0.0.0:7001"], "loopback"),
            (&["--listen", "7001"], "--listen"),
            (&["--worker-threads", "0"], "--worker-threads"),
            (&["--request-timeout-ms", "soon"], "--request-timeout-ms"),
            (&["--otlp-endpoint", "collector:4317"], "--otlp-endpoint"),
            (&["--civil-time", "tomorrow"], "--civil-time"),
        ];
        for (arguments, word) in table {
            let error = parse(arguments).unwrap_err().to_string();
            assert!(error.contains(word), "{arguments:?}: {error}");
        }
    }
}
