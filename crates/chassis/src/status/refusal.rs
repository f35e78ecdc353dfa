//! A refusal as a value: what was refused, by which rule, and what the person can do about it.
//!
//! It serializes, so that a book can store it as an outcome and answer a repeat with the same words. It
//! holds no person's number or full name.

use std::{
    ops::{Deref, DerefMut},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use tonic::{Code, Status};

use super::{language::Language, wire};

/// Why a request is refused. Build it with [`Refusal::new`] and the methods below; read its [`Parts`] like
/// fields. It is one pointer wide, so that it can be an `Err` or a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[must_use]
pub struct Refusal(Box<Parts>);

/// What a refusal says. Texts that are not set stay empty and are left out on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The gRPC code; see [`super::certainty`] for what it tells about the effect.
    #[serde(with = "code")]
    pub code: Code,
    /// A value of the closed list, without its `REASON_` prefix.
    pub reason: String,
    /// The requirement, `R-078`; empty if no rule refused.
    pub rule: String,
    /// Whose side the rule looked at: `SHARER`, `BENEFICIARY`, `TREATMENT_PLACE` or empty.
    pub side: String,
    /// The bound of the rule, as text.
    pub limit: String,
    /// What was found instead, as text.
    pub actual: String,
    /// The version of the policy that was applied.
    pub policy_version: String,
    /// The document that the rule comes from.
    pub source: String,
    /// When the same wish may succeed; none if never or unknown.
    #[serde(with = "time::serde::rfc3339::option")]
    pub possible_again: Option<OffsetDateTime>,
    /// One English sentence for developers and operators.
    pub message_en: String,
    /// One Chinese sentence for the person.
    pub message_zh: String,
    /// What to do, in English.
    pub what_to_do_en: String,
    /// What to do, in Chinese.
    pub what_to_do_zh: String,
    /// Further rules that failed; at most five are sent.
    pub further: Vec<Further>,
    /// When to try again; sent with RESOURCE_EXHAUSTED and UNAVAILABLE only, one second if not set.
    pub retry_after: Option<Duration>,
}

/// A further rule that failed beside the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Further {
    /// Its reason.
    pub reason: String,
    /// Its side.
    pub side: String,
    /// One English sentence.
    pub message: String,
}

impl Deref for Refusal {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl DerefMut for Refusal {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.0
    }
}

impl Refusal {
    /// A refusal with its two sentences.
    pub fn new(
        code: Code,
        reason: impl Into<String>,
        message_en: impl Into<String>,
        message_zh: impl Into<String>,
    ) -> Self {
        Self(Box::new(Parts {
            code,
            reason: reason.into(),
            rule: String::new(),
            side: String::new(),
            limit: String::new(),
            actual: String::new(),
            policy_version: String::new(),
            source: String::new(),
            possible_again: None,
            message_en: message_en.into(),
            message_zh: message_zh.into(),
            what_to_do_en: String::new(),
            what_to_do_zh: String::new(),
            further: Vec::new(),
            retry_after: None,
        }))
    }

    /// The state of things forbids it (FAILED_PRECONDITION, burns the id).
    pub fn state(reason: &str, message_en: impl Into<String>, message_zh: impl Into<String>) -> Self {
        Self::new(Code::FailedPrecondition, reason, message_en, message_zh)
    }

    /// There is no such thing (NOT_FOUND, burns the id).
    pub fn not_found(reason: &str, message_en: impl Into<String>, message_zh: impl Into<String>) -> Self {
        Self::new(Code::NotFound, reason, message_en, message_zh)
    }

    /// The caller may not (PERMISSION_DENIED, nothing stored).
    pub fn denied(reason: &str, message_en: impl Into<String>, message_zh: impl Into<String>) -> Self {
        Self::new(Code::PermissionDenied, reason, message_en, message_zh)
    }

    /// Names the requirement.
    pub fn rule(mut self, rule: impl Into<String>) -> Self {
        self.rule = rule.into();
        self
    }

    /// Names the side.
    pub fn side(mut self, side: impl Into<String>) -> Self {
        self.side = side.into();
        self
    }

    /// Names the bound and what was found.
    pub fn bound(mut self, limit: impl Into<String>, actual: impl Into<String>) -> Self {
        self.limit = limit.into();
        self.actual = actual.into();
        self
    }

    /// Names the policy version and the document behind it.
    pub fn policy(mut self, version: impl Into<String>, source: impl Into<String>) -> Self {
        self.policy_version = version.into();
        self.source = source.into();
        self
    }

    /// Says when it may succeed.
    pub fn possible_again(mut self, at: OffsetDateTime) -> Self {
        self.possible_again = Some(at);
        self
    }

    /// Says what to do.
    pub fn what_to_do(mut self, english: impl Into<String>, chinese: impl Into<String>) -> Self {
        self.what_to_do_en = english.into();
        self.what_to_do_zh = chinese.into();
        self
    }

