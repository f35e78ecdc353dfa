//! Settlement as little as possible: a stored row, a bag of messages in flight, and things that go wrong.

use money::Yuan;
use saga::{
    Deadlines, DrawDue, LotState, Outcome, Request, ReturnCause, Sent, State, Step, Timers, apply, next,
    request,
};
use standards::RequestId;
use time::{
    Duration, OffsetDateTime,
    macros::{datetime, time},
};
use uuid::Uuid;

use crate::books::{AMOUNT, BALANCE, Beneficiary, Earmark, Lot, Sharer};

/// One thing that happens. Most take a number that picks a message, an amount or a cause.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Drive,
    Deliver,
    Repeat,
    Lose,
    Crash,
    Follow,
    Report,
    Pay,
    Refund,
    Claim,
    Decline,
    Cancel,
    Event,
    Jump,
    Morning,
    Sweep,
    Freeze,
    Balance,
    Wallet,
    Unsupported,
}

/// How often each happens, in parts of their sum.
const WEIGHTS: [(Action, u8); 20] = [
    (Action::Drive, 10),
    (Action::Deliver, 16),
    (Action::Repeat, 4),
    (Action::Lose, 2),
    (Action::Crash, 1),
    (Action::Follow, 4),
    (Action::Report, 4),
    (Action::Pay, 5),
    (Action::Refund, 4),
    (Action::Claim, 6),
    (Action::Decline, 1),
    (Action::Cancel, 1),
    (Action::Event, 1),
    (Action::Jump, 2),
    (Action::Morning, 1),
    (Action::Sweep, 2),
    (Action::Freeze, 2),
    (Action::Balance, 1),
    (Action::Wallet, 1),
    (Action::Unsupported, 1),
];

impl Action {
    /// The action at `kind` of the weighted list, or nothing if this history leaves it out: histories that
    /// lack some actions reach states that a mixture of all never sees.
    pub(crate) fn pick(kind: u8, left_out: u32) -> Option<Self> {
        let total: u8 = WEIGHTS.iter().map(|(_, weight)| weight).sum();
        let mut rest = kind % total;
        let position = WEIGHTS.iter().position(|&(_, weight)| {
            let found = rest < weight;
            rest = rest.saturating_sub(weight);
            found
        })?;
        let essential = matches!(WEIGHTS[position].0, Self::Drive | Self::Deliver | Self::Claim);
        (essential || left_out >> position & 1 == 0).then_some(WEIGHTS[position].0)
    }
}

/// What is on the wire. The revision is the row's when the step was sent.
#[derive(Clone, Debug)]
enum Message {
    Command { revision: u64, step: Step },
    Answer { revision: u64, step: Step, outcome: Outcome },
    Report(DrawDue),
    Reported { report: DrawDue, outcome: Outcome },
}

pub(crate) struct World {
    /// The row: everything that survives a crash.
    row: String,
    revision: u64,
    due: Option<DrawDue>,
    cursor: usize,
    clock: OffsetDateTime,
    deadlines: Deadlines,
    claims: u128,
    flight: Vec<Message>,
    sharer: Sharer,
    beneficiary: Beneficiary,
    /// Both books are too old for the next command.
    unsupported: bool,
    /// The strongest cause that was ever stored.
    strongest: u8,
    ended: Option<State>,
}

impl World {
    pub(crate) fn new(auto_claim: bool) -> Self {
        let clock = datetime!(2026-01-15 10:00 +8);
        let timers = Timers::new(time!(05:30), time!(06:00)).expect("in order");
        Self {
            row: serde_json::to_string(&State::accepted(auto_claim)).expect("a state is JSON"),
            revision: 1,
            due: None,
            cursor: 0,
            clock,
            deadlines: timers.deadlines(clock).expect("2026 has a tomorrow"),
            claims: 0,
            flight: Vec::new(),
            sharer: Sharer { account: BALANCE, payable: 0, earmark: Earmark::None, sequence: 0 },
            beneficiary: Beneficiary {
                lot: Lot::None,
                wallet_open: true,
                frozen: false,
                sequence: 0,
                records: Vec::new(),
            },
            unsupported: false,
            strongest: 0,
            ended: None,
        }
    }

    pub(crate) fn state(&self) -> State {
        serde_json::from_str(&self.row).expect("the row was written by us")
    }

    pub(crate) fn ending(&self) -> String {
        let state = self.state();
        match state.return_cause() {
            Some(cause) => format!("{} {cause}", state.name()),
            None => state.name().to_owned(),
        }
    }

