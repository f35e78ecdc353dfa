//! A transfer's life in the rows: slots and pairs given back, versions that lose, claims remembered, timers.

use saga::{Outcome as Said, Reason, State};
use settlement::command::{Command, Outcome, StepDone};
use time::macros::datetime;

use super::bench::{ask, bench, done, lot, pair};

fn said_no() -> Said {
    let refusal = chassis::status::Refusal::state("INSUFFICIENT_BALANCE", "not enough", "余额不足");
    Said::Refused(Reason::new(serde_json::to_string(&refusal).expect("it serializes")))
}

#[tokio::test]
async fn a_refused_earmark_gives_the_slot_and_the_pair_back() {
    let (bench, family) = (bench().await, pair());
    let id = bench.accepted(family).await;
    assert_eq!(bench.count("SELECT n::bigint FROM day_slot").await, 1);
    assert_eq!(bench.step(id, &[said_no()]).await, Outcome::Moved);
    assert!(matches!(bench.state(id).await.1, State::Refused { .. }));
    assert_eq!(bench.count("SELECT n::bigint FROM day_slot").await, 0);
    assert_eq!(bench.count("SELECT count(*) FROM open_pair").await, 0);
    bench.accepted(family).await;
}

#[tokio::test]
async fn a_refusal_heard_only_after_the_claim_ended_gives_the_slot_back_all_the_same() {
    let Said::Refused(why) = said_no() else { unreachable!("it said no") };
    let was_refused = Said::WasRefused(why.clone());
    // The earmark, or the grant after an earmark that stands: what the beneficiary's book and then the sharer's say.
    for answers in [[Said::Undone, was_refused.clone()], [was_refused, done(8, "0")]] {
        let (bench, family) = (bench().await, pair());
        let id = bench.accepted(family).await;
        bench.clock.shift_to(datetime!(2026-01-16 5:30 +8)).expect("forwards");
        assert_eq!(bench.outcome(Command::Timeout(id)).await, Outcome::Moved);
        assert_eq!(bench.count("SELECT n::bigint FROM day_slot").await, 1);
        for answer in answers {
            assert_eq!(bench.step(id, &[answer]).await, Outcome::Moved);
        }
        assert_eq!(bench.state(id).await.1, State::Refused { reason: why.clone() });
        assert_eq!(bench.count("SELECT n::bigint FROM day_slot").await, 0);
        assert_eq!(bench.count("SELECT count(*) FROM open_pair").await, 0);
        assert_eq!(bench.count("SELECT count(*) FROM lot").await, 0);
    }
}

#[tokio::test]
async fn a_refused_grant_gives_the_slot_back_when_the_earmark_is_released() {
    let (bench, family) = (bench().await, pair());
    let id = bench.accepted(family).await;
    assert_eq!(bench.step(id, &[done(7, "0"), said_no()]).await, Outcome::Moved);
    assert!(matches!(bench.state(id).await.1, State::Releasing { .. }));
    assert_eq!(bench.count("SELECT n::bigint FROM day_slot").await, 1);
    assert_eq!(bench.refused(family).await, "PENDING_TRANSFER_EXISTS");
    assert_eq!(bench.step(id, &[done(8, "0")]).await, Outcome::Moved);
    assert!(matches!(bench.state(id).await.1, State::Refused { .. }));
    assert_eq!(bench.count("SELECT n::bigint FROM day_slot").await, 0);
    assert_eq!(bench.count("SELECT count(*) FROM lot").await, 0);
    bench.accepted(family).await;
}

#[tokio::test]
async fn a_declined_transfer_keeps_its_slot() {
    let (bench, family) = (bench().await, pair());
    let id = bench.pending(family).await;
    assert_eq!(bench.outcome(Command::Decline(ask(id))).await, Outcome::Asked { transfer: id });
    assert_eq!(bench.step(id, &[done(12, "0"), done(13, "0")]).await, Outcome::Moved);
    assert!(matches!(bench.state(id).await.1, State::Returned { .. }));
    assert_eq!(bench.count("SELECT n::bigint FROM day_slot").await, 1);
    assert_eq!(bench.count("SELECT count(*) FROM open_pair").await, 0);
}

