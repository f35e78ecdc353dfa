//! A book: turns work into its commands, and its answers into outcomes.
//!
//! An answer that is missing, not understood or not supported is unknown, never refused.

use chassis::{
    client::{Peer, with_deadline, within},
    serve::MAX_BATCH_MESSAGE,
    status::Refusal,
};
use mistakes::{Mistake, made};
use money::Yuan;
use policy::Side;
use proto::wallet::{
    ApplyRequest, BookCommand, BookOutcome, ClaimCommand, DrawDownCommand, EarmarkCommand, EarmarkReference,
    GrantCommand, HopState, ReturnCommand, RevokeCause, RevokeCommand,
    book_command::Command as Wire,
    book_outcome::{Done, Outcome as Answer},
    book_service_client::BookServiceClient,
};
use saga::{DrawDue, LotState, Outcome, Reason, ReturnCause, Step};
use standards::{BookId, civil};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{APPLY, words};
use crate::driver::{Errand, Report, Work};

/// A book's answer to one command.
#[derive(Clone, Debug)]
pub struct Answered {
    pub outcome: Outcome,
    /// The chain hash that came with it; empty if none did.
    pub hash: String,
}

/// One book.
#[derive(Clone, Debug)]
pub struct BookPeer {
    book: BookId,
    client: BookServiceClient<Peer>,
}

impl BookPeer {
    /// A book behind a channel.
    pub fn new(book: BookId, peer: Peer) -> Self {
        let client = BookServiceClient::new(peer).max_decoding_message_size(2 * MAX_BATCH_MESSAGE);
        Self { book, client }
    }

    /// Sends work; one answer each, in order.
    ///
    /// # Errors
    /// If nobody can say what became of any of it.
    pub async fn apply(&self, works: &[Work]) -> Result<Vec<Answered>, Status> {
        let commands: Vec<BookCommand> =
            works.iter().enumerate().map(|(number, work)| command(number, work)).collect();
        let request = ApplyRequest { batch_id: Uuid::now_v7().to_string(), commands };
        let mut client = self.client.clone();
        let reply = within(APPLY, client.apply(with_deadline(request, APPLY))).await?.into_inner();
        if reply.book_id != self.book.to_string() || reply.outcomes.len() != works.len() {
            let text = format!(
                "book {} answered {} outcomes for {}",
                reply.book_id,
                reply.outcomes.len(),
                self.book
            );
            return Err(Status::data_loss(text));
        }
        Ok(reply
            .outcomes
            .into_iter()
            .zip(works)
            .enumerate()
            .map(|(number, (outcome, work))| answered(number, work, outcome))
            .collect())
    }
}

/// How long the commands of a batch are on the wire.
#[cfg(test)]
pub(crate) fn encoded_len(works: &[Work]) -> usize {
    let commands = works.iter().enumerate().map(|(number, work)| command(number, work)).collect();
    let request = ApplyRequest { batch_id: Uuid::now_v7().to_string(), commands };
    prost::Message::encoded_len(&request)
}

fn command(number: usize, work: &Work) -> BookCommand {
    let wire = match work {
        Work::Step(errand) => saga::next(&errand.state).map(|step| step_command(errand, step)),
        Work::Report(report) => Some(report_command(report)),
    };
    BookCommand { command_id: number.to_string(), command: wire }
}

fn report_command(report: &Report) -> Wire {
    let DrawDue { hop, at_sequence, consumed, lot } = report.due;
    let state = match lot {
        LotState::Open => HopState::Open,
        LotState::Closed | LotState::Moved => HopState::Closed,
    };
    Wire::DrawDown(DrawDownCommand {
        transfer_id: report.pinned.id.to_string(),
        hop: i32::from(hop),
        at_sequence,
        consumed: consumed.to_string(),
        state: state.into(),
    })
}

