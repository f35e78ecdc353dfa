//! What is measured, and how much of it: the arguments, and the plan of phases that follows from them.

use clap::{Parser, ValueEnum};
use serde::Serialize;

use crate::report::grouped;

/// transfers a wallet may send in a day.
const DAILY: usize = 3;
/// How many operations warm a phase up at least, as far as there are families.
const WARM: usize = 200;
/// Payments in one call of a phase that batches them.
const A_CALL: usize = 100;
/// The most that one look-up may ask for.
const A_LOOK_UP: usize = 512;

/// Measures the book writer, payments and transfers beside pgbench on the same PostgreSQL.
#[derive(Clone, Debug, Parser, Serialize)]
#[command(name = "bench")]
pub(crate) struct Arguments {
    /// Rounds; the table shows medians
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub(crate) rounds: u8,
    /// Measure only these
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) only: Vec<Part>,
    /// One short round: for trying a change out, not for a result
    #[arg(long)]
    pub(crate) quick: bool,
    /// Families; each sends at most three transfers on the civil day of a phase
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(300..=100_000))]
    pub(crate) families: u32,
    /// Persons with an account in the book that is written in process
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1_000..=10_000_000))]
    pub(crate) accounts: u32,
    /// Commands of a phase to the writer with 1,000 callers; fewer callers do fewer
    #[arg(long, default_value_t = 60_000, value_parser = clap::value_parser!(u32).range(300..))]
    pub(crate) commands: u32,
    /// Payments of a phase
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) payments: u32,
    /// Transfers of a phase, as far as the families may send them
    #[arg(long, default_value_t = 12_000, value_parser = clap::value_parser!(u32).range(100..))]
    pub(crate) transfers: u32,
    /// Persons and bonds that are looked up in a phase
    #[arg(long, default_value_t = 102_400, value_parser = clap::value_parser!(u32).range(4_096..))]
    pub(crate) look_ups: u32,
    /// Transfers one after the other
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(10..))]
    pub(crate) alone: u32,
    /// Seconds of each pgbench run
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) pgbench_seconds: u32,
    /// Scale of pgbench's tables: 100,000 accounts each
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) pgbench_scale: u32,
    /// Afterwards also measure a book that grows to these numbers of persons, each with a credit of their own
    /// (ten million take tens of gigabytes)
    #[arg(long, value_name = "PERSONS", value_delimiter = ',', num_args = 0..=1, require_equals = true,
        default_missing_value = "100000,1000000,10000000")]
    pub(crate) growth: Vec<u32>,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// The book's writer, in this process
    Writer,
    /// Payments over gRPC
    Payments,
    /// Payments over gRPC, 100 a call
    BatchPay,
    /// Whole transfers between two provinces over gRPC
    Transfers,
    /// What services ask each other over gRPC, 512 a call
    LookUps,
    /// The same with one command in each transaction and each call
    Naive,
}

/// What one operation of a phase is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    /// To the writer: a credit from the fund of a pool to the account of anybody.
    Credit,
    /// To the writer: a credit to always the same account.
    HotCredit,
    /// To the writer: somebody pays a hospital from their own account.
    WriterPayment,
    /// Over gRPC: the same.
    Payment,
    /// Over gRPC: the same of as many people as a call takes; each counts, and takes as long as its call.
    BatchPayment,
    /// Over gRPC: a transfer between two provinces, until it is claimed.
    Transfer,
    /// Over gRPC: how somebody stands; asked for 512 persons a call, each counts and takes as long as its call.
    Standing,
    /// Over gRPC: whether a bond is in force, asked in the same way.
    BondCheck,
}

/// One phase of each round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Phased {
    /// Names the row, also for programs.
    pub(crate) key: String,
    pub(crate) part: Part,
    pub(crate) operation: Operation,
    pub(crate) in_flight: usize,
    pub(crate) operations: usize,
    /// How many of the same come before it, unmeasured.
    pub(crate) warm: usize,
}

