//! Identifiers. The id a client chooses is its idempotency key; a typed id cannot be passed for another.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::area::Province;

/// Why a text is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing was given.
    #[error("an id is required")]
    Missing,
    /// Not a UUID in lower-case 8-4-4-4-12 form, version 4 or 7.
    #[error("an id is a UUID in lower case, version 7 (4 is accepted)")]
    Malformed,
}

impl IdError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写编号",
            Self::Malformed => "编号应为小写的UUID,版本7(也接受版本4)",
        }
    }
}

fn parse_uuid(text: &str) -> Result<Uuid, IdError> {
    if text.is_empty() {
        return Err(IdError::Missing);
    }
    let id = Uuid::try_parse(text).map_err(|_| IdError::Malformed)?;
    let canonical = id.hyphenated().to_string() == text;
    if canonical && matches!(id.get_version_num(), 4 | 7) { Ok(id) } else { Err(IdError::Malformed) }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that was made or read by us.
            pub const fn new(id: Uuid) -> Self {
                Self(id)
            }

            /// Parses what stands on the wire: lower case, version 7 or 4.
            pub fn parse(text: &str) -> Result<Self, IdError> {
                parse_uuid(text).map(Self)
            }

            /// The UUID inside, for the database.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }
    )*};
}

ids! {
    /// 参保人: somebody known to identity.
    PersonId,
    /// 参保关系: one enrolment of a person.
    EnrolmentId,
    /// 共济关系: a bond from a sharer to a beneficiary.
    BondId,
    /// 待遇: one benefit of a person.
    BenefitId,
    /// 违规处理: one sanction against a person.
    SanctionId,
    /// 异地就医备案: one filing for care elsewhere.
    FilingId,
    /// 亲情账户: the right to show somebody else's code.
    CodeProxyId,
    /// 核验: one proof of who is there.
    VerificationId,
    /// 亲属事实: one recorded fact about a family.
    FactId,
    /// 医保钱包: a person's wallet.
    WalletId,
    /// 转账: a transfer; also the key of its earmark and, with the hop, of its lots.
    TransferId,
    /// 结算: a payment at an institution.
    PaymentId,
    /// 退费: a refund of a payment.
    RefundId,
    /// A write that creates no resource of its own.
    RequestId,
}

/// 账簿: one wallet database, such as `32-01`. One per province; callers never choose it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct BookId {
    province: Province,
    number: u8,
}

impl BookId {
    /// The first (and today only) book of a province.
    pub const fn first_of(province: Province) -> Self {
        Self { province, number: 1 }
    }

    /// The province whose wallets and personal accounts the book keeps.
    pub const fn province(self) -> Province {
        self.province
    }
}

impl fmt::Display for BookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{:02}", self.province, self.number)
    }
}

impl FromStr for BookId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.is_empty() {
            return Err(IdError::Missing);
        }
        let (province, number) = text.split_once('-').ok_or(IdError::Malformed)?;
        let province = province.parse().map_err(|_| IdError::Malformed)?;
        let digits = number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit());
        match number.parse() {
            Ok(number @ 1..) if digits => Ok(Self { province, number }),
            _ => Err(IdError::Malformed),
        }
    }
}

impl From<BookId> for String {
    fn from(book: BookId) -> Self {
        book.to_string()
    }
}

impl TryFrom<String> for BookId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_seven_and_four_are_read_and_printed_unchanged() {
        for text in ["01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7e", "9b2d6b1e-3c4f-4a5b-8c7d-0e1f2a3b4c5d"] {
            assert_eq!(PersonId::parse(text).map(|id| id.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_is_not_an_id_says_why() {
        for (text, error) in [
            ("", IdError::Missing),
            ("01937C3E-6D5A-7B3C-8D1E-2F3A4B5C6D7E", IdError::Malformed),
            ("01937c3e6d5a7b3c8d1e2f3a4b5c6d7e", IdError::Malformed),
            ("{01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7e}", IdError::Malformed),
            ("urn:uuid:01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7e", IdError::Malformed),
            ("01937c3e-6d5a-1b3c-8d1e-2f3a4b5c6d7e", IdError::Malformed),
            ("00000000-0000-0000-0000-000000000000", IdError::Malformed),
            ("01937c3e-6d5a-7b3c-8d1e-2f3a4b5c6d7", IdError::Malformed),
            ("transfer-1", IdError::Malformed),
        ] {
            assert_eq!(text.parse::<TransferId>(), Err(error), "{text:?}");
        }
    }

    #[test]
    fn a_book_is_a_province_and_a_number() {
        let book = BookId::first_of(Province::from_code(32).expect("32 is a province"));
        assert_eq!(book.to_string(), "32-01");
        assert_eq!("32-01".parse(), Ok(book));
        assert_eq!("".parse::<BookId>(), Err(IdError::Missing));
        for text in ["32", "32-1", "32-00", "32-+1", "32-001", "99-01", "320100-01", "32-01-01", "32- 1"] {
            assert_eq!(text.parse::<BookId>(), Err(IdError::Malformed), "{text:?}");
        }
    }
}
