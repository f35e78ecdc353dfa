//! Words about persons: what they are entitled to, what happens to them, what follows from it.
//!
//! The names of events are part of rule files; which of them ends a bond is said there, not here.

use serde::{Deserialize, Serialize};

use crate::words::Side;

words! {
    /// 待遇: a benefit that some rule asks about.
    BenefitKind {
        /// 门诊慢性病.
        ChronicOutpatient = "CHRONIC_OUTPATIENT",
        /// 门诊特殊病.
        SpecialOutpatient = "SPECIAL_OUTPATIENT",
        /// 离休.
        RetiredCadre = "RETIRED_CADRE",
        /// 一级至六级残疾军人.
        DisabledSoldier = "DISABLED_SOLDIER_1_6",
        /// 医疗救助.
        MedicalAssistance = "MEDICAL_ASSISTANCE",
        /// 特困人员.
        Destitute = "DESTITUTE",
        /// 孤儿.
        Orphan = "ORPHAN",
        /// 低保对象.
        LowIncome = "LOW_INCOME",
    }
}

words! {
    /// What may happen to one of the two of a bond (R-060…R-066).
    LifeEvent {
        /// 医保关系终止: leaves the insurance on which the bond stands.
        EnrolmentEnded = "ENROLMENT_ENDED",
        /// 跨统筹区转移: insured in another pooling area now.
        PoolTransfer = "POOL_TRANSFER",
        /// 认定门诊慢特病待遇.
        ChronicEntitlement = "CHRONIC_ENTITLEMENT",
        /// 变更为离休待遇.
        RetiredCadre = "RETIRED_CADRE",
        /// 变更为一级至六级残疾军人待遇.
        DisabledSoldier = "DISABLED_SOLDIER_1_6",
        /// 死亡.
        Death = "DEATH",
        /// 离婚: of the two as spouses.
        Divorce = "DIVORCE",
        /// 亲属关系证明被撤销.
        ProofRevoked = "PROOF_REVOKED",
        /// 欺诈骗保.
        Fraud = "FRAUD",
    }
}

impl LifeEvent {
    /// The reason under which a bond ends by it, in the registry's words.
    pub const fn dissolve_reason(self, side: Side) -> &'static str {
        match (self, side) {
            (Self::EnrolmentEnded, _) => "ENROLMENT_ENDED",
            (Self::PoolTransfer, _) => "POOL_TRANSFER",
            (Self::ChronicEntitlement, _) => "CHRONIC_ENTITLEMENT",
            (Self::RetiredCadre, _) => "RETIRED_CADRE",
            (Self::DisabledSoldier, _) => "DISABLED_SOLDIER_1_6",
            (Self::Death, Side::Sharer) => "DEATH_SHARER",
            (Self::Death, _) => "DEATH_BENEFICIARY",
            (Self::Divorce, _) => "DIVORCE",
            (Self::ProofRevoked, _) => "PROOF_REVOKED",
            (Self::Fraud, _) => "FRAUD",
        }
    }

    /// The requirement that speaks of it.
    pub const fn rule(self, side: Side) -> &'static str {
        match (self, side) {
            (Self::ChronicEntitlement, _) => "R-060",
            (Self::EnrolmentEnded, Side::Sharer) => "R-061",
            (Self::PoolTransfer, Side::Sharer) => "R-062",
            (Self::EnrolmentEnded | Self::PoolTransfer, _) => "R-065",
            (Self::RetiredCadre | Self::DisabledSoldier, _) => "R-063",
            (Self::Death, Side::Sharer) => "R-064",
            (Self::Death | Self::Divorce | Self::ProofRevoked | Self::Fraud, _) => "R-066",
        }
    }
}

words! {
    /// What follows from overdue contact data or a sanction; strictest first.
    Consequence {
        /// Refused until it is mended: with overdue contact data what is new, with a sanction every payment too.
        Suspend = "SUSPEND",
        /// It is said, and nothing is refused.
        Warn = "WARN",
    }
}

words! {
    /// What a version is about, where it is not the programme as a whole.
    Topic {
        /// How far apart the two may be insured.
        Territory = "TERRITORY",
        /// Duties of a person: contact data, credentials, sanctions.
        Person = "PERSON",
        /// Care elsewhere: filings, switches.
        Care = "CARE",
        /// 医保目录: what is reimbursed.
        Catalogue = "CATALOGUE",
        /// 药品追溯码.
        Traceability = "TRACEABILITY",
        /// 亲情账户.
        CodeProxy = "CODE_PROXY",
        /// 使用地变更.
        PlaceChange = "PLACE_CHANGE",
        /// Unverified: in force only where somebody switched it on.
        Sample = "SAMPLE",
    }
}
