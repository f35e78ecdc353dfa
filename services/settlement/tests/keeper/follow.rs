//! What the books tell: draw-downs that merge, obligations in the open period, cursors that are compared.

use clearing::Category;
use saga::{DrawDue, LotState, State};
use settlement::{
    command::{Back, BookItem, Command, Drawn, LegItem, Outcome},
    driver::Work,
};
use standards::{PaymentId, RefundId, TransferId, civil};
use time::macros::datetime;
use uuid::Uuid;

use super::bench::{MORNING, bench, done, lot, pair, yuan};

fn drawn(id: TransferId, sequence: i64, consumed: &str, lot: LotState) -> Command {
    let report = DrawDue { hop: 0, at_sequence: sequence, consumed: yuan(consumed), lot };
    Command::DrawnDown(Drawn { transfer: id, report })
}

#[tokio::test]
async fn of_many_reports_only_the_newest_is_due_and_an_older_answer_does_not_clear_it() {
    let mut bench = bench().await;
    let id = bench.claimed(pair()).await;
    let open = |sequence, consumed| lot(id, sequence, consumed, LotState::Open);
    assert_eq!(
        bench.book(0, 20, vec![open(18, "0"), open(19, "38.64"), open(20, "43.84")]).await,
        Outcome::Stored
    );
    assert_eq!(bench.lot(id).await, Some((20, 4_384, 0, true)));
    assert_eq!(bench.book(20, 21, vec![open(21, "41.84")]).await, Outcome::Stored);
    assert_eq!(bench.outcome(drawn(id, 20, "43.84", LotState::Open)).await, Outcome::Moved);
    assert_eq!(bench.lot(id).await, Some((21, 4_184, 20, true)));
    assert_eq!(bench.outcome(drawn(id, 21, "41.84", LotState::Open)).await, Outcome::Moved);
    assert_eq!(bench.lot(id).await, Some((21, 4_184, 21, false)));
    // A late copy of an older answer changes nothing.
    assert_eq!(bench.outcome(drawn(id, 20, "43.84", LotState::Open)).await, Outcome::Moved);
    assert_eq!(bench.lot(id).await, Some((21, 4_184, 21, false)));
    // The lane of the sharer's book was handed each newest report.
    let (_, inbox) = bench.inboxes.iter_mut().find(|(book, _)| book.to_string() == "32-01").expect("a lane");
    let mut handed = Vec::new();
    while let Ok(work) = inbox.try_recv() {
        if let Work::Report(report) = work {
            handed.push(report.due.at_sequence);
        }
    }
    assert_eq!(handed, [20, 21, 21]);
}

#[tokio::test]
async fn an_open_lot_has_a_row_once_something_was_spent_from_it() {
    let bench = bench().await;
    let id = bench.claimed(pair()).await;
    assert_eq!(bench.book(0, 18, vec![lot(id, 18, "0", LotState::Open)]).await, Outcome::Stored);
    assert_eq!(bench.lot(id).await, None);
    bench.book(18, 19, vec![lot(id, 19, "38.64", LotState::Open)]).await;
    assert_eq!(bench.lot(id).await, Some((19, 3_864, 0, true)));
    // A refund of all of it: the report before may be on its way.
    bench.book(19, 20, vec![lot(id, 20, "0", LotState::Open)]).await;
    assert_eq!(bench.lot(id).await, Some((20, 0, 0, true)));
}

#[tokio::test]
async fn a_payment_refunded_before_it_was_told_is_still_told_while_the_first_report_may_be_on_its_way() {
    let bench = bench().await;
    let id = bench.claimed(pair()).await;
    bench.book(0, 19, vec![lot(id, 19, "38.64", LotState::Open)]).await;
    bench.book(19, 20, vec![lot(id, 20, "0", LotState::Open)]).await;
    assert_eq!(bench.lot(id).await, Some((20, 0, 0, true)));
}