fn step_command(errand: &Errand, step: Step) -> Wire {
    let pinned = &errand.pinned;
    let again = errand.tries > 0 && made(Mistake::FreshIdOnRetry);
    let transfer_id = if again { Uuid::now_v7().to_string() } else { pinned.id.to_string() };
    match step {
        Step::Earmark => Wire::Earmark(EarmarkCommand {
            transfer_id,
            sharer_person_id: pinned.sharer.to_string(),
            sharer_pooling_area: pinned.sharer_pool.to_string(),
            beneficiary_person_id: pinned.beneficiary.to_string(),
            beneficiary_place_of_use: pinned.place_of_use.to_string(),
            bond_id: pinned.bond.to_string(),
            programme: border::wire::programme(pinned.programme).into(),
            amount: pinned.amount.to_string(),
            min_left: limit(pinned.min_left),
            year_total: limit(pinned.year_total),
            civil_day: civil::day_text(pinned.civil_day),
            assertion: pinned.assertion.clone(),
        }),
        Step::Grant { hop, earmark_sequence, auto_claim } => Wire::Grant(GrantCommand {
            transfer_id,
            hop: i32::from(hop),
            beneficiary_person_id: pinned.beneficiary.to_string(),
            sharer_person_id: pinned.sharer.to_string(),
            bond_id: pinned.bond.to_string(),
            origin_pooling_area: pinned.sharer_pool.to_string(),
            amount: pinned.amount.to_string(),
            auto_claim,
            earmark: Some(EarmarkReference {
                book_id: pinned.sharer_book().to_string(),
                sequence: earmark_sequence,
                hash: errand.earmark_hash.clone(),
            }),
        }),
        Step::Claim { hop, request } => Wire::Claim(ClaimCommand {
            transfer_id,
            hop: i32::from(hop),
            request_id: request.to_string(),
            assertion: errand.claim_assertion.clone(),
        }),
        Step::Return { hop, .. } => Wire::Return(ReturnCommand { transfer_id, hop: i32::from(hop) }),
        Step::Revoke { hop, cause } => Wire::Revoke(RevokeCommand {
            transfer_id,
            hop: i32::from(hop),
            cause: revoke_cause(cause).into(),
        }),
        Step::DrawDownClosed { hop, at_sequence, consumed } => Wire::DrawDown(DrawDownCommand {
            transfer_id,
            hop: i32::from(hop),
            at_sequence,
            consumed: consumed.to_string(),
            state: HopState::Closed.into(),
        }),
    }
}

fn limit(amount: Option<Yuan>) -> String {
    amount.map(|amount| amount.to_string()).unwrap_or_default()
}

const fn revoke_cause(cause: ReturnCause) -> RevokeCause {
    match cause {
        ReturnCause::BondDissolved => RevokeCause::BondDissolved,
        ReturnCause::EnrolmentChanged => RevokeCause::EnrolmentChanged,
        ReturnCause::Death => RevokeCause::Death,
        ReturnCause::WalletClosed => RevokeCause::WalletClosed,
        ReturnCause::Sanction => RevokeCause::Sanction,
        // The weak causes return; they never revoke.
        ReturnCause::Unclaimed | ReturnCause::Declined | ReturnCause::Cancelled => RevokeCause::Unspecified,
    }
}

fn answered(number: usize, work: &Work, outcome: BookOutcome) -> Answered {
    let unknown = Answered { outcome: Outcome::Unknown, hash: String::new() };
    if outcome.command_id != number.to_string() {
        tracing::error!(sent = number, answered = outcome.command_id, "a book answered out of order");
        return unknown;
    }
    let plain = |outcome| Answered { outcome, hash: String::new() };
    match outcome.outcome {
        // The wallet opens lots at once: nobody need claim this one, and nobody need wait for the book's record.
        Some(Answer::Done(done)) if is_grant(work) && done.lot_state() == HopState::Open => {
            plain(Outcome::AlreadyClaimed)
        }
        Some(Answer::Done(Done { refused_before: Some(refused), .. })) => match reason(refused) {
            Some(reason) => plain(Outcome::WasRefused(reason)),
            None => unknown,
        },
        Some(Answer::Done(done)) => match Yuan::parse(&done.consumed) {
            Ok(consumed) => {
                Answered { outcome: Outcome::Done { sequence: done.sequence, consumed }, hash: done.hash }
            }
            Err(error) => {
                tracing::error!(%error, "a book answered an amount that is none");
                unknown
            }
        },
        Some(Answer::Refused(refused)) if refused.reason == "REQUEST_ID_REUSED" => {
            tracing::error!(
                "a book knows a transfer's id with other content; only a mistake of ours can cause that"
            );
            unknown
        }
        Some(Answer::Refused(refused)) => match reason(refused) {
            Some(reason) => plain(Outcome::Refused(reason)),
            None => unknown,
        },
        Some(Answer::Undone(_)) => plain(Outcome::Undone),
        Some(Answer::AlreadyClaimed(_)) => plain(Outcome::AlreadyClaimed),
        Some(Answer::NotYet(_)) => plain(Outcome::NotYet),
        Some(Answer::Unsupported(_)) | None => unknown,
    }
}

