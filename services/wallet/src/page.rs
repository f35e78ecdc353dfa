//! Page tokens: where a list goes on, bound to what the list was asked for, so that a token cannot be used with
//! another filter. Nothing secret is in them.

use std::fmt::Display;

use sha2::{Digest as _, Sha256};

/// The size of a page when none is asked for, and the largest.
const SIZES: (i32, i32) = (50, 500);

/// What a page was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// How many items.
    pub(crate) size: usize,
    /// Where the previous page ended; empty for the first.
    pub(crate) places: Vec<i64>,
    filter: String,
}

impl Asked {
    /// Reads size and token; `filter` is everything else that the request asks for. None for a token of another
    /// list or a negative size.
    pub(crate) fn parse(size: i32, token: &str, filter: &[&(dyn Display + Sync)]) -> Option<Self> {
        let size = match size {
            0 => SIZES.0,
            1.. => size.min(SIZES.1),
            _ => return None,
        };
        let mut hasher = Sha256::new();
        for part in filter {
            let part = part.to_string();
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        let filter = hex::encode(&hasher.finalize()[..8]);
        let places = match token.split_once('.') {
            None if token.is_empty() => Vec::new(),
            Some((bound, places)) if bound == filter => {
                places.split('.').map(str::parse).collect::<Result<_, _>>().ok()?
            }
            _ => return None,
        };
        Some(Self { size: usize::try_from(size).ok()?, places, filter })
    }

    /// Where a list with one place goes on: before this record; everything on the first page.
    pub(crate) fn before(&self) -> i64 {
        self.places.first().copied().unwrap_or(i64::MAX)
    }

    /// The token with which the next page begins; empty if there is none.
    pub(crate) fn next(&self, places: &[i64]) -> String {
        if places.is_empty() {
            return String::new();
        }
        let places: Vec<String> = places.iter().map(i64::to_string).collect();
        format!("{}.{}", self.filter, places.join("."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_under_its_own_filter_only() {
        let first = Asked::parse(0, "", &[&"person", &1]).expect("the first page");
        assert_eq!((first.size, first.before()), (50, i64::MAX));
        let token = first.next(&[17, 4]);
        let second = Asked::parse(1_000, &token, &[&"person", &1]).expect("the second page");
        assert_eq!((second.size, second.places), (500, vec![17, 4]));
        assert_eq!(Asked::parse(0, &token, &[&"person", &2]), None);
        assert_eq!(Asked::parse(0, "nonsense", &[&"person", &1]), None);
        assert_eq!(Asked::parse(0, &format!("{token}x"), &[&"person", &1]), None);
        assert_eq!(Asked::parse(-1, "", &[&"person", &1]), None);
        assert_eq!(first.next(&[]), "");
    }
}
