//! One who calls: for a family, one thing after the other, whatever the dice say.
//!
//! What was not answered for certain is kept, and asked again to the letter. It never judges an answer.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use checker::history::{Operation, Reply};
use e2e::{Bought, Dice, Family, Order, Witness, is_uncertain};
use money::Yuan;
use testkit::desk::{Bill, Desk, Party};
use tonic::Status;
use uuid::Uuid;

/// How long one thing is asked again before that is a finding.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// A caller.
pub(crate) struct Caller {
    pub(crate) witness: Witness,
    pub(crate) desk: Desk,
    pub(crate) family: Family,
    pub(crate) dice: Dice,
    bills: [Bill; 2],
    /// Transfers that may wait to be claimed.
    pub(crate) sent: Vec<Uuid>,
    bought: Vec<Bought>,
}

impl Caller {
    pub(crate) fn new(witness: Witness, desk: Desk, family: Family, bills: [Bill; 2], dice: Dice) -> Self {
        Self { witness, desk, family, dice, bills, sent: Vec::new(), bought: Vec::new() }
    }

    /// Up to this many fen.
    fn amount(&mut self, most: usize) -> String {
        let fen = i64::try_from(self.dice.below(most) + 1).expect("a few fen");
        Yuan::from_fen(fen).to_string()
    }

    fn payment(&mut self, by: usize) -> Order {
        let amount = self.amount(100);
        let patient: &Party = [&self.family.beneficiary, &self.family.sharer][by];
        Order::payment(patient, &Bill { amount, ..self.bills[by].clone() })
    }

    /// What is wanted next.
    pub(crate) fn next(&mut self) -> Order {
        match self.dice.below(10) {
            0 | 1 => {
                let amount = self.amount(2_000);
                let order = Order::transfer(&self.family, &amount);
                self.sent.push(order.key);
                order
            }
            2 | 3 => match self.sent.last() {
                Some(transfer) => Order::claim(*transfer, &self.family.beneficiary),
                None => self.payment(0),
            },
            4 | 5 if !self.bought.is_empty() => {
                let of = self.dice.below(self.bought.len());
                let amount = self.amount(5);
                Order::refund(&self.bought[of], &amount)
            }
            6 => {
                let amount = self.amount(1_000);
                Order::credit(&self.family.sharer, &amount, "2026-03")
            }
            7 => self.payment(1),
            _ => self.payment(0),
        }
    }

    /// Takes in an answer that is certain.
    pub(crate) fn learn(&mut self, order: &Order, answer: &Result<Reply, Status>) {
        match (order.operation(), answer) {
            (Operation::Payment, Ok(_)) => self.bought.push(order.bought()),
            // Claimed, or refused: there is nothing to claim any more.
            (Operation::Claim, Ok(claimed)) => self.sent.retain(|transfer| *transfer != claimed.id),
            (Operation::Transfer, Err(_)) => self.sent.retain(|transfer| *transfer != order.key),
            _ => {}
        }
    }

    /// Asks until it is certain; gives the answer, and how often nothing was certain before it.
    pub(crate) async fn certain(&mut self, order: &Order) -> Result<(Result<Reply, Status>, usize)> {
        let deadline = Instant::now() + PATIENCE;
        let mut again = 0;
        loop {
            match self.witness.ask(order).await {
                Err(status) if is_uncertain(&status) => {
                    if Instant::now() >= deadline {
                        bail!("{order:?} is still {status:?}");
                    }
                    again += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                answer => {
                    self.learn(order, &answer);
                    return Ok((answer, again));
                }
            }
        }
    }

    /// An ordinary round: what may wait is claimed, unless it is refused; a payment and a part of it back must be done.
    pub(crate) async fn ordinary(&mut self) -> Result<()> {
        for transfer in self.sent.clone() {
            let claim = Order::claim(transfer, &self.family.beneficiary);
            let (_, _) = self.certain(&claim).await?;
        }
        let payment = self.payment(0);
        self.certain(&payment).await?.0?;
        let refund = Order::refund(&payment.bought(), "0.01");
        self.certain(&refund).await?.0?;
        Ok(())
    }
}
