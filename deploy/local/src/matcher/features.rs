//! Features of a face as whole numbers, and how alike two faces are: the cosine of their angle, compared without
//! fractions.

use std::fmt;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};

/// What a token of features begins with.
const PREFIX: &str = "face1.";
/// How many features there may be.
const COUNT: std::ops::RangeInclusive<usize> = 16..=512;
/// From this cosine on, in hundredths, two faces are the same; below the other one they are not.
const SAME: i128 = 90;
const OTHER: i128 = 75;

/// A feature vector. Never prints itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Features(Vec<i16>);

/// How alike two faces are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// One person.
    Same,
    /// Two persons.
    Other,
    /// It cannot be said.
    Unclear,
}

impl Features {
    /// From numbers; none if there are too few or too many, or all are zero.
    pub fn of(numbers: &[i16]) -> Option<Self> {
        let usable = COUNT.contains(&numbers.len()) && numbers.iter().any(|number| *number != 0);
        usable.then(|| Self(numbers.to_vec()))
    }

    /// Reads `face1.` and the numbers, low byte first, in base64url.
    pub fn parse(token: &str) -> Option<Self> {
        let bytes = BASE64.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (pairs, rest) = bytes.as_chunks::<2>();
        let numbers: Vec<i16> = pairs.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
        if rest.is_empty() { Self::of(&numbers) } else { None }
    }

    /// The token that [`Self::parse`] reads back.
    pub fn token(&self) -> String {
        let bytes: Vec<u8> = self.0.iter().flat_map(|number| number.to_le_bytes()).collect();
        format!("{PREFIX}{}", BASE64.encode(bytes))
    }

    /// How alike they are; unclear for vectors of two lengths.
    pub fn likeness(&self, other: &Self) -> Likeness {
        if self.0.len() != other.0.len() {
            return Likeness::Unclear;
        }
        let product = |a: &Self, b: &Self| -> i128 {
            a.0.iter().zip(&b.0).map(|(a, b)| i128::from(*a) * i128::from(*b)).sum()
        };
        let (dot, norms) = (product(self, other), product(self, self) * product(other, other));
        // cos >= n/100  <=>  dot > 0 and dot² · 100² >= n² · |a|²|b|²
        let at_least = |hundredths: i128| dot > 0 && dot * dot * 10_000 >= hundredths * hundredths * norms;
        match () {
            () if at_least(SAME) => Likeness::Same,
            () if at_least(OTHER) => Likeness::Unclear,
            () => Likeness::Other,
        }
    }
}

impl fmt::Debug for Features {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Features({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn features(number: impl Fn(i16) -> i16) -> Features {
        Features::of(&(0..32).map(number).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_face_is_like_itself_at_any_brightness_and_unlike_its_opposite() {
        let face = features(|at| 100 * at - 1_500);
        let bright = features(|at| 1_000 * (at - 15));
        assert_eq!(face.likeness(&face), Likeness::Same);
        assert_eq!(face.likeness(&bright), Likeness::Same);
        assert_eq!(face.likeness(&features(|at| 1_500 - 100 * at)), Likeness::Other);
        assert_eq!(face.likeness(&features(|at| if at % 2 == 0 { 1_000 } else { -1_000 })), Likeness::Other);
    }

    #[test]
    fn between_the_bounds_nothing_is_said() {
        // One number aside of n equal ones: the cosine is that of a right triangle.
        let plain = features(|_| 1_000);
        let turned = |by: i16| features(move |at| if at % 2 == 0 { 1_000 + by } else { 1_000 - by });
        assert_eq!(plain.likeness(&turned(484)), Likeness::Same);
        assert_eq!(plain.likeness(&turned(485)), Likeness::Unclear);
        assert_eq!(plain.likeness(&turned(881)), Likeness::Unclear);
        assert_eq!(plain.likeness(&turned(882)), Likeness::Other);
        assert_eq!(plain.likeness(&Features::of(&[1; 16]).unwrap()), Likeness::Unclear);
    }

    #[test]
    fn a_token_reads_back_and_nonsense_is_none() {
        let face = features(|at| at - 40);
        assert_eq!(Features::parse(&face.token()), Some(face));
        for text in ["", "face1.", "face1.AAAA", "face2.AAAA", &format!("face1.{}", "A".repeat(64))] {
            assert_eq!(Features::parse(text), None, "{text}");
        }
    }
}
