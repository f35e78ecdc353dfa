//! Pages of what belongs to one person: so little that all of it is read, and one page of it shown. A token names the
//! last item shown and is bound to the list it came from.

use sha2::{Digest as _, Sha256};
use standards::PersonId;
use uuid::Uuid;

/// The size of a page when none is asked for, and the largest.
const SIZES: (usize, usize) = (50, 500);

/// What a page was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Whose list.
    pub(crate) person: PersonId,
    size: usize,
    after: Option<Uuid>,
    bound: String,
}

impl Page {
    /// Reads size and token; `None` for a token of another list. A size that is not positive is the usual one.
    pub(crate) fn parse(list: &str, person: PersonId, size: i32, token: &str) -> Option<Self> {
        let size = match usize::try_from(size) {
            Ok(0) | Err(_) => SIZES.0,
            Ok(size) => size.min(SIZES.1),
        };
        let hash = Sha256::new().chain_update(list).chain_update(person.uuid().as_bytes()).finalize();
        let bound = hex::encode(&hash[..8]);
        let after = match token.split_once('.') {
            None if token.is_empty() => None,
            Some((of, last)) if of == bound => Some(Uuid::try_parse(last).ok()?),
            _ => return None,
        };
        Some(Self { person, size, after, bound })
    }

    /// The items of the page, out of all in the order of the list, and the token of the next page; empty at the end.
    /// `None` if the item after which it begins is not in the list any more.
    pub(crate) fn cut<T>(&self, mut items: Vec<T>, id: impl Fn(&T) -> Uuid) -> Option<(Vec<T>, String)> {
        if let Some(after) = self.after {
            let at = items.iter().position(|item| id(item) == after)?;
            items.drain(..=at);
        }
        let more = items.len() > self.size;
        items.truncate(self.size);
        let last = items.last().filter(|_| more).map(&id);
        Some((items, last.map(|last| format!("{}.{last}", self.bound)).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let person = PersonId::new(Uuid::from_u128(7));
        let all: Vec<Uuid> = (1..=5).map(Uuid::from_u128).collect();
        let (mut token, mut seen) = (String::new(), Vec::new());
        loop {
            let page = Page::parse("list", person, 2, &token).unwrap();
            let (items, next) = page.cut(all.clone(), |id| *id).unwrap();
            assert!((1..=2).contains(&items.len()));
            seen.extend(items);
            if next.is_empty() {
                break;
            }
            token = next;
        }
        assert_eq!(seen, all);
    }

    #[test]
    fn a_token_fits_only_its_own_list() {
        let (one, other) = (PersonId::new(Uuid::from_u128(1)), PersonId::new(Uuid::from_u128(2)));
        let all: Vec<Uuid> = (1..=5).map(Uuid::from_u128).collect();
        let page = Page::parse("list", one, 2, "").unwrap();
        let (_, token) = page.cut(all, |id| *id).unwrap();
        assert!(Page::parse("list", one, 500, &token).is_some());
        for (list, person, token) in [
            ("other", one, token.as_str()),
            ("list", other, token.as_str()),
            ("list", one, "x"),
            ("list", one, "a.b"),
        ] {
            assert_eq!(Page::parse(list, person, 2, token), None);
        }
        let gone = Page::parse("list", one, 2, &token).unwrap();
        assert_eq!(gone.cut(vec![Uuid::from_u128(9)], |id| *id), None);
    }
}
