//! A channel of an app back-end or a counter that adds to each call what its person has agreed to, after the client has
//! written it: tests call generated clients and need not sign.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use http_body_util::{BodyExt as _, Full};
use tonic::{
    body::Body,
    codegen::{Bytes, Service, http},
};

use super::{Agreements, writes};

/// What comes before a message on the wire: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// A channel that signs.
#[derive(Clone)]
pub struct App<S> {
    inner: S,
    agreements: Agreements,
    credential: String,
    served: Option<String>,
}

impl Agreements {
    /// Adds agreements to the calls of `inner`, which come under `credential` (`citizen:<person>` and the like).
    pub fn app<S>(&self, inner: S, credential: &str) -> App<S> {
        App { inner, agreements: self.clone(), credential: credential.to_owned(), served: None }
    }
}

impl<S> App<S> {
    /// An operator's: of this person documents were seen.
    #[must_use]
    pub fn serving(mut self, person: &str) -> Self {
        self.served = Some(person.to_owned());
        self
    }

    /// The call with what was agreed to.
    async fn signed(&self, call: http::Request<Body>) -> http::Request<Body> {
        let (mut head, body) = call.into_parts();
        let body = body.collect().await.expect("a call is encoded before it is sent").to_bytes();
        let method = head.uri.path().rsplit('/').next().unwrap_or_default();
        let message = body.get(PREFIX..).unwrap_or_default();
        let served = self.served.as_deref();
        let signed = writes::sign_encoded(&self.agreements, &self.credential, served, (method, message));
        if let Some(message) = signed {
            return http::Request::from_parts(head, framed(&message));
        }
        if let Some(value) = self.agreements.reading(&self.credential) {
            let value = value.to_str().ok().and_then(|value| value.parse().ok());
            head.headers.insert("gongji-read", value.expect("a token is plain text"));
        }
        http::Request::from_parts(head, whole(body))
    }
}

fn framed(message: &[u8]) -> Body {
    let length = u32::try_from(message.len()).expect("a request is small");
    let mut frame = vec![0];
    frame.extend(length.to_be_bytes());
    frame.extend(message);
    whole(frame.into())
}

fn whole(bytes: Bytes) -> Body {
    Body::new(Full::new(bytes))
}

impl<S, R> Service<http::Request<Body>> for App<S>
where
    S: Service<http::Request<Body>, Response = R> + Clone + Send + Sync + 'static,
    S::Future: Send,
{
    type Response = R;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<R, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, call: http::Request<Body>) -> Self::Future {
        // The one that is ready goes, and a copy stays.
        let copy = self.clone();
        let mut ready = std::mem::replace(self, copy);
        Box::pin(async move {
            let call = ready.signed(call).await;
            ready.inner.call(call).await
        })
    }
}
