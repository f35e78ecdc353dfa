//! What is answered when there is no decision: queue, database, feeds and ids as refusals.
//!
//! A failure of ours says that the outcome is unknown, never that something was refused. Its cause is logged
//! here, once, and never sent.

use tonic::Code;

use crate::{
    batch::{Busy, IdRefused, SubmitError},
    db::DbError,
    feed::FeedError,
    status::Refusal,
};

/// The writer gave no answer.
pub fn submit(error: SubmitError) -> Refusal {
    match error {
        SubmitError::Busy(error) => busy(error),
        SubmitError::Unknown(_) => Refusal::internal(),
    }
}

/// The writer did not take the command.
pub fn busy(error: Busy) -> Refusal {
    match error {
        Busy::Full => Refusal::queue_full(),
        Busy::Stopped => Refusal::draining(),
        Busy::ClockOff => Refusal::clock_untrusted(),
    }
}

/// The request's id cannot be used.
pub fn id(error: IdRefused) -> Refusal {
    match error {
        IdRefused::Reused => Refusal::request_id_reused(),
        IdRefused::OutOfWindow => Refusal::request_id_too_old(),
    }
}

/// The database did not answer a read.
pub fn database(error: DbError) -> Refusal {
    tracing::error!(error = format!("{:#}", anyhow::Error::new(error)), "a read failed");
    Refusal::unavailable()
}

/// Stored data contradict themselves.
pub fn broken(what: &str) -> Refusal {
    tracing::error!(what, "stored data cannot be read");
    Refusal::internal()
}

/// A feed cannot go on.
pub fn feed(error: FeedError) -> Refusal {
    match error {
        FeedError::Forked => Refusal::new(
            Code::Aborted,
            "CHAIN_FORKED",
            "this chain does not contain the position and hash asked for",
            "记录链中不存在所给的位置与哈希",
        )
        .what_to_do(
            "stop following and call a person: one side was restored from a backup",
            "请停止同步并人工处理",
        ),
        FeedError::Database(error) => database(error),
    }
}

/// A page token that belongs to another list.
pub fn page_token() -> Refusal {
    Refusal::new(
        Code::InvalidArgument,
        "PAGE_TOKEN_INVALID",
        "the page token does not belong to this list",
        "分页标记与查询条件不符",
    )
    .what_to_do("ask for the first page again", "请重新查询第一页")
}
