//! Every state with every step and every outcome, every state with every request, and what is stored.

use money::Yuan;
use saga::{
    DEFINITION, End, FIRST_HOP, IllegalStep, MoneyPlace, NEVER_GRANTED, NotNow, Outcome, Reason, Request,
    ReturnCause, Since, State, Step, TransferState, apply, next, request,
};
use standards::RequestId;
use uuid::Uuid;

const FEW: Yuan = Yuan::from_fen(41_840);
const WEAK: ReturnCause = ReturnCause::Unclaimed;
const STRONG: ReturnCause = ReturnCause::BondDissolved;
const SINCE: [Since; 4] = [Since::Accepted, Since::Earmarked, Since::Pending, Since::Claimed];

fn id(number: u128) -> RequestId {
    RequestId::new(Uuid::from_u128(number))
}

fn why() -> Reason {
    Reason::new("WALLET_NOT_OPEN")
}

fn closing(since: Since, cause: ReturnCause) -> State {
    State::Closing { hop: FIRST_HOP, since, cause }
}

fn releasing(since: Since, at_sequence: i64, consumed: Yuan, end: End) -> State {
    State::Releasing { hop: FIRST_HOP, since, at_sequence, consumed, end }
}

fn states() -> Vec<State> {
    let mut states = vec![
        State::accepted(false),
        State::accepted(true),
        State::Earmarked { earmark_sequence: 7, auto_claim: false },
        State::Earmarked { earmark_sequence: 7, auto_claim: true },
        State::PendingClaim { hop: FIRST_HOP },
        State::Claiming { hop: FIRST_HOP, request: id(1) },
        State::Claimed { hop: FIRST_HOP },
        releasing(Since::Accepted, NEVER_GRANTED, Yuan::ZERO, End::Return(WEAK)),
        releasing(Since::Accepted, NEVER_GRANTED, FEW, End::Return(STRONG)),
        releasing(Since::Accepted, 9, Yuan::ZERO, End::Return(STRONG)),
        releasing(Since::Accepted, NEVER_GRANTED, Yuan::ZERO, End::Refuse(why())),
        releasing(Since::Earmarked, NEVER_GRANTED, Yuan::ZERO, End::Return(STRONG)),
        releasing(Since::Pending, 9, Yuan::ZERO, End::Return(WEAK)),
        releasing(Since::Claimed, 9, FEW, End::Return(STRONG)),
        releasing(Since::Earmarked, NEVER_GRANTED, Yuan::ZERO, End::Refuse(why())),
        State::Returned { cause: WEAK },
        State::Refused { reason: why() },
        State::Parked {
            from: Box::new(State::Claimed { hop: FIRST_HOP }),
            step: Step::Earmark,
            outcome: Outcome::Undone,
        },
    ];
    for since in SINCE {
        states.extend(ReturnCause::ALL.map(|cause| closing(since, cause)));
    }
    states
}

fn steps() -> Vec<Step> {
    let mut steps = vec![Step::Earmark];
    for hop in [FIRST_HOP, 1] {
        for request in [id(1), id(2)] {
            steps.push(Step::Claim { hop, request });
        }
        for cause in ReturnCause::ALL {
            steps.extend([Step::Return { hop, cause }, Step::Revoke { hop, cause }]);
        }
        for consumed in [Yuan::ZERO, FEW] {
            for at_sequence in [NEVER_GRANTED, 9] {
                steps.push(Step::DrawDownClosed { hop, at_sequence, consumed });
            }
        }
        for auto_claim in [false, true] {
            steps.push(Step::Grant { hop, earmark_sequence: 7, auto_claim });
        }
    }
    steps
}

fn outcomes() -> [Outcome; 8] {
    [
        Outcome::Done { sequence: 7, consumed: Yuan::ZERO },
        Outcome::Done { sequence: 9, consumed: FEW },
        Outcome::Refused(why()),
        Outcome::Undone,
        Outcome::WasRefused(Reason::new("BALANCE_ZERO")),
        Outcome::AlreadyClaimed,
        Outcome::NotYet,
        Outcome::Unknown,
    ]
}

