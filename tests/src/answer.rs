//! What an answer says: refused, and why; or nothing certain, so that the same request is sent again.

use std::{
    fmt::Debug,
    future::Future,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use testkit::desk::is_news;
use tonic::{Code, Status};

/// How long something that must come may take.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);

/// The reason of a refusal; empty if the status is none of ours.
pub fn reason(status: &Status) -> String {
    chassis::status::read(status).map(|parsed| parsed.refusal.reason.clone()).unwrap_or_default()
}

/// What a refusal says under a name: `rule`, `limit`, `actual`, `source`, `policy_version`, `what_to_do` …
pub fn detail(status: &Status, name: &str) -> String {
    let Some(parsed) = chassis::status::read(status) else { return String::new() };
    let refusal = parsed.refusal;
    let text = match name {
        "rule" => &refusal.rule,
        "side" => &refusal.side,
        "limit" => &refusal.limit,
        "actual" => &refusal.actual,
        "policy_version" => &refusal.policy_version,
        "source" => &refusal.source,
        "what_to_do_en" => &refusal.what_to_do_en,
        "what_to_do_zh" => &refusal.what_to_do_zh,
        "message_zh" => &refusal.message_zh,
        _ => panic!("a refusal has no {name}"),
    };
    text.clone()
}

/// The status of a request that must have been refused for this reason.
///
/// # Panics
/// If it was not.
pub fn assert_refused<T: Debug>(answer: Result<T, Status>, wanted: &str) -> Status {
    match answer {
        Err(status) if reason(&status) == wanted => status,
        Err(status) => panic!("refused for {:?} instead of {wanted}: {status:?}", reason(&status)),
        Ok(reply) => panic!("not refused for {wanted}: {reply:?}"),
    }
}

/// Whether an answer leaves open what became of the request.
pub fn is_uncertain(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable | Code::DeadlineExceeded | Code::Cancelled | Code::Unknown | Code::Internal
    )
}

/// Asks again until the answer is certain, and fails if it is a refusal; news that other services have not heard
/// yet is waited for.
pub async fn until<T, F, Answer>(what: &str, mut ask: F) -> Result<T>
where
    F: FnMut() -> Answer,
    Answer: Future<Output = Result<T, Status>>,
{
    let deadline = Instant::now() + PATIENCE;
    loop {
        match ask().await {
            Ok(reply) => return Ok(reply),
            Err(status) if Instant::now() >= deadline => {
                bail!("{what}: still {status:?} after {PATIENCE:?}")
            }
            Err(status) if is_uncertain(&status) || is_news(&status) => tokio::time::sleep(PAUSE).await,
            Err(status) => bail!("{what}: {status:?}"),
        }
    }
}

/// Waits for `work`, and looks after the rest with a pause between two looks meanwhile.
///
/// # Errors
/// Whichever failed.
pub async fn meanwhile<T>(
    work: impl Future<Output = Result<T>>,
    pause: Duration,
    mut look: impl AsyncFnMut() -> Result<()>,
) -> Result<T> {
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => return result,
            () = tokio::time::sleep(pause) => {}
        }
        look().await?;
    }
}
