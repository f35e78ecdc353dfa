//! What the services know when they ask for a decision. Plain values, stored beside the decision, so that it
//! can be judged again.
//!
//! `None` in a fact means *not known* and refuses; it never means *no*. A group of facts that is absent as a whole
//! (`standing`, `context`) leaves its rules out: the record is from before they were asked for, or somebody else
//! judges them.

mod person;
mod usage;

use money::Yuan;
use serde::{Deserialize, Serialize};
use standards::Pool;
use time::Date;

pub use self::{
    person::{Benefit, Enrolment, PersonFacts, PersonStanding},
    usage::{Filing, MonthSoFar, PaymentFacts, Presented, RemoteCare, UseFacts},
};

use crate::words::{BondStage, PremiumScheme, Programme, Relation};

/// Facts for a bond.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BondFacts {
    /// The programme for which the bond is made.
    pub programme: Programme,
    /// Proposal or acceptance.
    pub stage: BondStage,
    /// What the beneficiary is to the sharer.
    pub relation: Relation,
    /// Whether the sharer accepted the commitment text.
    pub commitment: bool,
    /// 共济人.
    pub sharer: PersonFacts,
    /// 被共济人; only the person id is read when the bond is proposed.
    pub beneficiary: PersonFacts,
    /// What the registry knows beside the two persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<BondContext>,
}

/// What surrounds a bond that is proposed or accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BondContext {
    /// Whether somebody acts online and not at a counter.
    pub online: bool,
    /// Whether a guardian acts for the beneficiary.
    pub guardian_acts: bool,
    /// Whether documents or records prove the kinship.
    pub kinship_proven: Option<bool>,
    /// Whether whoever invites was recognised by face.
    pub face: Option<bool>,
    /// Whether the relative's code is linked already.
    pub code_proxy_linked: Option<bool>,
    /// The other bonds of the two.
    pub counts: Option<BondCounts>,
}

/// Bonds of the same programme that stand beside the one that is judged: in force or suspended, and for the sharer who
/// invites also those that wait for an answer (R-044…R-047).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BondCounts {
    /// From this sharer to this beneficiary.
    pub same_pair: u32,
    /// In which the sharer shares.
    pub sharer_shares: u32,
    /// In which the sharer is the beneficiary.
    pub sharer_uses: u32,
    /// In which the beneficiary shares.
    pub beneficiary_shares: u32,
    /// In which the beneficiary is one.
    pub beneficiary_uses: u32,
    /// How many bonds the sharer made or ended in this civil year.
    pub changes_this_year: u32,
}

/// What kinship-registry says about the bond of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BondStanding {
    /// Whether it is in force at this instant.
    pub active: bool,
    /// The programme for which it was made.
    pub programme: Programme,
}

/// Facts for the end of a bond that one of the two wishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnbindFacts {
    /// The programme of the bond.
    pub programme: Programme,
    /// 共济人.
    pub sharer: PersonFacts,
    /// 被共济人.
    pub beneficiary: PersonFacts,
    /// The civil day on which the bond came into force.
    #[serde(with = "crate::stored::day")]
    pub active_from: Date,
    /// How many bonds the sharer made or ended in this civil year.
    pub changes_this_year: Option<u32>,
}

/// Facts for a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferFacts {
    /// The programme of the transfer.
    pub programme: Programme,
    /// The bond.
    pub bond: Option<BondStanding>,
    /// What is to be transferred, in fen.
    pub amount: Yuan,
    /// 共济人.
    pub sharer: PersonFacts,
    /// 被共济人.
    pub beneficiary: PersonFacts,
    /// Transfers of the sharer that were accepted on this civil day; refused ones do not count.
    pub sent_today: Option<u32>,
    /// Transfers from this sharer to this beneficiary that wait to be claimed.
    pub unclaimed: Option<u32>,
    /// What else is known about the transfer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<TransferContext>,
}

/// What surrounds a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransferContext {
    /// Whether somebody acts online and not at a counter.
    pub online: bool,
    /// Whether quota of the sharer's own wallet is to be sent on.
    pub from_own_wallet: bool,
    /// The sharer's account; `None` where only the book judges it.
    pub account: Option<AccountFacts>,
}

/// What is known about the sharer's personal account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFacts {
    /// What may be used now.
    pub balance: Option<Yuan>,
    /// The balance at the start of the civil year.
    pub year_start_balance: Option<Yuan>,
    /// What was shared in this civil year and did not come back.
    pub shared_this_year: Option<Yuan>,
}

/// Facts for an allocation of the sharer into the own shared account (划拨).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocationFacts {
    /// What is to be allocated, in fen.
    pub amount: Yuan,
    /// 共济人.
    pub sharer: PersonFacts,
    /// The sharer's personal account.
    pub account: AccountFacts,
    /// Allocations of this civil year.
    pub allocations_this_year: Option<u32>,
}

/// Facts for the opening of a wallet at a place of use, or its move there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceFacts {
    /// The programme, in practice the wallet's.
    pub programme: Programme,
    /// The place that was chosen.
    pub place: Pool,
    /// Whose wallet it will be.
    pub person: PersonFacts,
}

/// Facts for linking a relative's code (亲情账户).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeProxyFacts {
    /// Who will show the code.
    pub shower: PersonFacts,
    /// Whose code it is.
    pub owner: PersonFacts,
    /// How many relatives' codes the shower has linked already.
    pub linked: Option<u32>,
    /// Whether documents about the two were seen.
    pub documents: bool,
    /// Whether the owner agreed by face.
    pub face: bool,
}

/// Facts for the payment of a relative's premium, or the own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PremiumFacts {
    /// The programme whose money pays.
    pub funded_by: Programme,
    /// Which premium.
    pub scheme: PremiumScheme,
    /// The year of insurance, such as 2025.
    pub insurance_year: u16,
    /// What is to be paid.
    pub amount: Yuan,
    /// Whose money it is.
    pub payer: PersonFacts,
    /// Whose premium it is.
    pub insured: PersonFacts,
    /// The bond between the two; not read where they are one person.
    pub bond: Option<BondStanding>,
    /// Whether this year's premium was paid before.
    pub already_paid: Option<bool>,
}
