//! What follows from a book's answer, from the clock, and from an acknowledged report.
//!
//! The saga has been applied already; here only the version decides whether it still holds.

use chassis::batch::{Moment, Verdict};
use mistakes::{Mistake, made};
use money::Yuan;
use saga::{DrawDue, LotState, NEVER_GRANTED, Request, ReturnCause, State, Step};
use standards::{RequestId, TransferId};

use crate::{
    command::{Drawn, Outcome, StepDone},
    keeper::Rows,
    transfer::Transfer,
};

/// A step was answered: the transfer moves on, unless it has moved meanwhile.
pub(crate) fn done(rows: &mut Rows, done: &StepDone, moment: Moment) -> Verdict<Outcome> {
    let id = done.transfer;
    let is_stale = |transfer: &Transfer| transfer.version != done.version && !made(Mistake::StaleAnswerTaken);
    if rows.transfer(id).is_none_or(is_stale) {
        return Verdict::Answer(Outcome::Unmoved);
    }
    match (done.step, &done.outcome) {
        (Step::Claim { request, .. }, saga::Outcome::Refused(reason)) => {
            if let Some(claim) = rows.claims.get_mut(&request) {
                claim.refusal = Some(reason.as_str().to_owned());
            }
        }
        (Step::DrawDownClosed { hop, at_sequence, consumed }, saga::Outcome::Done { .. }) => {
            let report = DrawDue { hop, at_sequence, consumed, lot: LotState::Closed };
            released(rows, id, report);
        }
        _ => {}
    }
    rows.move_to(id, done.to.clone(), moment);
    claimed_by_itself(rows, id, moment);
    Verdict::Record(Outcome::Moved)
}

/// The sharer's book knows how the lot ended. A lot that never was, or of which nothing was ever spent, needs no
/// row.
fn released(rows: &mut Rows, id: TransferId, report: DrawDue) {
    let key = (id, report.hop);
    let nothing = report.at_sequence == NEVER_GRANTED || report.consumed == Yuan::ZERO;
    if nothing && !rows.lots.contains_key(&key) {
        return;
    }
    rows.see(id, report);
    if let Some(held) = rows.lots.get_mut(&key) {
        held.lot.drawn(report.at_sequence, report.consumed);
        held.changed = true;
    }
}

/// A wallet may open lots at once. Its book's record says so, sometimes before the answer to the grant does.
pub(crate) fn claimed_by_itself(rows: &mut Rows, id: TransferId, moment: Moment) {
    let Some(transfer) = rows.transfer(id) else { return };
    let State::PendingClaim { hop } = transfer.state else { return };
    if rows.lots.get(&(id, hop)).is_some_and(|held| held.lot.state == LotState::Open) {
        opened(rows, id, hop, moment);
    }
}

/// The beneficiary's book has opened this lot: a transfer that waits for a claim of it is claimed.
pub(crate) fn opened(rows: &mut Rows, id: TransferId, hop: u16, moment: Moment) {
    let Some(transfer) = rows.transfer(id) else { return };
    if transfer.state != (State::PendingClaim { hop }) {
        return;
    }
    // As if a claim had been sent and answered: the transfer's own id stands for the request.
    let request = RequestId::new(id.uuid());
    let step = Step::Claim { hop, request };
    let claimed = saga::request(transfer.state.clone(), Request::Claim(request))
        .ok()
        .and_then(|state| saga::apply(state, step, saga::Outcome::AlreadyClaimed).ok());
    if let Some(state) = claimed {
        rows.move_to(id, state, moment);
    }
}

/// The end of the claim has come, or it was not time yet.
pub(crate) fn timeout(rows: &mut Rows, id: TransferId, moment: Moment) -> Verdict<Outcome> {
    let Some(transfer) = rows.transfer(id) else { return Verdict::Answer(Outcome::Unmoved) };
    if !transfer.state.awaits_timer() || moment.at < transfer.pinned.claim_until {
        return Verdict::Answer(Outcome::Unmoved);
    }
    match saga::request(transfer.state.clone(), Request::Close(ReturnCause::Unclaimed)) {
        Ok(state) => {
            rows.move_to(id, state, moment);
            Verdict::Record(Outcome::Moved)
        }
        Err(_) => Verdict::Answer(Outcome::Unmoved),
    }
}

/// The sharer's book acknowledged a report. A newer one stays due.
pub(crate) fn drawn_down(rows: &mut Rows, drawn: &Drawn) -> Verdict<Outcome> {
    let Some(held) = rows.lots.get_mut(&(drawn.transfer, drawn.report.hop)) else {
        return Verdict::Answer(Outcome::Unmoved);
    };
    held.lot.drawn(drawn.report.at_sequence, drawn.report.consumed);
    held.changed = true;
    rows.weigh(drawn.transfer);
    Verdict::Answer(Outcome::Moved)
}

/// The sharer's book cannot accept a report: nothing more is sent until a newer one comes.
pub(crate) fn stuck(rows: &mut Rows, drawn: &Drawn, error: &str, moment: Moment) -> Verdict<Outcome> {
    match rows.lots.get_mut(&(drawn.transfer, drawn.report.hop)) {
        Some(held) if held.lot.at_sequence == drawn.report.at_sequence => {
            held.lot.stuck = Some((moment.at, error.to_owned()));
            held.lot.version += 1;
            held.changed = true;
            rows.weigh(drawn.transfer);
            Verdict::Answer(Outcome::Moved)
        }
        Some(_) | None => Verdict::Answer(Outcome::Unmoved),
    }
}
