//! 就诊凭证 of a payment: which fields each kind needs. Whether it is genuine is checked elsewhere.

use proto::wallet as wire;
use standards::document::DocumentReference;

use super::fields::Fields;
use crate::command::{Means, REMOTE};

/// The longest token that is looked at, in bytes.
const TOKEN: usize = 4_096;
/// The most characters of a card's reference.
const REFERENCE: usize = 64;

/// The kind, and the token of a code or face. A card was read by the institution, which answers for it: of that only
/// the reference is asked for, and nothing is kept.
pub(super) fn credential(fields: &mut Fields, sent: Option<wire::Credential>) -> Option<(Means, String)> {
    let Some(sent) = sent else {
        fields.refuse("credential", "MISSING", "a credential is required", "请出示就诊凭证");
        return None;
    };
    fields.within("credential", |fields| {
        let means = fields.choice("type", sent.r#type, means);
        let token = match means {
            None => Some(String::new()),
            Some(Means::MedicalCode | Means::Face) => token(fields, sent.token),
            Some(Means::IdCard | Means::SocialCard) => no_token(fields, &sent.token),
        };
        let needed = matches!(means, Some(Means::IdCard | Means::SocialCard));
        let reference = reference(fields, &sent.card_reference, needed);
        reference.and(means.zip(token))
    })
}

/// A card is read where the patient is.
pub(super) fn can_be_shown(fields: &mut Fields, by: Means, channel: Option<&str>) {
    let card = matches!(by, Means::IdCard | Means::SocialCard);
    if card && channel.is_some_and(|channel| REMOTE.contains(&channel)) {
        fields.refuse(
            "credential.type",
            "NOT_FOR_THIS_CHANNEL",
            "nobody reads a card there: show a medical code or a face",
            "该渠道无法读取实体卡，请使用医保码或刷脸",
        );
    }
}

fn means(kind: wire::CredentialType) -> Option<Means> {
    match kind {
        wire::CredentialType::Unspecified => None,
        wire::CredentialType::MedicalCode => Some(Means::MedicalCode),
        wire::CredentialType::IdCard => Some(Means::IdCard),
        wire::CredentialType::SocialCard => Some(Means::SocialCard),
        wire::CredentialType::Face => Some(Means::Face),
    }
}

fn token(fields: &mut Fields, token: String) -> Option<String> {
    match token.len() {
        0 => fields.refuse(
            "token",
            "MISSING",
            "the code or the assertion that was shown is required",
            "请填写医保码或刷脸核验凭证",
        ),
        1..=TOKEN => return Some(token),
        _ => fields.refuse("token", "TOO_LONG", "at most 4096 bytes", "凭证令牌过长"),
    }
    None
}

fn no_token(fields: &mut Fields, token: &str) -> Option<String> {
    if !token.is_empty() {
        fields.refuse("token", "NOT_ALLOWED", "a card has no token", "实体卡无需填写令牌");
        return None;
    }
    Some(String::new())
}

fn reference(fields: &mut Fields, text: &str, needed: bool) -> Option<()> {
    if text.is_empty() && !needed {
        return Some(());
    }
    if text.chars().count() > REFERENCE {
        fields.refuse("card_reference", "TOO_LONG", "at most 64 characters", "最多64个字符");
        return None;
    }
    fields.take("card_reference", text.parse::<DocumentReference>()).map(|_| ())
}
