//! Messages that carry a password print everything but it.

use std::fmt;

use crate::identity::{
    CompleteVerificationRequest, SetPasswordRequest, complete_verification_request::Proof,
};

impl fmt::Debug for SetPasswordRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetPasswordRequest")
            .field("request_id", &self.request_id)
            .field("person_id", &self.person_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for CompleteVerificationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompleteVerificationRequest")
            .field("verification_id", &self.verification_id)
            .field("proof", &self.proof)
            .finish()
    }
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password(_) => "Password(..)",
            Self::FaceResultToken(_) => "FaceResultToken(..)",
            Self::CounterDocument(_) => "CounterDocument(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_in_no_text_of_a_message() {
        let set = SetPasswordRequest { password: "geheim7".to_owned(), ..Default::default() };
        let proof = Some(Proof::Password("geheim7".to_owned()));
        let complete = CompleteVerificationRequest { proof, ..Default::default() };
        for text in [format!("{set:?}"), format!("{complete:?}")] {
            assert!(!text.contains("geheim7"), "{text}");
        }
    }
}
