//! Ports for servers that are started, stopped and started again while others open connections.
//!
//! It never asks the system for any free port: such a port comes from the range of outgoing connections, one of which
//! may take it before the server is there, or while it is down.

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    process,
    sync::atomic::{AtomicU32, Ordering},
};

use anyhow::{Context as _, Result};

/// Below 32768, where Linux begins to take ports for outgoing connections (`net.ipv4.ip_local_port_range`).
const FIRST: u32 = 10_000;
/// How many ports follow.
const MANY: u32 = 22_000;
/// How far apart processes begin that were started one after the other.
const APART: u32 = 97;

static GIVEN: AtomicU32 = AtomicU32::new(0);

/// An address on which nobody listens, and which this process has not given before.
///
/// # Errors
/// If a thousand ports in a row are taken.
pub fn free() -> Result<SocketAddr> {
    let begin = process::id().wrapping_mul(APART);
    let candidate = |_| {
        let port = FIRST + begin.wrapping_add(GIVEN.fetch_add(1, Ordering::Relaxed)) % MANY;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, u16::try_from(port).ok()?));
        TcpListener::bind(address).ok().map(|_| address)
    };
    (0..1_000).find_map(candidate).context("a thousand ports in a row are taken")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice_and_none_is_of_the_outgoing_range() {
        let mut given: Vec<_> = (0..50).map(|_| free().expect("a port is free").port()).collect();
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), 50);
        assert!(given.iter().all(|port| (10_000..32_000).contains(port)), "{given:?}");
    }
}
