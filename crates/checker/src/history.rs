//! What callers asked for and what they were answered: one call a line, as JSON, so that a run can be judged again
//! later by a better checker.
//!
//! Amounts are fen, states the words of the contract without their prefix. What the answer means for certain is
//! decided by its gRPC code alone, never by its text.

mod recorder;

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

pub use self::recorder::{Process, Recorder, Underway};

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// 转账
    Transfer,
    /// 接收
    Claim,
    /// 拒收
    Decline,
    /// 结算
    Payment,
    /// 退费
    Refund,
    /// 冲正
    Reversal,
    /// 入账
    Credit,
}

/// What the caller knows afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was done.
    Ok,
    /// It was not done by this call.
    Fail,
    /// It may have been done.
    Unknown,
}

impl Outcome {
    /// What a gRPC code says. INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED,
    /// FAILED_PRECONDITION and UNAUTHENTICATED say that nothing was done; every other error leaves it open.
    pub const fn of_code(code: i32) -> Self {
        match code {
            0 => Self::Ok,
            3 | 5 | 7 | 8 | 9 | 16 => Self::Fail,
            _ => Self::Unknown,
        }
    }
}

/// When something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// Microseconds since the recorder began; orders the calls of all its processes.
    pub micros: u64,
    /// The machine's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub wall: OffsetDateTime,
}

/// What a request says of the effect that it wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// How much: of a transfer, the personal part of a payment, a refund or a credit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// What it is about: the transfer of a claim or decline, the payment of a refund or reversal, the sharer of a
    /// transfer, the patient of a payment, the person of a credit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<Uuid>,
}

/// The facts of a reply; each that is there must be true.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reply {
    /// Id of what the reply shows: transfer, payment or refund; of a credit the request's own.
    pub id: Uuid,
    /// Its amount; of a payment its personal part.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Its state, `PENDING_CLAIM`, `PAID`; of a refund the payment's afterwards. Empty if it has none.
    pub state: String,
    /// The record in the book that made a payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence: Option<i64>,
    /// What a payment took from the patient's own accounts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own: Option<i64>,
    /// What it took from shared quota.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shared: Option<i64>,
    /// What was left to pay in cash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cash: Option<i64>,
    /// What of a payment had been refunded by then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refunded: Option<i64>,
    /// What the patient's own accounts held right after a payment; what a credited account held, both pots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available: Option<i64>,
}

/// One call and its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Which of the callers, who call one thing after the other.
    pub process: u32,
    /// Its how-manieth call, from 1.
    pub number: u64,
    /// What was asked for.
    pub operation: Operation,
    /// The id under which it was asked: a repeat has the same.
    pub key: Uuid,
    /// SHA-256 of the request as it was sent, hex.
    pub content: String,
    /// What the request says of its effect.
    pub asked: Asked,
    /// When it was sent.
    pub invoked: Moment,
    /// When it ended.
    pub ended: Moment,
    /// What is known afterwards.
    pub outcome: Outcome,
    /// The gRPC code.
    pub code: i32,
    /// The reason of a refusal; empty if none was given.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// What the answer says, if it is ok.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
}

/// Every call of a history.
///
/// # Errors
/// If the file cannot be read or a line is none of ours.
pub fn read(path: &Path) -> Result<Vec<Call>> {
    let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let mut calls = Vec::new();
    for (number, line) in (1..).zip(BufReader::new(file).lines()) {
        let call = serde_json::from_str(&line?);
        calls.push(call.with_context(|| format!("line {number} of {}", path.display()))?);
    }
    Ok(calls)
}

/// For each key of which no call ended for certain its last call: it is asked once more before the end.
pub fn open(calls: &[Call]) -> Vec<&Call> {
    let mut last: BTreeMap<(Operation, Uuid), Option<&Call>> = BTreeMap::new();
    for call in calls {
        let entry = last.entry((call.operation, call.key)).or_insert(Some(call));
        if call.outcome != Outcome::Unknown {
            *entry = None;
        } else if entry.is_some() {
            *entry = Some(call);
        }
    }
    last.into_values().flatten().collect()
}

/// An amount as the contract writes it, `12.34`, in fen; none if it is none.
pub fn fen(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (yuan, part) = digits.split_once('.').unwrap_or((digits, "00"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(yuan) || !is_number(part) || part.len() > 2 {
        return None;
    }
    let fen: i64 = format!("{part:0<2}").parse().ok()?;
    yuan.parse::<i64>().ok()?.checked_mul(100)?.checked_add(fen)?.checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_six_codes_say_that_nothing_was_done() {
        let failed: Vec<i32> = (0..17).filter(|code| Outcome::of_code(*code) == Outcome::Fail).collect();
        // INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED, FAILED_PRECONDITION, UNAUTHENTICATED.
        assert_eq!(failed, [3, 5, 7, 8, 9, 16]);
        for unknown in [1, 2, 4, 6, 10, 11, 12, 13, 14, 15, 99] {
            assert_eq!(Outcome::of_code(unknown), Outcome::Unknown, "{unknown}");
        }
    }

    #[test]
    fn amounts_are_read_to_the_fen_or_not_at_all() {
        let amounts = [("12.34", 1_234), ("0", 0), ("0.5", 50), ("-3.07", -307), ("2000.00", 200_000)];
        for (text, expected) in amounts {
            assert_eq!(fen(text), Some(expected), "{text}");
        }
        for text in ["", ".", "1.", ".5", "1.234", "1,000", "+1", "--1", "1e3", "99999999999999999999"] {
            assert_eq!(fen(text), None, "{text}");
        }
    }
}