#[tokio::test]
async fn the_saga_tells_the_end_and_a_refund_after_it_is_reported() {
    let (bench, family) = (bench().await, pair());
    let id = bench.claimed(family).await;
    bench.book(0, 19, vec![lot(id, 19, "38.64", LotState::Open)]).await;
    bench.outcome(drawn(id, 19, "38.64", LotState::Open)).await;
    let ended = super::dissolved(family);
    bench.follow("kinship", 0, 4, settlement::command::Items::Kinship(vec![ended])).await;
    // The book closed the lot at 25; the stream tells so before the answer to the revocation comes.
    bench.book(19, 25, vec![lot(id, 25, "38.64", LotState::Closed)]).await;
    assert_eq!(bench.lot(id).await, Some((25, 3_864, 19, false)));
    bench.step(id, &[done(25, "38.64")]).await;
    bench.step(id, &[done(31, "38.64")]).await;
    assert!(matches!(bench.state(id).await.1, State::Returned { .. }));
    assert_eq!(bench.lot(id).await, Some((25, 3_864, 25, false)));
    bench.book(25, 30, vec![lot(id, 30, "36.64", LotState::Closed)]).await;
    assert_eq!(bench.lot(id).await, Some((30, 3_664, 25, true)));
}

#[tokio::test]
async fn a_report_that_the_book_cannot_accept_waits_for_a_person_or_a_newer_one() {
    let bench = bench().await;
    let id = bench.claimed(pair()).await;
    bench.book(0, 19, vec![lot(id, 19, "38.64", LotState::Open)]).await;
    let report = DrawDue { hop: 0, at_sequence: 19, consumed: yuan("38.64"), lot: LotState::Open };
    let stuck = Command::Stuck(Drawn { transfer: id, report }, "the book disagrees".to_owned());
    assert_eq!(bench.outcome(stuck.clone()).await, Outcome::Moved);
    assert_eq!(bench.lot(id).await, Some((19, 3_864, 0, false)));
    bench.book(19, 20, vec![lot(id, 20, "40.00", LotState::Open)]).await;
    assert_eq!(bench.lot(id).await, Some((20, 4_000, 0, true)));
    assert_eq!(bench.outcome(stuck).await, Outcome::Unmoved);
}

fn leg(payment: PaymentId, back: Option<Back>, amount: &str, creditor: &str) -> LegItem {
    LegItem {
        payment,
        back,
        number: 1,
        debtor: "320100".parse().expect("a pool"),
        creditor: creditor.parse().expect("a pool"),
        amount: yuan(amount),
        category: Category::Outpatient,
    }
}

fn record(sequence: i64, legs: Vec<LegItem>) -> BookItem {
    BookItem { sequence, day: civil::day(MORNING), legs, lots: Vec::new() }
}

#[tokio::test]
async fn legs_across_pools_are_owed_in_the_open_month_and_refunds_with_a_sign() {
    let bench = bench().await;
    let payment = PaymentId::new(Uuid::now_v7());
    let refund = Some(Back::Refund(RefundId::new(Uuid::now_v7())));
    let page = vec![
        record(5, vec![leg(payment, None, "386.40", "510100"), leg(payment, None, "9.99", "320100")]),
        record(6, vec![leg(payment, refund, "20.00", "510100")]),
    ];
    assert_eq!(bench.book(0, 6, page.clone()).await, Outcome::Stored);
    // The page again, by a follower that lost: nothing is counted twice.
    assert_eq!(bench.book(0, 6, page).await, Outcome::Elsewhere);
    let sums: Vec<(String, i32, i32, i64, i64, i64)> =
        sqlx::query_as("SELECT period, debtor, creditor, gross, refunded, leg_count FROM position")
            .fetch_all(&mut bench.conn().await)
            .await
            .expect("it reads");
    assert_eq!(sums, [("2026-01".to_owned(), 320_100, 510_100, 38_640, 2_000, 2)]);
    assert_eq!(bench.count("SELECT sum(amount)::bigint FROM obligation").await, 36_640);
    bench.clock.shift_to(datetime!(2026-02-01 0:00 +8)).expect("forwards");
    let reversal = record(9, vec![leg(payment, Some(Back::Reversal), "366.40", "510100")]);
    assert_eq!(bench.book(6, 9, vec![reversal]).await, Outcome::Stored);
    let net = "SELECT (gross - refunded)::bigint FROM position WHERE period = '2026-02'";
    assert_eq!(bench.count(net).await, -36_640);
    let open = "SELECT count(*) FROM period WHERE id = '2026-02' AND state = 'OPEN'";
    assert_eq!(bench.count(open).await, 1);
    assert_eq!(bench.count("SELECT count(*) FROM period WHERE state = 'CUT_OFF'").await, 1);
}

