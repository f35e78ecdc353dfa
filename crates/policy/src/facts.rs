//! What the services know when they ask for a decision. Plain values, stored beside the decision, so that it
//! can be judged again.
//!
//! `None` in a fact means *not known* and refuses; it never means *no*.

use money::Yuan;
use serde::{Deserialize, Serialize};
use standards::{PersonId, Pool};
use time::Date;

use crate::{
    stored,
    words::{BondStage, EnrolmentStatus, Programme, Relation, Scheme, WalletState},
};

/// 参保关系: one enrolment of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolment {
    /// Employee, resident …
    pub scheme: Scheme,
    /// Whether a personal account belongs to it.
    pub has_personal_account: bool,
    /// Where the person is insured.
    pub pool: Pool,
    /// Normal, suspended …
    pub status: EnrolmentStatus,
    /// First civil day.
    #[serde(with = "stored::day")]
    pub valid_from: Date,
    /// Last civil day, included; `None` while it goes on.
    #[serde(with = "stored::day_or_none", default)]
    pub valid_to: Option<Date>,
}

impl Enrolment {
    /// Whether the enrolment exists on a civil day, in whatever status.
    pub fn holds_on(&self, day: Date) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|end| day <= end)
    }
}

/// What is known about one of the two persons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonFacts {
    /// Who it is.
    pub person: PersonId,
    /// Whether the person has died.
    pub deceased: Option<bool>,
    /// Every enrolment, ended ones too.
    pub enrolments: Option<Vec<Enrolment>>,
    /// 使用地 if one was assigned; `None` also where nobody needs it.
    pub place_of_use: Option<Pool>,
    /// The wallet, for programmes that need one.
    pub wallet: Option<WalletState>,
}

impl PersonFacts {
    /// The enrolment whose personal account is shared: employee insurance with an account on that day, a
    /// normal one before others, else in the order given.
    pub fn account_enrolment(&self, day: Date) -> Option<&Enrolment> {
        self.best(day, |enrolment| enrolment.scheme.is_employee() && enrolment.has_personal_account)
    }

    /// The enrolment that makes a beneficiary: basic insurance of either type on that day, a normal one
    /// before others, else in the order given.
    pub fn basic_enrolment(&self, day: Date) -> Option<&Enrolment> {
        self.best(day, |enrolment| enrolment.scheme.is_basic())
    }

    fn best(&self, day: Date, fits: impl Fn(&Enrolment) -> bool) -> Option<&Enrolment> {
        let fitting = || self.enrolments.iter().flatten().filter(|e| e.holds_on(day) && fits(e));
        fitting().find(|enrolment| enrolment.status == EnrolmentStatus::Normal).or_else(|| fitting().next())
    }
}

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
}

/// What kinship-registry says about the bond of a transfer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BondStanding {
    /// Whether it is in force at this instant.
    pub active: bool,
    /// The programme for which it was made.
    pub programme: Programme,
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
}

/// Facts for the opening of a wallet at a place of use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceFacts {
    /// The programme, in practice the wallet's.
    pub programme: Programme,
    /// The place that was chosen.
    pub place: Pool,
    /// Whose wallet it will be.
    pub person: PersonFacts,
}
