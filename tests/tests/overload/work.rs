//! What is asked for: payments at one book, and transfers. Each call is new, is asked once, and is written down in
//! memory: writing to a file would cost as much as asking.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Instant,
};

use anyhow::Result;
use chassis::clock::Clock;
use checker::history::{Asked, Call, Moment, Operation, Outcome, Reply, fen};
use e2e::{Family, Scene, reason};
use standards::Province;
use testkit::{
    desk::{Bill, Desk, Party},
    people::id,
};
use time::OffsetDateTime;
use tonic::{Code, Status};

/// Connections: one carries 200 calls at the same time.
const CONNECTIONS: usize = 12;
const PRICE: &str = "0.01";

/// Something that can be asked for again and again.
pub(crate) trait Work: Send + Sync + 'static {
    /// Asks for one more. Ok if it was decided, for or against.
    fn ask(&self) -> impl Future<Output = Result<(), Status>> + Send;

    /// What was asked and answered so far.
    fn history(&self) -> Vec<Call>;
}

/// Connections that are used in turn, and what was said on them.
struct Doors {
    desks: Vec<Desk>,
    next: AtomicUsize,
    began: (Instant, OffsetDateTime),
    calls: Mutex<Vec<Call>>,
}

impl Doors {
    fn open(scene: &Scene) -> Result<Self> {
        let desks = (0..CONNECTIONS).map(|_| desk(scene)).collect::<Result<_>>()?;
        let began = (Instant::now(), Clock::system().wall());
        Ok(Self { desks, next: AtomicUsize::new(0), began, calls: Mutex::default() })
    }

    fn number(&self) -> usize {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn now(&self) -> Moment {
        let passed = self.began.0.elapsed();
        let micros = u64::try_from(passed.as_micros()).unwrap_or_default();
        Moment { micros, wall: self.began.1 + passed }
    }

    fn calls(&self) -> std::sync::MutexGuard<'_, Vec<Call>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a call down.
    fn note(
        &self,
        number: usize,
        invoked: Moment,
        (operation, key, asked): (Operation, &str, Asked),
        answer: &Result<Reply, Status>,
    ) {
        let (code, reply) = match answer {
            Ok(reply) => (0, Some(reply.clone())),
            Err(status) => (i32::from(status.code()), None),
        };
        let call = Call {
            process: 1,
            number: number as u64 + 1,
            operation,
            key: key.parse().unwrap_or_default(),
            content: key.to_owned(),
            asked,
            invoked,
            ended: self.now(),
            outcome: Outcome::of_code(code),
            code,
            reason: answer.as_ref().err().map(reason).unwrap_or_default(),
            reply,
        };
        self.calls().push(call);
    }
}

/// A desk with connections of its own.
fn desk(scene: &Scene) -> Result<Desk> {
    let mut wallets = BTreeMap::new();
    for code in [32, 51] {
        if let Some(province) = Province::from_code(code) {
            wallets.insert(province, scene.channel(&format!("wallet-{code}")));
        }
    }
    let channel = |name| scene.channel(name);
    Ok(Desk::from_channels(channel("identity"), channel("kinship-registry"), channel("settlement"), wallets))
}

/// People of one province pay from their own accounts.
pub(crate) struct Payments {
    doors: Doors,
    patients: Vec<Party>,
    bill: Bill,
}

impl Payments {
    pub(crate) fn new(scene: &Scene, families: &[Family], institution: &str) -> Result<Self> {
        let patients = families.iter().map(|family| family.sharer.clone()).collect();
        Ok(Self { doors: Doors::open(scene)?, patients, bill: scene.bill(institution, PRICE) })
    }
}

impl Work for Payments {
    async fn ask(&self) -> Result<(), Status> {
        let (number, payment, invoked) = (self.doors.number(), id(), self.doors.now());
        let patient = &self.patients[number % self.patients.len()];
        let answer = self.doors.desks[number % CONNECTIONS].pay(&payment, patient, &self.bill).await;
        let answer = answer.map(|paid| Reply {
            id: paid.payment_id.parse().unwrap_or_default(),
            amount: paid.cost.as_ref().and_then(|cost| fen(&cost.personal_amount)),
            state: paid.state().as_str_name().trim_start_matches("PAYMENT_STATE_").to_owned(),
            sequence: Some(paid.sequence),
            own: paid.split.as_ref().and_then(|split| fen(&split.account_amount)),
            available: fen(&paid.account_available_after),
            ..Reply::default()
        });
        let about = patient.person.parse().ok();
        let asked = (Operation::Payment, payment.as_str(), Asked { amount: fen(PRICE), about });
        self.doors.note(number, invoked, asked, &answer);
        answer.map(|_| ())
    }

    fn history(&self) -> Vec<Call> {
        self.doors.calls().clone()
    }
}

/// Sharers of one province send to another. Three a day are granted; what is asked beyond is decided too.
pub(crate) struct Transfers {
    doors: Doors,
    families: Vec<Family>,
}

impl Transfers {
    pub(crate) fn new(scene: &Scene, families: &[Family]) -> Result<Self> {
        Ok(Self { doors: Doors::open(scene)?, families: families.to_vec() })
    }
}

impl Work for Transfers {
    async fn ask(&self) -> Result<(), Status> {
        let (number, transfer, invoked) = (self.doors.number(), id(), self.doors.now());
        let Family { sharer, beneficiary, bond } = &self.families[number % self.families.len()];
        let desk = &self.doors.desks[number % CONNECTIONS];
        let answer = desk.send(&transfer, bond, sharer, beneficiary, PRICE).await;
        let answer = answer.map(|sent| Reply {
            id: sent.transfer_id.parse().unwrap_or_default(),
            amount: fen(&sent.amount),
            state: sent.state().as_str_name().trim_start_matches("TRANSFER_STATE_").to_owned(),
            ..Reply::default()
        });
        let about = sharer.person.parse().ok();
        let asked = (Operation::Transfer, transfer.as_str(), Asked { amount: fen(PRICE), about });
        self.doors.note(number, invoked, asked, &answer);
        match answer {
            Ok(_) => Ok(()),
            // The day's count is full, or the one before still waits: decided, and remembered.
            Err(status) if status.code() == Code::FailedPrecondition => Ok(()),
            Err(status) => Err(status),
        }
    }

    fn history(&self) -> Vec<Call> {
        self.doors.calls().clone()
    }
}