impl Operation {
    const fn word(self) -> &'static str {
        match self {
            Self::Credit => "writer-credits",
            Self::HotCredit => "writer-hot",
            Self::WriterPayment => "writer-payments",
            Self::Payment => "payments",
            Self::BatchPayment => "batch-pay",
            Self::Transfer => "transfers",
            Self::Standing => "standings",
            Self::BondCheck => "bond-checks",
        }
    }

    /// As the table says it.
    pub(crate) const fn said(self) -> &'static str {
        match self {
            Self::Credit => "writer: credits, any account",
            Self::HotCredit => "writer: credits, one account",
            Self::WriterPayment => "writer: payments",
            Self::Payment => "payments",
            Self::BatchPayment => "payments as batches of 100 a call",
            Self::Transfer => "transfers to CLAIMED",
            Self::Standing => "standings as batches of 512 a call",
            Self::BondCheck => "bond checks as batches of 512 a call",
        }
    }

    /// How many of them one call does.
    pub(crate) const fn a_call(self) -> usize {
        match self {
            Self::BatchPayment => A_CALL,
            Self::Standing | Self::BondCheck => A_LOOK_UP,
            _ => 1,
        }
    }

    /// Whether it is done over gRPC.
    pub(crate) const fn is_remote(self) -> bool {
        !matches!(self, Self::Credit | Self::HotCredit | Self::WriterPayment)
    }
}

impl Phased {
    pub(crate) fn new(part: Part, operation: Operation, in_flight: usize, operations: u32) -> Self {
        let naive = if part == Part::Naive { "naive-" } else { "" };
        let key = format!("{naive}{}-{in_flight}", operation.word());
        let mut operations = usize::try_from(operations).unwrap_or(usize::MAX).max(in_flight);
        operations -= operations % operation.a_call();
        Self { key, part, operation, in_flight, operations, warm: in_flight.max(WARM) }
    }

    /// A few transfers that find out how the services work.
    pub(crate) fn trial(warm: usize) -> Self {
        Self { warm, ..Self::new(Part::Naive, Operation::Transfer, 64.min(warm), 1) }
    }

    /// As the table says it.
    pub(crate) fn said(&self) -> String {
        let naive = if self.part == Part::Naive { "naive " } else { "" };
        format!("{naive}{}, {} in flight", self.operation.said(), grouped(self.in_flight as u64))
    }
}

impl Arguments {
    /// The arguments, made small if they are to be.
    pub(crate) fn settled(mut self) -> Self {
        if self.quick {
            self.rounds = 1;
            self.pgbench_seconds = self.pgbench_seconds.min(2);
            self.pgbench_scale = self.pgbench_scale.min(10);
            self.families = self.families.min(1_500);
            self.accounts = self.accounts.min(20_000);
            for count in [&mut self.commands, &mut self.payments, &mut self.transfers, &mut self.alone] {
                *count = (*count / 4).max(100);
            }
            self.look_ups /= 4;
        }
        self
    }

    /// Whether a part is wanted.
    pub(crate) fn wants(&self, part: Part) -> bool {
        self.only.is_empty() || self.only.contains(&part)
    }

    /// Families of the country whose services take one command at a time.
    pub(crate) fn naive_families(&self) -> u32 {
        self.families.min(1_000)
    }

