//! A matcher of faces to develop with: it really compares feature vectors with what was enrolled, signs what it found,
//! and can be told to be unsure, slow or wrong.
//!
//! It stands where a matcher of the police would. What it knows is gone when it ends, and it knows features only:
//! numbers that a test or a story made up.

pub mod features;
mod rpc;

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use anyhow::Context as _;
use chassis::{
    clock::Clock,
    config::Profile,
    rpc::clock_server,
    serve::{self, Api, Health, Options},
    token::{Signer, Use},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::rpc::Lab;

/// What the matcher is started with.
#[derive(Clone, Debug, clap::Parser)]
#[command(name = "face-matcher", version, about = "A matcher of faces to develop with; local mode only")]
pub struct Config {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1:7009")]
    pub listen: SocketAddr,
    /// File with 64 hex digits: the Ed25519 seed that signs results
    #[arg(long, env = "GONGJI_SIGNING_KEY_FILE")]
    pub signing_key_file: PathBuf,
    /// Start the civil clock here instead of at the system's time (RFC 3339)
    #[arg(long, env = "GONGJI_CIVIL_TIME")]
    pub civil_time: Option<String>,
}

impl Config {
    /// Where the civil clock starts.
    ///
    /// # Errors
    /// If it is no time.
    pub fn civil_time(&self) -> anyhow::Result<Option<OffsetDateTime>> {
        let text = self.civil_time.as_deref();
        text.map(|text| OffsetDateTime::parse(text, &Rfc3339)).transpose().context("the civil time")
    }
}

/// Serves until `stop`.
///
/// # Errors
/// If the key cannot be read or the server fails.
pub async fn serve(
    config: &Config,
    listener: TcpListener,
    clock: Clock,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let signer = Signer::from_file(&config.signing_key_file, Use::FaceMatch)?;
    let lab = Lab::new(signer, clock.clone());
    let lab = Arc::new(lab);
    let api = Api::new()
        .with(rpc::matcher_server(Arc::clone(&lab)))
        .with(rpc::lab_server(lab))
        .with(clock_server(clock));
    let options = Options {
        profile: Profile::Local,
        max_in_flight: 64,
        request_timeout: Duration::from_secs(90),
        drain: Duration::from_secs(1),
    };
    let health = Health::new().await;
    health.serving().await;
    Ok(serve::serve(listener, api, &health, options, stop).await?)
}
