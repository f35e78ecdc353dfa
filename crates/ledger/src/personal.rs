//! 个人账户: credits, the lazy year roll, and the pots as they stand in the year of a command.
//!
//! Nothing rolls the year at midnight: the first posting of a new year moves current to prior and keeps
//! what the account held at the year's start.

use money::Yuan;
use standards::{PersonId, Pool};

use crate::{
    book::{Book, Moment},
    command::Credit,
    key::AccountKey,
    outcome::{Applied, Credited, Done, Refusal},
    pots::Pots,
    rows::PersonalRow,
    sum,
};

pub(crate) fn credit(book: &mut Book, command: &Credit, moment: Moment) -> Applied {
    if command.pool.province() != book.id().province() {
        return Applied::refused(Refusal::WrongBook);
    }
    let (person, pool) = (command.person, command.pool);
    book.roll(person, pool, moment);
    book.post(moment, AccountKey::Fund(pool), AccountKey::PersonalCurrent(person, pool), command.amount);
    let pots = book.pots(person, pool, moment);
    Applied::done(Done::Credited(Credited { prior: pots.prior, current: pots.current }))
}

impl Book {
    /// The pots as they would be after the year roll. Changes nothing.
    pub(crate) fn pots(&self, person: PersonId, pool: Pool, moment: Moment) -> Pots {
        let prior = self.balance(AccountKey::PersonalPrior(person, pool));
        let current = self.balance(AccountKey::PersonalCurrent(person, pool));
        if self.year_rolled(person, pool, moment) {
            Pots { prior, current }
        } else {
            Pots { prior: sum::add(prior, current), current: Yuan::ZERO }
        }
    }

    /// What was shared in the year of the command, before it.
    pub(crate) fn shared_in_year(&self, person: PersonId, pool: Pool, moment: Moment) -> Yuan {
        match self.personal.get(&(person, pool)) {
            Some(row) if row.year >= moment.year() => row.shared_in_year,
            _ => Yuan::ZERO,
        }
    }

    fn year_rolled(&self, person: PersonId, pool: Pool, moment: Moment) -> bool {
        self.personal.get(&(person, pool)).is_none_or(|row| row.year >= moment.year())
    }

    /// Opens the account or rolls its year, if need be. Before every posting to a pot.
    pub(crate) fn roll(&mut self, person: PersonId, pool: Pool, moment: Moment) {
        let year = moment.year();
        let key = (person, pool);
        let Some(row) = self.personal.get(&key) else {
            let (year_start, shared_in_year) = (Yuan::ZERO, Yuan::ZERO);
            self.add_personal(PersonalRow { person, pool, year, year_start, shared_in_year });
            return;
        };
        assert!(row.year <= year, "the book's time ran backwards");
        if row.year == year {
            return;
        }
        let pots = self.pots(person, pool, moment);
        let current = AccountKey::PersonalCurrent(person, pool);
        self.post(moment, current, AccountKey::PersonalPrior(person, pool), self.balance(current));
        let row = self.personal.change(&key);
        row.year = year;
        row.year_start = pots.prior;
        row.shared_in_year = Yuan::ZERO;
    }

    /// Moves `parts` from the pots to `to`.
    pub(crate) fn take_pots(&mut self, moment: Moment, owner: (PersonId, Pool), to: AccountKey, parts: Pots) {
        self.roll(owner.0, owner.1, moment);
        self.post(moment, AccountKey::PersonalPrior(owner.0, owner.1), to, parts.prior);
        self.post(moment, AccountKey::PersonalCurrent(owner.0, owner.1), to, parts.current);
    }

    /// Moves `parts` from `from` back to the pots.
    pub(crate) fn fill_pots(
        &mut self,
        moment: Moment,
        from: AccountKey,
        owner: (PersonId, Pool),
        parts: Pots,
    ) {
        self.roll(owner.0, owner.1, moment);
        self.post(moment, from, AccountKey::PersonalCurrent(owner.0, owner.1), parts.current);
        self.post(moment, from, AccountKey::PersonalPrior(owner.0, owner.1), parts.prior);
    }
}
