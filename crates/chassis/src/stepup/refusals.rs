//! Why an assertion is not accepted, in words. None of it burns an id.

use time::OffsetDateTime;

use super::{Claims, Operation, READ};
use crate::{clock, status::Refusal, token::TokenError};

/// How an assertion does not fit.
#[derive(Clone, Copy)]
pub(super) enum Unfit {
    Token(TokenError),
    Person,
    Caller,
    Method,
    Operation,
    Early,
}

impl From<TokenError> for Unfit {
    fn from(error: TokenError) -> Self {
        Self::Token(error)
    }
}

pub(super) fn required(operation: &Operation) -> Refusal {
    let kind = &operation.kind;
    let refusal = Refusal::denied(
        "STEP_UP_REQUIRED",
        format!("{kind} needs an assertion of the acting person"),
        "该操作需要本人核验（人脸、医保码密码或窗口核验）",
    );
    let refusal = refusal.rule("R-033");
    if *kind == READ {
        return refusal.what_to_do(
            "call VerificationService.BeginVerification with the operation READ, complete it, and send the assertion \
             in the metadata gongji-read",
            "请先完成本人查询核验，再在元数据 gongji-read 中提交核验结果",
        );
    }
    refusal.what_to_do(
        "call VerificationService.BeginVerification with this operation, complete it, and send the assertion with the \
         same id",
        "请先完成本人核验，再以相同编号重新提交",
    )
}

pub(super) fn expired(claims: &Claims, now: i64) -> Refusal {
    let text = |second| OffsetDateTime::from_unix_timestamp(second).map(clock::local).unwrap_or_default();
    Refusal::denied("ASSERTION_EXPIRED", "the assertion is no longer good", "核验结果已过期")
        .rule("R-033")
        .bound(text(claims.expires), text(now))
        .what_to_do(
            "verify again and send the new assertion with the same id",
            "请重新核验，并以相同编号提交",
        )
}

pub(super) fn mismatch(unfit: Unfit) -> Refusal {
    let (en, zh) = match unfit {
        Unfit::Token(TokenError::Malformed) => ("the assertion cannot be read", "核验结果无法识别"),
        Unfit::Token(TokenError::KeyUnknown) => {
            ("the assertion was signed with a key that is not valid", "核验结果的签名密钥无效")
        }
        Unfit::Token(TokenError::Forged) => {
            ("the assertion's signature does not fit", "核验结果的签名不正确")
        }
        Unfit::Person => ("the assertion is another person's", "核验结果属于他人"),
        Unfit::Caller => ("the assertion was given to another caller", "核验结果属于其他调用方"),
        Unfit::Method => {
            ("at a counter the person is verified by COUNTER, elsewhere not", "窗口办理须使用窗口核验结果")
        }
        Unfit::Operation => ("the assertion is for something else", "核验结果与本次操作不一致"),
        Unfit::Early => ("the assertion is from the future: the clocks differ", "核验时间晚于当前时间"),
    };
    Refusal::denied("ASSERTION_MISMATCH", en, zh).rule("R-033").what_to_do(
        "begin a verification for exactly this operation; its lines are in the reply of BeginVerification",
        "请针对本次操作重新核验",
    )
}
