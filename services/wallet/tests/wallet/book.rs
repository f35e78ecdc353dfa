//! Settlement's commands to the book, each done twice, late and in the wrong order; and the stream of records.

use proto::{
    identity::Scheme,
    wallet::{self as wire, HopState, book_outcome::Outcome},
};
use testkit::people::id;

use crate::bench::{
    Bench, Command, SETTLEMENT, bill, claim, done, draw_down, earmark, give_back, grant, reason, revoke,
    under,
};

fn refused(outcome: &wire::BookOutcome) -> &str {
    match outcome.outcome.as_ref() {
        Some(Outcome::Refused(refusal)) => &refusal.reason,
        other => panic!("not a refusal: {other:?}"),
    }
}

/// The lot's state that an outcome tells.
fn lot_state(outcome: &wire::BookOutcome) -> Option<HopState> {
    match outcome.outcome.as_ref() {
        Some(Outcome::Done(done)) => Some(done.lot_state()),
        _ => None,
    }
}

/// Applies a command twice and gives the outcome, which must be the same.
async fn twice(bench: &Bench, command: Command) -> wire::BookOutcome {
    let first = bench.apply([command.clone()]).await.remove(0);
    let second = bench.apply([command]).await.remove(0);
    assert_eq!(first, second, "a repeat gets the first outcome");
    first
}

