//! Field parsers that collect what is wrong instead of stopping at the first violation. Never repeats a value.

use bond::{BondState, Channel, Commitment, Relation};
use chassis::status::Violations;
use policy::Programme;
use prost_types::Timestamp;
use proto::{
    common::{Channel as WireChannel, Programme as WireProgramme},
    kinship::{
        BondState as WireState, Commitment as WireCommitment, Evidence as WireEvidence,
        Relation as WireRelation,
    },
};
use standards::{area::AreaError, civil, id::IdError};
use time::{Duration, OffsetDateTime, macros::datetime};
use tonic::Status;

use crate::registered::Evidence;

/// Clocks of callers may be ahead of ours by this much.
const SKEW: Duration = Duration::minutes(1);
/// Nobody accepted a text before there was a web page to show it.
const EARLIEST: OffsetDateTime = datetime!(2000-01-01 00:00 +8);
/// The most characters of a text's version, of a document's kind and of its reference.
const MAX_VERSION: usize = 32;
const MAX_KIND: usize = 64;
const MAX_REFERENCE: usize = 128;
/// The most documents.
const MAX_EVIDENCE: usize = 16;

/// Fields of one request under parsing.
pub(super) struct Fields(Violations);

impl Fields {
    pub(super) fn new() -> Self {
        Self(Violations::new())
    }

    /// Adds a violation.
    pub(super) fn refuse(&mut self, field: &str, reason: &str, english: &str, chinese: &str) {
        self.0.add(field, reason, english, chinese);
    }

    /// An id of any kind.
    pub(super) fn id<T>(&mut self, field: &str, parsed: Result<T, IdError>) -> Option<T> {
        match parsed {
            Ok(id) => Some(id),
            Err(error) => {
                let reason = match error {
                    IdError::Missing => "MISSING",
                    IdError::Malformed => "MALFORMED",
                };
                self.refuse(field, reason, &error.to_string(), error.zh());
                None
            }
        }
    }

    /// A pooling area or a region.
    pub(super) fn area<T>(&mut self, field: &str, parsed: Result<T, AreaError>) -> Option<T> {
        match parsed {
            Ok(area) => Some(area),
            Err(error) => {
                let reason = match error {
                    AreaError::Missing => "MISSING",
                    AreaError::Malformed => "MALFORMED",
                    AreaError::PolicyRegion => "POLICY_REGION",
                    AreaError::Unknown => "UNKNOWN_VALUE",
                };
                self.refuse(field, reason, &error.to_string(), error.zh());
                None
            }
        }
    }

    /// A value of an enum; `read` gives `None` for the zero value.
    pub(super) fn choice<W: TryFrom<i32>, T>(
        &mut self,
        field: &str,
        value: i32,
        read: impl Fn(W) -> Option<T>,
    ) -> Option<T> {
        match W::try_from(value).map(read) {
            Ok(Some(value)) => Some(value),
            Ok(None) => {
                self.refuse(field, "MISSING", "a value must be chosen", "请选择一项");
                None
            }
            Err(_) => {
                self.refuse(field, "UNKNOWN_VALUE", "this value does not exist", "没有此选项");
                None
            }
        }
    }

    pub(super) fn programme(&mut self, field: &str, value: i32) -> Option<Programme> {
        self.choice(field, value, |programme| match programme {
            WireProgramme::Unspecified => None,
            WireProgramme::LocalRealtime => Some(Programme::LocalRealtime),
            WireProgramme::LocalAllocation => Some(Programme::LocalAllocation),
            WireProgramme::Wallet => Some(Programme::Wallet),
            WireProgramme::Premium => Some(Programme::Premium),
        })
    }