    /// The phases of a round, in order.
    pub(crate) fn plan(&self) -> Vec<Phased> {
        use Operation::{
            BatchPayment, BondCheck, Credit, HotCredit, Payment, Standing, Transfer, WriterPayment,
        };
        use Part::{BatchPay, LookUps, Naive, Payments, Transfers, Writer};
        let (commands, payments, transfers) = (self.commands, self.payments, self.transfers);
        let all = [
            Phased::new(Writer, Credit, 1, commands / 30),
            Phased::new(Writer, Credit, 64, commands / 2),
            Phased::new(Writer, Credit, 1_000, commands),
            Phased::new(Writer, HotCredit, 1, commands / 30),
            Phased::new(Writer, HotCredit, 64, commands / 2),
            Phased::new(Writer, HotCredit, 1_000, commands),
            Phased::new(Writer, WriterPayment, 1_000, commands / 2),
            Phased::new(Payments, Payment, 64, payments),
            Phased::new(Payments, Payment, 256, payments),
            Phased::new(Payments, Payment, 1_000, payments),
            Phased::new(BatchPay, BatchPayment, A_CALL, payments),
            Phased::new(BatchPay, BatchPayment, 10 * A_CALL, payments * 2),
            Phased::new(Transfers, Transfer, 1, self.alone),
            Phased::new(Transfers, Transfer, 64, transfers / 2),
            Phased::new(Transfers, Transfer, 256, transfers),
            Phased::new(Transfers, Transfer, 1_000, transfers),
            Phased::new(LookUps, Standing, A_LOOK_UP, self.look_ups),
            Phased::new(LookUps, Standing, 8 * A_LOOK_UP, self.look_ups),
            Phased::new(LookUps, BondCheck, A_LOOK_UP, self.look_ups),
            Phased::new(LookUps, BondCheck, 8 * A_LOOK_UP, self.look_ups),
            Phased::new(Naive, Credit, 64, commands / 15),
            Phased::new(Naive, HotCredit, 64, commands / 15),
            Phased::new(Naive, Payment, 64, payments / 5),
            Phased::new(Naive, Transfer, 1, self.alone),
            Phased::new(Naive, Transfer, 64, transfers / 6),
        ];
        let mut all = Vec::from(all);
        all.retain(|phased| self.wants(phased.part));
        all.retain_mut(|phased| phased.operation != Transfer || self.fits(phased));
        all
    }

    /// Cuts transfers to what the families may send in a day; false if they are too few to have so many in flight.
    fn fits(&self, phased: &mut Phased) -> bool {
        let families = if phased.part == Part::Naive { self.naive_families() } else { self.families };
        let families = usize::try_from(families).unwrap_or(usize::MAX);
        phased.warm = phased.warm.min(families);
        phased.operations = phased.operations.min(DAILY * families - phased.warm);
        // A family has one unclaimed transfer at a time.
        phased.in_flight <= families
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &[&str]) -> Arguments {
        Arguments::try_parse_from(["bench"].iter().chain(words)).unwrap().settled()
    }

    #[test]
    fn no_family_sends_more_than_three_transfers_in_a_phase() {
        for words in [&[][..], &["--quick"], &["--families", "300"], &["--transfers", "1000000"]] {
            let arguments = arguments(words);
            for phased in arguments.plan().iter().filter(|phased| phased.operation == Operation::Transfer) {
                let naive = phased.part == Part::Naive;
                let families = if naive { arguments.naive_families() } else { arguments.families };
                let families = usize::try_from(families).unwrap();
                assert!(phased.warm + phased.operations <= 3 * families, "{words:?}: {phased:?}");
                assert!(phased.in_flight <= families && phased.operations > 0, "{words:?}: {phased:?}");
            }
        }
    }

    #[test]
    fn every_phase_has_its_own_key_and_only_what_is_wanted_is_planned() {
        let all = arguments(&[]).plan();
        let keys: std::collections::BTreeSet<&str> = all.iter().map(|phased| phased.key.as_str()).collect();
        assert_eq!(keys.len(), all.len());
        let some = arguments(&["--only", "payments,naive"]).plan();
        assert!(some.iter().all(|phased| matches!(phased.part, Part::Payments | Part::Naive)));
        assert!(!some.is_empty() && some.len() < all.len());
    }

    #[test]
    fn every_call_that_does_many_is_full() {
        for words in [&[][..], &["--quick"], &["--payments", "150"], &["--look-ups", "5000"]] {
            let plan = arguments(words).plan();
            let calls = plan.iter().filter(|phased| phased.operation.a_call() > 1);
            let uneven = |phased: &&Phased| {
                let a_call = phased.operation.a_call();
                phased.in_flight % a_call + phased.operations % a_call != 0
            };
            assert_eq!(calls.clone().find(uneven), None, "{words:?}");
            assert!(calls.clone().count() > 0 && calls.clone().all(|phased| phased.operations > 0));
        }
    }

    #[test]
    fn growth_has_sizes_of_its_own() {
        assert!(arguments(&[]).growth.is_empty());
        assert_eq!(arguments(&["--growth"]).growth, [100_000, 1_000_000, 10_000_000]);
        assert_eq!(arguments(&["--growth=2000,4000"]).growth, [2_000, 4_000]);
    }
}
