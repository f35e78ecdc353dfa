//! 医保码密码: hashed with argon2id on threads of its own, few at a time, with a pepper from the key file, so that the
//! database alone is no use to whoever guesses.
//!
//! A password is never stored, recorded, logged or printed. What was hashed with earlier parameters is checked with
//! them.

use std::{fmt, sync::Arc};

use aes_gcm_siv::aead::Generate as _;
use argon2::{Algorithm, Argon2, Params, Version};
use border::fields::Said;
use chassis::status::Refusal;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};
use tokio::sync::Semaphore;

use crate::keys::Keys;

/// How new passwords are hashed: what OWASP asks of argon2id at least.
pub const RECIPE: Recipe = Recipe { memory_kib: 19_456, passes: 2, lanes: 1 };
/// Hashes at the same time, and how many may wait for their turn.
const AT_ONCE: usize = 2;
const WAITING: usize = 64;
/// Characters of a password.
const LENGTH: std::ops::RangeInclusive<usize> = 6..=64;

/// Parameters of argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

/// A password as it was typed. Never prints itself.
#[derive(Clone)]
pub struct Password(SecretString);

/// Why a text is no password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weak {
    /// Nothing was given.
    Missing,
    /// Fewer than 6 or more than 64 characters.
    Length,
    /// Control characters.
    Malformed,
    /// All the same character, or one after the other.
    Simple,
}

/// What is stored of a password. Never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash {
    /// With what it was hashed.
    pub recipe: Recipe,
    /// Drawn for this hash.
    pub salt: [u8; 16],
    /// The hash.
    pub hash: [u8; 32],
}

/// Hashes. Cheap to clone.
#[derive(Clone)]
pub struct Hasher(Arc<Inner>);

struct Inner {
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
    pepper: SecretBox<[u8; 32]>,
}

impl Password {
    /// A password somebody shows; anything may be wrong.
    pub fn shown(text: String) -> Self {
        Self(text.into())
    }

    /// A password somebody wants to have.
    ///
    /// # Errors
    /// [`Weak`].
    pub fn wanted(text: String) -> Result<Self, Weak> {
        let letters: Vec<u32> = text.chars().map(u32::from).collect();
        let steps = || letters.windows(2).map(|pair| i64::from(pair[1]) - i64::from(pair[0]));
        let simple = [0, 1, -1].into_iter().any(|step| steps().all(|taken| taken == step));
        let weak = match letters.len() {
            0 => Weak::Missing,
            length if !LENGTH.contains(&length) => Weak::Length,
            _ if text.chars().any(char::is_control) => Weak::Malformed,
            _ if simple => Weak::Simple,
            _ => return Ok(Self(text.into())),
        };
        // Dropped like a good one: its bytes are overwritten.
        drop(SecretString::from(text));
        Err(weak)
    }

    /// For a keyed hash of a request's content.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl Hasher {
    /// With the pepper of this key file.
    pub fn new(keys: &Keys) -> Self {
        let pepper = SecretBox::new(Box::new(*keys.content_tag("gongji-password-pepper-1", "").bytes()));
        let (turns, queue) = (Arc::new(Semaphore::new(AT_ONCE)), Arc::new(Semaphore::new(WAITING)));
        Self(Arc::new(Inner { turns, queue, pepper }))
    }