/// The table, written down a second time: where the state's own step leads, `None` if it parks.
fn expected(state: &State, outcome: &Outcome) -> Option<State> {
    use Outcome::{AlreadyClaimed, Done, NotYet, Refused, Undone, Unknown, WasRefused};
    let hop = FIRST_HOP;
    match (state, outcome) {
        (_, NotYet | Unknown) => Some(state.clone()),
        (State::Accepted { auto_claim }, Done { sequence, .. }) => {
            Some(State::Earmarked { earmark_sequence: *sequence, auto_claim: *auto_claim })
        }
        (State::Accepted { .. }, Refused(_)) => Some(State::Refused { reason: why() }),
        (State::Accepted { .. }, Undone | WasRefused(_) | AlreadyClaimed) => None,
        (State::Earmarked { auto_claim: false, .. }, Done { .. }) => Some(State::PendingClaim { hop }),
        (State::Earmarked { auto_claim: true, .. }, Done { .. }) => Some(State::Claimed { hop }),
        (State::Earmarked { .. }, AlreadyClaimed) => Some(State::Claimed { hop }),
        (State::Earmarked { .. }, Refused(_)) => {
            Some(releasing(Since::Earmarked, NEVER_GRANTED, Yuan::ZERO, End::Refuse(why())))
        }
        (State::Earmarked { .. }, Undone | WasRefused(_)) => None,
        (State::Claiming { .. }, Done { .. } | AlreadyClaimed) => Some(State::Claimed { hop }),
        (State::Claiming { .. }, Refused(_)) => Some(State::PendingClaim { hop }),
        (State::Claiming { .. }, Undone | WasRefused(_)) => None,
        (State::Closing { since, cause, .. }, Done { sequence, consumed }) => {
            let possible = cause.revokes() || consumed.is_zero();
            possible.then(|| releasing(*since, *sequence, *consumed, End::Return(*cause)))
        }
        (State::Closing { cause, .. }, AlreadyClaimed) => {
            (!cause.revokes()).then_some(State::Claimed { hop })
        }
        (State::Closing { since: since @ (Since::Accepted | Since::Earmarked), cause, .. }, Undone) => {
            Some(releasing(*since, NEVER_GRANTED, Yuan::ZERO, End::Return(*cause)))
        }
        (State::Closing { since: since @ (Since::Accepted | Since::Earmarked), .. }, WasRefused(reason)) => {
            Some(releasing(*since, NEVER_GRANTED, Yuan::ZERO, End::Refuse(reason.clone())))
        }
        (State::Closing { .. }, Undone | WasRefused(_) | Refused(_)) => None,
        (State::Releasing { consumed, .. }, Undone) if !consumed.is_zero() => None,
        (State::Releasing { since, at_sequence, consumed, end, .. }, WasRefused(reason)) => {
            let unheard = *since == Since::Accepted && matches!(end, End::Return(_));
            let nothing = *at_sequence == NEVER_GRANTED && consumed.is_zero();
            (unheard && nothing).then(|| State::Refused { reason: reason.clone() })
        }
        (State::Releasing { end: End::Return(cause), .. }, Done { .. } | Undone) => {
            Some(State::Returned { cause: *cause })
        }
        (State::Releasing { end: End::Refuse(_), .. }, Done { .. } | Undone) => {
            Some(State::Refused { reason: why() })
        }
        (State::Releasing { .. }, Refused(_) | AlreadyClaimed) => None,
        (
            State::PendingClaim { .. }
            | State::Claimed { .. }
            | State::Returned { .. }
            | State::Refused { .. }
            | State::Parked { .. },
            _,
        ) => unreachable!("a resting state has no step"),
    }
}

#[test]
fn every_state_with_every_step_and_every_outcome() {
    let mut moved = 0;
    for state in states() {
        for step in steps() {
            for outcome in outcomes() {
                let asked = next(&state);
                let result = apply(state.clone(), step, outcome.clone());
                if asked != Some(step) {
                    assert_eq!(result, Err(IllegalStep { asked, step }), "{state:?}");
                    continue;
                }
                moved += 1;
                let parked =
                    || State::Parked { from: Box::new(state.clone()), step, outcome: outcome.clone() };
                let wanted = expected(&state, &outcome).unwrap_or_else(parked);
                assert_eq!(result, Ok(wanted), "{state:?} after {step:?} and {outcome:?}");
            }
        }
    }
    let asking = states().iter().filter(|state| next(state).is_some()).count();
    assert_eq!(moved, asking * outcomes().len(), "each asking state meets exactly one step");
}

