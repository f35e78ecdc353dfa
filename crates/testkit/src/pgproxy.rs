//! A proxy in front of PostgreSQL that loses the answer to a commit: the statement is carried out, and the
//! connection ends before the client hears of it.
//!
//! It understands just enough of the protocol to see a `COMMIT`, and changes nothing else.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use anyhow::{Context, Result};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

/// A running proxy; it ends with the test's runtime.
pub struct CommitLoser {
    address: SocketAddr,
    to_lose: Arc<AtomicU32>,
    lost: watch::Receiver<u32>,
}

impl CommitLoser {
    /// Starts a proxy in front of the server at `url` and gives it with the database's address behind it.
    pub async fn before(url: &str) -> Result<(Self, String)> {
        let (head, rest) = url.split_once('@').context("a database address has a user")?;
        let (host, database) = rest.split_once('/').context("a database address names a database")?;
        let server: SocketAddr = host.parse()?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let to_lose = Arc::new(AtomicU32::new(0));
        let (tell, lost) = watch::channel(0);
        let counter = Arc::clone(&to_lose);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if let Ok(server) = TcpStream::connect(server).await {
                    tokio::spawn(carry(client, server, Arc::clone(&counter), tell.clone()));
                }
            }
        });
        Ok((Self { address, to_lose, lost }, format!("{head}@{address}/{database}")))
    }

    /// Loses the answers of the next `commits` commits.
    pub fn lose(&self, commits: u32) {
        self.to_lose.store(commits, Ordering::SeqCst);
    }

    /// How many answers were lost so far.
    pub fn lost(&self) -> u32 {
        *self.lost.borrow()
    }

    /// Where the proxy listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

async fn carry(client: TcpStream, server: TcpStream, to_lose: Arc<AtomicU32>, tell: watch::Sender<u32>) {
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    let (commit_seen, commits) = watch::channel(false);
    tokio::spawn(upwards(client_read, server_write, to_lose, commit_seen));
    downwards(server_read, client_write, commits, tell).await;
}

async fn upwards(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    to_lose: Arc<AtomicU32>,
    commit_seen: watch::Sender<bool>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = client.read(&mut buffer).await {
        let is_commit = buffer[..n].windows(11).any(|w| w == b"\0\0\0\x0bCOMMIT\0");
        if is_commit
            && to_lose.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        {
            commit_seen.send_replace(true);
        }
        if server.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}

async fn downwards(
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    commits: watch::Receiver<bool>,
    tell: watch::Sender<u32>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(n @ 1..) = server.read(&mut buffer).await {
        if *commits.borrow() {
            // The server has answered, so the commit is done; the client never hears it.
            tell.send_modify(|lost| *lost += 1);
            return;
        }
        if client.write_all(&buffer[..n]).await.is_err() {
            return;
        }
    }
}
