//! A running settlement with its books: whom it sends nothing, how soon a lot that opened at once is claimed, and a
//! record that it does not understand.

use proto::wallet::{BookRecord, OtherRecord, book_record::Change};
use saga::State;
use standards::TransferId;
use uuid::Uuid;

use super::{
    bench::{Bench, bench, pair},
    book::{Book, Running, Says, until},
};

async fn is_claimed(bench: &Bench, id: TransferId) -> bool {
    matches!(bench.state(id).await.1, State::Claimed { .. })
}

async fn owner(bench: &Bench, id: TransferId) -> Uuid {
    sqlx::query_scalar("SELECT owner FROM transfer WHERE id = $1")
        .bind(id.uuid())
        .fetch_one(&mut bench.conn().await)
        .await
        .expect("it reads")
}

#[tokio::test]
async fn a_book_is_sent_nothing_before_it_was_heard_nor_after_it_forked_until_the_next_process() {
    let bench = bench().await;
    let id = bench.accepted(pair()).await;
    let jiangsu = Book::start("32-01", Says::Nothing).await;
    let sichuan = Book::start("51-01", Says::Forked).await;
    let running = Running::start(&bench, [&jiangsu, &sichuan]).await;
    until("the transfer is taken over", || async { owner(&bench, id).await != bench.process }).await;
    assert_eq!(jiangsu.applied(), 0, "it may have been restored meanwhile");
    jiangsu.say(jiangsu.heard());
    until("the earmark is placed", || async { jiangsu.applied() > 0 }).await;
    // The grant is due now, and the book would take it.
    until("the book has said that it forked", || async { sichuan.followed() > 0 }).await;
    sichuan.say(sichuan.heard());
    until("its follower has looked again", || async { sichuan.followed() > 1 }).await;
    assert_eq!(sichuan.applied(), 0, "it forked");
    assert_eq!(bench.state(id).await, (1, State::accepted(false)));
    running.stop().await;
    // An operator has dealt with it.
    let running = Running::start(&bench, [&jiangsu, &sichuan]).await;
    until("the transfer goes on", || is_claimed(&bench, id)).await;
    running.stop().await;
}

#[tokio::test]
async fn a_lot_that_opened_at_once_is_claimed_in_one_step() {
    let bench = bench().await;
    let id = bench.accepted(pair()).await;
    let jiangsu = Book::start("32-01", Says::Nothing).await;
    let sichuan = Book::start("51-01", Says::Nothing).await;
    for book in [&jiangsu, &sichuan] {
        book.say(book.heard());
    }
    let running = Running::start(&bench, [&jiangsu, &sichuan]).await;
    until("the transfer is claimed", || is_claimed(&bench, id)).await;
    assert_eq!(bench.state(id).await, (2, State::Claimed { hop: 0 }), "no state between");
    assert_eq!(bench.count("SELECT count(*) FROM open_pair").await, 0);
    running.stop().await;
}

#[tokio::test]
async fn a_record_of_a_newer_book_is_kept_and_the_stream_goes_on() {
    let bench = bench().await;
    let jiangsu = Book::start("32-01", Says::Nothing).await;
    let sichuan = Book::start("51-01", Says::Nothing).await;
    let other = Some(Change::Other(OtherRecord {}));
    let record = |sequence, change| BookRecord { sequence, change, ..BookRecord::default() };
    let pages = vec![
        sichuan.page(3, vec![record(2, other.clone()), record(3, None)]),
        sichuan.page(4, vec![record(4, other)]),
    ];
    sichuan.say(Says::Pages(pages));
    let running = Running::start(&bench, [&jiangsu, &sichuan]).await;
    let cursor = "SELECT count(*) FROM cursor WHERE feed = 'book-51-01' AND seq = 4";
    until("the cursor goes on", || async { bench.count(cursor).await == 1 }).await;
    assert_eq!(sichuan.followed(), 1, "the stream did not end");
    let kept: Vec<(String, i64, Vec<u8>)> = sqlx::query_as("SELECT feed, seq, bytes FROM unreadable")
        .fetch_all(&mut bench.conn().await)
        .await
        .expect("it reads");
    let bytes = prost::Message::encode_to_vec(&record(3, None));
    assert_eq!(kept, [("book-51-01".to_owned(), 3, bytes)]);
    running.stop().await;
}
