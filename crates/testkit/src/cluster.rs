//! The whole product on one machine: identity, kinship-registry, settlement and one wallet per province, each
//! its own process with its own database, on loopback.
//!
//! It is what tests and the local stack stand on. Nothing here is a stand-in: binaries, databases and wire
//! are the real ones.

mod edges;
mod keys;
mod plans;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use anyhow::{Context, Result};
use proto::dev::{SetClockRequest, clock_service_client::ClockServiceClient};
use standards::{Province, civil};
use time::{Duration, OffsetDateTime};
use tonic::transport::{Channel, Endpoint};

pub use self::{
    edges::{CLIENT, Edge},
    plans::{Ports, Setup},
};
use crate::{
    agree,
    desk::under,
    faults::Proxy,
    ports,
    process::{Plan, Process},
};

/// A running cluster; its processes end with it.
pub struct Cluster {
    processes: BTreeMap<String, Process>,
    proxies: edges::Proxies,
    home: PathBuf,
    /// What is added to the system's time to get the cluster's civil time.
    shift: Shift,
}

/// Shared with whoever dates what people agree to.
#[derive(Clone, Default)]
struct Shift(Arc<AtomicI64>);

impl Shift {
    fn get(&self) -> Duration {
        Duration::microseconds(self.0.load(Ordering::SeqCst))
    }

    fn set(&self, shift: Duration) {
        let micros = i64::try_from(shift.whole_microseconds()).unwrap_or(0);
        self.0.store(micros, Ordering::SeqCst);
    }
}

#[expect(clippy::disallowed_methods, reason = "the harness drives the clocks and must know the system's")]
fn wall() -> OffsetDateTime {
    civil::micros(OffsetDateTime::now_utc())
}

fn lazy(address: SocketAddr) -> Result<Channel> {
    Ok(Endpoint::from_shared(format!("http://{address}"))?.connect_lazy())
}

impl Cluster {
    /// Makes databases and keys, starts every service and waits until all of them serve. `progress` hears of
    /// each service that serves.
    pub async fn start(setup: Setup, progress: impl FnMut(&str)) -> Result<Self> {
        Self::start_between(setup, &[], progress).await
    }

    /// As [`Self::start`], with a proxy on each of these edges. The proxies live on this runtime.
    pub async fn start_between(setup: Setup, edges: &[Edge], mut progress: impl FnMut(&str)) -> Result<Self> {
        let shift = Shift::default();
        shift.set(setup.civil_time.map_or(Duration::ZERO, |at| at - wall()));
        let (plans, proxies) = plans::all(&setup, edges).await?;
        let dated = shift.clone();
        agree::begin(&keys::signing(&setup.home), Arc::new(move || civil::micros(wall() + dated.get())))?;
        let mut cluster = Self { processes: BTreeMap::new(), proxies, home: setup.home.clone(), shift };
        for plan in plans {
            cluster.spawn(plan)?;
        }
        for process in cluster.processes.values_mut() {
            process.serving().await?;
            progress(&process.plan().name);
        }
        Ok(cluster)
    }

    fn spawn(&mut self, mut plan: Plan) -> Result<()> {
        let name = plan.name.clone();
        plan.environment.retain(|(key, _)| key != plans::CIVIL_TIME);
        let civil_time = self.civil_now().format(&time::format_description::well_known::Rfc3339)?;
        plan.environment.push((plans::CIVIL_TIME.to_owned(), civil_time));
        self.processes.insert(name, Process::start(plan, &self.logs())?);
        Ok(())
    }

    /// Where the logs lie, one file per service.
    pub fn logs(&self) -> PathBuf {
        self.home.join("logs")
    }

