//! Whether a run proves anything, and what: the verdict over databases and replies, the faults that were planned
//! and fired, the traffic there was, and the ending that follows, as JSON.
//!
//! A run in which a planned fault never fired or too little was asked is void: it has not passed, whatever the
//! verdict says. A finding stays a finding even then.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
};

use serde::{Deserialize, Serialize};

use crate::{
    history::{Call, Operation, Outcome},
    verdict::Verdict,
};

/// How often a fault was to fire, and how often it did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hits {
    /// At least so often.
    pub planned: u64,
    /// So often.
    pub fired: u64,
}

/// The traffic without which a run proves nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// So many calls at least of each operation must be answered ok.
    pub successes: BTreeMap<Operation, usize>,
    /// So many calls at least must end with an unknown outcome: one, where replies were to be lost.
    pub unknowns: usize,
}

/// How the calls of an operation ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Done.
    pub ok: usize,
    /// Not done.
    pub fail: usize,
    /// Nobody knows.
    pub unknown: usize,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// All was looked at, and nothing is broken.
    Passed,
    /// Something is broken.
    Violated,
    /// Nothing is broken, and nothing is proven.
    Void,
}

/// A run and what it shows.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// How it ended.
    pub ending: Ending,
    /// Why it proves nothing; empty if it does.
    pub void: Vec<String>,
    /// What was found, and how much was looked at.
    pub verdict: Verdict,
    /// The faults by name.
    pub faults: BTreeMap<String, Hits>,
    /// How the calls ended.
    pub traffic: BTreeMap<Operation, Tally>,
    /// What reproduces it: seed, options, commit.
    pub about: BTreeMap<String, String>,
}

impl Run {
    /// Weighs a run.
    pub fn of(verdict: Verdict, calls: &[Call], faults: BTreeMap<String, Hits>, plan: &Plan) -> Self {
        let mut traffic: BTreeMap<Operation, Tally> = BTreeMap::new();
        for call in calls {
            let tally = traffic.entry(call.operation).or_default();
            match call.outcome {
                Outcome::Ok => tally.ok += 1,
                Outcome::Fail => tally.fail += 1,
                Outcome::Unknown => tally.unknown += 1,
            }
        }
        let void = gates(&verdict, &traffic, &faults, plan);
        let ending = match (verdict.findings.is_empty(), void.is_empty()) {
            (false, _) => Ending::Violated,
            (true, true) => Ending::Passed,
            (true, false) => Ending::Void,
        };
        Self { ending, void, verdict, faults, traffic, about: BTreeMap::new() }
    }

    /// Says what reproduces it.
    #[must_use]
    pub fn about(mut self, name: &str, value: impl ToString) -> Self {
        self.about.insert(name.to_owned(), value.to_string());
        self
    }

    /// All of it as JSON.
    ///
    /// # Errors
    /// Never in practice: every part has a name and a number or a text.
    pub fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }

    /// # Panics
    /// If it did not pass.
    pub fn assert_passed(&self) {
        assert_eq!(self.ending, Ending::Passed, "{self}");
    }
}

impl Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.ending)?;
        for (name, value) in &self.about {
            write!(f, ", {name} {value}")?;
        }
        writeln!(f)?;
        self.void.iter().try_for_each(|why| writeln!(f, "void: {why}"))?;
        write!(f, "{}", self.verdict)
    }
}

