//! 试算: what would be decided now. It reads, holds nothing and promises nothing.

use chassis::{access::Caller, failure, status::Refusal, telemetry};
use money::Yuan;
use policy::{Decision, Programme, TransferFacts, decide_transfer, largest_amount_now, next_window_time};
use standards::{BondId, PersonId, Pool, TransferId, civil};
use time::{Date, OffsetDateTime};

use super::Transfers;
use crate::{accept, error, peer::registry::Question, sql, transfer::Source};

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Quote {
    /// The id that the caller will use, if one was chosen.
    pub transfer: Option<TransferId>,
    pub bond: BondId,
    pub amount: Yuan,
}

/// What would be decided.
#[derive(Clone, Debug)]
pub struct Quoted {
    pub quote: Quote,
    pub decision: Decision,
    pub sharer: PersonId,
    pub beneficiary: PersonId,
    pub place_of_use: Option<Pool>,
    pub civil_day: Date,
    /// Zero if something else than the amount stands in the way.
    pub largest_amount_now: Yuan,
    /// None while the window is open, and where no window is known.
    pub next_window: Option<OffsetDateTime>,
}

impl Transfers {
    /// What would be decided now about a transfer under this bond.
    ///
    /// # Errors
    /// BOND_UNKNOWN, OUT_OF_SCOPE, FEED_BEHIND. Rules that fail are in the decision.
    pub async fn quote(&self, caller: &Caller, quote: Quote) -> Result<Quoted, Refusal> {
        let programme = Programme::Wallet;
        let (sharer, beneficiary) = self.sides(quote.bond).await?;
        caller.acts_for(sharer.uuid())?;
        let question = Question { bond: quote.bond, sharer, beneficiary, programme };
        let facts = self.desk.ask(question, telemetry::current_traceparent()).await?;
        if facts.bond.is_none() {
            return Err(error::bond_unknown());
        }
        let pools = facts.sharer.enrolments.iter().flatten().map(|enrolment| enrolment.pool);
        caller.in_one_of_pools(pools)?;
        let at = self.clock.now();
        let day = civil::day(at);
        self.driver.trusts(super::books(&facts, day))?;
        let counts = self.database.read(move |mut conn| async move {
            sql::slot::counts(&mut conn, sharer.uuid(), beneficiary.uuid(), day).await
        });
        let (sent, waits) = counts.await.map_err(failure::database)?;
        let facts = TransferFacts {
            programme,
            bond: facts.bond,
            amount: quote.amount,
            sharer: facts.sharer,
            beneficiary: facts.beneficiary,
            sent_today: Some(u32::try_from(sent).unwrap_or(0)),
            unclaimed: Some(u32::from(waits)),
            context: Some(accept::context(caller.person().is_some(), Source::PersonalAccount)),
        };
        let decision = decide_transfer(&facts, &self.rules, at);
        if decision.allowed
            && let Some(refusal) = accept::unsupported(&facts, &decision, &self.rules, at)
        {
            return Err(refusal);
        }
        let from = facts.sharer.account_enrolment(day).map(|enrolment| enrolment.pool);
        let to = facts.beneficiary.place_of_use;
        let next_window = from
            .zip(to)
            .and_then(|(from, to)| next_window_time(programme, from, to, &self.rules, at))
            .filter(|next| *next > at);
        Ok(Quoted {
            quote,
            decision,
            sharer,
            beneficiary,
            place_of_use: to,
            civil_day: day,
            largest_amount_now: largest_amount_now(&facts, None, &self.rules, at).unwrap_or(Yuan::ZERO),
            next_window,
        })
    }
}
