//! Provinces and pooling areas (统筹区, 医保区划 after GB/T 2260).
//!
//! `320000` is a policy region, `329900` the provincial pool, `320100` a city's pool: all six digits, so a
//! pool is checked against a list, never against a pattern. The list is `data/pooling_areas.tsv`. What a
//! pool allows is the business of the policy, not of this file.

use std::{fmt, str::FromStr, sync::LazyLock};

use serde::{Deserialize, Serialize};

/// Why a text is not an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AreaError {
    /// Nothing was given.
    #[error("a pooling area is required")]
    Missing,
    /// Not six digits, or an unknown province.
    #[error("a pooling area is six digits beginning with a province, such as 320100")]
    Malformed,
    /// `XX0000`: a policy region, where a pooling area is asked for.
    #[error("this is a policy region; name a pooling area such as 320100 or the provincial pool 329900")]
    PolicyRegion,
    /// The shape is right, but no pooling area has this code.
    #[error("no pooling area has this code; name a city such as 320100 or the provincial pool 329900")]
    Unknown,
}

impl AreaError {
    /// The same in Chinese.
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Missing => "请填写统筹区",
            Self::Malformed => "统筹区为六位数字,前两位是省级代码,例如 320100",
            Self::PolicyRegion => "这是政策区域代码,请填写统筹区,例如 320100 或省本级 329900",
            Self::Unknown => "没有这个统筹区代码,请填写地市代码(例如 320100)或省本级代码(例如 329900)",
        }
    }
}

/// A province-level jurisdiction by its two digits; `66` is 新疆生产建设兵团 (XPCC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Province(u8);

/// 统筹区: a pooling area, six digits. The first two are its province.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Pool(u32);

/// Mainland provinces, autonomous regions and municipalities (GB/T 2260), and 66 兵团; sorted by code.
const PROVINCES: [(u8, &str, &str); 32] = [
    (11, "北京市", "Beijing"),
    (12, "天津市", "Tianjin"),
    (13, "河北省", "Hebei"),
    (14, "山西省", "Shanxi"),
    (15, "内蒙古自治区", "Inner Mongolia"),
    (21, "辽宁省", "Liaoning"),
    (22, "吉林省", "Jilin"),
    (23, "黑龙江省", "Heilongjiang"),
    (31, "上海市", "Shanghai"),
    (32, "江苏省", "Jiangsu"),
    (33, "浙江省", "Zhejiang"),
    (34, "安徽省", "Anhui"),
    (35, "福建省", "Fujian"),
    (36, "江西省", "Jiangxi"),
    (37, "山东省", "Shandong"),
    (41, "河南省", "Henan"),
    (42, "湖北省", "Hubei"),
    (43, "湖南省", "Hunan"),
    (44, "广东省", "Guangdong"),
    (45, "广西壮族自治区", "Guangxi"),
    (46, "海南省", "Hainan"),
    (50, "重庆市", "Chongqing"),
    (51, "四川省", "Sichuan"),
    (52, "贵州省", "Guizhou"),
    (53, "云南省", "Yunnan"),
    (54, "西藏自治区", "Xizang"),
    (61, "陕西省", "Shaanxi"),
    (62, "甘肃省", "Gansu"),
    (63, "青海省", "Qinghai"),
    (64, "宁夏回族自治区", "Ningxia"),
    (65, "新疆维吾尔自治区", "Xinjiang"),
    (66, "新疆生产建设兵团", "Xinjiang Production and Construction Corps"),
];

/// Codes and names of all pooling areas, sorted by code.
static POOLS: LazyLock<Vec<(u32, &str)>> = LazyLock::new(|| {
    include_str!("../data/pooling_areas.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(code, name)| Some((code.parse().ok()?, name)))
        .collect()
});

impl Province {
    /// All provinces, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        PROVINCES.iter().map(|(code, _, _)| Self(*code))
    }

    /// The province with these two digits, if there is one.
    pub fn from_code(code: u8) -> Option<Self> {
        PROVINCES.binary_search_by_key(&code, |row| row.0).ok().map(|_| Self(code))
    }

    /// The two digits as a number.
    pub const fn code(self) -> u8 {
        self.0
    }

    /// 江苏省
    pub fn name_zh(self) -> &'static str {
        self.row().1
    }

    /// Jiangsu
    pub fn name_en(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> &'static (u8, &'static str, &'static str) {
        let at = PROVINCES.binary_search_by_key(&self.0, |row| row.0);
        &PROVINCES[at.expect("a province is only made from a code of the table")]
    }
}

impl Pool {
    /// All pooling areas, in the order of their codes.
    pub fn all() -> impl Iterator<Item = Self> {
        POOLS.iter().map(|(code, _)| Self(*code))
    }

    /// The pool with these six digits, if the list has it.
    pub fn from_code(code: u32) -> Result<Self, AreaError> {
        if code == 0 {
            return Err(AreaError::PolicyRegion);
        }
        let province = u8::try_from(code / 10_000).ok().and_then(Province::from_code);
        match (province, code % 10_000) {
            (None, _) => Err(AreaError::Malformed),
            (Some(_), 0) => Err(AreaError::PolicyRegion),
            (Some(_), _) if place(code).is_none() => Err(AreaError::Unknown),
            (Some(_), _) => Ok(Self(code)),
        }
    }