    fn store(&mut self, state: &State) {
        if *state != self.state() {
            self.row = serde_json::to_string(state).expect("a state is JSON");
            self.revision += 1;
        }
    }

    fn ask(&mut self, what: Request) {
        if let Ok(state) = request(self.state(), what) {
            self.store(&state);
        }
    }

    pub(crate) fn act(&mut self, action: Action, pick: usize) {
        let message = pick % self.flight.len().max(1);
        let amount = 1 + (pick as i64 * 37) % 70_000;
        match action {
            Action::Drive => {
                if let Some(step) = next(&self.state()) {
                    self.flight.push(Message::Command { revision: self.revision, step });
                }
            }
            Action::Deliver if message < self.flight.len() => {
                let message = self.flight.remove(message);
                self.arrive(message);
            }
            Action::Repeat if message < self.flight.len() => self.arrive(self.flight[message].clone()),
            Action::Lose if message < self.flight.len() => drop(self.flight.remove(message)),
            Action::Deliver | Action::Repeat | Action::Lose => {}
            Action::Crash => {
                self.flight.retain(|message| matches!(message, Message::Command { .. } | Message::Report(_)));
            }
            Action::Follow => self.follow(),
            Action::Report => self.flight.extend(self.due.map(Message::Report)),
            Action::Pay => self.beneficiary.pay(amount),
            Action::Refund => self.beneficiary.refund(amount),
            Action::Claim if self.deadlines.may_claim(self.clock) => {
                self.claims += 1;
                self.ask(Request::Claim(RequestId::new(Uuid::from_u128(self.claims))));
            }
            Action::Claim => {}
            Action::Decline => self.ask(Request::Close(ReturnCause::Declined)),
            Action::Cancel => self.ask(Request::Close(ReturnCause::Cancelled)),
            Action::Event => self.ask(Request::Close(ReturnCause::ALL[3 + pick % 5])),
            Action::Jump => self.clock += Duration::minutes(pick as i64 % 500),
            Action::Morning => self.clock = self.clock.max(self.deadlines.claim_until),
            Action::Sweep if self.state().awaits_timer() && self.deadlines.is_due_back(self.clock) => {
                self.ask(Request::Close(ReturnCause::Unclaimed));
            }
            Action::Sweep => {}
            Action::Freeze => self.beneficiary.frozen = !self.beneficiary.frozen,
            Action::Balance if self.sharer.earmark == Earmark::None => self.sharer.account = AMOUNT - 1,
            Action::Balance => {}
            Action::Wallet => self.beneficiary.wallet_open = !self.beneficiary.wallet_open,
            Action::Unsupported => self.unsupported = !self.unsupported,
        }
    }

    fn arrive(&mut self, message: Message) {
        match message {
            Message::Command { revision, step } => {
                let outcome = self.command(step);
                self.flight.push(Message::Answer { revision, step, outcome });
            }
            Message::Answer { revision, step, outcome } => {
                let unchanged = revision == self.revision;
                match apply(self.state(), step, outcome) {
                    Ok(state) if unchanged => self.store(&state),
                    // The compare-and-set on the revision fails: whoever moved the row decides.
                    Ok(_) => {}
                    Err(illegal) => assert!(!unchanged, "{illegal}"),
                }
            }
            Message::Report(report) => {
                let outcome =
                    if self.unsupported { Outcome::Unknown } else { self.sharer.draw_down(&report) };
                self.flight.push(Message::Reported { report, outcome });
            }
            Message::Reported { report, outcome } => match report.answered(&outcome) {
                Sent::Known => self.due = self.due.and_then(|due| due.after(report.at_sequence)),
                Sent::Again => {}
                Sent::Park => panic!("a true report was not accepted: {report:?} {outcome:?}"),
            },
        }
    }

    fn command(&mut self, step: Step) -> Outcome {
        match step {
            _ if self.unsupported => Outcome::Unknown,
            Step::Earmark => self.sharer.earmark(),
            Step::DrawDownClosed { hop, at_sequence, consumed } => {
                self.sharer.draw_down(&DrawDue { hop, at_sequence, consumed, lot: LotState::Closed })
            }
            Step::Grant { .. } | Step::Claim { .. } | Step::Return { .. } | Step::Revoke { .. } => {
                self.beneficiary.apply(step)
            }
        }
    }

