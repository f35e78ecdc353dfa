//! The services as processes, and families in two provinces: who sends transfers and pays bills over gRPC.
//!
//! Nothing is stubbed. A country may be naive: its services then take one command in each transaction and each
//! call.

mod lookups;

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use checker::Verdict;
use e2e::{Family, pool, time_of, until};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use proto::{
    identity::Scheme,
    kinship::Relation,
    settlement::{CreateTransferRequest, TransferState},
    wallet::{Category, PaymentResult, PaymentState, payment_result::Result as Became},
};
use standards::{Pool, Province, civil};
use testkit::{
    cluster::{Cluster, Ports, Setup},
    desk::{Bill, Desk, Party},
    people::{id, newcomer},
};
use time::OffsetDateTime;
use tonic::{Request, Status};

use crate::{
    cpu, load,
    machine::{Machine, PREFIX},
    meter::Phase,
    settings::{Operation, Phased},
    sql,
};

/// Has a service take one command in each transaction and each call.
const NAIVE: (&str, &str) = ("GONGJI_BATCH_LIMIT", "1");
/// A transfer takes more transactions than this only if no two share one, in thousandths.
const SHARED: u64 = 2_500;
/// 南京 sends, 成都 receives: two books, so that each transfer crosses.
const FROM: u32 = 320_100;
const TO: u32 = 510_100;
const HOSPITAL: &str = "H32010400123";
/// More than a sharer can send and pay in any run.
const BALANCE: &str = "5000.00";
/// How many families are set up at a time.
const SETUP_IN_FLIGHT: usize = 96;
/// Connections to each service: one carries 200 calls at the same time.
const CONNECTIONS: usize = 8;
/// How long everything may take to come to rest.
const REST: Duration = Duration::from_secs(120);

/// A cluster and those who use it.
pub(crate) struct Country {
    cluster: Cluster,
    desks: Vec<Desk>,
    next: Cell<usize>,
    families: Vec<Family>,
    /// Takes part in no phase.
    spare: Option<Family>,
    days: i64,
}

/// A transfer that only has to be sent.
struct Agreed<'a> {
    sharer: &'a Party,
    transfer: String,
    request: Request<CreateTransferRequest>,
}

/// The day on which everybody is registered.
fn first_day() -> OffsetDateTime {
    time_of("2026-03-10", 10, 0, 0)
}

impl Country {
    /// Starts the services; nobody lives there yet.
    pub(crate) async fn start(machine: &Machine, naive: bool) -> Result<Self> {
        let name = if naive { "naive_" } else { "" };
        let province = |code| Province::from_code(code).context("a province");
        let setup = Setup {
            home: machine.folder(&format!("{name}country")),
            server: machine.server(),
            prefix: format!("{PREFIX}{name}"),
            provinces: vec![province(32)?, province(51)?],
            ports: Ports::Free,
            civil_time: Some(first_day()),
            environment: naive.then(|| (NAIVE.0.to_owned(), NAIVE.1.to_owned())).into_iter().collect(),
        };
        let cluster = Cluster::start(setup, |_| {}).await?;
        let desks = (0..CONNECTIONS).map(|_| Desk::of(&cluster)).collect::<Result<_>>()?;
        Ok(Self { cluster, desks, next: Cell::new(0), families: vec![], spare: None, days: 0 })
    }

    /// Brings the families.
    pub(crate) async fn settle(&mut self, families: u32) -> Result<()> {
        until("a hospital", || self.desk().put_institution(HOSPITAL, "第一医院", pool(FROM))).await?;
        let families = (0..=families).map(|_| self.family());
        let families: Vec<Family> =
            stream::iter(families).buffer_unordered(SETUP_IN_FLIGHT).try_collect().await?;
        self.families = families;
        self.spare = self.families.pop();
        for name in self.cluster.names() {
            sql::analyze(self.cluster.database(name)?).await?;
        }
        Ok(())
    }

    /// Each caller gets the next connection.
    fn desk(&self) -> &Desk {
        let next = self.next.get();
        self.next.set((next + 1) % self.desks.len());
        &self.desks[next]
    }

    async fn person(&self, scheme: Scheme, pool: Pool, auto_claim: bool) -> Result<Party> {
        let newcomer = newcomer(pool, 1970, 0)?;
        let person = until("registering", || self.desk().register(&newcomer, pool)).await?;
        until("enrolling", || self.desk().enrol(&person, scheme, pool, "2020-01-01")).await?;
        let wallet = RefCell::new(id());
        let opening = async || {
            let party = Party { person: person.clone(), pool, wallet: wallet.borrow().clone() };
            let opened = self.desk().open_wallet(&party, &newcomer.mobile, auto_claim).await;
            renew(&wallet, &opened);
            opened.map(|_| party)
        };
        until("opening a wallet", opening).await
    }