    pub(super) fn relation(&mut self, field: &str, value: i32) -> Option<Relation> {
        self.choice(field, value, |relation| match relation {
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

    pub(super) fn state(&mut self, field: &str, value: i32) -> Option<BondState> {
        self.choice(field, value, |state| match state {
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

    pub(super) fn channel(&mut self, field: &str, value: i32) -> Option<Channel> {
        self.choice(field, value, |channel| match channel {
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

    /// An instant, cut to microseconds.
    pub(super) fn instant(&mut self, field: &str, time: Timestamp) -> Option<OffsetDateTime> {
        let nanos = u32::try_from(time.nanos).ok();
        let at = OffsetDateTime::from_unix_timestamp(time.seconds).ok();
        let at = at.zip(nanos).and_then(|(at, nanos)| at.replace_nanosecond(nanos).ok()).map(civil::micros);
        let at = at.filter(|at| *at >= EARLIEST);
        if at.is_none() {
            self.refuse(field, "OUT_OF_RANGE", "this is no time since 2000", "时间超出范围");
        }
        at
    }

    /// 承诺书; `None` inside where none was given.
    pub(super) fn commitment(
        &mut self,
        given: Option<WireCommitment>,
        now: OffsetDateTime,
    ) -> Option<Option<Commitment>> {
        let Some(given) = given else { return Some(None) };
        let text_version = self.text("commitment.text_version", given.text_version, MAX_VERSION);
        let text_sha256 = self.sha256("commitment.text_sha256", &given.text_sha256);
        let accepted_at = match given.accept_time {
            Some(time) => self.instant("commitment.accept_time", time),
            None => {
                self.refuse("commitment.accept_time", "MISSING", "a time is required", "请填写时间");
                None
            }
        };
        if accepted_at.is_some_and(|at| at > now + SKEW) {
            let (english, chinese) = ("this time has not come yet", "时间不能晚于当前时间");
            self.refuse("commitment.accept_time", "IN_THE_FUTURE", english, chinese);
        }
        Some(Some(Commitment {
            text_version: text_version?,
            text_sha256: text_sha256?,
            accepted_at: accepted_at?,
        }))
    }

    /// 证明材料.
    pub(super) fn evidence(&mut self, given: Vec<WireEvidence>) -> Option<Vec<Evidence>> {
        if given.len() > MAX_EVIDENCE {
            self.refuse("evidence", "TOO_MANY", "at most 16 documents", "证明材料最多16件");
            return None;
        }
        let mut all = Vec::with_capacity(given.len());
        for (at, evidence) in given.into_iter().enumerate() {
            let kind = self.text(&format!("evidence[{at}].kind"), evidence.kind, MAX_KIND);
            let reference =
                self.text(&format!("evidence[{at}].reference"), evidence.reference, MAX_REFERENCE);
            all.extend(kind.zip(reference).map(|(kind, reference)| Evidence { kind, reference }));
        }
        Some(all)
    }

    /// A text of 1 to `most` characters that can be printed on one line.
    fn text(&mut self, field: &str, text: String, most: usize) -> Option<String> {
        if text.is_empty() {
            self.refuse(field, "MISSING", "a text is required", "请填写");
        } else if text.chars().count() > most {
            self.refuse(
                field,
                "TOO_LONG",
                &format!("at most {most} characters"),
                &format!("最多{most}个字符"),
            );
        } else if text.trim() != text || text.chars().any(char::is_control) {
            let english = "no line breaks, control characters or blanks at the ends";
            self.refuse(field, "MALFORMED", english, "不能含有换行、控制字符或首尾空格");
        } else {
            return Some(text);
        }
        None
    }

    fn sha256(&mut self, field: &str, text: &str) -> Option<[u8; 32]> {
        let mut bytes = [0; 32];
        let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if text.is_empty() {
            self.refuse(field, "MISSING", "a SHA-256 is required", "请填写文本摘要");
        } else if !plain || hex::decode_to_slice(text, &mut bytes).is_err() {
            self.refuse(
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

    /// The whole request, if nothing was wrong with it.
    ///
    /// # Errors
    /// All violations together.
    pub(super) fn finish<T>(self, whole: Option<T>) -> Result<T, Status> {
        match whole {
            Some(whole) if self.0.is_empty() => Ok(whole),
            _ => Err(self.0.into_status()),
        }
    }
}
