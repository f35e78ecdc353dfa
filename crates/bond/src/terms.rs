//! The terms of a bond: for which programme and by which way it was made, what was promised and shown, how
//! much is shared. And how enums of this crate get their names.

use std::fmt;

use money::Yuan;
use serde::{Deserialize, Serialize};
use standards::{DocumentKind, DocumentReference};
use time::OffsetDateTime;

/// A text is none of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not one of the known names")]
pub struct NoSuchName;

/// An enum whose variants each have one name, for the wire, the database and serde alike.
macro_rules! named {
    ($(#[$meta:meta])* $enum:ident { $($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $enum {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)*
        }

        impl $enum {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name on the wire and in the database.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }

        impl std::fmt::Display for $enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl std::str::FromStr for $enum {
            type Err = $crate::terms::NoSuchName;

            fn from_str(text: &str) -> Result<Self, $crate::terms::NoSuchName> {
                Self::ALL.iter().copied().find(|one| one.name() == text).ok_or($crate::terms::NoSuchName)
            }
        }
    };
}
pub(crate) use named;

named! {
    /// 共济方式: the programme for which a bond is made. A bond of one says nothing about another.
    Programme {
        /// 即时调用.
        LocalRealtime = "LOCAL_REALTIME",
        /// 共济账户.
        LocalAllocation = "LOCAL_ALLOCATION",
        /// 医保钱包.
        Wallet = "WALLET",
        /// 参保缴费.
        Premium = "PREMIUM",
    }
}

impl Programme {
    /// Whether a bond says how much is shared. In the wallet every transfer says it by itself.
    pub const fn has_sharing(self) -> bool {
        !matches!(self, Self::Wallet)
    }
}

named! {
    /// Which of the two somebody is in a bond.
    Side {
        /// 共济人.
        Sharer = "SHARER",
        /// 被共济人.
        Beneficiary = "BENEFICIARY",
    }
}

named! {
    /// 办理渠道: by which way a person came.
    Channel {
        /// 国家医保服务平台APP.
        NationalApp = "NATIONAL_APP",
        /// 地方医保APP.
        LocalApp = "LOCAL_APP",
        /// 小程序.
        MiniProgram = "MINI_PROGRAM",
        /// 网站.
        Website = "WEBSITE",
        /// 自助终端.
        Terminal = "TERMINAL",
        /// 医保大厅窗口.
        Counter = "COUNTER",
        /// 电话.
        Phone = "PHONE",
    }
}

/// 承诺: which text a person agreed to, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commitment {
    /// The version of the text.
    pub text_version: String,
    /// The SHA-256 of the text as it was shown.
    pub text_sha256: [u8; 32],
    /// When it was agreed to.
    pub accepted_at: OffsetDateTime,
}

/// 证明材料: a document that was shown; names it, never holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Evidence {
    /// What kind of document it is.
    pub kind: DocumentKind,
    /// Under which number it is kept.
    pub reference: DocumentReference,
}

impl Evidence {
    /// Whether such a document tells what two people are to each other.
    pub const fn tells_kinship(&self) -> bool {
        match self.kind {
            DocumentKind::HouseholdRegister
            | DocumentKind::MarriageCertificate
            | DocumentKind::BirthCertificate
            | DocumentKind::CourtRecord
            | DocumentKind::AuthorityRecord => true,
            DocumentKind::IdCard
            | DocumentKind::SocialSecurityCard
            | DocumentKind::DivorceCertificate
            | DocumentKind::Commitment
            | DocumentKind::RegistrationForm => false,
        }
    }

    /// Whether such a document tells who cares for a minor.
    pub const fn tells_guardian(&self) -> bool {
        match self.kind {
            DocumentKind::HouseholdRegister
            | DocumentKind::BirthCertificate
            | DocumentKind::CourtRecord
            | DocumentKind::AuthorityRecord => true,
            DocumentKind::IdCard
            | DocumentKind::SocialSecurityCard
            | DocumentKind::MarriageCertificate
            | DocumentKind::DivorceCertificate
            | DocumentKind::Commitment
            | DocumentKind::RegistrationForm => false,
        }
    }
}

/// 共享额度方式: how much of the sharer's account the beneficiary may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SharingMode {
    /// Whatever the rules leave.
    All,
    /// At most this, greater than zero.
    Fixed(Yuan),
}

impl SharingMode {
    /// The name on the wire and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Fixed(_) => "FIXED",
        }
    }

    /// The limit, if there is one.
    pub const fn amount(self) -> Option<Yuan> {
        match self {
            Self::All => None,
            Self::Fixed(amount) => Some(amount),
        }
    }
}

impl fmt::Display for SharingMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