fn is_grant(work: &Work) -> bool {
    match work {
        Work::Step(errand) => matches!(saga::next(&errand.state), Some(Step::Grant { .. })),
        Work::Report(_) => false,
    }
}

/// A book's refusal as the saga carries it.
fn reason(wire: proto::common::Refusal) -> Option<Reason> {
    serde_json::to_string(&refusal(wire)).ok().map(Reason::new)
}

/// A book's refusal as ours: whoever created the transfer hears it in the book's words.
fn refusal(wire: proto::common::Refusal) -> Refusal {
    let code = if wire.reason.ends_with("_UNKNOWN") { Code::NotFound } else { Code::FailedPrecondition };
    let side = match wire.side() {
        proto::common::Side::Unspecified => "",
        proto::common::Side::Sharer => Side::Sharer.name(),
        proto::common::Side::Beneficiary => Side::Beneficiary.name(),
        proto::common::Side::TreatmentPlace => Side::TreatmentPlace.name(),
    };
    let mut refusal = Refusal::new(code, wire.reason, wire.message_en, wire.message_zh)
        .rule(wire.rule)
        .side(side)
        .bound(wire.limit, wire.actual)
        .policy(wire.policy_version, wire.source)
        .what_to_do(wire.what_to_do_en, wire.what_to_do_zh);
    refusal.possible_again = words::instant(wire.possible_again_time.as_ref());
    refusal
}

#[cfg(test)]
mod tests {
    use saga::State;

    use super::*;
    use crate::{
        driver::{Driver, Work},
        sample,
    };

    /// The step that a transfer in this state asks for.
    fn step(state: State) -> Work {
        let (driver, mut inboxes) = Driver::new(["32-01", "51-01"].map(|book| book.parse().expect("a book")));
        driver.take_step(&sample::transfer(0));
        let Ok(Work::Step(errand)) = inboxes[0].1.try_recv() else { panic!("a step is due") };
        Work::Step(Box::new(Errand { state, ..*errand }))
    }

    fn said(work: &Work, lot_state: HopState) -> Outcome {
        let done =
            Done { sequence: 9, consumed: "0.00".to_owned(), lot_state: lot_state.into(), ..Done::default() };
        let outcome = BookOutcome { command_id: "0".to_owned(), outcome: Some(Answer::Done(done)) };
        answered(0, work, outcome).outcome
    }

    #[test]
    fn a_grant_that_opened_at_once_is_a_claim_and_every_other_answer_is_what_it_was() {
        let plain = Outcome::Done { sequence: 9, consumed: Yuan::ZERO };
        let grant = || step(State::Earmarked { earmark_sequence: 7, auto_claim: false });
        assert_eq!(said(&grant(), HopState::Open), Outcome::AlreadyClaimed);
        // A book that does not tell yet, and a wallet whose owner claims.
        for lot_state in [HopState::Unspecified, HopState::Pending] {
            assert_eq!(said(&grant(), lot_state), plain);
        }
        for state in [
            State::accepted(false),
            State::Claiming { hop: 0, request: standards::RequestId::new(Uuid::now_v7()) },
        ] {
            assert_eq!(said(&step(state), HopState::Open), plain);
        }
    }

    #[test]
    fn a_refusal_that_comes_with_the_answer_to_an_undoing_reaches_the_transfer_whole() {
        let since = saga::Since::Accepted;
        let closing = State::Closing { hop: 0, since, cause: ReturnCause::Unclaimed };
        let why = || proto::common::Refusal {
            reason: "INSUFFICIENT_BALANCE".to_owned(),
            rule: "R-070".to_owned(),
            actual: "4.00".to_owned(),
            ..Default::default()
        };
        let answer = |outcome| {
            let outcome = BookOutcome { command_id: "0".to_owned(), outcome: Some(outcome) };
            answered(0, &step(closing.clone()), outcome).outcome
        };
        let done = Done { sequence: 9, consumed: "0.00".to_owned(), ..Done::default() };
        let late = answer(Answer::Done(Done { refused_before: Some(why()), ..done.clone() }));
        let Outcome::WasRefused(late) = late else { panic!("{late:?}") };
        assert_eq!(answer(Answer::Refused(why())), Outcome::Refused(late), "as if it had come in time");
        assert_eq!(answer(Answer::Done(done)), Outcome::Done { sequence: 9, consumed: Yuan::ZERO });
    }
}
