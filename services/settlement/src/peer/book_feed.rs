//! Follows a book's records: obligations, and what its lots have consumed.
//!
//! A record that cannot be understood, whether it is damaged or of a newer book, is set aside with the bytes that
//! came, and the stream goes on.

use chassis::{
    batch::Writer,
    client::Peer,
    feed::{Cursor, Progress, Source, Watermark},
};
use clearing::Category;
use futures::{Stream, stream};
use money::Yuan;
use prost::Message as _;
use prost_types::Timestamp;
use proto::wallet::{BookRecord, RecordedLeg, RecordedLegs, StreamEntriesRequest, book_record::Change};
use standards::{BookId, TransferId, civil};
use tonic::{Request, Status, Streaming, client::Grpc, codegen::http::uri::PathAndQuery};
use tonic_prost::ProstCodec;

use super::{MAX_PAGE, malformed, sift, store, words};
use crate::{
    command::{Back, BookItem, Followed, Items, LegItem, LotItem, Unreadable},
    driver::Driver,
    history::History,
    keeper::Keeper,
};

const STREAM_ENTRIES: &str = "/gongji.wallet.v1.BookService/StreamEntries";

/// A book's stream.
pub struct BookSource {
    pub book: BookId,
    pub peer: Peer,
    pub writer: Writer<Keeper>,
    pub history: History,
    /// Knows what need not be told.
    pub driver: Driver,
}

/// A page of the stream whose records are still the bytes that came: one that nobody understands does not spoil
/// the others, and nothing of it is lost.
#[derive(Clone, PartialEq, prost::Message)]
struct Page {
    #[prost(bytes = "vec", repeated, tag = "1")]
    items: Vec<Vec<u8>>,
    #[prost(int64, tag = "2")]
    position: i64,
    #[prost(string, tag = "3")]
    hash: String,
    #[prost(message, optional, tag = "4")]
    complete_through: Option<Timestamp>,
    #[prost(string, tag = "5")]
    book_id: String,
}

/// Of a record, its number alone.
#[derive(Clone, PartialEq, prost::Message)]
struct Numbered {
    #[prost(int64, tag = "1")]
    sequence: i64,
}

impl BookSource {
    /// The name of the cursor.
    pub fn feed(&self) -> String {
        format!("book-{}", self.book)
    }

    /// The stream after the cursor, and its first page, in which the book says that it knows the cursor.
    async fn first_page(&self, cursor: Cursor) -> Result<(Option<Page>, Streaming<Page>), Status> {
        let request =
            StreamEntriesRequest { after_position: cursor.sequence, after_hash: cursor.hash_text() };
        let mut client = Grpc::new(self.peer.clone()).max_decoding_message_size(MAX_PAGE);
        client.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
        let codec = ProstCodec::<StreamEntriesRequest, Page>::default();
        let path = PathAndQuery::from_static(STREAM_ENTRIES);
        let mut stream = client.server_streaming(Request::new(request), path, codec).await?.into_inner();
        Ok((stream.message().await?, stream))
    }

    fn read(&self, page: Page) -> Result<(Vec<Item>, Watermark), Status> {
        if page.book_id != self.book.to_string() {
            return Err(malformed("book id"));
        }
        let watermark = words::watermark(page.position, &page.hash, page.complete_through.as_ref())?;
        let items = page.items.iter().filter_map(|bytes| item(bytes, page.position));
        let items = items.filter(|item| !item.as_ref().is_ok_and(|item| self.knows(item))).collect();
        Ok((items, watermark))
    }

    /// Whether a record says nothing that is not stored already.
    fn knows(&self, item: &BookItem) -> bool {
        match (&item.legs[..], &item.lots[..]) {
            ([], [lot]) => self.driver.knows(lot),
            _ => false,
        }
    }
}

/// A record, or why it cannot be read.
type Item = Result<BookItem, Unreadable>;

impl Source for BookSource {
    type Item = Item;

