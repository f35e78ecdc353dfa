//! 绑定证明: what the certificate of a bond states, as text that is signed elsewhere.
//!
//! The text has one spelling: a first line that names the form, then `name=value` for every field in a fixed
//! order, each line ended by LF. Parsing accepts that spelling alone, so that whoever verified the signature
//! over the bytes knows what was signed. Persons appear by their masks; nothing here signs or looks up.

use std::str::FromStr;

use standards::{BondId, civil};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    relation::Relation,
    standing::{Bond, BondState},
    terms::Programme,
};

/// The first line; another form will have another number.
const FORM: &str = "gongji-bond-certificate-1";

/// A person as a certificate shows one: `张*芳`, `3201**********1234`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaskedPerson {
    /// The name's mask.
    pub name: String,
    /// The id number's mask.
    pub id_number: String,
}

/// What is certified. Instants are whole seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Which bond.
    pub bond: BondId,
    /// For which programme.
    pub programme: Programme,
    /// Who shares.
    pub sharer: MaskedPerson,
    /// Who may use it.
    pub beneficiary: MaskedPerson,
    /// What the beneficiary is to the sharer.
    pub relation: Relation,
    /// Where the bond stood when this was issued: active or suspended.
    pub state: BondState,
    /// Since when it has been active.
    pub active_since: OffsetDateTime,
    /// When this was issued.
    pub issued_at: OffsetDateTime,
    /// From when on it no longer counts.
    pub expires_at: OffsetDateTime,
    /// The rules under which the bond was judged: their version, in one line.
    pub rules: String,
}

/// Who and what a certificate is for, beside the bond itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Particulars {
    /// 共济人.
    pub sharer: MaskedPerson,
    /// 被共济人.
    pub beneficiary: MaskedPerson,
    /// The rules under which the bond was judged.
    pub rules: String,
    /// When it is issued.
    pub issued_at: OffsetDateTime,
    /// From when on it no longer counts.
    pub expires_at: OffsetDateTime,
}

/// Why there is no certificate, or none that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCertificate {
    /// Only a bond that was made and has not ended is certified.
    #[error("the bond is {0}; only an active or suspended one is certified")]
    NotMade(BondState),
    /// A field that cannot stand in a certificate, or a text that is not one: names the field.
    #[error("the certificate has no proper {0}")]
    Malformed(&'static str),
    /// It is dated after now.
    #[error("the certificate is not valid yet")]
    NotYet,
    /// Its time is over.
    #[error("the certificate has expired")]
    Expired,
}

impl Certificate {
    /// States a bond as it stands.
    pub fn of(bond: &Bond, particulars: Particulars) -> Result<Self, NoCertificate> {
        let active_since = match (bond.state, bond.active_at) {
            (BondState::Active | BondState::Suspended, Some(since)) => since,
            (state, _) => return Err(NoCertificate::NotMade(state)),
        };
        let Particulars { sharer, beneficiary, rules, issued_at, expires_at } = particulars;
        let certificate = Self {
            bond: bond.id,
            programme: bond.programme,
            sharer,
            beneficiary,
            relation: bond.relation,
            state: bond.state,
            active_since: whole_second(active_since),
            issued_at: whole_second(issued_at),
            expires_at: whole_second(expires_at),
            rules,
        };
        certificate.check()?;
        Ok(certificate)
    }

    /// The text to sign.
    pub fn text(&self) -> String {
        let fields = [
            ("bond_id", self.bond.to_string()),
            ("programme", self.programme.to_string()),
            ("sharer_name", self.sharer.name.clone()),
            ("sharer_id_number", self.sharer.id_number.clone()),
            ("beneficiary_name", self.beneficiary.name.clone()),
            ("beneficiary_id_number", self.beneficiary.id_number.clone()),
            ("relation", self.relation.to_string()),
            ("state", self.state.to_string()),
            ("active_since", civil::local_text(self.active_since)),
            ("issued_at", civil::local_text(self.issued_at)),
            ("expires_at", civil::local_text(self.expires_at)),
            ("rules", self.rules.clone()),
        ];
        let lines = fields.into_iter().map(|(name, value)| format!("{name}={value}\n"));
        std::iter::once(format!("{FORM}\n")).chain(lines).collect()
    }

