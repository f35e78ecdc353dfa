//! Policy regions: the nation `000000`, a province `320000`, a pooling area `320100`.
//!
//! A region says where a rule holds; it never says where a person is insured (that is a [`Pool`]).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use standards::{Pool, Province, area::AreaError};

/// Where a rule holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Region {
    /// `000000`.
    Nation,
    /// Two digits and `0000`; 兵团 is `660000`.
    Province(Province),
    /// A pooling area.
    Pool(Pool),
}

impl Region {
    /// The regions whose rules reach here, the widest first.
    pub fn widening(self) -> Vec<Self> {
        match self {
            Self::Nation => vec![Self::Nation],
            Self::Province(_) => vec![Self::Nation, self],
            Self::Pool(pool) => vec![Self::Nation, Self::Province(pool.province()), self],
        }
    }
}

impl From<Pool> for Region {
    fn from(pool: Pool) -> Self {
        Self::Pool(pool)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nation => f.write_str("000000"),
            Self::Province(province) => write!(f, "{province}0000"),
            Self::Pool(pool) => pool.fmt(f),
        }
    }
}

impl FromStr for Region {
    type Err = AreaError;

    /// Six digits: `000000`, a province and `0000`, or a pooling area.
    fn from_str(text: &str) -> Result<Self, AreaError> {
        if text == "000000" {
            return Ok(Self::Nation);
        }
        match text.parse::<Pool>() {
            Ok(pool) => Ok(Self::Pool(pool)),
            Err(AreaError::PolicyRegion) => text[..2].parse().map(Self::Province),
            Err(error) => Err(error),
        }
    }
}

impl From<Region> for String {
    fn from(region: Region) -> Self {
        region.to_string()
    }
}

impl TryFrom<String> for Region {
    type Error = AreaError;

    fn try_from(text: String) -> Result<Self, AreaError> {
        text.parse()
    }
}