    async fn family(&self) -> Result<Family> {
        let sharer = self.person(Scheme::Employee, pool(FROM), false).await?;
        until("crediting", || self.desk().credit(&sharer, BALANCE, "2026-03")).await?;
        let beneficiary = self.person(Scheme::Resident, pool(TO), true).await?;
        let bond = RefCell::new(id());
        let propose = async || {
            let bond_id = bond.borrow().clone();
            let proposed = self.desk().propose(&bond_id, &sharer, &beneficiary, Relation::Sibling).await;
            renew(&bond, &proposed);
            proposed.map(|_| bond_id)
        };
        let bond = until("proposing", propose).await?;
        until("accepting", || self.desk().accept(&bond, &beneficiary)).await?;
        Ok(Family { sharer, beneficiary, bond })
    }

    /// Warms a phase up, so that it measures no first time: for transfers on a new civil day, on which every
    /// family may send again. `checkpoint` afterwards is the caller's.
    pub(crate) async fn warm(&mut self, phased: &Phased) -> Result<()> {
        if phased.operation == Operation::Transfer {
            self.days += 1;
            self.cluster.set_clock(first_day() + time::Duration::days(self.days)).await?;
        }
        let country = &*self;
        let families = country.families.iter().cycle().take(phased.warm).collect();
        let in_flight = phased.in_flight.max(64).min(country.families.len());
        match phased.operation {
            Operation::Transfer => load::drive(families, in_flight, |family| country.first(family)).await?,
            Operation::Standing | Operation::BondCheck => country.look_up(phased, families.len()).await?,
            _ => load::drive(families, in_flight, |family| country.first_payment(&family.sharer)).await?,
        };
        Ok(())
    }

    /// Measures a phase that was warmed up.
    pub(crate) async fn measure(&self, machine: &Machine, phased: &Phased) -> Result<Phase> {
        let families = self.families.iter().cycle();
        let spare = self.spare.as_ref().context("families have settled")?;
        let pids = self.pids()?;
        if phased.operation == Operation::Transfer {
            // Those who have warmed up come last, so that nobody sends twice in a short time.
            let families = families.skip(phased.warm).take(phased.operations);
            let families: Vec<&Family> = families.collect();
            let mut agreed = Vec::with_capacity(families.len());
            for family in families {
                agreed.push(self.agreed(family).await?);
            }
            let work = load::drive(agreed, phased.in_flight, |agreed| self.transfer(agreed));
            let nudge = async || self.transfer(self.agreed(spare).await?).await;
            return Phase::of(machine, &pids, work, nudge).await;
        }
        if matches!(phased.operation, Operation::Standing | Operation::BondCheck) {
            let work = self.look_up(phased, phased.operations);
            let nudge = async || self.look_up(phased, 1).await.map(drop);
            return Phase::of(machine, &pids, work, nudge).await;
        }
        let patients: Vec<&Party> = families.take(phased.operations).map(|family| &family.sharer).collect();
        let nudge = || self.payment(&spare.sharer);
        if phased.operation == Operation::BatchPayment {
            let a_call = phased.operation.a_call();
            let work = load::drive_calls(&patients, a_call, phased.in_flight, |call| self.payments(call));
            return Phase::of(machine, &pids, work, nudge).await;
        }
        let work = load::drive(patients, phased.in_flight, |patient| self.payment(patient));
        Phase::of(machine, &pids, work, nudge).await
    }

    /// Whether the services take one command in each transaction, judged by a few transfers.
    pub(crate) async fn is_naive(&mut self, machine: &Machine) -> Result<bool> {
        let mut phased = Phased::trial(self.families.len().min(100));
        self.warm(&phased).await?;
        phased.operations = phased.warm;
        let phase = self.measure(machine, &phased).await?;
        Ok(phase.each(phase.writes) > SHARED)
    }