    /// Reads a text whose signature was verified. Any other spelling than that of [`Certificate::text`] is
    /// refused.
    pub fn parse(text: &str) -> Result<Self, NoCertificate> {
        let mut lines = text.split('\n');
        if lines.next() != Some(FORM) {
            return Err(NoCertificate::Malformed("form"));
        }
        let mut field = |name: &'static str| {
            let (found, value) = lines.next()?.split_once('=')?;
            (found == name).then_some(value)
        };
        let certificate = Self {
            bond: read("bond_id", field("bond_id"))?,
            programme: read("programme", field("programme"))?,
            sharer: MaskedPerson {
                name: read("sharer_name", field("sharer_name"))?,
                id_number: read("sharer_id_number", field("sharer_id_number"))?,
            },
            beneficiary: MaskedPerson {
                name: read("beneficiary_name", field("beneficiary_name"))?,
                id_number: read("beneficiary_id_number", field("beneficiary_id_number"))?,
            },
            relation: read("relation", field("relation"))?,
            state: read("state", field("state"))?,
            active_since: instant("active_since", field("active_since"))?,
            issued_at: instant("issued_at", field("issued_at"))?,
            expires_at: instant("expires_at", field("expires_at"))?,
            rules: read("rules", field("rules"))?,
        };
        certificate.check()?;
        if certificate.text() == text { Ok(certificate) } else { Err(NoCertificate::Malformed("spelling")) }
    }

    /// Whether it counts at an instant.
    pub fn counts_at(&self, at: OffsetDateTime) -> Result<(), NoCertificate> {
        if at < self.issued_at {
            return Err(NoCertificate::NotYet);
        }
        if at < self.expires_at { Ok(()) } else { Err(NoCertificate::Expired) }
    }

    fn check(&self) -> Result<(), NoCertificate> {
        let state = matches!(self.state, BondState::Active | BondState::Suspended);
        let order = self.active_since <= self.issued_at && self.issued_at < self.expires_at;
        let rules = is_line(&self.rules);
        for (fits, field) in [
            (is_name_mask(&self.sharer.name), "sharer_name"),
            (is_id_mask(&self.sharer.id_number), "sharer_id_number"),
            (is_name_mask(&self.beneficiary.name), "beneficiary_name"),
            (is_id_mask(&self.beneficiary.id_number), "beneficiary_id_number"),
            (self.relation.is_near_relative(), "relation"),
            (state, "state"),
            (order, "expires_at"),
            (rules, "rules"),
        ] {
            if !fits {
                return Err(NoCertificate::Malformed(field));
            }
        }
        Ok(())
    }
}

fn whole_second(at: OffsetDateTime) -> OffsetDateTime {
    at.replace_nanosecond(0).unwrap_or(at).to_offset(time::UtcOffset::UTC)
}

fn read<T: FromStr>(name: &'static str, value: Option<&str>) -> Result<T, NoCertificate> {
    value.and_then(|value| value.parse().ok()).ok_or(NoCertificate::Malformed(name))
}

fn instant(name: &'static str, value: Option<&str>) -> Result<OffsetDateTime, NoCertificate> {
    let at = value.and_then(|value| OffsetDateTime::parse(value, &Rfc3339).ok());
    at.map(whole_second).ok_or(NoCertificate::Malformed(name))
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control)
}

/// A name of which at least one letter is hidden.
fn is_name_mask(text: &str) -> bool {
    is_line(text) && text.contains('*') && text.chars().count() <= 64
}

/// `3201**********1234`, the last character maybe X.
fn is_id_mask(text: &str) -> bool {
    let digit = |at: usize, sign: char| sign.is_ascii_digit() || (at == 17 && sign == 'X');
    let fits = |(at, sign): (usize, char)| if (4..14).contains(&at) { sign == '*' } else { digit(at, sign) };
    text.chars().count() == 18 && text.chars().enumerate().all(fits)
}