    /// 省本级: the pool of a province itself, `XX9900`.
    pub fn of_province(province: Province) -> Self {
        Self(u32::from(province.0) * 10_000 + 9_900)
    }

    /// The six digits as a number.
    pub const fn code(self) -> u32 {
        self.0
    }

    /// The name in Chinese: 南京市.
    pub fn name(self) -> &'static str {
        place(self.0).expect("a pool is only made from a code of the list")
    }

    /// The province of the pool.
    pub fn province(self) -> Province {
        // A pool is only made from a code whose first two digits are a province.
        Province((self.0 / 10_000) as u8)
    }
}

fn place(code: u32) -> Option<&'static str> {
    POOLS.binary_search_by_key(&code, |row| row.0).ok().map(|at| POOLS[at].1)
}

impl fmt::Display for Province {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

fn digits(text: &str, length: usize) -> Result<u32, AreaError> {
    if text.is_empty() {
        return Err(AreaError::Missing);
    }
    if text.len() != length || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(AreaError::Malformed);
    }
    text.parse().map_err(|_| AreaError::Malformed)
}

impl FromStr for Province {
    type Err = AreaError;

    fn from_str(text: &str) -> Result<Self, AreaError> {
        let code = digits(text, 2)?;
        u8::try_from(code).ok().and_then(Self::from_code).ok_or(AreaError::Malformed)
    }
}

impl FromStr for Pool {
    type Err = AreaError;

    fn from_str(text: &str) -> Result<Self, AreaError> {
        Self::from_code(digits(text, 6)?)
    }
}

impl From<Province> for String {
    fn from(province: Province) -> Self {
        province.to_string()
    }
}

impl TryFrom<String> for Province {
    type Error = AreaError;

    fn try_from(text: String) -> Result<Self, AreaError> {
        text.parse()
    }
}

impl From<Pool> for String {
    fn from(pool: Pool) -> Self {
        pool.to_string()
    }
}

impl TryFrom<String> for Pool {
    type Error = AreaError;

    fn try_from(text: String) -> Result<Self, AreaError> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_read_sorted_and_lies_in_a_province() {
        let text = include_str!("../data/pooling_areas.tsv");
        let lines = text.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(POOLS.len(), lines);
        assert!(POOLS.is_sorted_by(|a, b| a.0 < b.0), "sorted and without a code twice");
        assert!(PROVINCES.is_sorted_by(|a, b| a.0 < b.0));
        for pool in Pool::all() {
            assert_eq!(pool.to_string().parse(), Ok(pool));
            assert!(!pool.name().is_empty());
            assert!(Province::from_code(pool.province().code()).is_some());
        }
    }

    #[test]
    fn the_list_holds_every_prefecture_and_a_pool_of_each_province() {
        // 333 prefectures, 5 county-level places under a province, 32 provincial pools.
        assert_eq!(Pool::all().count(), 333 + 5 + 32);
        for province in Province::all() {
            let pool = Pool::of_province(province);
            assert_eq!(Pool::from_code(pool.code()), Ok(pool));
            assert_eq!(pool.province(), province);
        }
    }

    #[test]
    fn pools_and_provinces_have_names() {
        for (code, name) in [
            (320_100, "南京市"),
            (510_100, "成都市"),
            (630_100, "西宁市"),
            (119_900, "北京市"),
            (439_900, "湖南省本级"),
            (669_900, "新疆生产建设兵团本级"),
            (429_004, "仙桃市"),
        ] {
            assert_eq!(Pool::from_code(code).map(Pool::name), Ok(name));
        }
        let corps = Province::from_code(66).expect("66 is a jurisdiction");
        assert_eq!(corps.name_zh(), "新疆生产建设兵团");
        assert_eq!(Province::from_code(51).map(Province::name_en), Some("Sichuan"));
        assert_eq!(Province::all().count(), 32);
    }

    #[test]
    fn what_is_not_a_pool_says_why() {
        for (text, error) in [
            ("", AreaError::Missing),
            ("32010", AreaError::Malformed),
            ("3201000", AreaError::Malformed),
            ("+32010", AreaError::Malformed),
            ("32O100", AreaError::Malformed),
            (" 32010", AreaError::Malformed),
            ("\u{ff13}\u{ff12}", AreaError::Malformed),
            ("\u{ff13}20100", AreaError::Malformed),
            ("990100", AreaError::Malformed),
            ("710100", AreaError::Malformed),
            ("320000", AreaError::PolicyRegion),
            ("000000", AreaError::PolicyRegion),
            ("320199", AreaError::Unknown),
            ("329901", AreaError::Unknown),
            ("110100", AreaError::Unknown),
            ("371200", AreaError::Unknown),
        ] {
            assert_eq!(text.parse::<Pool>(), Err(error), "{text:?}");
        }
        assert_eq!("320100".parse::<Province>(), Err(AreaError::Malformed));
        assert_eq!("71".parse::<Province>(), Err(AreaError::Malformed));
        assert_eq!("66".parse::<Province>().map(Province::code), Ok(66));
    }
}