#[tokio::test]
async fn the_sharers_side_of_a_transfer_done_twice_moves_money_once() {
    let bench = Bench::start().await;
    let sharer = bench.owner(Scheme::Employee).await;
    bench.credit(&sharer, "1200").await;
    let transfer = id();
    let made = twice(&bench, earmark(&transfer, &sharer, "1000")).await;
    assert_eq!(done(&made).map(|done| (done.1, done.2)), Some(("0.00", "1000.00")));
    let account = bench.wallet_now(&sharer).await.account.expect("an account");
    assert_eq!((account.available.as_str(), account.earmarked.as_str()), ("200.00", "1000.00"));
    let other = bench.apply([earmark(&transfer, &sharer, "999")]).await;
    assert_eq!(refused(&other[0]), "REQUEST_ID_REUSED");
    assert_eq!(refused(&twice(&bench, earmark(&id(), &sharer, "200.01")).await), "INSUFFICIENT_BALANCE");
    let consumed = bench.apply([draw_down(&transfer, 7, "400", HopState::Open)]).await;
    assert_eq!(done(&consumed[0]).map(|done| (done.1, done.2)), Some(("400.00", "600.00")));
    let overtaken = bench.apply([draw_down(&transfer, 6, "100", HopState::Open)]).await;
    assert_eq!(done(&overtaken[0]).map(|done| (done.1, done.2)), Some(("400.00", "600.00")));
    let closed = bench.apply([draw_down(&transfer, 9, "380", HopState::Closed)]).await;
    assert_eq!(done(&closed[0]).map(|done| (done.1, done.2)), Some(("380.00", "0.00")));
    let late_refund = bench.apply([draw_down(&transfer, 11, "300", HopState::Closed)]).await;
    assert_eq!(done(&late_refund[0]).map(|done| done.1), Some("300.00"));
    let rises = bench.apply([draw_down(&transfer, 12, "301", HopState::Closed)]).await;
    assert_eq!(refused(&rises[0]), "BOOK_DISAGREES");
    let account = bench.wallet_now(&sharer).await.account.expect("an account");
    assert_eq!((account.available.as_str(), account.earmarked.as_str()), ("900.00", "0.00"));
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn the_beneficiarys_side_done_twice_and_in_the_wrong_order() {
    let bench = Bench::start().await;
    let person = bench.owner(Scheme::Resident).await;
    let transfer = id();
    assert!(matches!(bench.apply([claim(&transfer)]).await[0].outcome, Some(Outcome::NotYet(_))));
    let granted = twice(&bench, grant(&transfer, &person, "100")).await;
    assert_eq!(done(&granted).map(|done| done.2), Some("100.00"));
    assert_eq!(lot_state(&granted), Some(HopState::Pending));
    assert_eq!(bench.wallet_now(&person).await.pending_amount, "100.00");
    let claimed = bench.apply([claim(&transfer), claim(&transfer)]).await;
    assert_eq!(lot_state(&claimed[0]), Some(HopState::Open));
    assert_eq!(done(&claimed[0]).expect("claimed"), done(&claimed[1]).expect("claimed"));
    let claimed_at = done(&claimed[0]).expect("claimed").0;
    bench.pay(bill(&person, "30")).await.expect("it is paid");
    let returned = twice(&bench, give_back(&transfer)).await;
    assert!(matches!(
        returned.outcome,
        Some(Outcome::AlreadyClaimed(answer)) if answer.sequence == claimed_at && answer.consumed == "30.00"
    ));
    let revoked = twice(&bench, revoke(&transfer)).await;
    assert_eq!(done(&revoked).map(|done| (done.1, done.2)), Some(("30.00", "0.00")));
    assert_eq!(lot_state(&revoked), Some(HopState::Closed));
    assert_eq!(refused(&bench.apply([claim(&transfer)]).await[0]), "TRANSFER_NOT_PENDING");

    let never = id();
    let undone = twice(&bench, give_back(&never)).await;
    let Some(Outcome::Undone(remembered)) = undone.outcome else { panic!("it never came: {undone:?}") };
    let undone_at = remembered.sequence;
    let late = twice(&bench, grant(&never, &person, "100")).await;
    assert!(matches!(late.outcome, Some(Outcome::Undone(undone)) if undone.sequence == undone_at));
    let gone = id();
    bench.apply([draw_down(&gone, 3, "0", HopState::Closed)]).await;
    let late = bench.apply([earmark(&gone, &person, "1")]).await;
    assert!(matches!(late[0].outcome, Some(Outcome::Undone(_))));
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn whoever_undoes_what_was_refused_hears_the_refusal_that_stands() {
    let bench = Bench::start().await;
    let sharer = bench.owner(Scheme::Employee).await;
    bench.credit(&sharer, "4").await;
    let (earmarked, granted) = (id(), id());
    let told = |outcome: &wire::BookOutcome| match outcome.outcome.as_ref() {
        Some(Outcome::Done(done)) => {
            let why = done.refused_before.clone().expect("it was refused before");
            assert_eq!((done.consumed.as_str(), done.balance_after.as_str()), ("0.00", "0.00"));
            why.reason
        }
        other => panic!("not done: {other:?}"),
    };
    assert_eq!(
        refused(&bench.apply([earmark(&earmarked, &sharer, "4.01")]).await[0]),
        "INSUFFICIENT_BALANCE"
    );
    bench.credit(&sharer, "100").await;
    let closed = twice(&bench, draw_down(&earmarked, 1, "0", HopState::Closed)).await;
    assert_eq!(told(&closed), "INSUFFICIENT_BALANCE");
    assert_eq!(refused(&bench.apply([grant(&granted, &id(), "1")]).await[0]), "WALLET_NOT_OPEN");
    for undoing in [give_back(&granted), revoke(&granted)] {
        assert_eq!(told(&twice(&bench, undoing).await), "WALLET_NOT_OPEN");
    }
    let account = bench.wallet_now(&sharer).await.account.expect("an account");
    assert_eq!((account.available.as_str(), account.earmarked.as_str()), ("104.00", "0.00"));
    assert_eq!(bench.audit().await.1, []);
}

#[tokio::test]
async fn a_claim_refused_while_frozen_is_allowed_after_the_thaw() {
    let bench = Bench::start().await;
    let person = bench.owner(Scheme::Resident).await;
    let transfer = id();
    bench.apply([grant(&transfer, &person, "100")]).await;
    let wallet_id = bench.wallet_now(&person).await.wallet_id;
    let request = wire::FreezeWalletRequest {
        request_id: id(),
        wallet_id: wallet_id.clone(),
        reason: "lost".to_owned(),
        case_reference: String::new(),
    };
    bench.wallets().freeze_wallet(under(&format!("citizen:{person}"), request)).await.expect("it is frozen");
    assert_eq!(refused(&bench.apply([claim(&transfer)]).await[0]), "WALLET_FROZEN");
    let request = wire::UnfreezeWalletRequest {
        request_id: id(),
        wallet_id,
        reason: "found".to_owned(),
        ..Default::default()
    };
    bench.wallets().unfreeze_wallet(under("agency:32", request)).await.expect("it is thawed");
    assert!(done(&bench.apply([claim(&transfer)]).await[0]).is_some());
}

#[tokio::test]
async fn a_kind_that_is_not_known_is_unsupported_and_the_others_are_done() {
    let bench = Bench::start().await;
    let person = bench.owner(Scheme::Resident).await;
    let transfer = id();
    let commands = [None, Some(grant(&transfer, &person, "1")), None].into_iter().enumerate();
    let commands = commands.map(|(at, command)| wire::BookCommand { command_id: at.to_string(), command });
    let request = wire::ApplyRequest { batch_id: String::new(), commands: commands.collect() };
    let outcomes =
        bench.books().apply(under(SETTLEMENT, request)).await.expect("taken").into_inner().outcomes;
    let ids: Vec<&str> = outcomes.iter().map(|outcome| outcome.command_id.as_str()).collect();
    assert_eq!(ids, ["0", "1", "2"]);
    assert!(matches!(outcomes[0].outcome, Some(Outcome::Unsupported(_))));
    assert!(done(&outcomes[1]).is_some());
}

#[tokio::test]
async fn every_record_is_streamed_with_its_legs_and_lots_and_a_cursor_that_holds() {
    let bench = Bench::start().await;
    let person = bench.owner(Scheme::Resident).await;
    let lot = bench.lot(&person, "128").await;
    let paid = bench.pay(bill(&person, "100")).await.expect("it is paid");
    bench.refund(&paid.payment_id, "40").await.expect("a refund");
    let stream = |after_position, after_hash: String| {
        let request = under(SETTLEMENT, wire::StreamEntriesRequest { after_position, after_hash });
        let mut client = bench.books();
        async move { client.stream_entries(request).await.expect("a stream").into_inner() }
    };
    let mut entries = stream(0, String::new()).await;
    let (mut items, mut page) = (Vec::new(), wire::StreamEntriesResponse::default());
    while page.position < 5 {
        page = entries.message().await.expect("a page").expect("not the end");
        items.append(&mut page.items);
    }
    let labels: Vec<&str> = items.iter().map(|record| record.label.as_str()).collect();
    assert_eq!(labels, ["open_wallet", "grant", "claim", "pay", "refund"]);
    let sequences: Vec<i64> = items.iter().map(|record| record.sequence).collect();
    assert_eq!(sequences, [1, 2, 3, 4, 5]);
    use wire::book_record::Change;
    let Some(Change::Paid(legs)) = &items[3].change else { panic!("{:?}", items[3]) };
    assert_eq!(
        (legs.category(), legs.payment_id.as_str()),
        (wire::Category::Pharmacy, paid.payment_id.as_str())
    );
    let position = legs.legs[0].lot.clone().expect("a lot");
    assert_eq!((position.transfer_id.as_str(), position.consumed.as_str()), (lot.as_str(), "100.00"));
    let Some(Change::Refunded(legs)) = &items[4].change else { panic!("{:?}", items[4]) };
    assert_eq!((legs.legs[0].amount.as_str(), legs.legs[0].leg_no), ("40.00", 1));
    assert_eq!(legs.legs[0].lot.as_ref().map(|lot| lot.consumed.as_str()), Some("60.00"));

    let quiet = entries.message().await.expect("a watermark").expect("not the end");
    assert!(quiet.items.is_empty() && quiet.position == page.position && quiet.hash == page.hash);
    bench.lot(&person, "1").await;
    let mut rest = stream(page.position, page.hash.clone()).await;
    let more = rest.message().await.expect("a page").expect("not the end");
    assert_eq!(more.items.first().map(|record| record.sequence), Some(page.position + 1));
    let mut forked = stream(page.position, "ab".repeat(32)).await;
    assert_eq!(reason(&forked.message().await.expect_err("another chain")), "CHAIN_FORKED");
}

#[tokio::test]
async fn a_record_of_a_newer_version_is_streamed_as_unreadable_and_the_stream_goes_on() {
    let bench = Bench::start().await;
    let person = bench.owner(Scheme::Resident).await;
    bench.lot(&person, "10").await;
    bench.pay(bill(&person, "1")).await.expect("it is paid");
    let mut conn = bench.conn().await;
    // A label and a command that this version does not know, and an outcome of a known command that it does not.
    let newer = r#"UPDATE record SET label = 'merge', body = '{"command":{"merge":{}},"outcome":{"merged":{}}}'
            WHERE seq = 2;
        UPDATE record SET body = replace(body, '"outcome":{', '"outcome":{"merged":{},') WHERE seq IN (1, 3)"#;
    sqlx::raw_sql(newer).execute(&mut conn).await.expect("another version writes");
    let request = under(SETTLEMENT, wire::StreamEntriesRequest::default());
    let mut entries = bench.books().stream_entries(request).await.expect("a stream").into_inner();
    let (mut items, mut page) = (Vec::new(), wire::StreamEntriesResponse::default());
    while page.position < 4 {
        page = entries.message().await.expect("the stream goes on").expect("not the end");
        items.append(&mut page.items);
    }
    let read: Vec<_> =
        items.iter().map(|item| (item.sequence, item.unreadable, item.change.is_some())).collect();
    assert_eq!(read, [(1, true, false), (2, true, false), (3, true, false), (4, false, true)]);
    assert_eq!((items[1].label.as_str(), items[1].civil_day.as_str()), ("merge", "2026-03-02"));
    assert_eq!((page.position, page.hash.len()), (4, 64));
    let request = under(SETTLEMENT, wire::StreamEventsRequest::default());
    let mut events = bench.wallets().stream_events(request).await.expect("a stream").into_inner();
    let page = events.message().await.expect("the stream goes on").expect("not the end");
    let read: Vec<_> = page.items.iter().map(|event| (event.position, event.unreadable)).collect();
    assert_eq!(read, [(1, true)]);
}

#[tokio::test]
async fn the_head_of_the_chain_is_signed() {
    let bench = Bench::start().await;
    bench.owner(Scheme::Resident).await;
    let head = bench.books().get_chain_head(under("agency:32", wire::GetChainHeadRequest {})).await;
    let head = head.expect("a head").into_inner();
    assert_eq!((head.sequence, head.hash.len(), head.signature.len(), head.key_id.len()), (1, 64, 128, 16));
    let other = bench.books().get_chain_head(under("agency:51", wire::GetChainHeadRequest {})).await;
    assert_eq!(reason(&other.expect_err("another province")), "OUT_OF_SCOPE");
}
