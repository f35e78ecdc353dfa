//! What happens to the country meanwhile: services are killed by chance, books go out of reach, calls are lost,
//! doubled and held up between any two services, and the civil clock passes 22:00 and 06:00.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use checker::Hits;
use e2e::{Dice, Scene, meanwhile, time_of};
use standards::civil;
use testkit::{
    cluster::{CLIENT, Edge},
    faults::{self, Calls, Rule, Side},
};
use time::{Date, Time};

use super::town::{PROVINCES, Town};

/// Seconds between two deaths by chance, and between two partitions, on average.
const DEATHS: u32 = 5;
const PARTITIONS: u32 = 8;
/// The first comes for certain; each lasts so long.
const FIRST_PARTITION: Duration = Duration::from_millis(1_500);
const OUT_OF_REACH: Duration = Duration::from_millis(1_200);
/// A service dies for certain whenever another such part of the operations has ended.
const CERTAIN_DEATHS: usize = 4;
/// Of 1,000 calls of each method, so many meet each fault.
const SHARE: u32 = 6;
/// What is asked in a day at most.
const A_DAY: usize = 400;
const PAUSE: Duration = Duration::from_millis(10);

const SETTLEMENT: [&str; 3] = ["CreateTransfer", "ClaimTransfer", "DeclineTransfer"];
const BOOK: [&str; 4] = [
    "PaymentService/Pay",
    "PaymentService/RefundPayment",
    "PaymentService/ReversePayment",
    "WalletService/CreditPersonalAccount",
];

fn book(province: u8) -> String {
    format!("wallet-{province}")
}

/// Every way on which money is moved by what is said.
pub(crate) fn edges() -> Vec<Edge> {
    let books = PROVINCES.map(|(province, ..)| book(province));
    let to_books = books.iter().flat_map(|book| [Edge::new(CLIENT, book), Edge::new("settlement", book)]);
    to_books.chain([Edge::new(CLIENT, "settlement")]).collect()
}

fn methods(edge: &Edge) -> Vec<String> {
    match (edge.from.as_str(), edge.to.as_str()) {
        ("settlement", _) => vec!["/gongji.wallet.v1.BookService/Apply".to_owned()],
        (_, "settlement") => {
            SETTLEMENT.map(|name| format!("/gongji.settlement.v1.TransferService/{name}")).to_vec()
        }
        _ => BOOK.map(|name| format!("/gongji.wallet.v1.{name}")).to_vec(),
    }
}

/// Everything that happens, by the dice.
pub(crate) struct Fate<'a> {
    scene: &'a mut Scene,
    town: &'a Town,
    dice: Dice,
    day: Date,
    /// The times of the clock that are still to come today, and how many operations may end before each.
    hours: Vec<(usize, Date, Time)>,
    next_death: Instant,
    next_partition: Instant,
    /// The book that is out of reach, and until when.
    gone: Option<(String, Instant)>,
    hits: Vec<(&'static str, faults::Hits)>,
    happened: BTreeMap<&'static str, u64>,
}

impl<'a> Fate<'a> {
    /// Faults begin now; it is the morning of this day.
    pub(crate) fn of(scene: &'a mut Scene, town: &'a Town, seed: u64, day: Date) -> Result<Self> {
        let mut hits = Vec::new();
        let mut number = 0;
        for (edge, proxy) in scene.cluster.proxies() {
            for (method, (kind, fault)) in
                methods(edge).iter().flat_map(|method| faults::mixture().map(|kind| (method.clone(), kind)))
            {
                number += 1;
                let calls = Calls::Share { per_mille: SHARE, seed: seed.wrapping_add(number << 32) };
                hits.push((kind, proxy.inflict(Rule::on(method, calls, fault))));
            }
        }
        let now = Instant::now();
        let mut fate = Self {
            scene,
            town,
            dice: Dice::of(seed, u64::MAX),
            day,
            hours: Vec::new(),
            next_death: now,
            next_partition: now + FIRST_PARTITION,
            gone: None,
            hits,
            happened: BTreeMap::new(),
        };
        fate.next_death = fate.after(DEATHS);
        fate.plan_day()?;
        Ok(fate)
    }

    fn after(&mut self, mean: u32) -> Instant {
        Instant::now() + Duration::from_millis(self.dice.wait(mean))
    }

