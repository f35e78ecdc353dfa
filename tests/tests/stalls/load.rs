//! People who credit, send, claim and pay until they are told to stop, and write down what they were answered.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, bail};
use checker::history::{self, Call, Recorder, Reply};
use e2e::{Family, Order, Witness, is_uncertain};
use futures::future::try_join_all;
use testkit::desk::{Bill, Desk};
use tokio::task::JoinHandle;
use tonic::Status;

use crate::stage::{HOSPITAL, PATIENCE, Stage};

/// Transfers of a sharer on one day.
const A_DAY: usize = 3;
/// Pause before a request whose end is open is sent again.
const PAUSE: Duration = Duration::from_millis(50);

/// A crowd at work.
pub(crate) struct Load {
    recorder: Recorder,
    file: tempfile::NamedTempFile,
    over: Arc<AtomicBool>,
    done: Arc<AtomicUsize>,
    people: Vec<JoinHandle<Result<()>>>,
}

impl Load {
    /// One caller for each family, through channels of the crowd's own.
    pub(crate) fn start(stage: &Stage, families: &[Family]) -> Result<Self> {
        let file = tempfile::NamedTempFile::new()?;
        let recorder = Recorder::create(file.path())?;
        let (over, done) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
        let desk = Desk::of(&stage.scene.cluster)?;
        let settlement = stage.scene.channel("settlement");
        let bill = stage.scene.bill(HOSPITAL, "0.50");
        let mut people = Vec::with_capacity(families.len());
        for (number, family) in (1..).zip(families) {
            let witness = Witness::new(recorder.process(number), settlement.clone(), desk.clone());
            let caller =
                Caller { witness, family: family.clone(), bill: bill.clone(), done: Arc::clone(&done) };
            let over = Arc::clone(&over);
            people.push(tokio::spawn(async move { caller.live(&over).await }));
        }
        Ok(Self { recorder, file, over, done, people })
    }

    /// How many requests were answered so far.
    pub(crate) fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Waits until so many more were answered.
    pub(crate) async fn goes_on(&self, more: usize) -> Result<()> {
        let (wanted, deadline) = (self.done() + more, Instant::now() + PATIENCE);
        while self.done() < wanted {
            if Instant::now() > deadline {
                bail!("the crowd stands still at {} answers", self.done());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// Lets everybody finish what they asked for, and gives the history.
    pub(crate) async fn stop(self) -> Result<Vec<Call>> {
        self.over.store(true, Ordering::Relaxed);
        for ended in try_join_all(self.people).await? {
            ended?;
        }
        self.recorder.flush()?;
        calls(self.file.path())
    }
}

fn calls(file: &Path) -> Result<Vec<Call>> {
    let calls = history::read(file)?;
    eprintln!("{} calls are in the history, {} of them without an answer", calls.len(), open(&calls));
    Ok(calls)
}

fn open(calls: &[Call]) -> usize {
    calls.iter().filter(|call| call.outcome == history::Outcome::Unknown).count()
}

struct Caller {
    witness: Witness,
    family: Family,
    bill: Bill,
    done: Arc<AtomicUsize>,
}

impl Caller {
    async fn live(&self, over: &AtomicBool) -> Result<()> {
        let Family { sharer, beneficiary, .. } = &self.family;
        for round in 0.. {
            if over.load(Ordering::Relaxed) {
                break;
            }
            self.insist(&Order::credit(sharer, "1.00", "2026-03")).await?;
            if round < A_DAY {
                let transfer = Order::transfer(&self.family, "2.00");
                self.insist(&transfer).await?;
                self.claim(&transfer).await?;
            }
            self.insist(&Order::payment(beneficiary, &self.bill)).await?;
        }
        Ok(())
    }

    /// A transfer, and a claim, may be answered before the books have spoken: it is asked for until it is claimed.
    async fn claim(&self, transfer: &Order) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        let mut claim = Order::claim(transfer.key, &self.family.beneficiary);
        loop {
            match self.asked(&claim).await {
                Ok(reply) if reply.state == "CLAIMED" => return Ok(()),
                answer if Instant::now() > deadline => bail!("claiming: {answer:?}"),
                Ok(_) => {}
                // There was nothing to claim yet.
                Err(_) => claim = Order::claim(transfer.key, &self.family.beneficiary),
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn insist(&self, order: &Order) -> Result<()> {
        match self.asked(order).await {
            Ok(_) => Ok(()),
            Err(status) => bail!("{:?} was refused: {status:?}", order.operation()),
        }
    }

    /// The same request again until its end is certain.
    async fn asked(&self, order: &Order) -> Result<Reply, Status> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.witness.ask(order).await {
                Err(status) if is_uncertain(&status) && Instant::now() < deadline => {
                    tokio::time::sleep(PAUSE).await;
                }
                answer => {
                    self.done.fetch_add(1, Ordering::Relaxed);
                    return answer;
                }
            }
        }
    }
}
