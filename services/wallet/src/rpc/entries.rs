//! A person's entries, newest first, walked along the links of the person's folios: the account in each pool and
//! the wallet. Days after the span are skipped a day at a step, and the walk ends before the span.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{
    key::{AccountKey, AccountNo, FolioKey, PostingNo},
    rows::{AccountRow, FolioRow, PostingRow},
};
use proto::wallet as wire;
use sqlx::PgConnection;
use standards::{BookId, PersonId};
use time::Date;

use crate::{
    convert::{
        entry::{Behind, Ledgerbook},
        record,
    },
    error,
    page::Asked,
    reading::Unread,
    sql,
};

/// What a list of entries asks for.
pub(crate) struct Wanted {
    pub(crate) book: BookId,
    pub(crate) person: PersonId,
    pub(crate) kind: Option<wire::AccountKind>,
    pub(crate) span: (Option<Date>, Option<Date>),
    pub(crate) page: Asked,
}

/// How many steps one read walks; a page whose filter finds too little ends early and goes on with its token.
const STEPS: i32 = 1_024;

/// One page, and the token of the next.
pub(crate) async fn page(
    conn: &mut PgConnection,
    wanted: &Wanted,
) -> Result<(Vec<wire::Entry>, String), Unread> {
    let folios = folios(&mut *conn, wanted.person).await?;
    let numbers: BTreeSet<AccountNo> = folios.iter().map(|folio| folio.no).collect();
    let mut heads = heads(&folios, &wanted.page.places);
    let mut walked: Vec<(usize, PostingRow)> = Vec::new();
    for (at, (folio, head)) in folios.iter().zip(&heads).enumerate() {
        if let Some(place) = head {
            let steps = sql::history::walk(&mut *conn, folio.no.0, place.0, wanted.span.1, STEPS).await?;
            walked.extend(steps.into_iter().map(|posting| (at, posting)));
        }
    }
    // Newest first over all folios; of each folio only so far as every other was walked too.
    walked.sort_by_key(|(_, posting)| std::cmp::Reverse(place(posting)));
    let reached = reached(&walked, folios.len());
    let ledgerbook = Book { folios: &folios, numbers: &numbers, wanted };
    let behind = ledgerbook.behind(&mut *conn, &walked).await?;
    let (accounts, origins) = ledgerbook.names(conn, &walked).await?;
    let renderer = Ledgerbook {
        book: wanted.book,
        person: wanted.person,
        folios: &numbers,
        accounts: &accounts,
        origins: &origins,
        kind: wanted.kind,
    };
    let mut entries = Vec::new();
    for (at, posting) in &walked {
        if entries.len() >= wanted.page.size || Some(place(posting)) < reached {
            break;
        }
        let over = is_before(posting, wanted.span.0);
        if !over && wanted.span.1.is_none_or(|last| posting.day <= last) {
            let behind =
                behind.get(&posting.sequence).ok_or_else(|| error::broken("a posting has no record"))?;
            let told = renderer.entries(posting, behind);
            if !entries.is_empty() && entries.len() + told.len() > wanted.page.size {
                break;
            }
            entries.extend(told);
        }
        heads[*at] = next(&folios[*at], posting, wanted.span.1).filter(|_| !over);
    }
    let places: Vec<i64> = heads.iter().map(|head| head.map_or(-1, |place| place.0)).collect();
    let more = heads.iter().any(Option::is_some);
    Ok((entries, if more { wanted.page.next(&places) } else { String::new() }))
}

/// The person's folios, ascending, so that a token's places keep their meaning; new folios come at the end.
async fn folios(conn: &mut PgConnection, person: PersonId) -> Result<Vec<FolioRow>, Unread> {
    let pools = sql::load::personal(&mut *conn, &[person.uuid()]).await?;
    let keys = pools.iter().map(|row| FolioKey::Personal(person, row.pool)).chain([FolioKey::Wallet(person)]);
    let keys: Vec<String> = keys.map(|key| key.to_string()).collect();
    let mut folios = sql::history::folios(conn, &keys).await?;
    folios.sort_by_key(|folio| folio.no);
    Ok(folios)
}

/// Where each folio's walk begins: where the last page ended, or at its last posting. A folio that was opened
/// after the first page has nothing older to show.
fn heads(folios: &[FolioRow], places: &[i64]) -> Vec<Option<PostingNo>> {
    let place = |at: usize| match places.get(at) {
        Some(-1) => None,
        Some(place) => Some(PostingNo(*place)),
        None => None,
    };
    let first = places.is_empty();
    folios.iter().enumerate().map(|(at, folio)| if first { Some(folio.last) } else { place(at) }).collect()
}

