//! Why a verification is refused, and how that is said. Nothing here burns an id.

use chassis::{status::Refusal, stepup::Method};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::error;

/// Why a verification is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refused {
    /// No person has this id.
    PersonUnknown,
    /// None was begun with this id, or its time is over.
    Unknown,
    /// Somebody else began it.
    NotYours,
    /// It was begun for something else.
    IdReused,
    /// Too many wrong proofs.
    Locked {
        /// Of what.
        method: Method,
        /// Until when.
        #[serde(with = "time::serde::rfc3339")]
        until: OffsetDateTime,
        /// What else there is.
        alternatives: Vec<Method>,
    },
    /// The person has no password, or there is no matcher.
    NotSetUp {
        /// Of what.
        method: Method,
        /// What else there is.
        alternatives: Vec<Method>,
    },
    /// A wrong proof.
    Wrong {
        /// Of what.
        method: Method,
        /// So many lock.
        allowed: u32,
        /// So many there were.
        used: u32,
        /// The end of the lock that this one began.
        #[serde(with = "time::serde::rfc3339::option")]
        until: Option<OffsetDateTime>,
        /// What else there is.
        alternatives: Vec<Method>,
    },
    /// Nobody can say.
    Unsure {
        /// Of what.
        method: Method,
        /// What else there is.
        alternatives: Vec<Method>,
    },
}

impl Refused {
    /// What the caller reads.
    pub fn into_refusal(self) -> Refusal {
        match self {
            Self::PersonUnknown => error::person_unknown(),
            Self::Unknown => unknown(),
            Self::NotYours => not_yours(),
            Self::IdReused => Refusal::request_id_reused(),
            Self::Locked { method, until, alternatives } => locked(method, until, &alternatives),
            Self::NotSetUp { method, alternatives } => {
                let (name, name_zh) = named(method);
                failed(
                    format!("this person cannot be verified by {name} here: it is not set up"),
                    format!("尚未设置{name_zh},无法以此方式核验"),
                )
                .what_to_do(instead(&alternatives, "set it up, or"), instead_zh(&alternatives, "请先设置,或"))
            }
            Self::Wrong { method, allowed, used, until, alternatives } => {
                let refusal = wrong(method, &alternatives).bound(allowed.to_string(), used.to_string());
                match until {
                    Some(until) => refusal.possible_again(until),
                    None => refusal,
                }
            }
            Self::Unsure { method: _, alternatives } => failed(
                "the result proves nothing either way; it does not count as an attempt".to_owned(),
                "无法判断核验结果,本次不计入失败次数".to_owned(),
            )
            .what_to_do(
                instead(
                    &alternatives,
                    "try in better light, with the whole face, on another phone of the family, or",
                ),
                instead_zh(&alternatives, "请在光线充足处正对镜头重试,或更换家人手机,或"),
            ),
        }
    }
}

/// A counter verifies by documents, a terminal by face, an app by face or password.
pub fn not_for_this_caller() -> Refusal {
    Refusal::denied(
        "CALLER_NOT_ALLOWED",
        "this caller may not verify in this way",
        "该调用方不能使用此核验方式",
    )
    .what_to_do(
        "a citizen's app verifies by FACE or PASSWORD, an operator by COUNTER, an institution by FACE for an \
             operation at its own place",
        "个人应用使用人脸或密码,窗口使用窗口核验,定点机构对本机构的操作使用人脸",
    )
}

fn failed(en: String, zh: String) -> Refusal {
    Refusal::denied("AUTH_FAILED", en, zh).rule("R-032")
}

fn unknown() -> Refusal {
    Refusal::not_found(
        "VERIFICATION_UNKNOWN",
        "no verification was begun with this id, or its time is over",
        "核验不存在或已超时",
    )
    .what_to_do("begin a new verification with a new id", "请以新的编号重新发起核验")
}

fn not_yours() -> Refusal {
    Refusal::denied("OUT_OF_SCOPE", "another caller began this verification", "该核验由其他调用方发起")
        .what_to_do("complete it with the credential that began it", "请使用发起核验的凭证完成")
}

fn locked(method: Method, until: OffsetDateTime, alternatives: &[Method]) -> Refusal {
    let (name, name_zh) = named(method);
    Refusal::denied(
        "FACTOR_LOCKED",
        format!("verification by {name} is locked after too many wrong attempts"),
        format!("{name_zh}错误次数过多,已暂时锁定"),
    )
    .rule("R-032")
    .possible_again(until)
    .what_to_do(
        instead(alternatives, "wait until the time named, or"),
        instead_zh(alternatives, "请在所示时间后重试,或"),
    )
}

fn wrong(method: Method, alternatives: &[Method]) -> Refusal {
    let (name, name_zh) = named(method);
    failed(format!("verification by {name} failed"), format!("{name_zh}核验未通过")).rule("R-033").what_to_do(
        instead(alternatives, "try again with the same verification, or"),
        instead_zh(alternatives, "请重试,或"),
    )
}

const fn named(method: Method) -> (&'static str, &'static str) {
    match method {
        Method::Face => ("FACE", "人脸"),
        Method::Password => ("PASSWORD", "医保码密码"),
        Method::Counter => ("COUNTER", "窗口"),
    }
}

fn instead(alternatives: &[Method], first: &str) -> String {
    let names: Vec<&str> = alternatives.iter().map(|method| named(*method).0).collect();
    match names.is_empty() {
        true => first.trim_end_matches(", or").trim_end_matches(" or").to_owned(),
        false => format!("{first} begin another verification by {}", names.join(" or ")),
    }
}

fn instead_zh(alternatives: &[Method], first: &str) -> String {
    let names: Vec<&str> = alternatives.iter().map(|method| named(*method).1).collect();
    match names.is_empty() {
        true => first.trim_end_matches(",或").to_owned(),
        false => format!("{first}改用{}核验", names.join("或")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r_032_whoever_fails_is_told_what_else_there_is() {
        let alternatives = vec![Method::Face, Method::Counter];
        let refused = Refused::Wrong {
            method: Method::Password,
            allowed: 5,
            used: 2,
            until: None,
            alternatives: alternatives.clone(),
        };
        let refusal = refused.into_refusal();
        assert_eq!((refusal.reason.as_str(), refusal.limit.as_str()), ("AUTH_FAILED", "5"));
        assert!(refusal.what_to_do_en.ends_with("by FACE or COUNTER"), "{}", refusal.what_to_do_en);
        assert!(refusal.what_to_do_zh.ends_with("改用人脸或窗口核验"), "{}", refusal.what_to_do_zh);
        assert_eq!(instead(&[], "set it up, or"), "set it up");
        let until = OffsetDateTime::UNIX_EPOCH;
        let locked = Refused::Locked { method: Method::Password, until, alternatives }.into_refusal();
        assert_eq!((locked.reason.as_str(), locked.possible_again), ("FACTOR_LOCKED", Some(until)));
    }
}
