//! The other services as settlement calls them: books, identity, kinship-registry. Wire types in, our own out.

pub mod book;
mod book_feed;
pub mod identity;
pub mod registry;
mod words;

use chassis::{feed::Progress, telemetry::metrics};
use tonic::Status;

use crate::{
    command::{Command, Followed, Outcome, Unreadable},
    keeper::Keeper,
};

pub use self::book_feed::BookSource;

/// The longest wait for a peer's answer to a look-up.
const LOOK_UP: std::time::Duration = std::time::Duration::from_secs(2);
/// The longest wait for a book to carry out a batch.
const APPLY: std::time::Duration = std::time::Duration::from_secs(8);
/// A page of a stream may be large.
const MAX_PAGE: usize = 32 * 1024 * 1024;

/// Parts what could be read from what is set aside. Each of those is somebody's work: it is logged and counted.
fn sift<T>(feed: &str, items: Vec<Result<T, Unreadable>>) -> (Vec<T>, Vec<Unreadable>) {
    let (mut read, mut unreadable) = (Vec::new(), Vec::new());
    for item in items {
        match item {
            Ok(item) => read.push(item),
            Err(aside) => {
                tracing::error!(feed, sequence = aside.position, error = aside.error, "an item is set aside");
                unreadable.push(aside);
            }
        }
    }
    if !unreadable.is_empty() {
        metrics::set_aside(feed, unreadable.len());
    }
    (read, unreadable)
}

/// Hands a page to the writer.
async fn store(writer: &chassis::batch::Writer<Keeper>, page: Followed) -> Result<Progress, Status> {
    let answer = writer.submit(chassis::batch::Lane::Bulk, Command::Followed(Box::new(page))).await;
    match answer.map_err(chassis::failure::submit)?.into_outcome() {
        Ok(Outcome::Stored) => Ok(Progress::Advanced),
        _ => Ok(Progress::Elsewhere),
    }
}

/// A malformed page is not read on.
fn malformed(what: &str) -> Status {
    Status::data_loss(format!("the stream sent a malformed {what}"))
}
