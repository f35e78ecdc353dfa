//! What is known when shared funds are to be used at an institution.
//!
//! One payment may draw on several sharers; it is judged once for each.

use money::Yuan;
use serde::{Deserialize, Serialize};
use standards::{PersonId, Pool};
use time::{Date, OffsetDateTime};

use crate::{
    facts::{BondStanding, PersonFacts},
    region::Region,
    stored,
    words::{Category, Programme, SwitchState},
};

/// Facts for the use of one sharer's funds by one patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UseFacts {
    /// The programme from which the funds come.
    pub programme: Programme,
    /// For what.
    pub category: Category,
    /// How much of the sharer's funds, in fen.
    pub amount: Yuan,
    /// 共济人; the patient where the own shared account is used.
    pub sharer: PersonFacts,
    /// 就诊人.
    pub patient: PersonFacts,
    /// The bond between the two; not read where they are one person.
    pub bond: Option<BondStanding>,
    /// Since when the bond is in force.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub bond_since: Option<OffsetDateTime>,
    /// When the care began: admission, visit or sale.
    #[serde(with = "time::serde::rfc3339")]
    pub care_from: OffsetDateTime,
    /// Where the institution is.
    pub treatment: Pool,
    /// What was shown.
    pub presented: Presented,
    /// Uses of the patient in this category and civil month.
    pub month: Option<MonthSoFar>,
    /// For care elsewhere.
    pub remote: RemoteCare,
    /// The edition of the catalogue by which the institution sorted the bill; `None` where it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
    /// Drug lines without a sound traceability code; `None` if there are no drug lines.
    pub lines_without_code: Option<u32>,
}

/// Facts for a payment, whoever's money it will take: what a sharer's side adds is in [`UseFacts`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentFacts {
    /// 就诊人.
    pub patient: PersonFacts,
    /// For what.
    pub category: Category,
    /// Where the institution is.
    pub treatment: Pool,
    /// Where the institution says that the patient is insured; it only chooses among several enrolments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub insured_in: Option<Pool>,
    /// The programme whose shared funds are taken; `None` where only the patient's own money is.
    pub funds: Option<Programme>,
    /// The edition of the catalogue by which the institution sorted the bill; `None` where it names none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
    /// What was shown; [`Presented::bond_proof`] is not read.
    pub presented: Presented,
    /// For care elsewhere.
    pub remote: RemoteCare,
}

/// What was shown at the till.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presented {
    /// Whose card or code it was.
    pub credential_of: PersonId,
    /// Who showed it, if it was a relative on an own device (亲情账户).
    pub shown_by: Option<PersonId>,
    /// Whether that relative may show it; not read where nobody did.
    pub shower_linked: Option<bool>,
    /// Whether the documents of both were seen; `None` if nobody acts for the patient.
    pub agent_documents: Option<bool>,
    /// Whether the bond was proven at the till, by its certificate or otherwise.
    pub bond_proof: bool,
    /// Whether it was online.
    pub online: bool,
}

/// Uses of a category in a civil month before this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MonthSoFar {
    /// How many.
    pub count: u32,
    /// How much.
    pub amount: Yuan,
}

/// What is known for care outside the place of insurance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteCare {
    /// The institution that asks.
    pub institution: String,
    /// Filings of the patient, ended ones too.
    pub filings: Option<Vec<Filing>>,
    /// How the patient set the switch for out-of-province pharmacies; `None` if it was never set.
    pub switch: Option<SwitchState>,
    /// Whether the institution is enabled for special outpatient care across provinces.
    pub institution_enabled: Option<bool>,
}

/// 异地就医备案.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filing {
    /// A pooling area, or a province for all of its areas.
    pub place: Region,
    /// The institutions that were chosen; none means any.
    pub institutions: Vec<String>,
    /// First civil day.
    #[serde(with = "stored::day")]
    pub valid_from: Date,
    /// Last civil day, included; `None` if none was named.
    #[serde(with = "stored::day_or_none", default)]
    pub valid_to: Option<Date>,
}
