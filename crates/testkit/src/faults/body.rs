//! Replies on their way to the caller: as they come, cut after some bytes, byte by byte, or not at all.

use std::{io, sync::Arc, time::Duration};

use futures::stream;
use http_body_util::{BodyExt as _, Empty, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Response,
    body::{Bytes, Frame, Incoming},
    header::HeaderValue,
};

use super::{Road, parcel::broken, plan::Active, wire::Knife};

/// What a caller reads.
pub(super) type Reply = UnsyncBoxBody<Bytes, io::Error>;

/// What is done to a reply while it passes.
pub(super) enum Treatment {
    /// Nothing.
    None,
    /// The connection is cut before the next byte once so many have passed.
    Cut { after: usize, knife: Arc<Knife>, rule: Arc<Active> },
    /// A pause before each byte.
    Trickle { pause: Duration, rule: Arc<Active> },
}

struct Passing {
    body: Incoming,
    /// What came and has not passed yet.
    rest: Bytes,
    road: Arc<Road>,
    treatment: Treatment,
}

/// The reply as it passes.
pub(super) fn pass(body: Incoming, road: Arc<Road>, treatment: Treatment) -> Reply {
    let passing = Passing { body, rest: Bytes::new(), road, treatment };
    let frames = stream::unfold(Some(passing), |passing| async move {
        let mut passing = passing?;
        match passing.next().await? {
            Ok(frame) => Some((Ok(frame), Some(passing))),
            Err(error) => Some((Err(error), None)),
        }
    });
    StreamBody::new(frames).boxed_unsync()
}

/// A reply that is only a gRPC status.
pub(super) fn status(code: i32) -> Response<Reply> {
    let mut response = Response::new(Empty::new().map_err(|never| match never {}).boxed_unsync());
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    headers.insert("grpc-status", HeaderValue::from(code));
    headers.insert("grpc-message", HeaderValue::from_static("said on the way"));
    response
}

impl Passing {
    async fn next(&mut self) -> Option<io::Result<Frame<Bytes>>> {
        if self.rest.is_empty() {
            let frame = self.body.frame().await;
            if self.road.partition.takes_reply() {
                self.road.partition.healed().await;
                return Some(Err(broken()));
            }
            match frame?.map_err(io::Error::other).map(Frame::into_data) {
                Err(error) => return Some(Err(error)),
                Ok(Err(trailers)) => {
                    self.before_trailers();
                    return Some(Ok(trailers));
                }
                Ok(Ok(data)) => self.rest = data,
            }
        }
        Some(Ok(Frame::data(self.piece().await)))
    }

    /// As many bytes as may pass now.
    async fn piece(&mut self) -> Bytes {
        match &mut self.treatment {
            Treatment::Cut { after, .. } if *after > 0 => {
                let passing = self.rest.split_to(self.rest.len().min(*after));
                *after -= passing.len();
                passing
            }
            Treatment::Cut { knife, rule, .. } => {
                knife.draw(Arc::clone(rule));
                std::mem::take(&mut self.rest)
            }
            Treatment::Trickle { pause, rule } => {
                tokio::time::sleep(*pause).await;
                rule.hit();
                self.rest.split_to(self.rest.len().min(1))
            }
            Treatment::None => std::mem::take(&mut self.rest),
        }
    }

    /// A reply shorter than a cut wanted ends with a cut all the same.
    fn before_trailers(&self) {
        if let Treatment::Cut { knife, rule, .. } = &self.treatment {
            knife.draw(Arc::clone(rule));
        }
    }
}
