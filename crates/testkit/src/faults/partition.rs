//! A partition: nothing passes in one direction or in both, and nobody is told, until it is healed.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::sync::watch;

/// The direction in which nothing passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// From the caller to the service.
    Requests,
    /// From the service to the caller: the service goes on doing what it is asked.
    Replies,
    /// Neither way.
    Both,
}

#[derive(Clone, Copy, Debug, Default)]
struct Lost {
    requests: u32,
    replies: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    side: Option<Side>,
    /// How often it was healed: who missed the healing itself still sees that there was one.
    healings: u64,
}

pub(super) struct Partition {
    state: watch::Sender<State>,
    lost: watch::Sender<Lost>,
}

/// What was swallowed by the partitions of a proxy.
pub struct Swallowed(watch::Receiver<Lost>);

impl Default for Partition {
    fn default() -> Self {
        Self { state: watch::Sender::new(State::default()), lost: watch::Sender::new(Lost::default()) }
    }
}

impl Partition {
    pub(super) fn set(&self, side: Option<Side>) {
        self.state.send_modify(|state| {
            state.side = side;
            state.healings += u64::from(side.is_none());
        });
    }

    pub(super) fn swallowed(&self) -> Swallowed {
        Swallowed(self.lost.subscribe())
    }

    /// Whether a request is swallowed now.
    pub(super) fn takes_request(&self) -> bool {
        let takes = matches!(self.state.borrow().side, Some(Side::Requests | Side::Both));
        if takes {
            self.lost.send_modify(|lost| lost.requests += 1);
        }
        takes
    }

    /// Whether a reply, or a piece of one, is swallowed now.
    pub(super) fn takes_reply(&self) -> bool {
        let takes = matches!(self.state.borrow().side, Some(Side::Replies | Side::Both));
        if takes {
            self.lost.send_modify(|lost| lost.replies += 1);
        }
        takes
    }

    /// Waits for the end of the partition.
    pub(super) async fn healed(&self) {
        let mut state = self.state.subscribe();
        let before = state.borrow().healings;
        // The sender lives as long as the proxy.
        let _ = state.wait_for(|state| state.side.is_none() || state.healings > before).await;
    }
}

impl Swallowed {
    /// Requests that never reached the service.
    pub fn requests(&self) -> u32 {
        self.0.borrow().requests
    }

    /// Replies, or pieces of streams, that never reached their caller.
    pub fn replies(&self) -> u32 {
        self.0.borrow().replies
    }

    /// Waits until something more is swallowed.
    pub async fn changed(&mut self, patience: Duration) -> Result<()> {
        match tokio::time::timeout(patience, self.0.changed()).await {
            Ok(Ok(())) => Ok(()),
            _ => bail!("nothing was swallowed in {patience:?}"),
        }
    }

    /// Waits until so many requests and replies are gone.
    pub async fn reach(&mut self, requests: u32, replies: u32, patience: Duration) -> Result<()> {
        let enough = self.0.wait_for(|lost| lost.requests >= requests && lost.replies >= replies);
        if tokio::time::timeout(patience, enough).await.is_ok_and(|seen| seen.is_ok()) {
            return Ok(());
        }
        bail!("{:?} instead of {requests} requests and {replies} replies in {patience:?}", *self.0.borrow())
    }
}
