//! Two books small enough to be read at a glance: one transfer, one hop, amounts in fen.

use money::Yuan;
use saga::{DrawDue, LotState, Outcome, Reason, Step};
use standards::RequestId;

/// What every transfer of the model carries.
pub(crate) const AMOUNT: i64 = 120_000;
/// What the sharer has.
pub(crate) const BALANCE: i64 = 200_000;

fn done(sequence: i64, consumed: i64) -> Outcome {
    Outcome::Done { sequence, consumed: Yuan::from_fen(consumed) }
}

fn refused(reason: &str) -> Outcome {
    Outcome::Refused(Reason::new(reason))
}

fn was_refused(reason: &str) -> Outcome {
    Outcome::WasRefused(Reason::new(reason))
}

/// An earmark with its only hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Earmark {
    None,
    Refused,
    Undone,
    Kept { sequence: i64, balance: i64, consumed: i64, at_sequence: i64, open: bool },
}

/// The sharer's book.
#[derive(Debug)]
pub(crate) struct Sharer {
    pub(crate) account: i64,
    pub(crate) payable: i64,
    pub(crate) earmark: Earmark,
    pub(crate) sequence: i64,
}

impl Sharer {
    pub(crate) fn earmark(&mut self) -> Outcome {
        match self.earmark {
            Earmark::Refused => return refused("INSUFFICIENT_FUNDS"),
            Earmark::Undone => return Outcome::Undone,
            Earmark::Kept { sequence, .. } => return done(sequence, 0),
            Earmark::None => self.sequence += 1,
        }
        if self.account < AMOUNT {
            self.earmark = Earmark::Refused;
            return refused("INSUFFICIENT_FUNDS");
        }
        self.account -= AMOUNT;
        let sequence = self.sequence;
        self.earmark = Earmark::Kept { sequence, balance: AMOUNT, consumed: 0, at_sequence: 0, open: true };
        done(sequence, 0)
    }

    /// Absolute: posts the difference to what it knew, and only for a newer report.
    pub(crate) fn draw_down(&mut self, report: &DrawDue) -> Outcome {
        let new = report.consumed.fen();
        self.sequence += 1;
        match &mut self.earmark {
            Earmark::None if new == 0 && report.lot == LotState::Closed => {
                self.earmark = Earmark::Undone;
                Outcome::Undone
            }
            Earmark::None => refused("EARMARK_UNKNOWN"),
            Earmark::Undone => Outcome::Undone,
            Earmark::Refused if new == 0 && report.lot == LotState::Closed => {
                was_refused("INSUFFICIENT_FUNDS")
            }
            Earmark::Refused => refused("EARMARK_UNKNOWN"),
            Earmark::Kept { at_sequence, consumed, .. } if report.at_sequence <= *at_sequence => {
                done(self.sequence, *consumed)
            }
            Earmark::Kept { balance, consumed, at_sequence, open, .. } => {
                let difference = new - *consumed;
                if !*open && difference > 0 {
                    return refused("HOP_CLOSED");
                }
                self.payable += difference;
                if *open {
                    *balance -= difference;
                } else {
                    self.account -= difference;
                }
                (*consumed, *at_sequence) = (new, report.at_sequence);
                if *open && report.lot == LotState::Closed {
                    self.account += *balance;
                    (*balance, *open) = (0, false);
                }
                done(self.sequence, new)
            }
        }
    }
}

/// The beneficiary's lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lot {
    None,
    Refused,
    Undone,
    Pending,
    Open { consumed: i64, request: Option<RequestId> },
    Closed { consumed: i64, at_sequence: i64 },
}

/// The beneficiary's book.
#[derive(Debug)]
pub(crate) struct Beneficiary {
    pub(crate) lot: Lot,
    pub(crate) wallet_open: bool,
    pub(crate) frozen: bool,
    pub(crate) sequence: i64,
    /// What its stream says about the lot, in order.
    pub(crate) records: Vec<DrawDue>,
}

