//! Splitting an amount so that no fen is lost: in order up to limits, or in proportion to weights.
//!
//! The first is the funding order of a payment and the order of pots, the second shares one amount among
//! several. Which order and which weights apply is the caller's rule, never decided here.

use crate::yuan::{Overflow, Yuan};

/// What an amount became when it was taken in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InOrder {
    /// What each limit gave, in the order of the limits; never more than the limit.
    pub parts: Vec<Yuan>,
    /// What no limit could give.
    pub rest: Yuan,
}

/// Why an amount cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllocationError {
    /// The amount, a limit or a weight is less than zero.
    #[error("only amounts, limits and weights of zero or more can be split")]
    Negative,
    /// There is something to share and every weight is zero.
    #[error("an amount cannot be shared when every weight is zero")]
    NoWeight,
    /// The weights add up to more than an amount can hold.
    #[error(transparent)]
    Overflow(#[from] Overflow),
}

/// Takes `amount` from `limits` in their order, as much as each can give. `parts` and `rest` add up to
/// `amount` exactly.
pub fn in_order(amount: Yuan, limits: &[Yuan]) -> Result<InOrder, AllocationError> {
    refuse_negative(amount, limits)?;
    let mut rest = amount;
    let mut parts = Vec::with_capacity(limits.len());
    for limit in limits {
        let part = rest.min(*limit);
        rest = rest.minus(part)?;
        parts.push(part);
    }
    Ok(InOrder { parts, rest })
}

/// Shares `amount` in proportion to `weights`: each part is the exact share cut to whole fen, and the fen
/// left over go one each to the largest cut-off fractions, the earlier of equals first. The parts add up to
/// `amount` exactly, and a weight of zero gets nothing.
pub fn by_weight(amount: Yuan, weights: &[Yuan]) -> Result<Vec<Yuan>, AllocationError> {
    refuse_negative(amount, weights)?;
    let whole = i128::from(Yuan::total(weights.iter().copied())?.fen());
    if whole == 0 {
        return if amount.is_zero() {
            Ok(vec![Yuan::ZERO; weights.len()])
        } else {
            Err(AllocationError::NoWeight)
        };
    }
    // Products of two 63-bit numbers fit 127 bits.
    let share = |weight: &Yuan| i128::from(amount.fen()) * i128::from(weight.fen());
    let mut parts = Vec::with_capacity(weights.len());
    for weight in weights {
        let part = i64::try_from(share(weight) / whole).map_err(|_| Overflow)?;
        parts.push(Yuan::from_fen(part));
    }
    let mut largest_fraction_first: Vec<usize> = (0..weights.len()).collect();
    // The sort is stable: equal fractions stay in order.
    largest_fraction_first.sort_by_key(|at| std::cmp::Reverse(share(&weights[*at]) % whole));
    let mut rest = amount.minus(Yuan::total(parts.iter().copied())?)?;
    for at in largest_fraction_first {
        if rest.is_zero() {
            break;
        }
        parts[at] = parts[at].plus(Yuan::from_fen(1))?;
        rest = rest.minus(Yuan::from_fen(1))?;
    }
    Ok(parts)
}

fn refuse_negative(amount: Yuan, others: &[Yuan]) -> Result<(), AllocationError> {
    let negative = amount < Yuan::ZERO || others.iter().any(|other| *other < Yuan::ZERO);
    if negative { Err(AllocationError::Negative) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn yuan(fen: &[i64]) -> Vec<Yuan> {
        fen.iter().copied().map(Yuan::from_fen).collect()
    }

    #[test]
    fn limits_are_used_up_one_after_the_other() {
        for (amount, limits, parts, rest) in [
            (38_640, &[10_000, 20_000, 99_999][..], &[10_000, 20_000, 8_640][..], 0),
            (38_640, &[10_000, 0, 20_000], &[10_000, 0, 20_000], 8_640),
            (10_000, &[10_000, 20_000], &[10_000, 0], 0),
            (0, &[10_000], &[0], 0),
            (5, &[], &[], 5),
        ] {
            let split = in_order(Yuan::from_fen(amount), &yuan(limits));
            assert_eq!(split, Ok(InOrder { parts: yuan(parts), rest: Yuan::from_fen(rest) }));
        }
    }

    #[test]
    fn left_over_fen_go_to_the_largest_fractions() {
        for (amount, weights, parts) in [
            (100, &[1, 1, 1][..], &[34, 33, 33][..]),
            (101, &[1, 1, 1], &[34, 34, 33]),
            (100, &[2, 1], &[67, 33]),
            (100, &[1, 2], &[33, 67]),
            (1, &[0, 5, 5], &[0, 1, 0]),
            (0, &[0, 0], &[0, 0]),
            (0, &[], &[]),
            (i64::MAX, &[i64::MAX], &[i64::MAX]),
        ] {
            assert_eq!(by_weight(Yuan::from_fen(amount), &yuan(weights)), Ok(yuan(parts)));
        }
    }

    #[test]
    fn what_cannot_be_split_says_why() {
        let fen = Yuan::from_fen(1);
        assert_eq!(in_order(Yuan::from_fen(-1), &[fen]), Err(AllocationError::Negative));
        assert_eq!(in_order(fen, &yuan(&[-1])), Err(AllocationError::Negative));
        assert_eq!(by_weight(fen, &yuan(&[2, -1])), Err(AllocationError::Negative));
        assert_eq!(by_weight(fen, &yuan(&[0])), Err(AllocationError::NoWeight));
        assert_eq!(by_weight(fen, &[]), Err(AllocationError::NoWeight));
        assert_eq!(by_weight(fen, &yuan(&[i64::MAX, 1])), Err(AllocationError::Overflow(Overflow)));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_in_order(amount in 0..=i64::MAX, limits in vec(0..=i64::MAX, 0..8)) {
            let limits = yuan(&limits);
            let split = in_order(Yuan::from_fen(amount), &limits).expect("nothing is negative");
            let given = Yuan::total(split.parts.iter().copied()).expect("at most the amount");
            prop_assert_eq!(given.plus(split.rest), Ok(Yuan::from_fen(amount)));
            for (at, part) in split.parts.iter().enumerate() {
                prop_assert!(Yuan::ZERO <= *part && *part <= limits[at]);
                let later = split.parts[at + 1..].iter().any(|part| part.is_positive());
                prop_assert!(!later || *part == limits[at], "a later limit gave before this one was used up");
            }
            prop_assert!(split.rest.is_zero() || split.parts == limits);
        }

        #[test]
        fn nothing_is_lost_by_weight(amount in 0..=i64::MAX, weights in vec(0..=i64::MAX / 8, 1..8)) {
            let whole: i128 = weights.iter().copied().map(i128::from).sum();
            prop_assume!(whole > 0);
            let parts = by_weight(Yuan::from_fen(amount), &yuan(&weights)).expect("some weight");
            prop_assert_eq!(Yuan::total(parts.iter().copied()), Ok(Yuan::from_fen(amount)));
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = i128::from(amount) * i128::from(*weight);
                let distance = i128::from(part.fen()) * whole - exact;
                prop_assert!(distance.abs() < whole, "a part is within one fen of its exact share");
                prop_assert!(*weight > 0 || part.is_zero());
            }
        }
    }
}
