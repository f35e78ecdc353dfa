//! The bytes between a caller and the proxy, and the knife that ends them in the middle of a frame.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::plan::Active;

/// Less than the head of a frame.
const PIECE: usize = 5;

/// Cuts one connection.
#[derive(Default)]
pub(super) struct Knife(Mutex<Edge>);

#[derive(Default)]
enum Edge {
    #[default]
    Sheathed,
    /// The next bytes are the last, for this rule.
    Drawn(Arc<Active>),
    Cut,
}

/// A connection that may be cut.
pub(super) struct Wire {
    stream: TcpStream,
    knife: Arc<Knife>,
}

impl Knife {
    /// The next bytes that are written are the last, and not a whole frame.
    pub(super) fn draw(&self, rule: Arc<Active>) {
        let mut edge = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*edge, Edge::Sheathed) {
            *edge = Edge::Drawn(rule);
        }
    }
}

impl Wire {
    pub(super) const fn new(stream: TcpStream, knife: Arc<Knife>) -> Self {
        Self { stream, knife }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let mut edge = this.knife.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*edge {
            Edge::Sheathed => Pin::new(&mut this.stream).poll_write(cx, buf),
            Edge::Cut => Poll::Ready(Err(super::parcel::broken())),
            Edge::Drawn(rule) => {
                let piece = &buf[..buf.len().min(PIECE)];
                let written = Pin::new(&mut this.stream).poll_write(cx, piece);
                if let Poll::Ready(Ok(_)) = written {
                    rule.hit();
                    *edge = Edge::Cut;
                }
                written
            }
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