    /// Hashes a new password.
    ///
    /// # Errors
    /// QUEUE_FULL if too many wait.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, Refusal> {
        let salt = <[u8; 16]>::generate();
        let hash = self.run(password, RECIPE, salt).await?;
        Ok(PasswordHash { recipe: RECIPE, salt, hash })
    }

    /// Whether a password is the one that was hashed.
    ///
    /// # Errors
    /// QUEUE_FULL if too many wait.
    pub async fn fits(&self, password: Password, known: &PasswordHash) -> Result<bool, Refusal> {
        let hash = self.run(password, known.recipe, known.salt).await?;
        let differs = hash.iter().zip(&known.hash).fold(0, |differs, (a, b)| differs | (a ^ b));
        Ok(differs == 0)
    }

    /// The turn is taken along: a caller who gives up does not let in another one while its hash still runs.
    async fn run(&self, password: Password, recipe: Recipe, salt: [u8; 16]) -> Result<[u8; 32], Refusal> {
        let place = Arc::clone(&self.0.queue).try_acquire_owned().map_err(|_| Refusal::queue_full())?;
        let turn = Arc::clone(&self.0.turns).acquire_owned().await.map_err(|_| Refusal::draining())?;
        drop(place);
        let inner = Arc::clone(&self.0);
        let work = move || {
            let hashed = inner.compute(&password, recipe, salt);
            drop(turn);
            hashed
        };
        let hashed = tokio::task::spawn_blocking(work).await;
        hashed.ok().flatten().ok_or_else(|| {
            tracing::error!("a password could not be hashed");
            Refusal::internal()
        })
    }
}

impl Inner {
    fn compute(&self, password: &Password, recipe: Recipe, salt: [u8; 16]) -> Option<[u8; 32]> {
        let params = Params::new(recipe.memory_kib, recipe.passes, recipe.lanes, Some(32)).ok()?;
        let pepper = self.pepper.expose_secret();
        let argon = Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params).ok()?;
        let mut hash = [0; 32];
        argon.hash_password_into(password.expose().as_bytes(), &salt, &mut hash).ok()?;
        Some(hash)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordHash").field("recipe", &self.recipe).finish_non_exhaustive()
    }
}

impl Said for Weak {
    fn reason(&self) -> &'static str {
        match self {
            Self::Missing => "MISSING",
            Self::Length => "BAD_LENGTH",
            Self::Malformed => "MALFORMED",
            Self::Simple => "TOO_SIMPLE",
        }
    }

    fn english(&self) -> String {
        match self {
            Self::Missing => "a password is required",
            Self::Length => "a password has 6 to 64 characters",
            Self::Malformed => "a password has no control characters",
            Self::Simple => "a password is not one character repeated, and not a row such as 123456",
        }
        .to_owned()
    }

    fn chinese(&self) -> &'static str {
        match self {
            Self::Missing => "请填写密码",
            Self::Length => "密码应为6至64个字符",
            Self::Malformed => "密码不能含控制字符",
            Self::Simple => "密码过于简单,不能为重复或连续的字符",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;

    fn keys() -> Keys {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys.toml");
        keys::generate(&path).unwrap();
        keys::load(path.to_str().unwrap()).unwrap()
    }

    #[test]
    fn simple_passwords_are_refused() {
        for (text, weak) in [
            ("", Weak::Missing),
            ("48151", Weak::Length),
            ("111111", Weak::Simple),
            ("123456", Weak::Simple),
            ("987654", Weak::Simple),
            ("4815\u{7}16", Weak::Malformed),
            (&"481516".repeat(11), Weak::Length),
        ] {
            assert_eq!(Password::wanted(text.to_owned()).err(), Some(weak), "{text:?}");
        }
        for text in ["481516", "密码一二三四五", "correct horse battery"] {
            assert!(Password::wanted(text.to_owned()).is_ok(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_password_fits_its_own_hash_under_its_own_key_file_only() {
        let (hasher, shown) = (Hasher::new(&keys()), |text: &str| Password::shown(text.to_owned()));
        let hash = hasher.hash(shown("481516")).await.unwrap();
        assert!(hasher.fits(shown("481516"), &hash).await.unwrap());
        assert!(!hasher.fits(shown("481517"), &hash).await.unwrap());
        assert!(!Hasher::new(&keys()).fits(shown("481516"), &hash).await.unwrap());
        assert_ne!(hasher.hash(shown("481516")).await.unwrap().hash, hash.hash);
        assert_eq!(hash.recipe, RECIPE);
        let text = format!("{:?} {hash:?}", shown("481516"));
        assert!(!text.contains("481516") && !text.contains(&format!("{:?}", hash.hash)), "{text}");
    }
}