    /// One yuan across provinces, as the sharer agreed to it: people are verified before they send, and elsewhere.
    async fn agreed<'a>(&self, family: &'a Family) -> Result<Agreed<'a>> {
        let Family { sharer, beneficiary, bond } = family;
        let transfer = id();
        let request = self.desk().agreed(&transfer, bond, sharer, beneficiary, "1.00").await?;
        Ok(Agreed { sharer, transfer, request })
    }

    /// From the sharer's call until it is claimed.
    async fn transfer(&self, agreed: Agreed<'_>) -> Result<()> {
        let Agreed { sharer, transfer, request } = agreed;
        let desk = self.desk();
        let sent = desk.submit(request).await?;
        if sent.state() != TransferState::Claimed {
            desk.until_state(&transfer, sharer, TransferState::Claimed).await?;
        }
        Ok(())
    }

    /// A transfer that waits for news which follow a new day.
    async fn first(&self, family: &Family) -> Result<()> {
        let Family { sharer, beneficiary, bond } = family;
        let desk = self.desk();
        let transfer = RefCell::new(id());
        let sending = async || {
            let transfer_id = transfer.borrow().clone();
            let sent = desk.send(&transfer_id, bond, sharer, beneficiary, "1.00").await;
            renew(&transfer, &sent);
            sent
        };
        let sent = until("sending", sending).await?;
        desk.until_state(&sent.transfer_id, sharer, TransferState::Claimed).await.map(|_| ())
    }

    /// One fen of the sharer's own money, at a hospital of their own pool.
    async fn payment(&self, patient: &Party) -> Result<()> {
        let paid = self.desk().pay(&id(), patient, &self.bill()).await?;
        if paid.state() != PaymentState::Paid {
            bail!("a payment ended as {}", paid.state().as_str_name());
        }
        Ok(())
    }

    /// The same for each of some patients, in one call.
    async fn payments(&self, patients: &[&Party]) -> Result<()> {
        let results = self.desk().pay_all(patients, &self.bill()).await?;
        let paid = |result: &PaymentResult| match &result.result {
            Some(Became::Payment(payment)) => payment.state() == PaymentState::Paid,
            _ => false,
        };
        let unpaid = results.iter().find(|result| !paid(result));
        if unpaid.is_some() || results.len() != patients.len() {
            bail!(
                "of {} payments {} were answered, one of them with {unpaid:?}",
                patients.len(),
                results.len()
            );
        }
        Ok(())
    }

    /// A payment that waits until the book knows both sides.
    async fn first_payment(&self, patient: &Party) -> Result<()> {
        self.desk().pay_when_known(patient, &self.bill()).await.map(|_| ())
    }

    fn bill(&self) -> Bill {
        Bill {
            institution: HOSPITAL.to_owned(),
            amount: "0.01".to_owned(),
            category: Category::Outpatient,
            at: civil::micros(self.cluster.civil_now() - time::Duration::seconds(2)),
        }
    }

    fn pids(&self) -> Result<Vec<u32>> {
        self.cluster.names().map(|name| Ok(self.cluster.process(name)?.pid())).collect()
    }

    /// The most memory that each service held, in KiB.
    pub(crate) fn resident(&self) -> Result<Vec<(String, u64)>> {
        let peak = |name: &str| Ok((name.to_owned(), cpu::peak_kib(self.cluster.process(name)?.pid())?));
        self.cluster.names().map(peak).collect()
    }

    /// Waits until nothing moves and has every database judged; of `book`, which no service keeps, what can be
    /// judged of a book alone.
    pub(crate) async fn judge(&self, book: Option<&str>) -> Result<()> {
        let mut sources = e2e::sources(&self.cluster)?;
        checker::settled(&sources, REST).await?;
        clean(&checker::check(&sources).await?, !self.families.is_empty())?;
        if let Some(url) = book {
            sources.books = [("32".to_owned(), url.to_owned())].into();
            clean(&checker::check_each(&sources).await?, true)?;
        }
        Ok(())
    }

    /// Stops the services.
    pub(crate) async fn stop(self) -> Result<()> {
        let Self { cluster, desks, .. } = self;
        drop(desks);
        // On a thread of its own: our connections must answer the services' farewell.
        tokio::task::spawn_blocking(move || cluster.stop()).await?
    }
}

/// A refusal has burnt its id; an answer that leaves all open is asked for again under the same.
fn renew<T>(used: &RefCell<String>, answer: &Result<T, Status>) {
    if answer.as_ref().is_err_and(|status| !e2e::is_uncertain(status)) {
        used.replace(id());
    }
}

/// Fails if something was found, or if there was nothing to find it in.
fn clean(verdict: &Verdict, full: bool) -> Result<()> {
    if !verdict.findings.is_empty() {
        bail!("the databases contradict the rules:\n{verdict}");
    }
    if full && verdict.looked_at("B1") == 0 {
        bail!("the checker looked at nothing");
    }
    Ok(())
}