    async fn open(
        &self,
        cursor: Cursor,
    ) -> Result<impl Stream<Item = Result<(Vec<Item>, Watermark), Status>> + Send + Unpin, Status> {
        let (first, rest) = self.history.first_word(self.first_page(cursor)).await?;
        let pages = stream::unfold((first, rest), move |(first, mut rest)| async move {
            let page = match first {
                Some(page) => Ok(Some(page)),
                None => rest.message().await,
            };
            match page {
                Ok(Some(page)) => Some((self.read(page), (None, rest))),
                Ok(None) => {
                    self.history.ended();
                    None
                }
                Err(status) => {
                    self.history.failed(&status);
                    Some((Err(status), (None, rest)))
                }
            }
        });
        Ok(Box::pin(pages))
    }

    async fn take(&self, items: Vec<Item>, from: Cursor, to: Watermark) -> Result<Progress, Status> {
        let (read, unreadable) = sift(&self.feed(), items);
        let items = Items::Book(self.book, read);
        store(&self.writer, Followed { feed: self.feed(), from, to: to.cursor, items, unreadable }).await
    }
}

/// The record as far as it concerns settlement; `None` if it does not. It came in the page that ends at `page`.
fn item(bytes: &[u8], page: i64) -> Option<Item> {
    let aside =
        |position, error: String| Some(Err(Unreadable { position, bytes: hex::encode(bytes), error }));
    let record = match BookRecord::decode(bytes) {
        Ok(record) => record,
        Err(error) => {
            let position = Numbered::decode(bytes).map_or(page, |numbered| numbered.sequence);
            return aside(position, error.to_string());
        }
    };
    let read = match &record.change {
        // Its own book could not read it.
        _ if record.unreadable => Err(words::Unreadable("record")),
        Some(Change::Other(_)) => return None,
        Some(Change::Paid(legs)) => legs_of(&record, legs, false),
        Some(Change::Refunded(legs)) => legs_of(&record, legs, true),
        Some(Change::LotChanged(changed)) => {
            changed.lot.as_ref().ok_or(words::Unreadable("lot")).and_then(|lot| lots_only(&record, lot))
        }
        // Of a newer book.
        None => Err(words::Unreadable("change")),
    };
    match read {
        Ok(read) => Some(Ok(read)),
        Err(error) => aside(record.sequence, error.to_string()),
    }
}

fn lots_only(record: &BookRecord, lot: &proto::wallet::LotPosition) -> Result<BookItem, words::Unreadable> {
    Ok(BookItem {
        sequence: record.sequence,
        day: day(record)?,
        legs: Vec::new(),
        lots: lot_item(record, lot)?,
    })
}

fn day(record: &BookRecord) -> Result<time::Date, words::Unreadable> {
    civil::parse_day(&record.civil_day).ok_or(words::Unreadable("civil_day"))
}

fn lot_item(
    record: &BookRecord,
    lot: &proto::wallet::LotPosition,
) -> Result<Vec<LotItem>, words::Unreadable> {
    let transfer: TransferId = words::read("transfer_id", &lot.transfer_id)?;
    let report = words::lot(lot, record.sequence)?;
    Ok(report.map(|report| LotItem { transfer, report }).into_iter().collect())
}

fn legs_of(record: &BookRecord, wire: &RecordedLegs, back: bool) -> Result<BookItem, words::Unreadable> {
    let payment = words::read("payment_id", &wire.payment_id)?;
    let back = match (back, wire.refund_id.as_str()) {
        (false, _) => None,
        (true, "") => Some(Back::Reversal),
        (true, refund) => Some(Back::Refund(words::read("refund_id", refund)?)),
    };
    // A reversal that came first moved nothing and belongs to no category.
    let category = words::bare(wire.category().as_str_name(), "CATEGORY_");
    let category: Result<Category, _> = words::read("category", category);
    let mut item =
        BookItem { sequence: record.sequence, day: day(record)?, legs: Vec::new(), lots: Vec::new() };
    for leg in &wire.legs {
        item.legs.push(leg_of(leg, payment, back, category.clone()?)?);
        if let Some(lot) = &leg.lot {
            item.lots.extend(lot_item(record, lot)?);
        }
    }
    Ok(item)
}

