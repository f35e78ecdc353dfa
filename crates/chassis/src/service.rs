//! A service around one keeper: database opened and migrated, writer started, served until told to stop, and
//! an end in order. What every service does before and after its own work stands here once.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use sqlx::migrate::Migrator;
use tokio::net::TcpListener;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use crate::{
    batch::{Keeper, Settings, Writer},
    clock::Clock,
    config::ChassisArgs,
    db::Database,
    feed::Feed,
    run::Host,
    serve::{Api, Health},
};

/// A service whose database is open and whose writer runs.
pub struct Service<K: Keeper> {
    /// Its database.
    pub database: Database,
    /// Its writer.
    pub writer: Writer<K>,
    /// Its configuration, clock, health and tasks. `host.shutdown` is cancelled when the service stops.
    pub host: Host,
    restored: CancellationToken,
}

impl<K: Keeper> Service<K> {
    /// Opens the database, brings the schema up and starts the writer.
    ///
    /// # Errors
    /// If the database cannot be reached or migrated.
    pub async fn open(
        name: &str,
        args: ChassisArgs,
        clock: Clock,
        stop: &CancellationToken,
        migrator: &'static Migrator,
        keeper: Arc<K>,
    ) -> anyhow::Result<Self> {
        let database = Database::connect(&args.database_url, name)
            .await
            .with_context(|| format!("{name}'s database"))?;
        database.migrate(migrator).await.with_context(|| format!("{name}'s tables"))?;
        let restored = CancellationToken::new();
        let settings = Settings {
            name: name.to_owned(),
            queue: args.queue_limit.get(),
            batch: args.batch_limit,
            stop_service: restored.clone(),
        };
        let writer = Writer::start(database.clone(), keeper, clock.clone(), settings).await?;
        let host = Host {
            args,
            clock,
            health: Health::new().await,
            shutdown: stop.child_token(),
            tasks: TaskTracker::new(),
            broken: CancellationToken::new(),
        };
        Ok(Self { database, writer, host, restored })
    }

    /// The feed of the service's records.
    pub fn feed(&self) -> Feed {
        Feed::new(self.database.clone(), self.host.clock.clone(), self.writer.standing())
    }

    /// Serves until stopped, then lets calls, tasks and the writer finish what they hold.
    ///
    /// # Errors
    /// If the server fails, the database turned out to have been restored to an earlier state, or the writer or a task
    /// that is kept panicked.
    pub async fn serve(self, listener: TcpListener, api: Api) -> anyhow::Result<()> {
        let (restored, broken) = (self.restored.clone(), self.host.broken.clone());
        let (writer, shutdown) = (self.writer.clone(), self.host.shutdown.clone());
        let watch = tokio::spawn(async move {
            tokio::select! {
                () = restored.cancelled() => {}
                () = broken.cancelled() => {}
                // Before it is closed, it ends only with a database that was restored, or by a panic.
                () = writer.drained() => broken.cancel(),
            }
            shutdown.cancel();
        });
        self.host.health.serving().await;
        self.host.follow_clock(self.writer.clock_is_right());
        let served = self.host.serve_on(listener, api).await;
        self.host.finish().await;
        watch.abort();
        self.writer.close();
        self.writer.drained().await;
        self.database.close().await;
        served?;
        ensure!(
            !self.restored.is_cancelled(),
            "the database was restored to an earlier state; a person must decide"
        );
        ensure!(!self.host.broken.is_cancelled(), "a part of the service panicked; see the log");
        Ok(())
    }
}
