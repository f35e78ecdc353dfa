//! Page sizes and page tokens. A token names the filter it belongs to and where the page before ended; it grants
//! nothing.

use chassis::{digest::Content, failure, status::Refusal};
use time::OffsetDateTime;
use uuid::Uuid;

/// A size of 0 means this many.
const USUAL: i32 = 50;
/// Nobody gets more at once.
const MOST: i32 = 500;

/// How many items a page holds.
pub(crate) const fn size(asked: i32) -> i64 {
    match asked {
        ..=0 => USUAL as i64,
        MOST.. => MOST as i64,
        asked => asked as i64,
    }
}

/// The mark of a filter, made of everything that chooses items.
pub(crate) fn mark(purpose: &str, filter: &impl std::fmt::Debug) -> String {
    let hash = Content::of(purpose).text("filter", format!("{filter:?}")).finish();
    hex::encode(&hash[..8])
}

/// The token of the next page, after the item with this key.
pub(crate) fn token(mark: &str, key: &str) -> String {
    format!("{mark}.{key}")
}

/// The key that a token carries; none for the first page.
///
/// # Errors
/// PAGE_TOKEN_INVALID if the token belongs to another filter.
pub(crate) fn key<'a>(mark: &str, token: &'a str) -> Result<Option<&'a str>, Refusal> {
    if token.is_empty() {
        return Ok(None);
    }
    match token.split_once('.') {
        Some((of, key)) if of == mark => Ok(Some(key)),
        _ => Err(failure::page_token()),
    }
}

/// A place in a list that is ordered by time and id, as a key.
pub(crate) fn place(at: OffsetDateTime, id: Uuid) -> String {
    format!("{}-{}", at.unix_timestamp_nanos() / 1_000, id.simple())
}

/// Reads a place; the end of time for the first page.
///
/// # Errors
/// PAGE_TOKEN_INVALID if it is none.
pub(crate) fn parse_place(key: Option<&str>) -> Result<(OffsetDateTime, Uuid), Refusal> {
    let Some(key) = key else { return Ok((time::macros::datetime!(9999-12-31 0:00 UTC), Uuid::max())) };
    let read = || {
        let (micros, id) = key.rsplit_once('-')?;
        let nanos = micros.parse::<i64>().ok().map(|micros| i128::from(micros) * 1_000)?;
        Some((OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()?, Uuid::try_parse(id).ok()?))
    };
    read().ok_or_else(failure::page_token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_belongs_to_its_filter() {
        let (a, b) = (mark("list.1", &"a"), mark("list.1", &"b"));
        let next = token(&a, "5-x");
        assert_eq!(key(&a, &next), Ok(Some("5-x")));
        assert_eq!(key(&a, ""), Ok(None));
        for (mark, text) in [(&b, next.as_str()), (&a, "x"), (&a, ".")] {
            assert_eq!(
                key(mark, text).map_err(|refusal| refusal.reason.clone()),
                Err("PAGE_TOKEN_INVALID".to_owned())
            );
        }
    }

    #[test]
    fn a_place_is_read_back() {
        let at = time::macros::datetime!(2026-01-15 02:03:04.000005 UTC);
        let id = Uuid::now_v7();
        assert_eq!(parse_place(Some(&place(at, id))), Ok((at, id)));
        for text in ["", "5", "5-", "-5-x", "99999999999999999999-0"] {
            assert!(parse_place(Some(text)).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_have_a_default_and_a_bound() {
        for (asked, size_is) in [(-1, 50), (0, 50), (1, 1), (500, 500), (501, 500), (i32::MAX, 500)] {
            assert_eq!(size(asked), size_is);
        }
    }
}
