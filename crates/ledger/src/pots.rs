//! The two pots of a personal account and the order in which they are used.
//!
//! Taken prior year first; given back current year first; what was taken in a year that has ended comes
//! back as prior year. Pure arithmetic; posting is done by the callers.

use money::Yuan;

use crate::sum;

/// Amounts of the two pots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pots {
    pub(crate) prior: Yuan,
    pub(crate) current: Yuan,
}

impl Pots {
    pub(crate) fn total(self) -> Yuan {
        sum::add(self.prior, self.current)
    }

    /// What is taken of each pot for `amount`, prior year first. `amount` is at most the total.
    pub(crate) fn taken(self, amount: Yuan) -> Self {
        let prior = self.prior.min(amount);
        let current = sum::sub(amount, prior);
        assert!(current <= self.current, "more was taken than the pots hold");
        Self { prior, current }
    }

    /// Where the next `amount` goes back to, if these pots were taken and `returned` of them came back
    /// already: current year first, and all to prior if the year they were taken in has ended.
    pub(crate) fn given_back(self, returned: Yuan, amount: Yuan, year_ended: bool) -> Self {
        let after = sum::add(returned, amount);
        assert!(after <= self.total(), "more came back than was taken");
        let current = sum::sub(self.current.min(after), self.current.min(returned));
        let prior = sum::sub(amount, current);
        if year_ended { Self { prior: amount, current: Yuan::ZERO } } else { Self { prior, current } }
    }
}
