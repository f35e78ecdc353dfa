//! The rounds: in each, every group of phases stands between two stands of pgbench, so that both see the same
//! machine.

use anyhow::{Context, Result};
use serde::Serialize;

use crate::{
    book::Book,
    country::Country,
    machine::Machine,
    meter::Phase,
    pgbench::Rate,
    progress::Progress,
    settings::{Arguments, Operation, Part, Phased},
    sql,
};

/// What is measured.
pub(crate) struct Stage {
    pub(crate) machine: Machine,
    pub(crate) book: Option<Book>,
    /// Always there: its databases lend the checker what a book alone has not. Families only where needed.
    pub(crate) country: Country,
    pub(crate) naive: Option<Country>,
}

/// One stand of pgbench.
pub(crate) type Stand = Rate;

/// What one round found.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Round {
    /// pgbench before, between and after the groups of phases.
    pub(crate) pgbench: Vec<Stand>,
    /// In the order of the plan.
    pub(crate) phases: Vec<Phase>,
}

impl Round {
    /// The yardstick of this round: the median of each number of clients, and of those the best.
    pub(crate) fn yardstick(&self) -> u64 {
        yardstick(&self.pgbench)
    }
}

/// The better of the medians.
pub(crate) fn yardstick(stands: &[Stand]) -> u64 {
    median(stands.iter().map(|stand| stand.clients_8))
        .max(median(stands.iter().map(|stand| stand.clients_32)))
}

/// The middle one; of an even number, the lower of the two.
pub(crate) fn median(values: impl Iterator<Item = u64>) -> u64 {
    let mut values: Vec<u64> = values.collect();
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

/// Phases of one group stand between the same two stands of pgbench.
const fn group(phased: &Phased) -> (Part, bool) {
    (phased.part, matches!((phased.part, phased.operation), (Part::Writer, Operation::Credit)))
}

/// How many steps the rounds show.
pub(crate) fn steps(arguments: &Arguments, plan: &[Phased]) -> u64 {
    let groups = plan.chunk_by(|one, other| group(one) == group(other)).count();
    u64::from(arguments.rounds) * (groups + plan.len() + 1) as u64
}

/// Measures pgbench once.
pub(crate) async fn stand(machine: &Machine) -> Result<Stand> {
    machine.pgbench.rate().await
}

/// All rounds.
pub(crate) async fn all(
    stage: &mut Stage,
    arguments: &Arguments,
    plan: &[Phased],
    progress: &Progress,
) -> Result<Vec<Round>> {
    let mut rounds = Vec::new();
    for number in 1..=arguments.rounds {
        let say = |what: &str| progress.step(&format!("round {number} of {}: {what}", arguments.rounds));
        rounds.push(one(stage, plan, say).await.with_context(|| format!("round {number}"))?);
    }
    Ok(rounds)
}

async fn one(stage: &mut Stage, plan: &[Phased], say: impl Fn(&str)) -> Result<Round> {
    let mut round = Round { pgbench: vec![], phases: vec![] };
    sql::checkpoint(&mut stage.machine.control().await?).await?;
    for phases in plan.chunk_by(|one, other| group(one) == group(other)) {
        say("pgbench");
        round.pgbench.push(stand(&stage.machine).await?);
        for phased in phases {
            say(&phased.said());
            let phase = stage.measure(phased).await.with_context(|| phased.said())?;
            round.phases.push(phase);
        }
    }
    say("pgbench");
    round.pgbench.push(stand(&stage.machine).await?);
    Ok(round)
}

impl Stage {
    /// Warms a phase up and measures it.
    async fn measure(&mut self, phased: &Phased) -> Result<Phase> {
        if !phased.operation.is_remote() {
            let book = self.book.as_ref().context("the book is open")?;
            book.warm(phased).await?;
            return book.measure(&self.machine, phased).await;
        }
        let country = match phased.part {
            Part::Naive => self.naive.as_mut().context("the naive services run")?,
            _ => &mut self.country,
        };
        country.warm(phased).await?;
        country.measure(&self.machine, phased).await
    }

    /// Has everything judged.
    pub(crate) async fn judge(&self) -> Result<()> {
        self.country.judge(self.book.as_ref().map(Book::url)).await?;
        match &self.naive {
            Some(naive) => naive.judge(None).await.context("the naive services"),
            None => Ok(()),
        }
    }

    /// Stops everything; data and logs are kept only for an unhappy end.
    pub(crate) async fn stop(self, happy: bool) -> Result<()> {
        if let Some(book) = self.book {
            book.close().await;
        }
        if let Some(naive) = self.naive {
            naive.stop().await?;
        }
        self.country.stop().await?;
        self.machine.stop(happy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_yardstick_is_the_better_number_of_clients() {
        let stand = |clients_8, clients_32| Stand { clients_8, clients_32 };
        assert_eq!(yardstick(&[stand(100, 90), stand(300, 80), stand(200, 999)]), 200);
        assert_eq!(yardstick(&[stand(100, 120), stand(90, 110), stand(80, 10)]), 110);
    }

    #[test]
    fn the_median_of_an_even_number_is_the_lower_one() {
        assert_eq!(median([4, 1, 3, 2].into_iter()), 2);
        assert_eq!(median([].into_iter()), 0);
    }
}
