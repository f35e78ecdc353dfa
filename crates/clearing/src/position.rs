//! Sums of obligations by period, debtor pool and creditor pool, and what follows from them.
//!
//! A position is never corrected: it only takes in further obligations. It may be negative when more was
//! refunded than paid in a period.

use std::collections::BTreeMap;

use money::{Overflow, Yuan};
use serde::{Deserialize, Serialize};
use standards::{Pool, Province};

use crate::{obligation::Obligation, period::Period};

/// The key of a position: in this period this pool owes that one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pair {
    /// The month.
    pub period: Period,
    /// The pool that owes.
    pub debtor: Pool,
    /// The pool that is owed.
    pub creditor: Pool,
}

/// What one pool owes another for one period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    gross: Yuan,
    refunded: Yuan,
    net: Yuan,
    leg_count: i64,
}

/// Stored sums that no obligations can have made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a position's gross, refunds and count are never negative, and their difference fits")]
pub struct Impossible;

impl Position {
    /// A position read back from where it was stored.
    pub fn stored(gross: Yuan, refunded: Yuan, leg_count: i64) -> Result<Self, Impossible> {
        if gross.fen() < 0 || refunded.fen() < 0 || leg_count < 0 {
            return Err(Impossible);
        }
        let net = gross.minus(refunded).map_err(|Overflow| Impossible)?;
        Ok(Self { gross, refunded, net, leg_count })
    }

    /// What was paid, never negative.
    pub const fn gross(&self) -> Yuan {
        self.gross
    }

    /// What of it or of earlier periods was refunded or reversed, never negative.
    pub const fn refunded(&self) -> Yuan {
        self.refunded
    }

    /// What the debtor owes: gross less refunds. May be negative.
    pub const fn net(&self) -> Yuan {
        self.net
    }

    /// How many legs it holds, refunds included.
    pub const fn leg_count(&self) -> i64 {
        self.leg_count
    }

    /// The position with one more leg of this signed amount. On [`Overflow`] nothing has changed.
    pub fn with(self, amount: Yuan) -> Result<Self, Overflow> {
        let (gross, refunded) = if amount.fen() < 0 {
            (self.gross, self.refunded.plus(amount.negated()?)?)
        } else {
            (self.gross.plus(amount)?, self.refunded)
        };
        let leg_count = self.leg_count.checked_add(1).ok_or(Overflow)?;
        Ok(Self { gross, refunded, net: gross.minus(refunded)?, leg_count })
    }
}

/// Positions of any number of periods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Positions {
    by_pair: BTreeMap<Pair, Position>,
}

impl Positions {
    /// Puts in a position as it is stored, so that further obligations add to it.
    pub fn put(&mut self, pair: Pair, position: Position) {
        self.by_pair.insert(pair, position);
    }

    /// Takes in an obligation. On [`Overflow`] nothing has changed.
    pub fn fold(&mut self, obligation: &Obligation) -> Result<(), Overflow> {
        let Obligation { period, debtor, creditor, amount, .. } = *obligation;
        let pair = Pair { period, debtor, creditor };
        let position = self.get(pair).with(amount)?;
        self.by_pair.insert(pair, position);
        Ok(())
    }

    /// The position of a pair; empty if nothing is owed.
    pub fn get(&self, pair: Pair) -> Position {
        self.by_pair.get(&pair).copied().unwrap_or_default()
    }

    /// All positions, ordered by period, debtor and creditor.
    pub fn iter(&self) -> impl Iterator<Item = (Pair, Position)> + '_ {
        self.by_pair.iter().map(|(pair, position)| (*pair, *position))
    }

    /// What each pool gains (positive) or must pay (negative) for a period. Sums to zero.
    pub fn pool_nets(&self, period: Period) -> Result<BTreeMap<Pool, Yuan>, Overflow> {
        self.nets(period, |pool| pool)
    }

    /// What each province gains or must pay for a period: the sum over its pools. Sums to zero.
    pub fn province_nets(&self, period: Period) -> Result<BTreeMap<Province, Yuan>, Overflow> {
        self.nets(period, Pool::province)
    }

    fn nets<P: Ord + Copy>(
        &self,
        period: Period,
        party: impl Fn(Pool) -> P,
    ) -> Result<BTreeMap<P, Yuan>, Overflow> {
        let mut nets = BTreeMap::new();
        for (pair, position) in self.iter().filter(|(pair, _)| pair.period == period) {
            let mut add = |party: P, amount: Yuan| -> Result<(), Overflow> {
                let net = nets.entry(party).or_insert(Yuan::ZERO);
                *net = net.plus(amount)?;
                Ok(())
            };
            add(party(pair.creditor), position.net)?;
            add(party(pair.debtor), position.net.negated()?)?;
        }
        Ok(nets)
    }
}
