//! 定点医药机构目录: designated institutions, and the decision that puts one.
//!
//! The directory says who may be paid and how; it judges no payment.

use chassis::{batch::Verdict, digest::Content};
use serde::{Deserialize, Serialize};
use standards::{InstitutionCode, Pool, RequestId, Uscc};
use time::Date;

use crate::{command::Outcome, keeper::Rows};

/// A designated institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Institution {
    pub code: InstitutionCode,
    pub name: String,
    /// The pool of the agency that pays it.
    pub pool: Pool,
    pub uscc: Option<Uscc>,
    pub wallet_supported: bool,
    pub remote_outpatient: bool,
    pub remote_special_outpatient: bool,
    pub internet_hospital: bool,
    pub designated_from: Date,
    /// The last civil day, included; none while it goes on.
    pub designated_to: Option<Date>,
    pub suspended: bool,
    /// From 1, rises by one with each change.
    pub revision: i64,
}

impl Institution {
    /// Whether it may be paid on a civil day.
    pub fn is_designated_on(&self, day: Date) -> bool {
        !self.suspended && self.designated_from <= day && self.designated_to.is_none_or(|end| day <= end)
    }
}

/// An institution as somebody wants it to be.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Put {
    pub request: RequestId,
    /// Its revision is not read.
    pub wanted: Institution,
    /// The revision that the caller has seen; 0 = any.
    pub expected_revision: i64,
}

impl Put {
    /// The hash of what is asked.
    pub fn content(&self) -> [u8; 32] {
        let wanted = &self.wanted;
        Content::of("settlement.put-institution.1")
            .text("code", wanted.code)
            .text("name", &wanted.name)
            .text("pool", wanted.pool)
            .maybe("uscc", wanted.uscc.as_ref().map(Uscc::as_str))
            .text("wallet_supported", wanted.wallet_supported)
            .text("remote_outpatient", wanted.remote_outpatient)
            .text("remote_special_outpatient", wanted.remote_special_outpatient)
            .text("internet_hospital", wanted.internet_hospital)
            .text("designated_from", wanted.designated_from)
            .maybe("designated_to", wanted.designated_to)
            .text("suspended", wanted.suspended)
            .finish()
    }
}

/// Creates or changes an institution.
pub(crate) fn put(rows: &mut Rows, put: &Put) -> Verdict<Outcome> {
    let present = rows.institutions.get(&put.wanted.code).map_or(0, |known| known.revision);
    if put.expected_revision != 0 && put.expected_revision != present {
        return Verdict::Answer(Outcome::RevisionChanged { actual: present });
    }
    let revision = present + 1;
    let stored = Institution { revision, ..put.wanted.clone() };
    rows.changed_institutions.insert(stored.code);
    rows.institutions.insert(stored.code, stored);
    Verdict::Record(Outcome::Put { revision })
}
