//! One of many clients: it asks for something by chance, and sometimes for what must be refused. What has no certain
//! answer is asked again at once or kept for the end.

use std::{sync::Arc, time::Duration};

use checker::history::Reply;
use e2e::{Dice, Family, Order, Witness, is_uncertain};
use testkit::desk::Party;
use tonic::{Code, Status};
use uuid::Uuid;

use super::town::{Home, Town, yuan};

/// How long an answer is waited for.
const IMPATIENCE: Duration = Duration::from_secs(4);

/// A client and its chance.
pub(crate) struct Client {
    pub(crate) number: usize,
    pub(crate) town: Arc<Town>,
    pub(crate) witness: Witness,
    pub(crate) dice: Dice,
    /// What nobody has answered for certain yet.
    pub(crate) open: Vec<Order>,
}

/// What an order is for, beyond the order itself.
enum Aim {
    Transfer,
    /// The end of a transfer.
    End(Uuid),
    /// Of so many fen.
    Payment(i64),
    Other,
}

impl Aim {
    /// So that others can ask for what follows from it.
    fn remember(&self, home: &Home, order: &Order) {
        match self {
            Self::Transfer => home.known().transfer(order.key),
            Self::Payment(fen) => home.known().payment(order.bought(), *fen),
            Self::End(_) | Self::Other => {}
        }
    }
}

impl Client {
    /// Asks until nothing is to be asked any more; gives what is open.
    pub(crate) async fn work(mut self) -> Vec<Order> {
        let town = Arc::clone(&self.town);
        while town.begin() {
            let home = town.home(self.number, &mut self.dice);
            let (order, aim) = self.choose(home);
            self.ask(home, order, &aim).await;
            town.end();
        }
        self.open
    }

    async fn ask(&mut self, home: &Home, order: Order, aim: &Aim) {
        let mut answer = self.witness.ask_within(&order, IMPATIENCE).await;
        while is_open(&answer) {
            // It may be there.
            aim.remember(home, &order);
            if self.dice.one_in(2) {
                self.open.push(order);
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
            answer = self.witness.ask_within(&order, IMPATIENCE).await;
        }
        if let Aim::End(transfer) = aim
            && (answer.is_ok() || self.dice.one_in(3))
        {
            // What was refused may only have come too early.
            home.known().ended(*transfer);
        }
        if let Ok(reply) = &answer {
            aim.remember(home, &order);
            if reply.state == "CLAIMED" {
                home.known().ended(reply.id);
            }
            home.known().answer(order);
        }
    }

    /// By weight: of a hundred, so many.
    fn choose(&mut self, home: &Home) -> (Order, Aim) {
        let family = &home.family;
        match self.dice.below(100) {
            0..18 => (Order::transfer(family, &self.amount(3_000)), Aim::Transfer),
            18..36 => self.end(home, Order::claim),
            36..40 => self.end(home, Order::decline),
            40..60 => self.payment(home, false),
            60..68 => self.payment(home, true),
            68..78 => (self.refund(home), Aim::Other),
            78..83 => (self.reversal(home), Aim::Other),
            83..90 => (Order::credit(&family.sharer, &self.amount(5_000), &self.town.month()), Aim::Other),
            90..93 => (self.repeat(home), Aim::Other),
            _ => (self.mistake(home), Aim::Other),
        }
    }

    fn amount(&mut self, most: usize) -> String {
        yuan(self.fen(most))
    }

    fn fen(&mut self, most: usize) -> i64 {
        i64::try_from(self.dice.below(most)).unwrap_or(0) + 1
    }

    fn payment(&mut self, home: &Home, by_sharer: bool) -> (Order, Aim) {
        let patient = if by_sharer { &home.family.sharer } else { &home.family.beneficiary };
        let fen = self.fen(1_200);
        if let Some(early) = home.known().early.pop() {
            return (early, Aim::Other);
        }
        (Order::payment(patient, &self.town.bill(patient, fen)), Aim::Payment(fen))
    }

    /// Of a transfer that waits, and now and then of one that has ended; a new transfer if there is none.
    fn end(&mut self, home: &Home, wish: fn(Uuid, &Party) -> Order) -> (Order, Aim) {
        let known = home.known();
        let all = if self.dice.one_in(6) { &known.transfers } else { &known.waiting };
        match all.as_slice() {
            [] => (Order::transfer(&home.family, &self.amount(3_000)), Aim::Transfer),
            some => {
                // The newest most often: the others may have gone back.
                let newest = some.last().copied().filter(|_| !self.dice.one_in(3));
                let transfer = newest.unwrap_or_else(|| *self.dice.pick(some));
                (wish(transfer, &home.family.beneficiary), Aim::End(transfer))
            }
        }
    }

    /// Of a payment that is known, or of one that never was made.
    fn refund(&mut self, home: &Home) -> Order {
        let known = home.known();
        if known.payments.is_empty() {
            drop(known);
            return Order::refund(&self.payment(home, false).0.bought(), "0.01");
        }
        let (bought, fen) = self.dice.pick(&known.payments).clone();
        drop(known);
        let part = self.fen(usize::try_from(fen).unwrap_or(1));
        Order::refund(&bought, &yuan(part))
    }

    /// Of a payment that is known; now and then of one that comes later or never.
    fn reversal(&mut self, home: &Home) -> Order {
        if home.known().payments.is_empty() || self.dice.one_in(4) {
            let by_sharer = self.dice.one_in(2);
            let (payment, _) = self.payment(home, by_sharer);
            home.known().early.push(payment.clone());
            return Order::reversal(&payment.bought());
        }
        let known = home.known();
        Order::reversal(&self.dice.pick(&known.payments).0)
    }

    /// To the letter what was answered before.
    fn repeat(&mut self, home: &Home) -> Order {
        let known = home.known();
        match known.answered.as_slice() {
            [] => Order::transfer(&home.family, "0.01"),
            answered => self.dice.pick(answered).clone(),
        }
    }

    /// What must be refused, each for a reason of its own.
    fn mistake(&mut self, home: &Home) -> Order {
        let family = &home.family;
        match self.dice.below(7) {
            0 => Order::transfer(family, "2000.01"),
            1 => Order::transfer(family, "1999.99"),
            2 => {
                // The bond is with somebody else.
                let other = &self.town.homes[self.dice.below(self.town.homes.len())].family;
                Order::transfer(&Family { beneficiary: other.sharer.clone(), ..family.clone() }, "0.01")
            }
            3 => {
                let newest = home.known().transfers.last().copied();
                Order::claim(newest.unwrap_or_else(Uuid::now_v7), &family.sharer)
            }
            4 => Order::claim(Uuid::now_v7(), &family.beneficiary),
            5 => Order::credit(&family.beneficiary, "1.00", &self.town.month()),
            _ => {
                let payment = home.known().payments.last().cloned();
                let of = payment.map_or_else(|| self.payment(home, false).0.bought(), |(bought, _)| bought);
                Order::refund(&of, "20000.00")
            }
        }
    }
}

/// Whether an answer leaves open what became of the order. Shed work counts as such: it may be taken later.
pub(crate) fn is_open(answer: &Result<Reply, Status>) -> bool {
    answer.as_ref().is_err_and(|status| is_uncertain(status) || status.code() == Code::ResourceExhausted)
}
