//! What settlement's writer is asked to decide, and what it answers.
//!
//! A client's command carries its id and a canonical hash of its content; for all others the rows themselves
//! are the barrier, so that doing one twice changes nothing.

use chassis::{batch::Key, digest::Content, feed::Cursor, status::Refusal};
use clearing::Category;
use money::Yuan;
use policy::{BondStanding, PersonFacts, Programme};
use saga::{DrawDue, LotState, ReturnCause, State, Step};
use serde::{Deserialize, Serialize};
use standards::{BondId, BookId, PaymentId, PersonId, Pool, RefundId, RequestId, TransferId};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{institution::Put, transfer::Source};

/// One decision to make.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Command {
    /// 转账: decide and store a transfer.
    Accept(Box<Accept>),
    /// 接收.
    Claim(Ask),
    /// 拒收.
    Decline(Ask),
    /// A book has answered.
    StepDone(Box<StepDone>),
    /// The end of the claim may have come.
    Timeout(TransferId),
    /// The sharer's book has acknowledged a report about a lot.
    DrawnDown(Drawn),
    /// The sharer's book cannot accept a report.
    Stuck(Drawn, String),
    /// A page of a followed stream.
    Followed(Box<Followed>),
    /// 登记定点医药机构.
    PutInstitution(Box<Put>),
    /// This process runs.
    Register(Alive),
    /// It still does.
    Heartbeat(Alive),
    /// Take over what silent processes have left.
    Adopt {
        /// The processes that are not heard of any more.
        owners: Vec<Uuid>,
    },
}

/// A transfer that somebody asks for. Its record keeps the facts in short.
#[derive(Clone, Debug)]
pub struct Accept {
    pub transfer: TransferId,
    pub programme: Programme,
    pub bond: BondId,
    pub amount: Yuan,
    pub source: Source,
    pub beneficiary: PersonId,
    /// Who the caller says shares: the citizen itself, or as the bond says.
    pub sharer: PersonId,
    /// Whether somebody acts online and not at a counter; no part of what is asked.
    pub online: bool,
    /// A credential: kept with the transfer, not in the record.
    pub assertion: String,
    /// The trace of the call; no part of what is asked.
    pub trace: Option<String>,
    /// What identity and kinship-registry said; without it only a known id is answered.
    pub facts: Option<Facts>,
}

/// What the peers said just before.
#[derive(Clone, Debug)]
pub struct Facts {
    /// `None`: nobody knows the bond.
    pub bond: Option<BondStanding>,
    pub sharer: PersonFacts,
    pub beneficiary: PersonFacts,
}

/// A beneficiary's wish about a transfer.
#[derive(Clone, Debug, Serialize)]
pub struct Ask {
    pub request: RequestId,
    pub transfer: TransferId,
    /// A credential: kept with the transfer, not in the record.
    #[serde(skip_serializing)]
    pub assertion: String,
}

/// A step and where it leads; the driver has applied the saga.
#[derive(Clone, Debug, Serialize)]
pub struct StepDone {
    pub transfer: TransferId,
    /// The version that the driver saw.
    pub version: i64,
    pub step: Step,
    pub outcome: saga::Outcome,
    pub to: State,
}

/// A report about a lot, as it was sent.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Drawn {
    pub transfer: TransferId,
    pub report: DrawDue,
}

/// A page of a stream.
#[derive(Clone, Debug, Serialize)]
pub struct Followed {
    /// Names the cursor.
    pub feed: String,
    pub from: Cursor,
    pub to: Cursor,
    pub items: Items,
    /// Items that could not be read: position, bytes as hex, why.
    pub unreadable: Vec<Unreadable>,
}

/// An item that is set aside.
#[derive(Clone, Debug, Serialize)]
pub struct Unreadable {
    pub position: i64,
    pub bytes: String,
    pub error: String,
}

/// What a page says, by the kind of stream.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Items {
    Book(BookId, Vec<BookItem>),
    Kinship(Vec<BondItem>),
    Identity(Vec<PersonItem>),
}

/// One record of a book, as far as it concerns settlement.
#[derive(Clone, Debug, Serialize)]
pub struct BookItem {
    pub sequence: i64,
    pub day: Date,
    pub legs: Vec<LegItem>,
    pub lots: Vec<LotItem>,
}

/// A leg that was paid or given back.
#[derive(Clone, Debug, Serialize)]
pub struct LegItem {
    pub payment: PaymentId,
    /// What gave it back, if anything did.
    pub back: Option<Back>,
    pub number: u16,
    pub debtor: Pool,
    pub creditor: Pool,
    /// Without sign.
    pub amount: Yuan,
    pub category: Category,
}

/// How a leg was given back.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum Back {
    Refund(RefundId),
    Reversal,
}

/// A lot after a record.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct LotItem {
    pub transfer: TransferId,
    pub report: DrawDue,
}

