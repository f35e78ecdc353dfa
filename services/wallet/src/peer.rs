//! Clients of other services. What they send is turned into our own values here and nowhere else.

pub(crate) mod identity;
pub(crate) mod institutions;
pub(crate) mod persons;

use chassis::feed::{Cursor, Progress, Watermark};
use prost_types::Timestamp;
use time::OffsetDateTime;
use tonic::Status;

use crate::{error, outcome::Outcome};

/// Where a peer's stream stood with a page.
fn watermark(position: i64, hash: &str, through: Option<&Timestamp>) -> Result<Watermark, Status> {
    let cursor = Cursor::parse(position, hash).ok_or_else(|| Status::data_loss("a page has no cursor"))?;
    let through = through.copied().and_then(border::wire::instant);
    Ok(Watermark { cursor, through: through.unwrap_or(OffsetDateTime::UNIX_EPOCH) })
}

/// What the writer made of a page.
fn progress(outcome: Outcome) -> Result<Progress, Status> {
    match outcome {
        Outcome::Followed(true) => Ok(Progress::Advanced),
        Outcome::Followed(false) => Ok(Progress::Elsewhere),
        Outcome::Book(_) | Outcome::Refused(_) | Outcome::Behind(_) => {
            Err(error::broken("a page of a feed was answered like a request"))
        }
    }
}
