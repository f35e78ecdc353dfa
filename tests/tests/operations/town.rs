//! Where the clients of a long run live: families across four provinces, what is known of their transfers and
//! payments, and how much is still to be asked.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::Result;
use e2e::{Bought, Dice, Family, Order, Scene, pool};
use futures::future::try_join_all;
use standards::civil;
use testkit::desk::{Bill, Party};
use time::OffsetDateTime;
use uuid::Uuid;

/// Jiangsu, Sichuan, Qinghai and Guangdong: a pool of each, and where its people are treated.
pub(crate) const PROVINCES: [(u8, u32, &str); 4] = [
    (32, 320_100, "H32010400123"),
    (51, 510_100, "H51010400123"),
    (63, 630_100, "H63010400123"),
    (44, 440_100, "H44010400123"),
];
/// So many of the newest transfers, payments and requests of a home are remembered.
const REMEMBERED: usize = 12;
/// So many homes get much more than their share of all operations.
const BUSY: usize = 3;
/// What a sharer has at the beginning.
const BALANCE: &str = "200.00";

/// A family, and what is known of it.
pub(crate) struct Home {
    pub(crate) family: Family,
    known: Mutex<Known>,
}

/// The newest last.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) transfers: Vec<Uuid>,
    /// Of these nobody knows an end.
    pub(crate) waiting: Vec<Uuid>,
    /// With what was paid, in fen.
    pub(crate) payments: Vec<(Bought, i64)>,
    /// Requests that were answered for certain, to be repeated.
    pub(crate) answered: Vec<Order>,
    /// Payments that were taken back before they were asked for.
    pub(crate) early: Vec<Order>,
}

/// Everybody.
pub(crate) struct Town {
    pub(crate) homes: Vec<Home>,
    /// How many operations there are in all, and how many were begun and ended.
    pub(crate) operations: usize,
    begun: AtomicUsize,
    ended: AtomicUsize,
    /// A civil time that is past for every service.
    now: Mutex<OffsetDateTime>,
}

fn newest<T>(list: &mut Vec<T>, item: T) {
    if list.len() == REMEMBERED {
        list.remove(0);
    }
    list.push(item);
}

impl Known {
    pub(crate) fn transfer(&mut self, transfer: Uuid) {
        if self.transfers.last() != Some(&transfer) {
            newest(&mut self.transfers, transfer);
            newest(&mut self.waiting, transfer);
        }
    }

    /// It is claimed or back, or never was.
    pub(crate) fn ended(&mut self, transfer: Uuid) {
        self.waiting.retain(|waiting| *waiting != transfer);
    }

    pub(crate) fn payment(&mut self, payment: Bought, fen: i64) {
        newest(&mut self.payments, (payment, fen));
    }

    pub(crate) fn answer(&mut self, order: Order) {
        newest(&mut self.answered, order);
    }
}

impl Home {
    pub(crate) fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while it is held.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Town {
    /// A home for each client, of which sharer and beneficiary live in different provinces. The books have heard of
    /// the institutions.
    pub(crate) async fn settle(scene: &Scene, clients: usize, operations: usize) -> Result<Self> {
        for (_, code, hospital) in PROVINCES {
            scene.institution(hospital, pool(code)).await?;
        }
        let settling = (0..clients).map(|client| {
            let from = PROVINCES[client % 4].1;
            let to = PROVINCES[(client + 1 + client / 4 % 3) % 4].1;
            scene.family(from, BALANCE, to, client % 5 == 0)
        });
        let families = try_join_all(settling).await?;
        for (_, code, hospital) in PROVINCES {
            let patient = families.iter().rev().map(|family| &family.beneficiary);
            if let Some(patient) = patient.into_iter().find(|party| party.pool == pool(code)) {
                scene.pay(patient, hospital, "0.01").await?;
            }
        }
        let homes = families.into_iter().map(|family| Home { family, known: Mutex::default() }).collect();
        let town = Self {
            homes,
            operations,
            begun: AtomicUsize::new(0),
            ended: AtomicUsize::new(0),
            now: Mutex::new(OffsetDateTime::UNIX_EPOCH),
        };
        town.pass_to(scene.cluster.civil_now());
        Ok(town)
    }

    /// Whether another operation is to begin.
    pub(crate) fn begin(&self) -> bool {
        self.begun.fetch_add(1, Ordering::Relaxed) < self.operations
    }

    pub(crate) fn end(&self) {
        self.ended.fetch_add(1, Ordering::Relaxed);
    }

    /// How many operations have ended.
    pub(crate) fn ended(&self) -> usize {
        self.ended.load(Ordering::Relaxed)
    }

    /// It is this late everywhere.
    pub(crate) fn pass_to(&self, now: OffsetDateTime) {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner) = now - time::Duration::minutes(1);
    }

    fn now(&self) -> OffsetDateTime {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The civil month, as a contribution names it.
    pub(crate) fn month(&self) -> String {
        civil::day_text(civil::day(self.now()))[..7].to_owned()
    }

    /// What somebody is billed at home.
    pub(crate) fn bill(&self, scene_of: &Party, amount: i64) -> Bill {
        let province = scene_of.pool.province().code();
        let hospital = PROVINCES.iter().find(|(code, ..)| *code == province).map_or("", |(.., code)| *code);
        Bill {
            institution: hospital.to_owned(),
            amount: yuan(amount),
            category: proto::wallet::Category::Outpatient,
            at: self.now(),
        }
    }

    /// The home of a client; now and then another one's, and often one of the few that everybody has to do with.
    pub(crate) fn home(&self, client: usize, dice: &mut Dice) -> &Home {
        let at = match dice.below(12) {
            0 => dice.below(self.homes.len()),
            1..4 => dice.below(BUSY),
            _ => client,
        };
        &self.homes[at]
    }
}

/// Fen as the contract writes them.
pub(crate) fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
