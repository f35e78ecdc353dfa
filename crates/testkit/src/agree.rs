//! What people agree to, signed as identity would sign it: with the key of the cluster under test, so that a test says
//! what somebody wants and need not verify the person first. Verification itself is tested where it is the subject.
//!
//! The lines of an operation are written here a second time, on purpose: what the services derive is held against it.

mod app;
mod writes;

use std::{
    fs,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use ed25519_dalek::{Signer as _, SigningKey};
use sha2::{Digest as _, Sha256};
use standards::civil;
use time::{Duration, OffsetDateTime};
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
};

pub use self::app::App;

/// A clock that assertions are dated by.
pub type Now = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// Whoever signs in this process: it has one cluster at a time.
static SIGNING: RwLock<Option<Agreements>> = RwLock::new(None);

/// Signs for everybody.
#[derive(Clone)]
pub struct Agreements {
    key: SigningKey,
    codes: SigningKey,
    now: Now,
    citizens_by: &'static str,
}

/// An operation, as it is written in the contracts.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// The RPC's name.
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Who acts.
    pub actor: String,
    /// The other person.
    pub counterparty: String,
    /// Yuan with two decimals.
    pub amount: String,
    /// Pooling area.
    pub place: String,
}

/// From now on requests of this process are signed with the assertion key of this file, dated by this clock.
///
/// # Errors
/// If the file cannot be read or has no such key.
pub fn begin(signing_keys: &Path, now: Now) -> Result<()> {
    let agreements = Agreements::read(signing_keys, now)?;
    *SIGNING.write().unwrap_or_else(PoisonError::into_inner) = Some(agreements);
    Ok(())
}

fn begun() -> Option<Agreements> {
    SIGNING.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Adds what the caller's person has agreed to: to a write that carries an assertion, if it carries none yet, the
/// agreement of whoever acts; to any other call of a citizen that it may read. `credential` is `citizen:<person>` and
/// the like.
pub fn sign<T: 'static>(credential: &str, request: &mut Request<T>) {
    let Some(agreements) = begun() else { return };
    if writes::sign(&agreements, credential, request.get_mut()) {
        return;
    }
    if let Some(value) = agreements.reading(credential) {
        request.metadata_mut().insert("gongji-read", value);
    }
}

/// The 医保码 that identity would issue for an owner, shown by somebody, good for so long; none before [`begin`].
pub fn medical_code(owner: &str, shown_by: Option<&str>, good_for: Duration) -> Option<String> {
    let agreements = begun()?;
    let expires = ((agreements.now)() + good_for).unix_timestamp();
    let payload = serde_json::json!({ "person": owner, "shown_by": shown_by, "expires": expires });
    Some(signed(&agreements.codes, &payload))
}

/// The assertion that identity would give to this caller for these lines; none before [`begin`].
pub fn assertion(credential: &str, lines: &Lines) -> Option<String> {
    Some(begun()?.assertion(credential, lines))
}

impl Agreements {
    /// With the keys of this file.
    ///
    /// # Errors
    /// If the file cannot be read or has no such key.
    pub fn read(signing_keys: &Path, now: Now) -> Result<Self> {
        let text = fs::read_to_string(signing_keys)?;
        let key = |table: &str| {
            let entry = text.split(table).nth(1).context("no key for that use")?;
            let seed = entry.split('"').nth(1).context("no seed")?;
            let mut bytes = [0_u8; 32];
            hex::decode_to_slice(seed, &mut bytes).context("a seed is 64 hex digits")?;
            anyhow::Ok(SigningKey::from_bytes(&bytes))
        };
        let (key, codes) = (key("[[assertion]]")?, key("[[medical_code]]")?);
        Ok(Self { key, codes, now, citizens_by: "FACE" })
    }

    /// Citizens are recognised by password instead of by face.
    #[must_use]
    pub const fn by_password(mut self) -> Self {
        self.citizens_by = "PASSWORD";
        self
    }

    /// That a citizen's app may read for its person, as the value of `gongji-read`; none for other callers.
    fn reading(&self, credential: &str) -> Option<MetadataValue<Ascii>> {
        let person = credential.strip_prefix("citizen:")?;
        let read = Lines { kind: "READ", actor: person.to_owned(), ..Lines::default() };
        let assertion = self.assertion(credential, &read);
        Some(MetadataValue::try_from(assertion).expect("a token is plain text"))
    }

    /// The assertion that identity would give to this caller. It is good for two hours before and after now: the clocks
    /// of a cluster differ, in some tests a lot.
    pub fn assertion(&self, credential: &str, lines: &Lines) -> String {
        let now = (self.now)();
        let day = civil::day_text(civil::day(now));
        let Lines { kind, id, actor, counterparty, amount, place } = lines;
        let text = format!(
            "gongji-operation-1\nkind={kind}\noperation_id={id}\nactor_person_id={actor}\n\
             counterparty_person_id={counterparty}\namount={amount}\nplace={place}\ncivil_day={day}\n"
        );
        let digest = hex::encode(Sha256::digest(text));
        let method = if credential.starts_with("operator:") { "COUNTER" } else { self.citizens_by };
        let mut parts = credential.splitn(3, ':');
        let by = [parts.next().unwrap_or_default(), parts.next().unwrap_or_default()].join(":");
        let at = |shift: Duration| (now + shift).unix_timestamp();
        let (issued, expires) = (at(-Duration::hours(2)), at(Duration::hours(2)));
        let payload = serde_json::json!({
            "person": actor, "digest": digest, "method": method, "by": by, "issued": issued, "expires": expires,
        });
        signed(&self.key, &payload)
    }
}

/// A token with this payload.
fn signed(key: &SigningKey, payload: &serde_json::Value) -> String {
    let kid = hex::encode(&Sha256::digest(key.verifying_key().as_bytes())[..8]);
    let signed = format!("{kid}.{}", BASE64.encode(payload.to_string()));
    let signature = key.sign(signed.as_bytes());
    format!("{signed}.{}", BASE64.encode(signature.to_bytes()))
}