    fn count(&mut self, what: &'static str) {
        *self.happened.entry(what).or_default() += 1;
    }

    /// Most is asked in the day, some around 22:00, and some before and after 06:00.
    fn plan_day(&mut self) -> Result<()> {
        let (begun, next) = (self.town.ended(), self.day.next_day().context("a next day")?);
        let length = A_DAY.min(self.town.operations / 4).max(20);
        let hour = |hour, minute, second| Time::from_hms(hour, minute, second).context("an hour of the day");
        self.hours = vec![
            (begun + length, next, hour(10, 0, 0)?),
            (begun + length * 9 / 10, next, hour(5, 59, 59)?),
            (begun + length * 17 / 20, next, hour(5, 29, 59)?),
            (begun + length * 3 / 4, self.day, hour(21, 59, 59)?),
        ];
        self.day = next;
        Ok(())
    }

    /// Goes on until `work` has ended, which needs nobody to go on.
    pub(crate) async fn during<T>(&mut self, work: impl Future<Output = Result<T>>) -> Result<T> {
        meanwhile(work, PAUSE, async || self.strike().await).await
    }

    async fn strike(&mut self) -> Result<()> {
        if self.hours.last().is_some_and(|(ended, ..)| self.town.ended() >= *ended) {
            self.turn_the_clock().await?;
        }
        let certain = self.happened.get("certain death").copied().unwrap_or(0) + 1;
        let due = self.town.operations / CERTAIN_DEATHS * usize::try_from(certain)?;
        if self.town.ended() >= due {
            self.count("certain death");
            self.kill().await?;
        }
        if Instant::now() >= self.next_death {
            self.kill().await?;
            self.next_death = self.after(DEATHS);
        }
        self.part()
    }

    async fn kill(&mut self) -> Result<()> {
        let names: Vec<String> = self.scene.cluster.names().map(str::to_owned).collect();
        let name = self.dice.pick(&names);
        self.scene.cluster.process_mut(name)?.kill()?;
        self.count("kill");
        self.scene.cluster.restart(name, &[]).await
    }

    /// A book is out of reach for settlement for a while.
    fn part(&mut self) -> Result<()> {
        if let Some((book, until)) = &self.gone {
            if Instant::now() >= *until {
                self.scene.cluster.proxy("settlement", book)?.heal();
                self.gone = None;
                self.next_partition = self.after(PARTITIONS);
            }
        } else if Instant::now() >= self.next_partition {
            let name = book(self.dice.pick(&PROVINCES).0);
            let side = *self.dice.pick(&[Side::Replies, Side::Both]);
            self.scene.cluster.proxy("settlement", &name)?.partition(side);
            self.count("partition");
            self.gone = Some((name, Instant::now() + OUT_OF_REACH));
        }
        Ok(())
    }

    async fn turn_the_clock(&mut self) -> Result<()> {
        let Some((_, day, at)) = self.hours.pop() else { return Ok(()) };
        self.set_clock(day, at).await?;
        if self.hours.is_empty() {
            self.count("night");
            self.plan_day()?;
        }
        Ok(())
    }

    async fn set_clock(&mut self, day: Date, at: Time) -> Result<()> {
        let at = time_of(&civil::day_text(day), at.hour(), at.minute(), at.second());
        self.scene.cluster.set_clock(at).await?;
        self.town.pass_to(at);
        Ok(())
    }

    /// All faults end, and after a last night it is day. Gives what happened.
    pub(crate) async fn end(mut self) -> Result<BTreeMap<String, Hits>> {
        for (_, proxy) in self.scene.cluster.proxies() {
            proxy.calm();
            proxy.heal();
        }
        let next = self.day.next_day().context("a next day")?;
        self.set_clock(next, Time::from_hms(10, 0, 0)?).await?;
        let mut faults = BTreeMap::new();
        for (kind, hits) in &self.hits {
            let fault: &mut Hits = faults.entry((*kind).to_owned()).or_default();
            fault.planned = 1;
            fault.fired += u64::from(hits.count());
        }
        let certain = u64::try_from(CERTAIN_DEATHS)? - 1;
        for (what, planned) in [("kill", certain), ("night", 2), ("partition", 1)] {
            let fired = self.happened.get(what).copied().unwrap_or_default();
            faults.insert(what.to_owned(), Hits { planned, fired });
        }
        Ok(faults)
    }
}