    /// Adds a further rule that failed.
    pub fn further(mut self, reason: &str, side: &str, message: impl Into<String>) -> Self {
        self.further.push(Further { reason: reason.into(), side: side.into(), message: message.into() });
        self
    }

    /// Says when to try again.
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Renders it in the language of the running request.
    pub fn into_status(self) -> Status {
        wire::render(&self, Language::current())
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        refusal.into_status()
    }
}

/// The refusals that every service shares.
impl Refusal {
    /// The id stands for another content.
    pub fn request_id_reused() -> Self {
        Self::new(
            Code::AlreadyExists,
            "REQUEST_ID_REUSED",
            "this id was used before with another content",
            "该编号已用于其他内容的请求",
        )
        .what_to_do("use a new id for a new request", "新的请求请使用新的编号")
    }

    /// The id is older than what the service remembers.
    pub fn request_id_too_old() -> Self {
        Self::new(
            Code::InvalidArgument,
            "REQUEST_ID_TOO_OLD",
            "this id is older than the requests that are still remembered",
            "该编号过旧，已超出可核对的期限",
        )
        .what_to_do(
            "read the resource, then use a new id if it is still needed",
            "请先查询结果；确有需要时使用新的编号",
        )
    }

    /// The versioned resource has moved on.
    pub fn revision_changed(expected: i64, actual: i64) -> Self {
        Self::new(
            Code::Aborted,
            "REVISION_CHANGED",
            "the resource has changed since it was read",
            "数据已被更新，请重新查询后再操作",
        )
        .bound(expected.to_string(), actual.to_string())
        .what_to_do("read it again, then repeat with its revision", "请重新查询，并使用最新版本号提交")
    }

    /// The queue or the server is full.
    pub fn queue_full() -> Self {
        Self::new(
            Code::ResourceExhausted,
            "QUEUE_FULL",
            "too many requests are waiting",
            "系统繁忙，请稍后再试",
        )
        .what_to_do("repeat the same request with the same id later", "请稍后使用相同编号重试")
    }

    /// The process is stopping.
    pub fn draining() -> Self {
        Self::new(Code::Unavailable, "DRAINING", "this server is stopping", "服务正在切换，请稍后再试")
            .what_to_do("repeat the same request with the same id", "请使用相同编号重试")
    }

    /// This host's clock is wrong, so nothing is decided here.
    pub fn clock_untrusted() -> Self {
        Self::new(
            Code::Unavailable,
            "CLOCK_UNTRUSTED",
            "this server's clock is wrong and nothing was done",
            "服务器时钟异常，请求未处理，请稍后再试",
        )
        .what_to_do("repeat the same request with the same id later", "请稍后使用相同编号重试")
    }

    /// A feed that the decision needs is too far behind.
    pub fn feed_behind(feed: &str) -> Self {
        Self::new(
            Code::Unavailable,
            "FEED_BEHIND",
            format!("the {feed} feed is too far behind to decide"),
            "所需数据尚未同步，请稍后再试",
        )
        .what_to_do("repeat the same request with the same id later", "请稍后使用相同编号重试")
    }

    /// The deadline passed before there was an answer.
    pub fn deadline_exceeded(limit: Duration) -> Self {
        Self::new(
            Code::DeadlineExceeded,
            "DEADLINE_EXCEEDED",
            "the deadline passed before there was an answer; the request may still take effect",
            "处理超时，请求可能已生效",
        )
        .bound(format!("{} ms", limit.as_millis()), "")
        .what_to_do(
            "repeat the same request with the same id to learn the outcome",
            "请使用相同编号重试以确认结果",
        )
    }

    /// Our own mistake. The cause is logged, never sent.
    pub fn internal() -> Self {
        Self::new(
            Code::Internal,
            "INTERNAL",
            "internal error; the request may have taken effect",
            "系统内部错误，请求可能已生效",
        )
        .what_to_do(
            "repeat the same request with the same id to learn the outcome",
            "请使用相同编号重试以确认结果",
        )
    }

    /// The database or a peer does not answer.
    pub fn unavailable() -> Self {
        Self::new(
            Code::Unavailable,
            "UNAVAILABLE",
            "a part that is needed does not answer; the request may have taken effect",
            "所需服务暂不可用，请求可能已生效",
        )
        .what_to_do("repeat the same request with the same id later", "请稍后使用相同编号重试")
    }
}

mod code {
    //! A gRPC code is stored as its number.

    use serde::{Deserialize as _, Deserializer, Serializer};
    use tonic::Code;

    pub(super) fn serialize<S: Serializer>(code: &Code, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i32(*code as i32)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Code, D::Error> {
        i32::deserialize(deserializer).map(Code::from_i32)
    }
}
