//! A proxy between any client and any service that loses, repeats, delays, swaps, cuts and stretches gRPC calls,
//! by method and by number of the call.
//!
//! It knows calls and bytes, and never a message: a request is one body, a reply passes frame by frame, so that
//! streams pass too. Every rule counts how often its fault took effect; a plan of which a rule never did proves
//! nothing, and [`Proxy::silent_rules`] names it.

mod body;
mod carry;
mod parcel;
mod partition;
mod plan;
mod rule;
mod wire;

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use anyhow::Result;
use hyper::{server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};

use self::{
    parcel::Upstream,
    partition::Partition,
    plan::Plan,
    wire::{Knife, Wire},
};
pub use self::{
    partition::{Side, Swallowed},
    plan::Hits,
    rule::{Calls, Fault, Loss, Rule, When, mixture},
};

/// A running proxy; it and its connections end when it is dropped.
pub struct Proxy {
    address: SocketAddr,
    road: Arc<Road>,
    accepting: JoinHandle<()>,
}

/// What every connection of a proxy shares.
struct Road {
    upstream: Upstream,
    plan: Plan,
    partition: Partition,
    severed: watch::Sender<()>,
}

impl Proxy {
    /// Starts a proxy in front of a service that need not listen yet.
    pub async fn before(service: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (plan, partition) = (Plan::default(), Partition::default());
        let (upstream, severed) = (Upstream::at(service), watch::Sender::new(()));
        let road = Arc::new(Road { upstream, plan, partition, severed });
        let accepting = tokio::spawn(accept(listener, Arc::clone(&road)));
        Ok(Self { address, road, accepting })
    }

    /// Where the proxy listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Applies a rule to the calls that come from now on. Of several rules that pick a call the oldest has it.
    pub fn inflict(&self, rule: Rule) -> Hits {
        Hits::new(self.road.plan.add(rule), self.road.upstream.clone())
    }

    /// Ends every rule; what they hold back stays with them.
    pub fn calm(&self) {
        self.road.plan.retire_all();
    }

    /// The rules, of all that there ever were, whose fault never took effect.
    pub fn silent_rules(&self) -> Vec<String> {
        self.road.plan.silent()
    }

    /// Lets nothing pass in a direction, whatever the method: callers hear nothing. Replaces an earlier partition.
    pub fn partition(&self, side: Side) {
        self.road.partition.set(Some(side));
    }

    /// Ends the partition. What it swallowed breaks now, so that callers who still wait hear of it.
    pub fn heal(&self) {
        self.road.partition.set(None);
    }

    /// Ends every connection of callers that is open now, with the calls and streams on it.
    pub fn sever(&self) {
        self.road.severed.send_replace(());
    }

    /// What partitions have swallowed so far, to be waited for.
    pub fn swallowed(&self) -> Swallowed {
        self.road.partition.swallowed()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, road: Arc<Road>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let severed = road.severed.subscribe();
                    connections.spawn(serve(stream, Arc::clone(&road), severed));
                }
                Err(_) => return,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, road: Arc<Road>, mut severed: watch::Receiver<()>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let knife = Arc::new(Knife::default());
    let wire = TokioIo::new(Wire::new(stream, Arc::clone(&knife)));
    let service = service_fn(move |request| carry::carry(Arc::clone(&road), Arc::clone(&knife), request));
    let connection = http2::Builder::new(TokioExecutor::new()).serve_connection(wire, service);
    tokio::select! {
        // One that was cut, or left by its client, has nothing to say to anybody.
        _ = connection => {}
        _ = severed.changed() => {}
    }
}