#[tokio::test]
async fn a_result_for_an_older_version_loses() {
    let (bench, family) = (bench().await, pair());
    let id = bench.accepted(family).await;
    let (version, state) = bench.state(id).await;
    let step = saga::next(&state).expect("a step is due");
    let to = saga::apply(state, step, said_no()).expect("the step was asked for");
    let stale = StepDone { transfer: id, version, step, outcome: said_no(), to };
    assert_eq!(bench.step(id, &[done(7, "0"), done(9, "0")]).await, Outcome::Moved);
    assert_eq!(bench.outcome(Command::StepDone(Box::new(stale.clone()))).await, Outcome::Unmoved);
    let (now, state) = bench.state(id).await;
    assert_eq!((now, state), (version + 1, State::PendingClaim { hop: 0 }));
    // Storing a result twice changes nothing either.
    assert_eq!(bench.outcome(Command::StepDone(Box::new(stale))).await, Outcome::Unmoved);
    assert_eq!(bench.state(id).await.0, version + 1);
}

#[tokio::test]
async fn r_103_a_claim_in_time_stands_and_one_at_the_deadline_is_refused() {
    let (bench, family) = (bench().await, pair());
    let (early, late) = (bench.pending(family).await, bench.pending(pair()).await);
    for id in [early, late] {
        assert_eq!(bench.outcome(Command::Timeout(id)).await, Outcome::Unmoved);
    }
    bench.clock.shift_to(datetime!(2026-01-16 5:29 +8)).expect("forwards");
    assert_eq!(bench.outcome(Command::Claim(ask(early))).await, Outcome::Asked { transfer: early });
    bench.clock.shift_to(datetime!(2026-01-16 5:30 +8)).expect("forwards");
    match bench.outcome(Command::Claim(ask(late))).await {
        Outcome::NotAsked { refusal } => {
            assert_eq!((refusal.reason.as_str(), refusal.rule.as_str()), ("TRANSFER_NOT_PENDING", "R-103"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(bench.outcome(Command::Timeout(late)).await, Outcome::Moved);
    assert!(matches!(bench.state(late).await.1, State::Closing { .. }));
    assert_eq!(bench.outcome(Command::Timeout(late)).await, Outcome::Unmoved);
}

#[tokio::test]
async fn a_claim_that_the_book_refused_is_remembered_and_the_next_one_is_free() {
    let (bench, family) = (bench().await, pair());
    let id = bench.pending(family).await;
    let first = ask(id);
    assert_eq!(bench.outcome(Command::Claim(first.clone())).await, Outcome::Asked { transfer: id });
    assert_eq!(bench.step(id, &[said_no()]).await, Outcome::Moved);
    assert_eq!(bench.state(id).await.1, State::PendingClaim { hop: 0 });
    let statement = "SELECT refusal FROM claim WHERE request = $1";
    let refusal: Option<String> = sqlx::query_scalar(statement)
        .bind(first.request.uuid())
        .fetch_one(&mut bench.conn().await)
        .await
        .expect("the claim is stored");
    assert!(refusal.is_some_and(|refusal| refusal.contains("INSUFFICIENT_BALANCE")));
    assert_eq!(bench.outcome(Command::Claim(ask(id))).await, Outcome::Asked { transfer: id });
    assert_eq!(bench.step(id, &[done(15, "0")]).await, Outcome::Moved);
    assert_eq!(bench.state(id).await.1, State::Claimed { hop: 0 });
}

#[tokio::test]
async fn a_wallet_that_opens_lots_by_itself_is_believed_before_and_after_the_grant_is_answered() {
    let bench = bench().await;
    let (before, after) = (bench.accepted(pair()).await, bench.pending(pair()).await);
    let open = |id, sequence| lot(id, sequence, "0", saga::LotState::Open);
    assert_eq!(bench.book(0, 10, vec![open(before, 9), open(after, 10)]).await, Outcome::Stored);
    assert_eq!(bench.state(after).await.1, State::Claimed { hop: 0 });
    assert!(matches!(bench.state(before).await.1, State::Accepted { .. }));
    assert_eq!(bench.step(before, &[done(7, "0"), done(9, "0")]).await, Outcome::Moved);
    assert_eq!(bench.state(before).await.1, State::Claimed { hop: 0 });
    assert_eq!(bench.count("SELECT count(*) FROM open_pair").await, 0);
    // What came before the grant's answer had to be kept; the other said nothing more than the transfer does.
    assert_eq!((bench.lot(before).await, bench.lot(after).await), (Some((9, 0, 0, false)), None));
}

#[tokio::test]
async fn an_answer_that_cannot_be_right_parks_the_transfer_with_its_step() {
    let bench = bench().await;
    let id = bench.accepted(pair()).await;
    assert_eq!(bench.step(id, &[Said::AlreadyClaimed]).await, Outcome::Moved);
    let parked =
        "SELECT count(*) FROM progress WHERE parked_at IS NOT NULL AND park_step = 'earmark' AND NOT due";
    assert_eq!(bench.count(parked).await, 1);
}
