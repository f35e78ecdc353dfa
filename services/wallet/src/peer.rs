//! Clients of other services. What they send is turned into our own values here and nowhere else.

pub(crate) mod identity;
pub(crate) mod institutions;
pub(crate) mod persons;

use chassis::feed::{Cursor, Progress, Watermark};
use prost::Message;
use prost_types::Timestamp;
use time::OffsetDateTime;
use tonic::Status;

use crate::{
    command::{Followed, Unreadable},
    error,
    outcome::Outcome,
};

/// Where a peer's stream stood with a page.
fn watermark(position: i64, hash: &str, through: Option<&Timestamp>) -> Result<Watermark, Status> {
    let cursor = Cursor::parse(position, hash).ok_or_else(|| Status::data_loss("a page has no cursor"))?;
    let through = through.copied().and_then(border::wire::instant);
    Ok(Watermark { cursor, through: through.unwrap_or(OffsetDateTime::UNIX_EPOCH) })
}

/// A page with its events read; those that cannot be read are set aside as they came, at an instant.
fn page<E: Message, T>(
    (from, to): (Cursor, Watermark),
    at: OffsetDateTime,
    events: Vec<E>,
    position: impl Fn(&E) -> i64,
    known: impl Fn(&E) -> Result<T, &'static str>,
) -> Followed<T> {
    let mut page =
        Followed { from, to: to.cursor, items: Vec::with_capacity(events.len()), unreadable: Vec::new() };
    for event in events {
        match known(&event) {
            Ok(item) => page.items.push(item),
            Err(error) => {
                let position = position(&event);
                tracing::error!(position, error, "an event of a feed is set aside");
                let (bytes, error) = (event.encode_to_vec(), error.to_owned());
                page.unreadable.push(Unreadable { position, at, bytes, error });
            }
        }
    }
    page
}

/// What the writer made of a page.
fn progress(outcome: Outcome) -> Result<Progress, Status> {
    match outcome {
        Outcome::Followed(true) => Ok(Progress::Advanced),
        Outcome::Followed(false) => Ok(Progress::Elsewhere),
        Outcome::Book(_) | Outcome::Refused(_) | Outcome::Behind(_) | Outcome::Unheard => {
            Err(error::broken("a page of a feed was answered like a request"))
        }
    }
}

#[cfg(test)]
mod tests {
    use chassis::chain::GENESIS;
    use proto::settlement::InstitutionEvent;

    use super::*;

    #[test]
    fn an_event_that_cannot_be_read_is_set_aside_as_it_came_and_the_others_are_kept() {
        let to =
            Watermark { cursor: Cursor { sequence: 3, hash: GENESIS }, through: OffsetDateTime::UNIX_EPOCH };
        let event = |position| InstitutionEvent { position, ..InstitutionEvent::default() };
        let events = (1..=3).map(event).collect();
        let known = |event: &InstitutionEvent| match event.position {
            2 => Err("it is the second"),
            position => Ok(position),
        };
        let at = OffsetDateTime::UNIX_EPOCH;
        let page = page((Cursor::START, to), at, events, |event| event.position, known);
        assert_eq!((page.from, page.to, page.items), (Cursor::START, to.cursor, vec![1, 3]));
        let [aside] = &page.unreadable[..] else { panic!("{:?}", page.unreadable) };
        assert_eq!((aside.position, aside.error.as_str()), (2, "it is the second"));
        assert_eq!(InstitutionEvent::decode(&aside.bytes[..]), Ok(event(2)));
    }
}
