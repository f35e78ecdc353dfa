//! 证明材料: which kind of document was seen, and under which number it is kept.
//!
//! A reference names a document and never holds one. It must not carry an id number either: those are
//! kept in one place, sealed, and a reference travels with records that anybody may have to read.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::citizen::CitizenId;

/// The most characters of a reference.
const MOST: usize = 128;

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// 居民身份证.
    IdCard,
    /// 社会保障卡.
    SocialSecurityCard,
    /// 户口簿.
    HouseholdRegister,
    /// 结婚证.
    MarriageCertificate,
    /// 离婚证.
    DivorceCertificate,
    /// 出生医学证明.
    BirthCertificate,
    /// 法院文书.
    CourtRecord,
    /// 主管部门记录: a record of the police, the civil affairs or another authority.
    AuthorityRecord,
    /// 承诺书: a signed commitment on paper.
    Commitment,
    /// 家庭共济关系登记表.
    RegistrationForm,
}

/// A text names no kind of document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no kind of document; name one such as household_register or marriage_certificate")]
pub struct NoSuchDocument;

impl NoSuchDocument {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        "没有这种材料类型,请填写例如 household_register 或 marriage_certificate"
    }
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: &[Self] = &[
        Self::IdCard,
        Self::SocialSecurityCard,
        Self::HouseholdRegister,
        Self::MarriageCertificate,
        Self::DivorceCertificate,
        Self::BirthCertificate,
        Self::CourtRecord,
        Self::AuthorityRecord,
        Self::Commitment,
        Self::RegistrationForm,
    ];

    /// The name on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::IdCard => "id_card",
            Self::SocialSecurityCard => "social_security_card",
            Self::HouseholdRegister => "household_register",
            Self::MarriageCertificate => "marriage_certificate",
            Self::DivorceCertificate => "divorce_certificate",
            Self::BirthCertificate => "birth_certificate",
            Self::CourtRecord => "court_record",
            Self::AuthorityRecord => "authority_record",
            Self::Commitment => "commitment",
            Self::RegistrationForm => "registration_form",
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DocumentKind {
    type Err = NoSuchDocument;

    fn from_str(text: &str) -> Result<Self, NoSuchDocument> {
        Self::ALL.iter().copied().find(|kind| kind.name() == text).ok_or(NoSuchDocument)
    }
}

/// The number of a document, as it stands on it: 1 to 128 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DocumentReference(String);

/// Why a text is not the reference of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing was given.
    #[error("the reference of a document is required")]
    Missing,
    /// More than 128 characters.
    #[error("the reference of a document has at most 128 characters")]
    TooLong,
    /// Control characters, or blanks at the ends.
    #[error("the reference of a document has no control characters and no blanks at its ends")]
    Malformed,
    /// It carries an id number.
    #[error("the reference of a document must not carry an id number; use the number of the document itself")]
    IdNumber,
}

impl ReferenceError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写材料编号",
            Self::TooLong => "材料编号最多128个字符",
            Self::Malformed => "材料编号不能含控制字符,首尾不能有空格",
            Self::IdNumber => "材料编号不能含身份证号码,请填写材料本身的编号",
        }
    }
}

impl DocumentReference {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for DocumentReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        match text.chars().count() {
            0 => Err(ReferenceError::Missing),
            1..=MOST if text.trim() != text || text.chars().any(char::is_control) => {
                Err(ReferenceError::Malformed)
            }
            1..=MOST if CitizenId::is_within(text) => Err(ReferenceError::IdNumber),
            1..=MOST => Ok(Self(text.to_owned())),
            _ => Err(ReferenceError::TooLong),
        }
    }
}

impl fmt::Display for DocumentReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<DocumentReference> for String {
    fn from(reference: DocumentReference) -> Self {
        reference.0
    }
}

impl TryFrom<String> for DocumentReference {
    type Error = ReferenceError;

    fn try_from(text: String) -> Result<Self, ReferenceError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_and_others_are_unknown() {
        assert!(DocumentKind::ALL.iter().all(|kind| kind.name().parse() == Ok(*kind)));
        for text in ["", "passport", "ID_CARD", " id_card", "户口簿"] {
            assert_eq!(text.parse::<DocumentKind>(), Err(NoSuchDocument), "{text:?}");
        }
    }

    #[test]
    fn numbers_of_documents_are_references() {
        for text in ["J320102-2015-001234", "O320000001", "(2024)苏01民终1234号", "登记表 2026/17", "7"]
        {
            assert_eq!(text.parse().map(|one: DocumentReference| one.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_not_a_reference_says_why() {
        let long = "号".repeat(129);
        for (text, error) in [
            ("", ReferenceError::Missing),
            (long.as_str(), ReferenceError::TooLong),
            (" J1", ReferenceError::Malformed),
            ("J1\u{3000}", ReferenceError::Malformed),
            ("J1\nJ2", ReferenceError::Malformed),
            ("J1\0", ReferenceError::Malformed),
            ("11010519491231002X", ReferenceError::IdNumber),
            ("身份证11010519491231002x", ReferenceError::IdNumber),
            ("110105 19491231 002X", ReferenceError::IdNumber),
            ("１１０１０５１９４９１２３１００２Ｘ", ReferenceError::IdNumber),
        ] {
            assert_eq!(text.parse::<DocumentReference>(), Err(error), "{text:?}");
        }
    }
}
