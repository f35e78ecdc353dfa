//! What stands in the tokens that more than one service reads: 医保码, and the result of comparing a face.
//!
//! A token is opened with published keys and judged by the clock of whoever reads it; nothing here asks anybody.

use chassis::{
    status::Refusal,
    token::{Ring, Signer, TokenError, Use},
};
use serde::{Deserialize, Serialize};
use standards::PersonId;
use time::{Duration, OffsetDateTime};
use tonic::Code;
use uuid::Uuid;

/// How long a shown code is good.
pub const CODE_FOR: Duration = Duration::seconds(60);
/// How long the result of a comparison is good.
pub const FACE_FOR: Duration = Duration::seconds(120);

/// 医保码 as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MedicalCode {
    /// Whose it is.
    pub person: Uuid,
    /// 亲情账户: who shows it when not the person.
    pub shown_by: Option<Uuid>,
    /// Seconds since 1970 from which on it is worth nothing.
    pub expires: i64,
}

/// Why a code cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// It is no code that identity signed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Its minute is over.
    #[error("the code is no longer good")]
    Expired,
}

impl MedicalCode {
    /// The code of a person, shown at `now`.
    pub fn shown(person: PersonId, shown_by: Option<PersonId>, now: OffsetDateTime) -> Self {
        let expires = (now + CODE_FOR).unix_timestamp();
        Self { person: person.uuid(), shown_by: shown_by.map(PersonId::uuid), expires }
    }

    /// Reads a code.
    ///
    /// # Errors
    /// [`CodeError`].
    pub fn open(ring: &Ring, token: &str, now: OffsetDateTime) -> Result<Self, CodeError> {
        let code: Self = ring.open(Use::MedicalCode, token, now)?;
        if now.unix_timestamp() >= code.expires { Err(CodeError::Expired) } else { Ok(code) }
    }
}

/// A code that cannot be used, as identity says it; nothing is remembered.
pub fn refused(error: CodeError) -> Refusal {
    match error {
        CodeError::Expired => {
            Refusal::denied("MEDICAL_CODE_EXPIRED", "the medical code is no longer good", "医保码已过期")
                .what_to_do("ask the person to show a fresh code", "请刷新并重新展示医保码")
        }
        CodeError::Token(_) => Refusal::new(
            Code::InvalidArgument,
            "FIELD_INVALID",
            "identity did not sign this code",
            "该医保码不是有效签发的医保码",
        )
        .what_to_do("read the code from the screen again", "请重新扫描医保码"),
    }
    .rule("R-034")
}

/// What a matcher found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Found {
    /// 比对一致.
    Match,
    /// 比对不一致.
    NoMatch,
    /// 无法判断.
    Unsure,
}

/// 人脸比对结果: bound to the nonce of one verification and to the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaceResult {
    /// Of BeginVerification, as it stands there.
    pub nonce: String,
    /// With whose template the sample was compared.
    pub person: Uuid,
    /// The outcome.
    pub found: Found,
    /// Seconds since 1970 from which on it is worth nothing.
    pub expires: i64,
}

impl FaceResult {
    /// What was found at `now`.
    pub fn new(nonce: &str, person: PersonId, found: Found, now: OffsetDateTime) -> Self {
        let expires = (now + FACE_FOR).unix_timestamp();
        Self { nonce: nonce.to_owned(), person: person.uuid(), found, expires }
    }

    /// As a token.
    pub fn sign(&self, signer: &Signer) -> String {
        signer.sign(self)
    }

    /// Reads the result for this nonce and person; none if it proves nothing about them now.
    pub fn open(
        ring: &Ring,
        token: &str,
        nonce: &str,
        person: PersonId,
        now: OffsetDateTime,
    ) -> Option<Self> {
        let result: Self = ring.open(Use::FaceMatch, token, now).ok()?;
        let fits =
            result.nonce == nonce && result.person == person.uuid() && now.unix_timestamp() < result.expires;
        fits.then_some(result)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOW: OffsetDateTime = datetime!(2026-01-15 02:00 UTC);

    fn ring(signer: &Signer) -> Ring {
        Ring::of([signer.public(OffsetDateTime::UNIX_EPOCH, None)])
    }

    #[test]
    fn r_034_a_code_is_good_for_a_minute() {
        let signer = Signer::from_seed(&[7; 32], Use::MedicalCode);
        let code = MedicalCode::shown(PersonId::new(Uuid::from_u128(7)), None, NOW);
        let (ring, token) = (ring(&signer), signer.sign(&code));
        assert_eq!(MedicalCode::open(&ring, &token, NOW + Duration::seconds(59)), Ok(code));
        let late = MedicalCode::open(&ring, &token, NOW + CODE_FOR);
        assert_eq!(late, Err(CodeError::Expired));
        assert!(matches!(MedicalCode::open(&ring, "a.b.c", NOW), Err(CodeError::Token(_))));
    }

    #[test]
    fn a_result_is_good_for_its_nonce_its_person_and_two_minutes() {
        let signer = Signer::from_seed(&[7; 32], Use::FaceMatch);
        let person = PersonId::new(Uuid::from_u128(7));
        let token = FaceResult::new("ab", person, Found::Match, NOW).sign(&signer);
        let open = |nonce, person, now| FaceResult::open(&ring(&signer), &token, nonce, person, now);
        assert_eq!(open("ab", person, NOW).map(|result| result.found), Some(Found::Match));
        assert_eq!(open("ac", person, NOW), None);
        assert_eq!(open("ab", PersonId::new(Uuid::from_u128(8)), NOW), None);
        assert_eq!(open("ab", person, NOW + FACE_FOR), None);
    }
}