/// Why a run proves nothing.
fn gates(
    verdict: &Verdict,
    traffic: &BTreeMap<Operation, Tally>,
    faults: &BTreeMap<String, Hits>,
    plan: &Plan,
) -> Vec<String> {
    let mut void: Vec<String> =
        verdict.unseen().map(|invariant| format!("{invariant} was judged over nothing")).collect();
    for (name, Hits { planned, fired }) in faults {
        if fired < planned {
            void.push(format!("fault {name} fired {fired} of {planned} times"));
        }
    }
    for (operation, least) in &plan.successes {
        let ok = traffic.get(operation).map_or(0, |tally| tally.ok);
        if ok < *least {
            void.push(format!("{ok} of {least} calls of {operation:?} were answered ok"));
        }
    }
    let answered: usize = traffic.values().map(|tally| tally.ok).sum();
    if answered > 0 && verdict.looked_at("I6") == 0 {
        void.push("no reply was compared with the databases".to_owned());
    }
    let unknown: usize = traffic.values().map(|tally| tally.unknown).sum();
    if unknown < plan.unknowns {
        void.push(format!("{unknown} of {} calls had an unknown outcome", plan.unknowns));
    }
    void
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{
        history::{Asked, Moment},
        verdict::Judge,
    };

    /// A verdict in which everything was looked at, and as many things are broken.
    fn verdict(broken: usize) -> Verdict {
        let mut judge = Judge::default();
        for invariant in ["B1", "B2", "B8", "I6"] {
            judge.holds(invariant, "a thing", "it is so", true);
        }
        (0..broken).for_each(|_| judge.holds("B1", "a thing", "it is so", false));
        judge.verdict()
    }

    fn call(outcome: Outcome) -> Call {
        let at = Moment { micros: 0, wall: time::OffsetDateTime::UNIX_EPOCH };
        Call {
            process: 1,
            number: 1,
            operation: Operation::Payment,
            key: Uuid::nil(),
            content: String::new(),
            asked: Asked::default(),
            invoked: at,
            ended: at,
            outcome,
            code: 0,
            reason: String::new(),
            reply: None,
        }
    }

    fn fired(planned: u64, fired: u64) -> BTreeMap<String, Hits> {
        BTreeMap::from([("reply-lost".to_owned(), Hits { planned, fired })])
    }

    fn plan(payments: usize, unknowns: usize) -> Plan {
        Plan { successes: BTreeMap::from([(Operation::Payment, payments)]), unknowns }
    }

    #[test]
    fn a_run_is_void_unless_every_planned_fault_fired_and_enough_was_asked() {
        let calls = [call(Outcome::Ok), call(Outcome::Ok), call(Outcome::Unknown)];
        for (faults, plan, ending) in [
            (fired(2, 2), plan(2, 1), Ending::Passed),
            (fired(2, 5), plan(0, 0), Ending::Passed),
            (fired(2, 1), plan(2, 1), Ending::Void),
            (fired(1, 0), plan(2, 1), Ending::Void),
            (fired(2, 2), plan(3, 1), Ending::Void),
            (fired(2, 2), plan(2, 2), Ending::Void),
        ] {
            let run = Run::of(verdict(0), &calls, faults, &plan);
            assert_eq!(run.ending, ending, "{run}");
            assert_eq!(run.void.is_empty(), ending == Ending::Passed, "{run}");
        }
        assert_eq!(Run::of(verdict(0), &[], fired(1, 1), &plan(1, 0)).ending, Ending::Void);
        assert_eq!(Run::of(Verdict::default(), &[], fired(1, 1), &plan(0, 0)).ending, Ending::Void);
    }

    #[test]
    fn a_finding_stays_a_finding_in_a_run_that_is_void() {
        let run = Run::of(verdict(1), &[], fired(1, 0), &plan(1, 1));
        assert_eq!((run.ending, run.void.len()), (Ending::Violated, 3), "{run}");
    }

    #[test]
    fn the_json_says_how_it_ended_why_and_what_reproduces_it() {
        let run = Run::of(verdict(2), &[call(Outcome::Ok)], fired(2, 1), &plan(1, 1)).about("seed", 42);
        let json: serde_json::Value = serde_json::from_str(&run.json().unwrap()).unwrap();
        assert_eq!(json["ending"], "violated");
        assert_eq!(json["about"]["seed"], "42");
        assert_eq!(json["faults"]["reply-lost"]["fired"], 1);
        assert_eq!(json["traffic"]["payment"]["ok"], 1);
        assert_eq!(json["void"].as_array().map(Vec::len), Some(2));
        let found = &json["verdict"]["findings"][0];
        assert_eq!((&found["invariant"], &found["count"]), (&"B1".into(), &2.into()));
        assert_eq!(json["verdict"]["looked_at"]["B1"], 3);
        assert!(["first", "worst", "last"].iter().all(|example| found[example].is_string()), "{found}");
    }
}