fn leg_of(
    leg: &RecordedLeg,
    payment: standards::PaymentId,
    back: Option<Back>,
    category: Category,
) -> Result<LegItem, words::Unreadable> {
    Ok(LegItem {
        payment,
        back,
        number: u16::try_from(leg.leg_no).map_err(|_| words::Unreadable("leg_no"))?,
        debtor: words::read("debtor_pooling_area", &leg.debtor_pooling_area)?,
        creditor: words::read("creditor_pooling_area", &leg.creditor_pooling_area)?,
        amount: Yuan::parse_positive(&leg.amount).map_err(|_| words::Unreadable("amount"))?,
        category,
    })
}

#[cfg(test)]
mod tests {
    use prost::encoding::{WireType, encode_key, string};
    use proto::wallet::{OtherRecord, StreamEntriesResponse, book_service_server::SERVICE_NAME};

    use super::*;

    fn record(sequence: i64, change: Option<Change>) -> BookRecord {
        let civil_day = "2026-01-15".to_owned();
        BookRecord { sequence, label: "pay".to_owned(), civil_day, change, ..BookRecord::default() }
    }

    fn aside(bytes: &[u8]) -> (i64, String) {
        match item(bytes, 12) {
            Some(Err(aside)) => {
                assert_eq!(aside.bytes, hex::encode(bytes), "the bytes that came");
                (aside.position, aside.error)
            }
            other => panic!("it cannot be read: {other:?}"),
        }
    }

    #[test]
    fn a_page_is_read_as_the_contract_says() {
        assert_eq!(STREAM_ENTRIES, format!("/{SERVICE_NAME}/StreamEntries"));
        let items = vec![record(7, Some(Change::Other(OtherRecord {}))), record(8, None)];
        let through = Timestamp { seconds: 5, nanos: 6 };
        let sent = StreamEntriesResponse {
            items: items.clone(),
            position: 8,
            hash: "ab".to_owned(),
            complete_through: Some(through),
            book_id: "51-01".to_owned(),
            epoch: 1,
        };
        let page = Page {
            items: items.iter().map(prost::Message::encode_to_vec).collect(),
            position: 8,
            hash: "ab".to_owned(),
            complete_through: Some(through),
            book_id: "51-01".to_owned(),
        };
        assert_eq!(Page::decode(&sent.encode_to_vec()[..]), Ok(page));
    }

    #[test]
    fn a_record_of_an_unknown_kind_is_set_aside_with_everything_that_came() {
        assert!(item(&record(7, Some(Change::Other(OtherRecord {}))).encode_to_vec(), 12).is_none());
        let mut bytes = record(8, None).encode_to_vec();
        assert_eq!(aside(&bytes), (8, "change is unreadable".to_owned()));
        // A kind that a newer book may have.
        string::encode(99, &"news".to_owned(), &mut bytes);
        assert_eq!(aside(&bytes).0, 8);
    }

    #[test]
    fn a_record_that_its_book_could_not_read_is_set_aside() {
        let bytes = BookRecord { unreadable: true, ..record(8, None) }.encode_to_vec();
        assert_eq!(aside(&bytes), (8, "record is unreadable".to_owned()));
    }

    #[test]
    fn a_record_that_is_no_record_is_set_aside_under_its_number_or_its_pages() {
        let mut bytes = record(9, None).encode_to_vec();
        encode_key(5, WireType::Varint, &mut bytes);
        bytes.push(1);
        assert_eq!(aside(&bytes).0, 9);
        assert_eq!(aside(&[0xff, 0xff]).0, 12);
    }
}
