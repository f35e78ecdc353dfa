//! Words of rules and facts as Chinese text says them: `RESIDENT` is 城乡居民医保, `510100` is 成都市.
//!
//! Only texts for people use it; limit and actual value of a verdict keep the stable names.

use standards::Pool;

/// Stable names and how people say them. A name that is not here stays as it is.
const WORDS: [(&str, &str); 74] = [
    // Relations.
    ("SPOUSE", "配偶"),
    ("PARENT", "父母"),
    ("CHILD", "子女"),
    ("SIBLING", "兄弟姐妹"),
    ("PATERNAL_GRANDPARENT", "祖父母"),
    ("MATERNAL_GRANDPARENT", "外祖父母"),
    ("CHILD_OF_SON", "孙子女"),
    ("CHILD_OF_DAUGHTER", "外孙子女"),
    ("PARENT_IN_LAW", "配偶的父母"),
    ("OTHER_RELATIVE", "其他亲属"),
    // Insurance.
    ("EMPLOYEE", "职工医保"),
    ("FLEXIBLE_EMPLOYEE", "灵活就业医保"),
    ("RESIDENT", "城乡居民医保"),
    ("RETIRED_CADRE", "离休"),
    ("NONE", "无"),
    ("NORMAL", "正常参保"),
    ("SUSPENDED", "暂停参保"),
    ("IN_ARREARS", "欠费"),
    ("FROZEN", "冻结"),
    ("TERMINATED", "终止参保"),
    // Bonds and places.
    ("SAME_POOL", "同一统筹区"),
    ("SAME_PROVINCE", "同一省份"),
    ("NATIONAL", "全国"),
    ("ONE_ROLE_ONCE", "只能有一种身份且只能被绑定一次"),
    ("ONE_SHARER_PER_BENEFICIARY", "每名被共济人只能有一名共济人"),
    ("MANY", "不限"),
    ("ONE_PER_PAIR", "双方之间只能有一个同类共济关系"),
    ("SHARES", "作为共济人"),
    ("USES", "作为被共济人"),
    ("INSURED_POOL", "参保统筹区"),
    ("INSURED_PROVINCE", "参保省份"),
    ("ANYWHERE", "不限"),
    // Benefits.
    ("CHRONIC_OUTPATIENT", "门诊慢性病"),
    ("SPECIAL_OUTPATIENT", "门诊特殊病"),
    ("DISABLED_SOLDIER_1_6", "一级至六级残疾军人"),
    ("MEDICAL_ASSISTANCE", "医疗救助"),
    ("DESTITUTE", "特困人员"),
    ("ORPHAN", "孤儿"),
    ("LOW_INCOME", "低保对象"),
    // Use of funds.
    ("INPATIENT", "住院"),
    ("OUTPATIENT", "普通门诊"),
    ("MATERNITY", "职工生育"),
    ("PHARMACY", "定点药店"),
    ("VACCINATION", "疫苗接种"),
    ("CHECK_UP", "体检"),
    ("REGISTRATION", "挂号"),
    ("COMMERCIAL_INSURANCE", "商业健康保险"),
    ("RESIDENT_PREMIUM", "居民医保缴费"),
    ("LTC_PREMIUM", "长期护理保险缴费"),
    ("OUTSIDE_POOL", "参保统筹区以外"),
    ("OUTSIDE_PROVINCE", "参保省份以外"),
    ("FILED", "已备案"),
    ("ENTITLED", "须经参保地认定待遇"),
    ("NOT_ENTITLED", "未认定"),
    ("ENABLED", "机构须已开通"),
    ("NOT_ENABLED", "未开通"),
    ("ON", "开启"),
    ("OFF", "关闭"),
    ("OWN", "本人"),
    ("PATIENT", "就诊人本人"),
    ("OTHER", "他人"),
    // States and programmes.
    ("OPEN", "已开通"),
    ("ACTIVE", "生效"),
    ("NOT_ACTIVE", "未生效"),
    ("NOT_OPENED", "未开通"),
    ("PENDING_ACTIVATION", "待激活"),
    ("RELOCATING", "使用地变更中"),
    ("CLOSED", "已注销"),
    ("LOCAL_REALTIME", "即时调用"),
    ("LOCAL_ALLOCATION", "共济账户"),
    ("WALLET", "医保钱包"),
    ("PREMIUM", "参保缴费"),
    ("SUSPEND", "暂停"),
    ("OWN_WALLET", "本人钱包额度"),
];

/// The text with every known word, and every pooling area, as people say it.
pub(super) fn in_chinese(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_word) {
        let (before, from) = rest.split_at(start);
        let end = from.find(|c| !is_word(c)).unwrap_or(from.len());
        let (word, after) = from.split_at(end);
        said.push_str(before);
        let fraction = said.ends_with('.') || after.starts_with('.');
        match word.parse::<Pool>() {
            Ok(pool) if !fraction => said.push_str(pool.name()),
            _ => said.push_str(WORDS.iter().find(|(name, _)| *name == word).map_or(word, |(_, zh)| zh)),
        }
        rest = after;
    }
    said.push_str(rest);
    said
}

const fn is_word(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{
        BenefitKind, Cardinality, Category, EnrolmentStatus, PlaceScope, Programme, Relation, Scheme,
        Territory, WalletState,
    };

    #[test]
    fn words_and_places_are_said_and_everything_else_stays() {
        for (text, said) in [
            ("CHILD,PARENT,SPOUSE", "子女,父母,配偶"),
            ("320100-510100", "南京市-成都市"),
            ("320100.00", "320100.00"),
            ("5.320100", "5.320100"),
            ("06:00-22:00", "06:00-22:00"),
            ("H32050000001,H32050000002", "H32050000001,H32050000002"),
            ("510100-320100 NONE", "成都市-南京市 无"),
            ("SHARES=1,USES=0", "作为共济人=1,作为被共济人=0"),
            ("EMPLOYEE with personal account", "职工医保 with personal account"),
            ("", ""),
        ] {
            assert_eq!(in_chinese(text), said);
        }
    }

    #[test]
    fn every_word_that_a_refusal_can_name_has_a_chinese_one() {
        let lists = [
            Relation::NAMES,
            Scheme::NAMES,
            EnrolmentStatus::NAMES,
            Territory::NAMES,
            Cardinality::NAMES,
            PlaceScope::NAMES,
            BenefitKind::NAMES,
            Category::NAMES,
            Programme::NAMES,
            WalletState::NAMES,
        ];
        for name in lists.concat() {
            assert!(in_chinese(name).chars().all(|c| !c.is_ascii()), "{name}");
        }
        let mut names: Vec<_> = WORDS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), WORDS.len());
    }
}
