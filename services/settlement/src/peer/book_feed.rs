//! Follows a book's records: obligations, and what its lots have consumed.

use chassis::{
    batch::Writer,
    client::Peer,
    feed::{Cursor, Progress, Source, Watermark},
};
use clearing::Category;
use futures::{Stream, StreamExt as _};
use money::Yuan;
use prost::Message as _;
use prost_types::Timestamp;
use proto::wallet::{
    BookRecord, RecordedLeg, RecordedLegs, StreamEntriesRequest, book_record::Change,
    book_service_client::BookServiceClient,
};
use standards::{BookId, TransferId, civil};
use time::OffsetDateTime;
use tonic::Status;

use super::{MAX_PAGE, malformed, store, words};
use crate::{
    command::{Back, BookItem, Followed, Items, LegItem, LotItem, Unreadable},
    keeper::Keeper,
};

/// A book's stream.
pub struct BookSource {
    pub book: BookId,
    pub peer: Peer,
    pub writer: Writer<Keeper>,
}

impl BookSource {
    /// The name of the cursor.
    pub fn feed(&self) -> String {
        format!("book-{}", self.book)
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
        let mut client = BookServiceClient::new(self.peer.clone()).max_decoding_message_size(MAX_PAGE);
        let request =
            StreamEntriesRequest { after_position: cursor.sequence, after_hash: cursor.hash_text() };
        let stream = client.stream_entries(request).await?.into_inner();
        let book = self.book.to_string();
        Ok(stream.map(move |page| {
            let page = page?;
            if page.book_id != book {
                return Err(malformed("book id"));
            }
            let watermark = watermark(page.position, &page.hash, page.complete_through.as_ref())?;
            Ok((page.items.into_iter().filter_map(item).collect(), watermark))
        }))
    }

    async fn take(&self, items: Vec<Item>, from: Cursor, to: Watermark) -> Result<Progress, Status> {
        let (mut read, mut unreadable) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                Ok(item) => read.push(item),
                Err(aside) => {
                    tracing::error!(book = %self.book, sequence = aside.position, error = aside.error, "a record is set aside");
                    unreadable.push(aside);
                }
            }
        }
        let items = Items::Book(self.book, read);
        store(&self.writer, Followed { feed: self.feed(), from, to: to.cursor, items, unreadable }).await
    }
}

/// Where a page ends.
pub(super) fn watermark(position: i64, hash: &str, through: Option<&Timestamp>) -> Result<Watermark, Status> {
    // A source without any record stands at the start, whatever hash it names.
    let cursor = if position == 0 { Some(Cursor::START) } else { Cursor::parse(position, hash) };
    let cursor = cursor.ok_or_else(|| malformed("position"))?;
    Ok(Watermark { cursor, through: words::instant(through).unwrap_or(OffsetDateTime::UNIX_EPOCH) })
}

/// The record as far as it concerns settlement; `None` if it does not.
fn item(record: BookRecord) -> Option<Item> {
    let position = record.sequence;
    let read = match &record.change {
        Some(Change::Other(_)) | None => return None,
        Some(Change::Paid(legs)) => legs_of(&record, legs, false),
        Some(Change::Refunded(legs)) => legs_of(&record, legs, true),
        Some(Change::LotChanged(changed)) => {
            changed.lot.as_ref().ok_or(words::Unreadable("lot")).and_then(|lot| lots_only(&record, lot))
        }
    };
    Some(read.map_err(|error| {
        let bytes = hex::encode(record.encode_to_vec());
        Unreadable { position, bytes, error: error.to_string() }
    }))
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