#[test]
fn every_state_asks_for_the_step_of_its_own() {
    for state in states() {
        let wanted = match &state {
            State::Accepted { .. } => Some(Step::Earmark),
            State::Earmarked { auto_claim, .. } => {
                Some(Step::Grant { hop: FIRST_HOP, earmark_sequence: 7, auto_claim: *auto_claim })
            }
            State::Claiming { .. } => Some(Step::Claim { hop: FIRST_HOP, request: id(1) }),
            State::Closing { cause, .. } => Some(match *cause {
                ReturnCause::Unclaimed | ReturnCause::Declined | ReturnCause::Cancelled => {
                    Step::Return { hop: FIRST_HOP, cause: *cause }
                }
                _ => Step::Revoke { hop: FIRST_HOP, cause: *cause },
            }),
            State::Releasing { at_sequence, consumed, .. } => {
                Some(Step::DrawDownClosed { hop: FIRST_HOP, at_sequence: *at_sequence, consumed: *consumed })
            }
            _ => None,
        };
        assert_eq!(next(&state), wanted);
        let sharers = matches!(wanted.map(Step::name), Some("earmark" | "draw_down_closed"));
        assert_eq!(wanted.is_some_and(Step::is_for_sharer), sharers);
    }
}

#[test]
fn a_negative_consumption_is_never_believed() {
    let outcome = Outcome::Done { sequence: 9, consumed: Yuan::from_fen(-1) };
    for cause in [WEAK, STRONG] {
        let state = closing(Since::Claimed, cause);
        let step = next(&state).unwrap();
        assert!(matches!(apply(state, step, outcome.clone()), Ok(State::Parked { .. })));
    }
}

/// What closing for a cause does, written down a second time.
fn closed(state: &State, cause: ReturnCause) -> Result<State, NotNow> {
    let by_hand = matches!(cause, ReturnCause::Declined | ReturnCause::Cancelled);
    match state {
        State::Accepted { .. } | State::Earmarked { .. } if cause == ReturnCause::Declined => {
            Err(NotNow::NotYetPending)
        }
        State::Accepted { .. } => Ok(closing(Since::Accepted, cause)),
        State::Earmarked { .. } => Ok(closing(Since::Earmarked, cause)),
        State::PendingClaim { .. } => Ok(closing(Since::Pending, cause)),
        State::Claiming { .. } if by_hand => Err(NotNow::ClaimInProgress),
        State::Claiming { .. } => Ok(closing(Since::Pending, cause)),
        State::Claimed { .. } if cause.revokes() => Ok(closing(Since::Claimed, cause)),
        State::Claimed { .. } => Err(NotNow::AlreadyClaimed),
        State::Closing { .. } | State::Releasing { .. } if by_hand => Err(NotNow::Closing),
        State::Closing { since, cause: earlier, .. } if cause.strength() > earlier.strength() => {
            Ok(closing(*since, cause))
        }
        State::Closing { .. } | State::Releasing { .. } => Ok(state.clone()),
        State::Returned { .. } => Err(NotNow::Returned),
        State::Refused { .. } => Err(NotNow::Refused),
        State::Parked { .. } if by_hand => Err(NotNow::UnderReview),
        State::Parked { from, step, outcome } => {
            let from = Box::new(closed(from, cause)?);
            Ok(State::Parked { from, step: *step, outcome: outcome.clone() })
        }
    }
}

