//! What the writer is asked: the book's own commands, and those whose facts are looked up under the head lock.
//!
//! A command is stored in its record, so it holds no name, number, token or assertion of a person; of a mobile
//! number it holds the mask.

mod pay;

use chassis::{batch::Key, digest::Content, feed::Cursor};
use ledger::{command::OpenWallet, content};
use serde::{Deserialize, Serialize};
use standards::TraceCode;
use time::{Date, OffsetDateTime};

pub use self::pay::{Agent, Identified, Line, Means, Pay, REMOTE};
use crate::{
    facts::{FeedName, Known, KnownInstitution, KnownPerson},
    outcome::Refused,
};

/// One command to the writer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// What the book decides alone.
    Book(ledger::Command),
    /// 开通医保钱包
    Open(Open),
    /// 冻结, 解冻
    Freeze(Freeze),
    /// 个人账户划入
    Credit(Credit),
    /// 结算
    Pay(Box<Pay>),
    /// 退费
    Refund(Refund),
    /// A page of what identity has told.
    Persons(Followed<KnownPerson>),
    /// A page of what settlement has told of institutions.
    Institutions(Followed<KnownInstitution>),
}

/// Opens a wallet after identity was asked for the place of use.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Open {
    /// The book's command.
    pub wallet: OpenWallet,
    /// SHA-256 of the terms that were shown, hex.
    pub terms_sha256: String,
    /// Why identity or the rules say no; the id is burnt with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// Only asks whether the id is remembered, before identity is asked; never recorded.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub probe: bool,
}

/// Freezes a wallet or thaws it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Freeze {
    /// The book's command.
    pub wallet: ledger::command::FreezeWallet,
    /// 解冻 instead of 冻结.
    pub thaw: bool,
    /// The credential that asks: whoever froze may not thaw alone.
    pub by: String,
}

/// Credits a personal account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Credit {
    /// The book's command.
    pub credit: ledger::command::Credit,
    /// First and last day of its month.
    pub month: (Date, Date),
    /// How fresh the facts are.
    pub known: Known,
}

/// Refunds part of a payment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Refund {
    /// The book's command.
    pub refund: ledger::command::Refund,
    /// 追溯码 of what was brought back.
    pub returned_trace_codes: Vec<TraceCode>,
}

/// A page of a feed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Followed<T> {
    /// Where the cursor must stand.
    pub from: Cursor,
    /// Where it stands afterwards.
    pub to: Cursor,
    /// What was told, oldest first.
    pub items: Vec<T>,
    /// Items that could not be read.
    pub unreadable: Vec<Unreadable>,
}

/// An item that could not be read, as it came.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unreadable {
    /// Its position in the feed.
    pub position: i64,
    /// When it was set aside.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// What is wrong with it.
    pub error: String,
}

/// Every label that a record of a book may carry.
pub const LABELS: &[&str] = &[
    "open_wallet",
    "freeze_wallet",
    "unfreeze_wallet",
    "set_auto_claim",
    "credit",
    "earmark",
    "draw_down",
    "grant",
    "claim",
    "decline",
    "return",
    "revoke",
    "pay",
    "refund",
    "reverse_payment",
];

/// The labels of records that change a wallet's state.
pub const WALLET_LABELS: &[&str] = &["open_wallet", "freeze_wallet", "unfreeze_wallet"];

impl Command {
    /// The client's id and content; none where rows of the book are the barrier.
    pub fn key(&self) -> Option<Key> {
        match self {
            Self::Book(command) => book_key(command),
            Self::Open(open) => {
                let command = ledger::Command::OpenWallet(open.wallet.clone());
                let content = Content::of("wallet.open.1")
                    .bytes("wallet", &content::bytes(&command))
                    .text("terms", &open.terms_sha256)
                    .finish();
                Some(Key { id: open.wallet.wallet.uuid(), content })
            }
            Self::Freeze(freeze) => {
                Some(Key { id: freeze.wallet.request.uuid(), content: content::hash(&freeze.command()).0 })
            }
            Self::Credit(credit) => {
                let command = ledger::Command::CreditPersonalAccount(credit.credit.clone());
                Some(Key { id: credit.credit.credit.uuid(), content: content::hash(&command).0 })
            }
            Self::Pay(pay) => Some(Key { id: pay.payment.uuid(), content: pay.content() }),
            Self::Refund(refund) => {
                let command = ledger::Command::Refund(refund.refund.clone());
                let content = Content::of("wallet.refund.1").bytes("refund", &content::bytes(&command));
                let codes = &refund.returned_trace_codes;
                let content = codes.iter().fold(content, |content, code| content.text("code", code)).finish();
                Some(Key { id: refund.refund.refund.uuid(), content })
            }
            Self::Persons(_) | Self::Institutions(_) => None,
        }
    }

    /// The label of its record.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Book(command) => command.label(),
            Self::Open(_) => "open_wallet",
            Self::Freeze(freeze) => freeze.command().label(),
            Self::Credit(_) => "credit",
            Self::Pay(_) => "pay",
            Self::Refund(_) => "refund",
            Self::Persons(_) => FeedName::Identity.name(),
            Self::Institutions(_) => FeedName::Institutions.name(),
        }
    }
}

/// Settlement's commands are harmless to repeat by their rows; a person's or an institution's by their id.
fn book_key(command: &ledger::Command) -> Option<Key> {
    let id = match command {
        ledger::Command::SetAutoClaim(c) => c.request.uuid(),
        ledger::Command::ReversePayment(c) => c.request.uuid(),
        _ => return None,
    };
    Some(Key { id, content: content::hash(command).0 })
}

impl Freeze {
    /// The book's command.
    pub fn command(&self) -> ledger::Command {
        let wallet = self.wallet.clone();
        if self.thaw {
            ledger::Command::UnfreezeWallet(wallet)
        } else {
            ledger::Command::FreezeWallet(wallet)
        }
    }
}
