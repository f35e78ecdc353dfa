//! 开具凭证: what is certified about a bond, once per request. What the text says is `bond`'s, the signature is
//! that of the key that the registry was started with.
//!
//! Names are no part of the record: they are asked for when the text is written.

use std::path::Path;

use anyhow::Context as _;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bond::{BondState, Certificate, MaskedPerson, Particulars};
use chassis::{
    batch::{Key, Moment, Verdict},
    clock::Clock,
    digest::Content,
    failure,
    status::Refusal,
    token::{Signer, Use},
};
use serde::Serialize;
use standards::{BondId, RequestId};
use time::{Duration, OffsetDateTime};

use crate::{
    error,
    outcome::{Outcome, Stop, recorded},
    registered::Registered,
    registry::Registry,
};

/// What stands before the 32 bytes of an Ed25519 key in a SubjectPublicKeyInfo (RFC 8410).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A request for a certificate.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Certify {
    /// Chosen by the caller.
    pub(crate) request_id: RequestId,
    /// Which bond.
    pub(crate) bond_id: BondId,
    /// Whether there was such a bond when the request came, so that its people could be compared.
    pub(crate) found: bool,
}

impl Certify {
    /// The request's id and content.
    pub(crate) fn key(&self) -> Key {
        let content = Content::of("kinship.certify.1").text("bond", self.bond_id);
        Key { id: self.request_id.uuid(), content: content.finish() }
    }

    /// Decides; the bond stays as it is.
    pub(crate) fn decide(&self, registry: &Registry, moment: Moment) -> Verdict<Outcome> {
        let found = (|| {
            let known = registry.get(self.bond_id).ok_or_else(error::bond_unknown)?;
            if !self.found {
                return Err(Stop::Undecided);
            }
            match known.bond.state {
                BondState::Active | BondState::Suspended => {
                    Ok(Outcome::Certified { registered: Box::new(known.clone()), at: moment.at })
                }
                _ => Err(error::not_active(&known.bond).into()),
            }
        })();
        recorded(found)
    }
}

/// Signs certificates.
pub(crate) struct Notary {
    signer: Signer,
    good_for: Duration,
}

/// A certificate, ready to be handed out.
pub(crate) struct Issued {
    /// Its text.
    pub(crate) text: String,
    /// The signed text.
    pub(crate) token: String,
    /// From when on it no longer counts.
    pub(crate) expires: OffsetDateTime,
}

impl Notary {
    /// With the key in a file, for certificates that are good for so many days.
    pub(crate) fn open(key: &Path, days: u16) -> anyhow::Result<Self> {
        let signer = Signer::from_file(key, Use::Certificate).context("the key of certificates")?;
        Ok(Self { signer, good_for: Duration::days(days.into()) })
    }

    /// Writes and signs what is certified about a bond as it stood at an instant.
    pub(crate) fn issue(
        &self,
        registered: &Registered,
        [sharer, beneficiary]: [MaskedPerson; 2],
        issued_at: OffsetDateTime,
    ) -> Result<Issued, Refusal> {
        let version = |verdict: &policy::Verdict| {
            Some(verdict.policy_version.clone()).filter(|version| !version.is_empty())
        };
        let rules = registered.decision.verdicts.iter().find_map(version);
        let rules = rules.ok_or_else(|| failure::broken("a bond was judged under no rules"))?;
        let expires = issued_at + self.good_for;
        let particulars = Particulars { sharer, beneficiary, rules, issued_at, expires_at: expires };
        let certificate = Certificate::of(&registered.bond, particulars)
            .map_err(|error| failure::broken(&format!("no certificate: {error}")))?;
        let text = certificate.text();
        Ok(Issued { token: self.signer.sign(&text), text, expires: certificate.expires_at })
    }

    /// Id and public key, the key as PEM.
    pub(crate) fn public_key(&self, clock: &Clock) -> (String, String) {
        let key = self.signer.public(clock.now(), None);
        let der = [SPKI.as_slice(), &key.bytes].concat();
        let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", STANDARD.encode(der));
        (key.id, pem)
    }
}