fn place(posting: &PostingRow) -> PostingNo {
    PostingNo::new(posting.sequence, posting.n)
}

fn is_before(posting: &PostingRow, first: Option<Date>) -> bool {
    first.is_some_and(|first| posting.day < first)
}

/// The oldest place up to which all folios were walked: that of the youngest end among full walks.
fn reached(walked: &[(usize, PostingRow)], folios: usize) -> Option<PostingNo> {
    let full = usize::try_from(STEPS).unwrap_or(usize::MAX);
    let ends = (0..folios).filter_map(|at| {
        let own: Vec<PostingNo> =
            walked.iter().filter(|(of, _)| *of == at).map(|(_, posting)| place(posting)).collect();
        (own.len() >= full).then(|| own.into_iter().min()).flatten()
    });
    ends.max()
}

/// Where a folio's history goes on after a posting.
fn next(folio: &FolioRow, posting: &PostingRow, last_day: Option<Date>) -> Option<PostingNo> {
    let side = if posting.debit.folio == folio.no { &posting.debit } else { &posting.credit };
    if last_day.is_some_and(|last| posting.day > last) { side.previous_day } else { side.previous }
}

struct Book<'a> {
    folios: &'a [FolioRow],
    numbers: &'a BTreeSet<AccountNo>,
    wanted: &'a Wanted,
}

impl Book<'_> {
    /// Commands, times and batches of the records that a page may show.
    async fn behind(
        &self,
        conn: &mut PgConnection,
        walked: &[(usize, PostingRow)],
    ) -> Result<BTreeMap<i64, Behind>, Unread> {
        let sequences: BTreeSet<i64> = self.shown(walked).map(|posting| posting.sequence).collect();
        let sequences: Vec<i64> = sequences.into_iter().collect();
        let batches = sql::chain::holding(&mut *conn, &sequences).await?;
        let batches: BTreeMap<i64, i64> =
            batches.into_iter().map(|held| (held.seq, held.first_seq)).collect();
        let mut behind = BTreeMap::new();
        for stored in sql::chain::records_of(conn, &sequences).await? {
            let command = record::body(&stored.body)?.command;
            let batch = batches.get(&stored.seq).copied().unwrap_or(stored.seq);
            behind.insert(stored.seq, Behind { command, at: stored.at, batch });
        }
        Ok(behind)
    }

    /// At most one posting more than a page is looked at in each folio.
    fn shown<'b>(&self, walked: &'b [(usize, PostingRow)]) -> impl Iterator<Item = &'b PostingRow> {
        let page = if self.wanted.kind.is_some() { usize::MAX } else { self.wanted.page.size + 1 };
        let most = page.saturating_mul(self.folios.len().max(1));
        let last = self.wanted.span.1;
        let inside = walked.iter().map(|(_, posting)| posting);
        inside.filter(move |posting| last.is_none_or(|last| posting.day <= last)).take(most)
    }

    /// The accounts on the person's side of the postings, and where lots come from.
    async fn names(
        &self,
        conn: &mut PgConnection,
        walked: &[(usize, PostingRow)],
    ) -> Result<(BTreeMap<AccountNo, AccountRow>, BTreeMap<standards::TransferId, standards::Pool>), Unread>
    {
        let sides = walked.iter().flat_map(|(_, posting)| [&posting.debit, &posting.credit]);
        let own = sides.filter(|side| self.numbers.contains(&side.folio)).map(|side| side.account.0);
        let own: BTreeSet<i64> = own.collect();
        let accounts = sql::history::accounts(&mut *conn, &own.into_iter().collect::<Vec<_>>()).await?;
        let transfers = accounts.iter().filter_map(|account| match account.key {
            AccountKey::Lot(transfer, _) => Some(transfer.uuid()),
            _ => None,
        });
        let transfers: Vec<uuid::Uuid> = transfers.collect();
        let lots = sql::load::lots(conn, &transfers, &[]).await?;
        let origins = lots.iter().filter_map(|lot| Some((lot.transfer, lot.terms?.origin))).collect();
        Ok((accounts.into_iter().map(|account| (account.no, account)).collect(), origins))
    }
}