/// A bond after a change.
#[derive(Clone, Debug, Serialize)]
pub struct BondItem {
    pub position: i64,
    pub bond: BondId,
    pub sharer: PersonId,
    pub beneficiary: PersonId,
    pub revision: i64,
    /// Set when it has ended: why what was shared under it goes back.
    pub ended: Option<ReturnCause>,
}

/// A person after a change.
#[derive(Clone, Debug, Serialize)]
pub struct PersonItem {
    pub position: i64,
    pub person: PersonId,
    pub deceased: bool,
}

/// A sign of life of a process.
#[derive(Clone, Debug, Serialize)]
pub struct Alive {
    pub process: Uuid,
    pub instance: String,
    /// By the machine's clock.
    pub at: OffsetDateTime,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Outcome {
    /// The transfer is stored; so many counted on its civil day before it.
    Accepted {
        sharer: PersonId,
        sent_today: u32,
        /// The instant through which the rules were recorded that it was decided by; not in records from before it
        /// was kept.
        #[serde(default, skip_serializing_if = "Option::is_none", with = "time::serde::rfc3339::option")]
        known: Option<OffsetDateTime>,
    },
    /// The rules refuse it, for ever under this id.
    Refused { sharer: PersonId, refusal: Refusal },
    /// It cannot be decided now; nothing is stored.
    Undecided { refusal: Refusal },
    /// The id is not known, and there are no facts to decide with.
    NeedsFacts,
    /// The wish stands; what comes of it is in the transfer.
    Asked { transfer: TransferId },
    /// The transfer's state does not allow it, for ever under this id.
    NotAsked { refusal: Refusal },
    /// The transfer moved on, or the row changed.
    Moved,
    /// Nothing to do: it moved on before, or it is not time yet.
    Unmoved,
    /// The page is stored.
    Stored,
    /// Another process has moved the cursor.
    Elsewhere,
    /// The institution is stored with this revision.
    Put { revision: i64 },
    /// The caller has seen another revision than this; nothing is stored.
    RevisionChanged { actual: i64 },
    /// So many rows were taken over.
    Adopted { count: usize },
}

impl Command {
    /// The client's id and the hash of what it asks.
    pub fn key(&self) -> Option<Key> {
        match self {
            Self::Accept(accept) => Some(Key { id: accept.transfer.uuid(), content: accept.content() }),
            Self::Claim(ask) => Some(ask.key("settlement.claim.1")),
            Self::Decline(ask) => Some(ask.key("settlement.decline.1")),
            Self::PutInstitution(put) => Some(Key { id: put.request.uuid(), content: put.content() }),
            Self::StepDone(_)
            | Self::Timeout(_)
            | Self::DrawnDown(_)
            | Self::Stuck(..)
            | Self::Followed(_)
            | Self::Register(_)
            | Self::Heartbeat(_)
            | Self::Adopt { .. } => None,
        }
    }

    /// How many rows it may touch.
    pub fn weight(&self) -> usize {
        match self {
            Self::Accept(_) => 6,
            Self::StepDone(_) => 4,
            Self::Claim(_) | Self::Decline(_) | Self::Timeout(_) => 3,
            Self::Followed(followed) => 8 + followed.weight(),
            Self::Adopt { .. } => crate::ownership::CHUNK,
            Self::DrawnDown(_)
            | Self::Stuck(..)
            | Self::PutInstitution(_)
            | Self::Register(_)
            | Self::Heartbeat(_) => 1,
        }
    }

    /// The label of its record.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Accept(_) => "accept",
            Self::Claim(_) => "claim",
            Self::Decline(_) => "decline",
            Self::StepDone(_) => "step",
            Self::Timeout(_) => "timeout",
            Self::DrawnDown(_) => "drawn-down",
            Self::Stuck(..) => "stuck",
            Self::Followed(_) => "followed",
            Self::PutInstitution(_) => PUT_INSTITUTION,
            Self::Register(_) => "register",
            Self::Heartbeat(_) => "heartbeat",
            Self::Adopt { .. } => "adopt",
        }
    }
}

/// The label that the institutions' stream filters by.
pub const PUT_INSTITUTION: &str = "put-institution";

impl Accept {
    fn content(&self) -> [u8; 32] {
        Content::of("settlement.accept.1")
            .text("programme", self.programme)
            .text("bond", self.bond)
            .text("amount", self.amount)
            .text("source", self.source.name())
            .text("beneficiary", self.beneficiary)
            .finish()
    }
}

impl LotItem {
    /// Whether it is open and nothing is spent from it.
    pub fn is_untouched(&self) -> bool {
        self.report.lot == LotState::Open && self.report.consumed.is_zero()
    }
}

impl Ask {
    fn key(&self, purpose: &str) -> Key {
        let content = Content::of(purpose).text("transfer", self.transfer).finish();
        Key { id: self.request.uuid(), content }
    }
}

impl Followed {
    fn weight(&self) -> usize {
        match &self.items {
            Items::Book(_, items) => items.iter().map(|item| item.legs.len() + item.lots.len()).sum(),
            Items::Kinship(items) => 4 * items.len(),
            Items::Identity(items) => items.len(),
        }
    }
}
