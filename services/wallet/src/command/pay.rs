//! A payment as the institution asked for it, with everything that the receipt shows.
//!
//! The credential that was shown is checked before and never kept: only of which kind it was, and who showed it.

use chassis::digest::Content;
use ledger::{
    codes::Category,
    command::{Cost, SharedWanted},
};
use money::Yuan;
use serde::{Deserialize, Serialize};
use standards::{InstitutionCode, PaymentId, PersonId, Pool, TraceCode};
use time::OffsetDateTime;

use crate::{facts::Known, outcome::Refused};

/// Channels at which the patient stands before nobody.
pub const REMOTE: [&str; 3] = ["MOBILE", "ONLINE_ORDER", "INTERNET_HOSPITAL"];

/// 结算请求.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pay {
    /// 结算编号.
    pub payment: PaymentId,
    /// 就医人.
    pub patient: PersonId,
    /// 代办人.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<Agent>,
    /// 定点医药机构.
    pub institution: InstitutionCode,
    /// 就诊编号.
    pub visit: String,
    /// 机构流水号.
    pub serial: String,
    /// 医疗类别.
    pub med_type: String,
    /// 费用类别; none for those that are paid by another call.
    pub category: Option<Category>,
    /// 支付渠道, by its word; no part of the content.
    pub channel: String,
    /// 就诊时间.
    #[serde(with = "time::serde::rfc3339")]
    pub service_time: OffsetDateTime,
    /// 参保统筹区 as the institution knows it.
    pub insured_pool: Pool,
    /// 目录版本.
    pub catalogue_version: String,
    /// 费用构成.
    pub cost: Cost,
    /// 费用明细.
    pub lines: Vec<Line>,
    /// 共济使用意愿.
    pub shared_wanted: SharedWanted,
    /// 现金上限.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_cash: Option<Yuan>,
    /// How fresh the facts are; no part of the content.
    pub known: Known,
    /// By what the patient was identified; no part of the content, and none in a record from before it was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identified: Option<Identified>,
    /// Only asks whether the id is remembered, after the credential has failed; never recorded.
    #[serde(skip)]
    pub probe: bool,
}

/// By what the patient was identified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identified {
    /// 凭证类型.
    pub by: Means,
    /// 亲情账户: who showed the code, where it was not the patient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_by: Option<PersonId>,
}

/// 就诊凭证类型.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Means {
    /// 医保码.
    MedicalCode,
    /// 身份证, read by the institution.
    IdCard,
    /// 社会保障卡, read by the institution.
    SocialCard,
    /// 刷脸.
    Face,
}

/// 代办人.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Who came.
    pub person: PersonId,
    /// 证明材料编号.
    pub documents: Vec<String>,
}

/// 费用明细.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Its number.
    pub line: i32,
    /// 明细类别, by its word.
    pub category: String,
    /// 医保目录编码.
    pub catalogue_code: String,
    /// 数量, without zeros at its end.
    pub quantity: String,
    /// 单价.
    pub unit_price: Yuan,
    /// 金额.
    pub amount: Yuan,
    /// 个人负担.
    pub personal: Yuan,
    /// 药品追溯码.
    pub trace_codes: Vec<TraceCode>,
    /// 拆零.
    pub split_pack: bool,
    /// 无追溯码原因, by its word; empty if none was given.
    pub no_trace_code: String,
}

impl Pay {
    /// Whether it is paid online: over a line, or with the code on a phone.
    pub fn is_online(&self) -> bool {
        let code = self.identified.is_some_and(|identified| identified.by == Means::MedicalCode);
        code || REMOTE.contains(&self.channel.as_str())
    }

    /// The book's command for an institution of `pool`; the accounts in `frozen` are not touched.
    ///
    /// # Errors
    /// If it is not for the book to pay.
    pub fn resolved(&self, pool: Pool, frozen: Vec<Pool>) -> Result<ledger::Command, Refused> {
        let category = self.category.ok_or(Refused::CategoryNotAllowed)?;
        let sum = Yuan::total(self.lines.iter().map(|line| line.amount));
        if !self.lines.is_empty() && sum != Ok(self.cost.total) {
            return Err(Refused::LinesDoNotAddUp);
        }
        Ok(ledger::Command::Pay(ledger::command::Pay {
            payment: self.payment,
            patient: self.patient,
            institution: self.institution,
            institution_pool: pool,
            serial: self.serial.clone(),
            visit: self.visit.clone(),
            med_type: self.med_type.clone(),
            category,
            service_time: self.service_time,
            cost: self.cost,
            shared_wanted: self.shared_wanted,
            max_cash: self.max_cash,
            frozen,
        }))
    }

    /// SHA-256 of what is asked, without channel, credential and what is known here.
    pub fn content(&self) -> [u8; 32] {
        let shared = match self.shared_wanted {
            SharedWanted::All => String::new(),
            SharedWanted::None => "none".to_owned(),
            SharedWanted::UpTo(limit) => limit.to_string(),
        };
        let cost = &self.cost;
        let content = Content::of("wallet.pay.1")
            .text("payment", self.payment)
            .text("patient", self.patient)
            .maybe("agent", self.agent.as_ref().map(|agent| agent.person))
            .text("institution", self.institution)
            .text("visit", &self.visit)
            .text("serial", &self.serial)
            .text("med_type", &self.med_type)
            .maybe("category", self.category)
            .text("service_time", self.service_time.unix_timestamp_nanos() / 1_000)
            .text("insured_pool", self.insured_pool)
            .text("catalogue_version", &self.catalogue_version)
            .text("total", cost.total)
            .text("fund", cost.fund)
            .text("institution_part", cost.institution)
            .text("personal", cost.personal)
            .text("eligible", cost.eligible)
            .text("shared", shared)
            .maybe("max_cash", self.max_cash);
        let documents = self.agent.iter().flat_map(|agent| &agent.documents);
        let content = documents.fold(content, |content, document| content.text("document", document));
        self.lines.iter().fold(content, |content, line| line.add_to(content)).finish()
    }
}

impl Line {
    fn add_to(&self, content: Content) -> Content {
        let content = content
            .text("line", self.line)
            .text("category", &self.category)
            .text("catalogue_code", &self.catalogue_code)
            .text("quantity", &self.quantity)
            .text("unit_price", self.unit_price)
            .text("amount", self.amount)
            .text("personal", self.personal)
            .text("split_pack", self.split_pack)
            .text("no_trace_code", &self.no_trace_code);
        self.trace_codes.iter().fold(content, |content, code| content.text("trace_code", code))
    }
}
