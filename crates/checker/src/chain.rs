//! B8, the part of the chain: records without a gap, batches that join, every leaf, root and link computed
//! again by the documented encoding, and the ids that were burnt.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::{
    rows::{Book, Chain, Posting, Record},
    verdict::Judge,
};

type Hash = [u8; 32];

/// What callers ask for under an id of their own, by the label of its record. The rest is harmless to repeat.
pub(crate) const BOOK: &[&str] = &[
    "open_wallet",
    "freeze_wallet",
    "unfreeze_wallet",
    "set_auto_claim",
    "credit",
    "pay",
    "refund",
    "reverse_payment",
];
pub(crate) const SETTLEMENT: &[&str] = &["accept", "claim", "decline", "put-institution"];
pub(crate) const IDENTITY: &[&str] = &["register", "enrol", "assign"];
pub(crate) const KINSHIP: &[&str] = &["propose", "accept", "reject"];

/// Judges one database's chain; `evidence` gives the bytes that a record's hash covers beside its text.
pub(crate) fn check(chain: &Chain, evidence: impl Fn(i64) -> Vec<u8>, judge: &mut Judge) {
    for (expected, record) in (1_i64..).zip(&chain.records) {
        judge.same("B8", "the numbers of records", expected, record.seq);
    }
    let last = chain.records.last().map_or(0, |record| record.seq);
    judge.same("B8", "the head's number", last, chain.head.seq);
    let records: BTreeMap<i64, &Record> = chain.records.iter().map(|record| (record.seq, record)).collect();
    let mut previous: Hash = [0; 32];
    let mut before = (0, None);
    for batch in &chain.batches {
        let subject = format!("batch {}..{}", batch.first_seq, batch.last_seq);
        judge.same("B8", &subject, before.0 + 1, batch.first_seq);
        judge.holds(
            "B8",
            &subject,
            "book time never runs backwards",
            before.1.is_none_or(|at| at <= batch.at),
        );
        let mut leaves = Vec::new();
        for seq in batch.first_seq..=batch.last_seq {
            if let Some(record) = records.get(&seq) {
                judge.same("B8", format!("the time of record {seq}"), batch.at, record.at);
                leaves.push(leaf(record, &evidence(seq)));
            }
        }
        let root = root(&leaves);
        judge.same("B8", format!("{subject}: root"), hex::encode(root), hex::encode(&batch.root));
        let hash = link(&previous, batch.first_seq, batch.last_seq, &root);
        judge.same("B8", format!("{subject}: hash"), hex::encode(hash), hex::encode(&batch.hash));
        previous = hash;
        before = (batch.last_seq, Some(batch.at));
    }
    judge.same("B8", "the last batch", chain.head.seq, before.0);
    judge.same("B8", "the head's hash", hex::encode(previous), hex::encode(&chain.head.hash));
    if let Some(at) = before.1 {
        judge.holds("B8", "the head's time", "not before the last batch", chain.head.at >= at);
    }
    burnt(chain, judge);
}

/// A record of what a caller asked for has the caller's id: without it a repeat would be done again.
pub(crate) fn remembered(chain: &Chain, asked: &[&str], judge: &mut Judge) {
    for record in chain.records.iter().filter(|record| asked.contains(&record.label.as_str())) {
        let subject = format!("{} of record {}", record.label, record.seq);
        judge.holds("B8", subject, "the id of the request is remembered", record.id.is_some());
    }
}

/// Every id that a record burnt leads to it, a content stands beside it, and no other id is burnt.
fn burnt(chain: &Chain, judge: &mut Judge) {
    let mut known: BTreeMap<_, _> = chain.requests.iter().map(|request| (request.id, request.seq)).collect();
    judge.same("B8", "ids are burnt once", chain.requests.len(), known.len());
    for record in &chain.records {
        if let Some(id) = record.id {
            judge.same("B8", format!("request {id}"), Some(record.seq), known.remove(&id));
            judge.holds("B8", format!("request {id}"), "its content is known", record.content.is_some());
        }
    }
    for id in known.into_keys() {
        judge.holds("B8", format!("request {id}"), "a record burnt the id", false);
    }
}

fn leaf(record: &Record, evidence: &[u8]) -> Hash {
    let micros = i64::try_from(record.at.unix_timestamp_nanos().div_euclid(1_000)).unwrap_or(i64::MAX);
    let mut bytes = vec![0];
    bytes.extend(b"gongji-record-1");
    bytes.extend(record.seq.to_be_bytes());
    bytes.extend(micros.to_be_bytes());
    for part in [record.label.as_bytes(), record.body.as_bytes(), evidence] {
        bytes.extend(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        bytes.extend(part);
    }
    Sha256::digest(&bytes).into()
}

/// The root of RFC 6962: the largest power of two below the number of leaves goes left.
fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => [0; 32],
        [leaf] => *leaf,
        _ => {
            let mut split = 1;
            while split * 2 < leaves.len() {
                split *= 2;
            }
            let (left, right) = leaves.split_at(split);
            let mut bytes = vec![1];
            bytes.extend(root(left));
            bytes.extend(root(right));
            Sha256::digest(&bytes).into()
        }
    }
}

fn link(previous: &Hash, first: i64, last: i64, root: &Hash) -> Hash {
    let mut bytes = b"gongji-chain-1".to_vec();
    bytes.extend(previous);
    bytes.extend(first.to_be_bytes());
    bytes.extend(last.to_be_bytes());
    bytes.extend(root);
    Sha256::digest(&bytes).into()
}

/// The bytes of a record's postings: a version, then 118 bytes each, big-endian, links that are absent as 0.
pub(crate) fn evidence(book: &Book, seq: i64) -> Vec<u8> {
    let from = book.postings.partition_point(|posting| posting.seq < seq);
    let to = book.postings.partition_point(|posting| posting.seq <= seq);
    let mut bytes = vec![1];
    for posting in &book.postings[from..to] {
        bytes.extend(posting.seq.to_be_bytes());
        bytes.push(u8::try_from(posting.n).unwrap_or(u8::MAX));
        bytes.push(if posting.ledger == "MONEY" { 1 } else { 2 });
        bytes.extend(posting.day.to_julian_day().to_be_bytes());
        bytes.extend(posting.amount.to_be_bytes());
        for number in sides(posting) {
            bytes.extend(number.to_be_bytes());
        }
    }
    bytes
}

fn sides(posting: &Posting) -> [i64; 12] {
    [
        posting.debit_account,
        posting.debit_balance,
        posting.debit_folio,
        posting.debit_folio_balance,
        posting.debit_previous.unwrap_or(0),
        posting.debit_previous_day.unwrap_or(0),
        posting.credit_account,
        posting.credit_balance,
        posting.credit_folio,
        posting.credit_folio_balance,
        posting.credit_previous.unwrap_or(0),
        posting.credit_previous_day.unwrap_or(0),
    ]
}
