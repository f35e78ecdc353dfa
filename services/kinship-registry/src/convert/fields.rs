//! Parsers of the fields that only the registry has. They collect what is wrong and never repeat a value.

use bond::{BondState, By, Channel, Commitment, DissolveReason, Evidence, FactKind, Relation};
use border::fields::Fields;
use proto::{
    common::Channel as WireChannel,
    kinship::{
        BondState as WireState, Commitment as WireCommitment, DissolveReason as WireReason,
        DissolvedBy as WireBy, Evidence as WireEvidence, FamilyFactKind as WireFactKind,
        Relation as WireRelation,
    },
};
use standards::civil;
use time::{Date, Duration, OffsetDateTime};

/// Clocks of callers may be ahead of ours by this much.
const SKEW: Duration = Duration::minutes(1);
/// The most characters of a text's version.
const MAX_VERSION: usize = 32;
/// The most documents.
const MAX_EVIDENCE: usize = 16;

pub(super) fn relation(fields: &mut Fields, field: &str, value: i32) -> Option<Relation> {
    fields.choice(field, value, |relation| match relation {
        WireRelation::Unspecified => None,
        WireRelation::Spouse => Some(Relation::Spouse),
        WireRelation::Parent => Some(Relation::Parent),
        WireRelation::Child => Some(Relation::Child),
        WireRelation::Sibling => Some(Relation::Sibling),
        WireRelation::PaternalGrandparent => Some(Relation::PaternalGrandparent),
        WireRelation::MaternalGrandparent => Some(Relation::MaternalGrandparent),
        WireRelation::ChildOfSon => Some(Relation::ChildOfSon),
        WireRelation::ChildOfDaughter => Some(Relation::ChildOfDaughter),
        WireRelation::ParentInLaw => Some(Relation::ParentInLaw),
        WireRelation::OtherRelative => Some(Relation::OtherRelative),
    })
}

pub(super) fn state(fields: &mut Fields, field: &str, value: i32) -> Option<BondState> {
    fields.choice(field, value, |state| match state {
        WireState::Unspecified => None,
        WireState::PendingConsent => Some(BondState::PendingConsent),
        WireState::Active => Some(BondState::Active),
        WireState::Suspended => Some(BondState::Suspended),
        WireState::Dissolved => Some(BondState::Dissolved),
        WireState::Rejected => Some(BondState::Rejected),
        WireState::Expired => Some(BondState::Expired),
        WireState::Withdrawn => Some(BondState::Withdrawn),
    })
}

pub(super) fn channel(fields: &mut Fields, field: &str, value: i32) -> Option<Channel> {
    fields.choice(field, value, |channel| match channel {
        WireChannel::Unspecified => None,
        WireChannel::NationalApp => Some(Channel::NationalApp),
        WireChannel::LocalApp => Some(Channel::LocalApp),
        WireChannel::MiniProgram => Some(Channel::MiniProgram),
        WireChannel::Website => Some(Channel::Website),
        WireChannel::Terminal => Some(Channel::Terminal),
        WireChannel::Counter => Some(Channel::Counter),
        WireChannel::Phone => Some(Channel::Phone),
    })
}

pub(super) fn by(fields: &mut Fields, field: &str, value: i32) -> Option<By> {
    fields.choice(field, value, |by| match by {
        WireBy::Unspecified => None,
        WireBy::Sharer => Some(By::Sharer),
        WireBy::Beneficiary => Some(By::Beneficiary),
        WireBy::Operator => Some(By::Operator),
    })
}

/// `None` inside where none was given.
pub(super) fn dissolve_reason(
    fields: &mut Fields,
    field: &str,
    value: i32,
) -> Option<Option<DissolveReason>> {
    fields.choice(field, value, |reason: WireReason| {
        let name = reason.as_str_name().strip_prefix("DISSOLVE_REASON_").unwrap_or_default();
        Some(name.parse().ok())
    })
}

pub(super) fn fact_kind(fields: &mut Fields, field: &str, value: i32) -> Option<FactKind> {
    fields.choice(field, value, |kind| match kind {
        WireFactKind::Unspecified => None,
        WireFactKind::Marriage => Some(FactKind::Marriage),
        WireFactKind::Divorce => Some(FactKind::Divorce),
        WireFactKind::ParentChild => Some(FactKind::ParentChild),
        WireFactKind::Guardian => Some(FactKind::Guardian),
        WireFactKind::ProofRevoked => Some(FactKind::ProofRevoked),
    })
}

/// A civil day that is not after today.
pub(super) fn day(fields: &mut Fields, field: &str, text: &str, today: Date) -> Option<Date> {
    let day = civil::parse_day(text);
    match day {
        None if text.is_empty() => fields.refuse(field, "MISSING", "a day is required", "请填写日期"),
        None => fields.refuse(field, "MALFORMED", "a civil day is YYYY-MM-DD", "日期格式为YYYY-MM-DD"),
        Some(day) if day > today => {
            fields.refuse(field, "IN_THE_FUTURE", "this day has not come yet", "日期不能晚于当日");
        }
        Some(_) => return day,
    }
    None
}

/// 承诺书; `None` inside where none was given.
pub(super) fn commitment(
    fields: &mut Fields,
    field: &str,
    given: Option<WireCommitment>,
    now: OffsetDateTime,
) -> Option<Option<Commitment>> {
    let Some(given) = given else { return Some(None) };
    let at = |part: &str| format!("{field}.{part}");
    let text_version = fields.text(&at("text_version"), given.text_version, MAX_VERSION);
    let text_sha256 = sha256(fields, &at("text_sha256"), &given.text_sha256);
    let accepted_at = match given.accept_time {
        Some(time) => fields.instant(&at("accept_time"), time),
        None => {
            fields.refuse(&at("accept_time"), "MISSING", "a time is required", "请填写时间");
            None
        }
    };
    if accepted_at.is_some_and(|at| at > now + SKEW) {
        let (english, chinese) = ("this time has not come yet", "时间不能晚于当前时间");
        fields.refuse(&at("accept_time"), "IN_THE_FUTURE", english, chinese);
    }
    Some(Some(Commitment {
        text_version: text_version?,
        text_sha256: text_sha256?,
        accepted_at: accepted_at?,
    }))
}

/// 证明材料.
pub(super) fn evidence(fields: &mut Fields, given: Vec<WireEvidence>) -> Option<Vec<Evidence>> {
    if given.len() > MAX_EVIDENCE {
        fields.refuse("evidence", "TOO_MANY", "at most 16 documents", "证明材料最多16件");
        return None;
    }
    let mut all = Vec::with_capacity(given.len());
    for (at, evidence) in given.into_iter().enumerate() {
        let field = format!("evidence[{at}].kind");
        let kind = if evidence.kind.is_empty() {
            fields.refuse(&field, "MISSING", "a kind of document is required", "请填写材料类型");
            None
        } else {
            fields.take(&field, evidence.kind.parse())
        };
        let reference = fields.take(&format!("evidence[{at}].reference"), evidence.reference.parse());
        all.extend(kind.zip(reference).map(|(kind, reference)| Evidence { kind, reference }));
    }
    Some(all)
}

fn sha256(fields: &mut Fields, field: &str, text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if text.is_empty() {
        fields.refuse(field, "MISSING", "a SHA-256 is required", "请填写文本摘要");
    } else if !plain || hex::decode_to_slice(text, &mut bytes).is_err() {
        fields.refuse(
            field,
            "MALFORMED",
            "a SHA-256 is 64 lower-case hex digits",
            "文本摘要为64位小写十六进制",
        );
    } else {
        return Some(bytes);
    }
    None
}