    /// The folder with databases' keys and logs.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The names of the services.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.processes.keys().map(String::as_str)
    }

    /// Where a service listens: `identity`, `kinship-registry`, `settlement`, `wallet-32`.
    pub fn address(&self, name: &str) -> Result<SocketAddr> {
        Ok(self.process(name)?.plan().address)
    }

    /// The address of a service's database.
    pub fn database(&self, name: &str) -> Result<&str> {
        let environment = &self.process(name)?.plan().environment;
        let url = environment.iter().find(|(key, _)| key == plans::DATABASE_URL);
        Ok(&url.context("each service has a database")?.1)
    }

    /// A lazy channel to a service, through the clients' proxy if there is one.
    pub fn channel(&self, name: &str) -> Result<Channel> {
        lazy(self.proxies.address(CLIENT, name, self.address(name)?))
    }

    /// The proxy on an edge.
    pub fn proxy(&self, from: &str, to: &str) -> Result<&Proxy> {
        self.proxies.get(from, to).with_context(|| format!("there is no proxy from {from} to {to}"))
    }

    /// Every proxy and its edge.
    pub fn proxies(&self) -> impl Iterator<Item = (&Edge, &Proxy)> {
        self.proxies.all()
    }

    /// The name of the wallet service of a province.
    pub fn wallet_of(province: Province) -> String {
        format!("wallet-{province}")
    }

    /// A running process, to stop it, kill it or wait for it.
    pub fn process(&self, name: &str) -> Result<&Process> {
        self.processes.get(name).with_context(|| format!("there is no service {name}"))
    }

    /// As [`Self::process`], to change it.
    pub fn process_mut(&mut self, name: &str) -> Result<&mut Process> {
        self.processes.get_mut(name).with_context(|| format!("there is no service {name}"))
    }

    /// The cluster's civil time.
    pub fn civil_now(&self) -> OffsetDateTime {
        civil::micros(wall() + self.shift.get())
    }

    /// Lets civil time pass to `at` for services that are started from now on; the running ones do not hear of it.
    pub fn pass_to(&mut self, at: OffsetDateTime) {
        self.shift.set(at - wall());
    }

    /// Moves the civil clock of all services on to `at`.
    pub async fn set_clock(&mut self, at: OffsetDateTime) -> Result<()> {
        self.shift.set(at - wall());
        for name in self.processes.keys().cloned().collect::<Vec<_>>() {
            let civil_time = Some(prost_types::Timestamp {
                seconds: at.unix_timestamp(),
                nanos: i32::try_from(at.nanosecond()).unwrap_or(0),
            });
            let request = SetClockRequest { civil_time };
            let mut clock = ClockServiceClient::new(lazy(self.address(&name)?)?);
            clock
                .set_clock(under("centre", request))
                .await
                .with_context(|| format!("the clock of {name}"))?;
        }
        // The calls took their time: measured now, our time lies in no service's future.
        self.shift.set(at - wall());
        Ok(())
    }

    /// Starts a service again with what it had, plus `extra` environment, and waits until it serves.
    pub async fn restart(&mut self, name: &str, extra: &[(&str, &str)]) -> Result<()> {
        self.start_again(name, extra)?;
        self.process_mut(name)?.serving().await
    }

    /// As [`Self::restart`], without waiting: the service may be told to abort while it starts.
    pub fn start_again(&mut self, name: &str, extra: &[(&str, &str)]) -> Result<()> {
        let mut old = self.processes.remove(name).with_context(|| format!("there is no service {name}"))?;
        old.terminate()?;
        let mut plan = old.plan().clone();
        plan.environment.retain(|(key, _)| key != plans::CRASH_AT);
        plan.environment.extend(extra.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        self.spawn(plan)
    }

    /// Starts another process of a service on the same database, under a name and a port of its own, and waits
    /// until it serves. Nobody is told of it: whoever wants it asks for its [`Self::channel`].
    pub async fn start_second(&mut self, of: &str, name: &str) -> Result<()> {
        let mut plan = self.process(of)?.plan().clone();
        let address = ports::free()?;
        let listens = plan.address.to_string();
        for argument in plan.arguments.iter_mut().filter(|argument| **argument == listens) {
            *argument = address.to_string();
        }
        (plan.name, plan.address) = (name.to_owned(), address);
        self.spawn(plan)?;
        self.process_mut(name)?.serving().await
    }

    /// Starts a process that is not part of the product beside it, under the cluster's clock, and waits until it
    /// serves.
    pub async fn add(&mut self, plan: Plan) -> Result<()> {
        let name = plan.name.clone();
        self.spawn(plan)?;
        self.process_mut(&name)?.serving().await
    }

    /// Asks every service to end and waits for all of them.
    pub fn stop(mut self) -> Result<()> {
        for process in self.processes.values() {
            // One that has ended already takes no signal.
            let _ = process.signal("TERM");
        }
        for process in self.processes.values_mut() {
            process.wait()?;
        }
        Ok(())
    }
}