impl Beneficiary {
    pub(crate) fn consumed(&self) -> i64 {
        match self.lot {
            Lot::Open { consumed, .. } | Lot::Closed { consumed, .. } => consumed,
            Lot::None | Lot::Refused | Lot::Undone | Lot::Pending => 0,
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        !matches!(self.lot, Lot::Pending | Lot::Open { .. })
    }

    pub(crate) fn apply(&mut self, step: Step) -> Outcome {
        match step {
            Step::Grant { auto_claim, earmark_sequence, .. } => self.grant(auto_claim, earmark_sequence),
            Step::Claim { request, .. } => self.claim(request),
            Step::Return { .. } => self.close(false),
            Step::Revoke { .. } => self.close(true),
            Step::Earmark | Step::DrawDownClosed { .. } => panic!("{step:?} is for the sharer's book"),
        }
    }

    fn grant(&mut self, auto_claim: bool, earmark_sequence: i64) -> Outcome {
        assert!(earmark_sequence > 0, "a grant shows the earmark");
        self.sequence += 1;
        match self.lot {
            Lot::Refused => return refused("WALLET_NOT_OPEN"),
            Lot::Undone => return Outcome::Undone,
            Lot::Pending | Lot::Open { .. } | Lot::Closed { .. } => {
                return done(self.sequence, self.consumed());
            }
            Lot::None if !self.wallet_open => self.lot = Lot::Refused,
            Lot::None if auto_claim => self.lot = Lot::Open { consumed: 0, request: None },
            Lot::None => self.lot = Lot::Pending,
        }
        if self.lot == Lot::Refused { refused("WALLET_NOT_OPEN") } else { done(self.sequence, 0) }
    }

    fn claim(&mut self, by: RequestId) -> Outcome {
        self.sequence += 1;
        match self.lot {
            Lot::Pending if self.frozen => refused("WALLET_FROZEN"),
            Lot::Pending => {
                self.lot = Lot::Open { consumed: 0, request: Some(by) };
                done(self.sequence, 0)
            }
            Lot::Open { consumed, request } if request == Some(by) => done(self.sequence, consumed),
            Lot::Open { .. } => Outcome::AlreadyClaimed,
            Lot::None | Lot::Refused | Lot::Undone | Lot::Closed { .. } => refused("TRANSFER_NOT_PENDING"),
        }
    }

    fn close(&mut self, revoke: bool) -> Outcome {
        self.sequence += 1;
        match self.lot {
            Lot::Open { .. } if !revoke => return Outcome::AlreadyClaimed,
            Lot::Closed { consumed, at_sequence } => return done(at_sequence, consumed),
            Lot::Refused => return was_refused("WALLET_NOT_OPEN"),
            Lot::None | Lot::Undone => {
                self.lot = Lot::Undone;
                return Outcome::Undone;
            }
            Lot::Pending | Lot::Open { .. } => {}
        }
        let consumed = self.consumed();
        self.lot = Lot::Closed { consumed, at_sequence: self.sequence };
        self.report(consumed, LotState::Closed);
        done(self.sequence, consumed)
    }

    /// Spends from an open lot, as far as it goes.
    pub(crate) fn pay(&mut self, amount: i64) {
        if let Lot::Open { consumed, request } = self.lot {
            let consumed = AMOUNT.min(consumed + amount);
            self.lot = Lot::Open { consumed, request };
            self.sequence += 1;
            self.report(consumed, LotState::Open);
        }
    }

    /// Gives back what was spent, as far as it goes, whether the lot is open or closed.
    pub(crate) fn refund(&mut self, amount: i64) {
        let after = 0.max(self.consumed() - amount);
        match &mut self.lot {
            Lot::Open { consumed, .. } | Lot::Closed { consumed, .. } if *consumed > 0 => *consumed = after,
            _ => return,
        }
        self.sequence += 1;
        if let Lot::Closed { at_sequence, .. } = &mut self.lot {
            *at_sequence = self.sequence;
        }
        let lot = if self.is_closed() { LotState::Closed } else { LotState::Open };
        self.report(after, lot);
    }

    fn report(&mut self, consumed: i64, lot: LotState) {
        let consumed = Yuan::from_fen(consumed);
        self.records.push(DrawDue { hop: 0, at_sequence: self.sequence, consumed, lot });
    }
}