#[tokio::test]
async fn a_leg_that_is_told_again_in_another_month_is_owed_once() {
    let bench = bench().await;
    let payment = PaymentId::new(Uuid::now_v7());
    let told = record(5, vec![leg(payment, None, "386.40", "510100")]);
    assert_eq!(bench.book(0, 5, vec![told.clone()]).await, Outcome::Stored);
    bench.clock.shift_to(datetime!(2026-02-01 0:00 +8)).expect("forwards");
    let other = record(6, vec![leg(PaymentId::new(Uuid::now_v7()), None, "1.00", "510100")]);
    assert_eq!(bench.book(5, 6, vec![told, other]).await, Outcome::Stored);
    assert_eq!(bench.count("SELECT count(*) FROM obligation").await, 2);
    assert_eq!(bench.count("SELECT sum(gross)::bigint FROM position").await, 38_740);
    assert_eq!(bench.count("SELECT count(*) FROM unreadable").await, 0);
}

#[tokio::test]
async fn a_leg_that_one_page_tells_twice_is_counted_once_and_set_aside() {
    let bench = bench().await;
    let payment = PaymentId::new(Uuid::now_v7());
    let twice = [5, 6].map(|sequence| record(sequence, vec![leg(payment, None, "386.40", "510100")]));
    assert_eq!(bench.book(0, 6, twice.to_vec()).await, Outcome::Stored);
    assert_eq!(bench.count("SELECT sum(gross)::bigint FROM position").await, 38_640);
    assert_eq!(bench.count("SELECT seq FROM unreadable").await, 6);
}

#[tokio::test]
async fn a_record_about_an_unknown_transfer_is_set_aside_and_does_not_stop_the_next() {
    let bench = bench().await;
    let id = bench.claimed(pair()).await;
    let stranger = TransferId::new(Uuid::now_v7());
    let page = vec![lot(stranger, 18, "1.00", LotState::Open), lot(id, 19, "38.64", LotState::Open)];
    assert_eq!(bench.book(0, 19, page).await, Outcome::Stored);
    assert_eq!(bench.count("SELECT seq FROM unreadable WHERE feed = 'book-51-01'").await, 18);
    assert_eq!(bench.lot(id).await, Some((19, 3_864, 0, true)));
}

#[tokio::test]
async fn a_leg_is_owed_once_in_every_partition_whatever_the_period() {
    const OWE: &str = "INSERT INTO obligation (period, book, sequence, leg_no, kind, source, debtor, creditor, amount,
        category, civil_day) VALUES ($1, '51-01', $2, 1, 'P', $3, 320100, 510100, 100, 'OUTPATIENT', '2026-01-15')";
    let bench = bench().await;
    let mut conn = bench.conn().await;
    let early = "CREATE TABLE obligation_early PARTITION OF obligation FOR VALUES FROM (MINVALUE)
        TO ('01990000-0000-7000-8000-000000000000')";
    sqlx::raw_sql(early).execute(&mut conn).await.expect("sources of before become a partition");
    for (sequence, source) in [(1, Uuid::from_u128(7)), (2, Uuid::now_v7())] {
        let mut told = Vec::new();
        for period in ["2026-01", "2026-02"] {
            let owe = sqlx::query(OWE).bind(period).bind(sequence).bind(source);
            told.push(owe.execute(&mut conn).await);
        }
        assert!(told[0].is_ok(), "{told:?}");
        let again = told[1].as_ref().expect_err("the leg is owed already");
        assert!(again.as_database_error().is_some_and(|error| error.is_unique_violation()), "{again}");
    }
    let parted = "SELECT count(DISTINCT tableoid) FROM obligation";
    assert_eq!(bench.count(parted).await, 2);
    let of_the_whole = "SELECT count(*) FROM pg_constraint
        WHERE conname = 'obligation_leg_is_owed_once' AND conrelid = 'obligation'::regclass";
    assert_eq!(bench.count(of_the_whole).await, 1);
}