#[test]
fn every_state_with_every_request() {
    for state in states() {
        for cause in ReturnCause::ALL {
            let result = request(state.clone(), Request::Close(cause));
            assert_eq!(result, closed(&state, cause), "{state:?} asked to close for {cause}");
        }
        let claimed = request(state.clone(), Request::Claim(id(1)));
        let wanted = match state.name() {
            "PENDING_CLAIM" | "CLAIMING" => Ok(State::Claiming { hop: FIRST_HOP, request: id(1) }),
            "ACCEPTED" | "EARMARKED" => Err(NotNow::NotYetPending),
            "CLAIMED" => Err(NotNow::AlreadyClaimed),
            "CLOSING" | "RELEASING" => Err(NotNow::Closing),
            "RETURNED" => Err(NotNow::Returned),
            "REFUSED" => Err(NotNow::Refused),
            _ => Err(NotNow::UnderReview),
        };
        assert_eq!(claimed, wanted, "{state:?}");
        let resumed = request(state.clone(), Request::Resume);
        let wanted = match state {
            State::Parked { from, .. } => Ok(*from),
            _ => Err(NotNow::NotParked),
        };
        assert_eq!(resumed, wanted);
    }
    let claiming = State::Claiming { hop: FIRST_HOP, request: id(1) };
    assert_eq!(request(claiming, Request::Claim(id(2))), Err(NotNow::ClaimInProgress));
}

#[test]
fn a_state_is_stored_and_read_back_unchanged() {
    for state in states() {
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<State>(&text).unwrap(), state, "{text}");
        assert!(text.contains(state.name()), "{text}");
        assert!(text.len() < 200, "{text}");
    }
    for step in steps() {
        let text = serde_json::to_string(&step).unwrap();
        assert_eq!(serde_json::from_str::<Step>(&text).unwrap(), step);
    }
}

#[test]
fn what_is_stored_under_definition_1_stays_readable() {
    assert_eq!(DEFINITION, 1);
    let golden = [
        (r#"{"ACCEPTED":{"auto_claim":false}}"#, State::accepted(false)),
        (r#"{"PENDING_CLAIM":{"hop":0}}"#, State::PendingClaim { hop: 0 }),
        (
            r#"{"CLOSING":{"hop":0,"since":"PENDING","cause":"UNCLAIMED"}}"#,
            closing(Since::Pending, ReturnCause::Unclaimed),
        ),
        (
            r#"{"RELEASING":{"hop":0,"since":"CLAIMED","at_sequence":9,"consumed":41840,"end":{"RETURN":"BOND_DISSOLVED"}}}"#,
            releasing(Since::Claimed, 9, FEW, End::Return(STRONG)),
        ),
        (r#"{"REFUSED":{"reason":"WALLET_NOT_OPEN"}}"#, State::Refused { reason: why() }),
    ];
    for (text, state) in golden {
        assert_eq!(serde_json::to_string(&state).unwrap(), text);
        assert_eq!(serde_json::from_str::<State>(text).unwrap(), state);
    }
}

#[test]
fn people_see_six_states_and_where_the_money_is() {
    for state in states() {
        let ends = matches!(state.view(), TransferState::Returned | TransferState::Refused);
        assert_eq!(state.is_end(), ends);
        assert_eq!(state.slot_given_back(), state.view() == TransferState::Refused);
        assert_eq!(state.under_review(), state.name() == "PARKED");
        assert_eq!(state.view().name().parse(), Ok(state.view()));
        let still = state.is_end() || state.is_resting() || state.under_review();
        assert_eq!(next(&state).is_none(), still, "{state:?}");
        assert_eq!(state.awaits_timer(), {
            let waits = request(state.clone(), Request::Close(WEAK));
            waits.is_ok_and(|after| after != state)
        });
    }
    let claimed = State::Claimed { hop: FIRST_HOP };
    assert_eq!(claimed.money_place(FEW), MoneyPlace::Wallet);
    assert_eq!(claimed.money_place(Yuan::ZERO), MoneyPlace::Spent);
    assert!(!claimed.holds_pair() && !closing(Since::Claimed, STRONG).holds_pair());
    assert!(closing(Since::Pending, WEAK).holds_pair() && State::accepted(true).holds_pair());
}

#[test]
fn the_first_weak_cause_stays_and_a_stronger_one_replaces_it() {
    let state = closing(Since::Pending, ReturnCause::Declined);
    let state = request(state, Request::Close(ReturnCause::Unclaimed)).unwrap();
    assert_eq!(state.return_cause(), Some(ReturnCause::Declined));
    let state = request(state, Request::Close(ReturnCause::Death)).unwrap();
    assert_eq!(next(&state), Some(Step::Revoke { hop: FIRST_HOP, cause: ReturnCause::Death }));
    let state = request(state, Request::Close(ReturnCause::BondDissolved)).unwrap();
    assert_eq!(state.return_cause(), Some(ReturnCause::Death));
}
