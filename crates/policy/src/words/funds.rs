//! Words about the use of funds: for what, from where, in which order, and premiums.
//!
//! They name possibilities; which hold at a place is said by rule files.

use serde::{Deserialize, Serialize};

words! {
    /// 费用类别 (R-110… ).
    Category {
        /// 住院.
        Inpatient = "INPATIENT",
        /// 普通门诊.
        Outpatient = "OUTPATIENT",
        /// 门诊特殊病.
        SpecialOutpatient = "SPECIAL_OUTPATIENT",
        /// 职工生育.
        Maternity = "MATERNITY",
        /// 定点零售药店.
        Pharmacy = "PHARMACY",
        /// 疫苗接种.
        Vaccination = "VACCINATION",
        /// 体检.
        CheckUp = "CHECK_UP",
        /// 挂号.
        Registration = "REGISTRATION",
        /// 商业健康保险.
        CommercialInsurance = "COMMERCIAL_INSURANCE",
        /// 城乡居民医保缴费.
        ResidentPremium = "RESIDENT_PREMIUM",
        /// 长期护理保险缴费.
        LtcPremium = "LTC_PREMIUM",
    }
}

words! {
    /// Where the money of a payment may come from.
    FundingSource {
        /// 本人历年个人账户.
        OwnPriorYear = "OWN_PRIOR_YEAR",
        /// 本人当年个人账户.
        OwnCurrentYear = "OWN_CURRENT_YEAR",
        /// 医保钱包共济额度.
        Lots = "LOTS",
        /// 共济账户.
        SharedAccount = "SHARED_ACCOUNT",
        /// 即时调用.
        Mandates = "MANDATES",
        /// 现金.
        Cash = "CASH",
    }
}

words! {
    /// Which of several sharers is asked first.
    SharerOrder {
        /// Whose bond is the oldest.
        BondTime = "BOND_TIME",
        /// Whose balance is the largest; of equals by name.
        BalanceDescending = "BALANCE_DESCENDING",
        /// As the beneficiary set it.
        PersonChoice = "PERSON_CHOICE",
    }
}

words! {
    /// Of which balance a yearly ratio is taken.
    QuotaBasis {
        /// The balance at the start of the civil year.
        YearStartBalance = "YEAR_START_BALANCE",
    }
}

words! {
    /// Where a later reimbursement of a payment from shared funds goes.
    RefundTarget {
        /// Into the shared account.
        SharedAccount = "SHARED_ACCOUNT",
        /// To the sharer whose money it was.
        Sharer = "SHARER",
    }
}

words! {
    /// From where on care elsewhere needs a filing; strictest first.
    RemoteScope {
        /// Outside the pooling area of the patient's insurance.
        OutsidePool = "OUTSIDE_POOL",
        /// Outside its province.
        OutsideProvince = "OUTSIDE_PROVINCE",
    }
}

words! {
    /// 异地购药开关; strictest first.
    SwitchState {
        /// 关闭.
        Off = "OFF",
        /// 开启.
        On = "ON",
    }
}

words! {
    /// Whether a drug line needs a traceability code; strictest first.
    TraceDuty {
        /// Every line needs one.
        Required = "REQUIRED",
        /// 无码库: known packs without a code may still be sold.
        Transition = "TRANSITION",
    }
}

words! {
    /// What happens when the registry of sold codes cannot be asked; strictest first.
    TraceRegistryDown {
        /// Nothing is sold.
        Refuse = "REFUSE",
        /// It is sold and marked for a later look.
        AcceptAndFlag = "ACCEPT_AND_FLAG",
    }
}

words! {
    /// Whose premium is paid.
    PremiumScheme {
        /// 城乡居民基本医疗保险.
        Resident = "RESIDENT",
        /// 长期护理保险.
        Ltc = "LTC",
    }
}

impl PremiumScheme {
    /// The category under which shared funds may pay it.
    pub const fn category(self) -> Category {
        match self {
            Self::Resident => Category::ResidentPremium,
            Self::Ltc => Category::LtcPremium,
        }
    }
}