    fn follow(&mut self) {
        if let Some(&seen) = self.beneficiary.records.get(self.cursor) {
            self.due = Some(DrawDue::merge(self.due, seen));
            self.cursor += 1;
        }
    }

    /// What must hold after every action.
    pub(crate) fn check(&mut self) {
        let state = self.state();
        assert!(!state.under_review(), "honest books never park a transfer: {state:?}");
        let hop_open = matches!(self.sharer.earmark, Earmark::Kept { open: true, .. });
        let hop_closed = matches!(self.sharer.earmark, Earmark::Kept { open: false, .. });
        if !self.beneficiary.is_closed() {
            assert!(hop_open, "a usable lot stands on an open earmark: {self:?}");
        }
        if matches!(state, State::Claimed { .. }) {
            assert!(matches!(self.beneficiary.lot, Lot::Open { .. }), "claimed means spendable: {self:?}");
            assert!(!hop_closed, "a claimed earmark is not released: {self:?}");
        }
        if state.is_end() {
            assert!(self.beneficiary.is_closed() && !hop_open, "an end leaves nothing open: {self:?}");
        }
        assert_eq!(state.slot_given_back(), matches!(state, State::Refused { .. }));
        if state.is_end() {
            let never = self.sharer.earmark == Earmark::Refused || self.beneficiary.lot == Lot::Refused;
            assert_eq!(state.slot_given_back(), never, "given back exactly when a book refused: {self:?}");
        }
        let strength = state.return_cause().map_or(0, ReturnCause::strength);
        // A refusal that nobody had heard of takes the cause's place.
        let refused = state.refusal().is_some();
        assert!(strength >= self.strongest || refused, "a cause grew weaker: {state:?}");
        self.strongest = strength;
        let ended = self.ended.get_or_insert_with(|| state.clone());
        assert!(!ended.is_end() || *ended == state, "an end changed: {ended:?} to {state:?}");
        *ended = state;
        self.check_amounts();
    }

    fn check_amounts(&self) {
        let consumed = self.beneficiary.consumed();
        assert!((0..=AMOUNT).contains(&consumed));
        assert!(self.sharer.account >= 0 && self.sharer.payable >= 0);
        if let Earmark::Kept { balance, consumed, open, .. } = self.sharer.earmark {
            assert_eq!(consumed, self.sharer.payable);
            assert_eq!(balance, if open { AMOUNT - consumed } else { 0 });
            assert_eq!(self.sharer.account + balance + self.sharer.payable, BALANCE);
        } else {
            assert_eq!(self.sharer.payable, 0);
        }
    }

    /// The faults end: books answer, the morning comes, and everything in flight arrives, oldest last.
    pub(crate) fn heal(&mut self) {
        self.unsupported = false;
        self.act(Action::Morning, 0);
        for _ in 0..40 {
            self.act(Action::Sweep, 0);
            self.act(Action::Drive, 0);
            while self.cursor < self.beneficiary.records.len() {
                self.follow();
            }
            self.act(Action::Report, 0);
            while !self.flight.is_empty() {
                self.act(Action::Deliver, self.flight.len() - 1);
                self.check();
            }
            let state = self.state();
            if next(&state).is_none() && self.due.is_none() && !state.awaits_timer() {
                return;
            }
        }
        panic!("forty rounds without faults did not settle it: {self:?}");
    }

    /// What must hold when nothing is under way any more.
    pub(crate) fn check_settled(&mut self) {
        self.check();
        let state = self.state();
        assert!(state.is_end() || matches!(state, State::Claimed { .. }), "{state:?}");
        let spent = self.beneficiary.consumed();
        assert_eq!(self.sharer.payable, spent, "both books know the same consumption");
        if let Earmark::Kept { balance, .. } = self.sharer.earmark {
            let lot = if self.beneficiary.is_closed() { 0 } else { AMOUNT - spent };
            assert_eq!(balance, lot, "the earmark covers what is left of the lot");
            assert_eq!(self.sharer.account, BALANCE - spent - lot);
        }
        let place = state.money_place(Yuan::from_fen(AMOUNT - spent));
        assert_eq!(place == saga::MoneyPlace::SharerAccount, state.slot_given_back());
    }

    pub(crate) fn refund_after_the_end(&mut self) {
        self.beneficiary.refund(1_000);
        self.heal();
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?} {:?} {:?}", self.row, self.sharer, self.beneficiary, self.flight)
    }
}
