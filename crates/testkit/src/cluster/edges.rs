//! Which ways between callers and services of a cluster lead through a proxy.
//!
//! The services do not know: they are given the proxy's address for the peer's.

use std::{collections::BTreeMap, net::SocketAddr};

use anyhow::{Context, Result, ensure};

use crate::faults::Proxy;

/// Who calls when it is no service: tests, and whoever else asks for a channel.
pub const CLIENT: &str = "client";

/// A way from a caller to a service, each by its name in the cluster: `settlement` to `wallet-51`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// A service, or [`CLIENT`].
    pub from: String,
    /// A service.
    pub to: String,
}

impl Edge {
    /// The way from one to the other.
    pub fn new(from: &str, to: &str) -> Self {
        Self { from: from.to_owned(), to: to.to_owned() }
    }
}

/// The proxies of a cluster.
#[derive(Default)]
pub(super) struct Proxies(BTreeMap<Edge, Proxy>);

impl Proxies {
    /// Places a proxy on each edge, in front of services that will listen at these addresses.
    pub(super) async fn place(edges: &[Edge], services: &[(String, SocketAddr)]) -> Result<Self> {
        let address = |name: &str| services.iter().find(|(known, _)| known == name).map(|(_, at)| *at);
        let mut proxies = BTreeMap::new();
        for edge in edges {
            let callable = edge.from == CLIENT || address(&edge.from).is_some();
            ensure!(callable, "there is no caller {}", edge.from);
            let service = address(&edge.to).with_context(|| format!("there is no service {}", edge.to))?;
            proxies.insert(edge.clone(), Proxy::before(service).await?);
        }
        Ok(Self(proxies))
    }

    /// Where a caller finds a service that listens at `direct`.
    pub(super) fn address(&self, from: &str, to: &str, direct: SocketAddr) -> SocketAddr {
        self.get(from, to).map_or(direct, Proxy::address)
    }

    pub(super) fn get(&self, from: &str, to: &str) -> Option<&Proxy> {
        self.0.get(&Edge::new(from, to))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = (&Edge, &Proxy)> {
        self.0.iter()
    }
}
