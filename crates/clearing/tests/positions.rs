//! Obligations, periods and positions: the closing example by hand, and sums that hold for any obligations.

use std::collections::BTreeMap;

use clearing::{
    Category, Impossible, LegId, NotOwed, Obligation, Pair, Period, PeriodError, Position, Positions, Source,
};
use money::{Overflow, Yuan};
use proptest::prelude::*;
use standards::{BookId, PaymentId, Pool, RefundId};
use time::macros::date;
use uuid::Uuid;

const POOLS: [u32; 6] = [320_100, 320_500, 329_900, 510_100, 510_700, 630_100];

fn pool(code: u32) -> Pool {
    Pool::from_code(code).expect("a pool of the list")
}

fn period(text: &str) -> Period {
    text.parse().expect("a month")
}

fn obligation(debtor: u32, creditor: u32, fen: i64) -> Obligation {
    let id = Uuid::from_u128(7);
    let source =
        if fen < 0 { Source::Refund(RefundId::new(id)) } else { Source::Payment(PaymentId::new(id)) };
    let book = BookId::first_of(pool(creditor).province());
    Obligation {
        leg: LegId { book, source, number: 0 },
        debtor: pool(debtor),
        creditor: pool(creditor),
        amount: Yuan::from_fen(fen),
        category: Category::Pharmacy,
        sequence: 1,
        day: date!(2026 - 01 - 15),
        period: period("2026-01"),
    }
}

#[test]
fn two_payments_and_a_refund_make_the_founding_story() {
    let mut positions = Positions::default();
    for fen in [38_640, 5_200, -2_000] {
        positions.fold(&obligation(320_100, 510_100, fen)).unwrap();
    }
    let pair = Pair { period: period("2026-01"), debtor: pool(320_100), creditor: pool(510_100) };
    let position = positions.get(pair);
    assert_eq!(position.gross().to_string(), "438.40");
    assert_eq!(position.refunded().to_string(), "20.00");
    assert_eq!(position.net().to_string(), "418.40");
    assert_eq!(position.leg_count(), 3);
    let nets = positions.province_nets(period("2026-01")).unwrap();
    assert_eq!(nets[&pool(510_100).province()].to_string(), "418.40");
    assert_eq!(nets[&pool(320_100).province()].to_string(), "-418.40");
    assert!(positions.pool_nets(period("2026-02")).unwrap().is_empty());
}

#[test]
fn a_leg_inside_a_pool_or_with_the_wrong_sign_is_no_obligation() {
    assert_eq!(obligation(320_100, 320_100, 5).checked(), Err(NotOwed::SamePool));
    assert_eq!(obligation(320_100, 510_100, 0).checked(), Err(NotOwed::WrongSign));
    let mut refund = obligation(320_100, 510_100, -5);
    assert_eq!(refund.checked(), Ok(refund));
    refund.amount = Yuan::from_fen(5);
    assert_eq!(refund.checked(), Err(NotOwed::WrongSign));
    let mut payment = obligation(320_100, 320_500, 5);
    assert_eq!(payment.checked(), Ok(payment));
    payment.amount = Yuan::from_fen(-5);
    assert_eq!(payment.checked(), Err(NotOwed::WrongSign));
    let unnumbered = Obligation { sequence: 0, ..obligation(320_100, 510_100, 5) };
    assert_eq!(unnumbered.checked(), Err(NotOwed::NoSequence));
}

#[test]
fn legs_of_a_payment_its_reversal_and_a_refund_and_of_another_book_have_different_ids() {
    let id = Uuid::from_u128(9);
    let [book, other] = [510_100, 630_100].map(|code| BookId::first_of(pool(code).province()));
    let sources = [
        Source::Payment(PaymentId::new(id)),
        Source::Refund(RefundId::new(id)),
        Source::Reversal(PaymentId::new(id)),
    ];
    let texts = sources.map(|source| LegId { book, source, number: 2 }.to_string());
    assert_eq!(texts[0], "51-01:P:00000000-0000-0000-0000-000000000009:2");
    assert!(texts[0] != texts[1] && texts[1] != texts[2] && texts[0] != texts[2]);
    assert_ne!(LegId { book: other, source: sources[0], number: 2 }.to_string(), texts[0]);
}

#[test]
fn a_period_is_a_month_and_nothing_else() {
    for text in
        ["", "2026", "2026-1", "2026-00", "2026-13", "26-01", "0000-01", "2026-01-15", "2026-+1", "２026-01"]
    {
        assert_eq!(text.parse::<Period>(), Err(PeriodError), "{text}");
    }
    assert_eq!(Period::of(date!(2026 - 01 - 31)), Ok(period("2026-01")));
    assert_eq!(period("2026-12").next(), Ok(period("2027-01")));
    assert_eq!(period("9999-12").next(), Err(PeriodError));
    assert!(period("2025-12") < period("2026-01"));
    assert_eq!(serde_json::to_string(&period("2026-01")).unwrap(), r#""2026-01""#);
    assert!(serde_json::from_str::<Period>(r#""2026-13""#).is_err());
}

#[test]
fn categories_and_obligations_are_stored_and_read_back() {
    for category in Category::ALL {
        assert_eq!(category.name().parse(), Ok(*category));
        assert_eq!(serde_json::to_string(category).unwrap(), format!("\"{category}\""));
    }
    assert!("TAXI".parse::<Category>().is_err());
    let whole = obligation(320_100, 510_100, -5);
    let text = serde_json::to_string(&whole).unwrap();
    assert_eq!(serde_json::from_str::<Obligation>(&text).unwrap(), whole);
}

#[test]
fn a_sum_that_leaves_the_range_changes_nothing() {
    let mut positions = Positions::default();
    positions.fold(&obligation(320_100, 510_100, i64::MAX)).unwrap();
    let before = positions.clone();
    assert_eq!(positions.fold(&obligation(320_100, 510_100, 1)), Err(Overflow));
    assert_eq!(positions, before);
    assert_eq!(Position::stored(Yuan::from_fen(-1), Yuan::ZERO, 1), Err(Impossible));
    assert_eq!(Position::stored(Yuan::ZERO, Yuan::ZERO, -1), Err(Impossible));
}

fn obligations() -> impl Strategy<Value = Vec<Obligation>> {
    let one = (0..POOLS.len(), 1..POOLS.len(), 1..1_000_000_i64, any::<bool>(), 1..=3_u8);
    prop::collection::vec(one, 0..60).prop_map(|drawn| {
        let make = |(debtor, away, fen, refund, month): (usize, usize, i64, bool, u8)| Obligation {
            period: period(&format!("2026-{month:02}")),
            ..obligation(POOLS[debtor], POOLS[(debtor + away) % POOLS.len()], if refund { -fen } else { fen })
        };
        drawn.into_iter().map(make).collect()
    })
}

proptest! {
    #[test]
    fn every_level_sums_to_zero_and_agrees_with_the_legs(obligations in obligations()) {
        let mut positions = Positions::default();
        for obligation in &obligations {
            prop_assert_eq!(obligation.checked(), Ok(*obligation));
            positions.fold(obligation).unwrap();
        }
        for month in ["2026-01", "2026-02", "2026-03"].map(period) {
            let pools = positions.pool_nets(month).unwrap();
            let provinces = positions.province_nets(month).unwrap();
            prop_assert_eq!(Yuan::total(pools.values().copied()), Ok(Yuan::ZERO));
            prop_assert_eq!(Yuan::total(provinces.values().copied()), Ok(Yuan::ZERO));
            for (&province, &net) in &provinces {
                let own = pools.iter().filter(|(pool, _)| pool.province() == province).map(|(_, net)| *net);
                prop_assert_eq!(Yuan::total(own), Ok(net));
            }
            for (&pool, &net) in &pools {
                let fen: i64 = obligations
                    .iter()
                    .filter(|one| one.period == month)
                    .map(|one| match (one.creditor == pool, one.debtor == pool) {
                        (true, _) => one.amount.fen(),
                        (_, true) => -one.amount.fen(),
                        _ => 0,
                    })
                    .sum();
                prop_assert_eq!(net.fen(), fen);
            }
        }
        let count: i64 = positions.iter().map(|(_, position)| position.leg_count()).sum();
        prop_assert_eq!(count, obligations.len() as i64);
    }

    #[test]
    fn the_order_and_the_cut_into_batches_do_not_matter(obligations in obligations(), cut in any::<prop::sample::Index>()) {
        let mut forward = Positions::default();
        for obligation in &obligations {
            forward.fold(obligation).unwrap();
        }
        let mut first = Positions::default();
        let cut = if obligations.is_empty() { 0 } else { cut.index(obligations.len()) };
        for obligation in obligations[cut..].iter().rev() {
            first.fold(obligation).unwrap();
        }
        let mut second = Positions::default();
        for (pair, position) in first.iter() {
            let read = Position::stored(position.gross(), position.refunded(), position.leg_count());
            second.put(pair, read.unwrap());
        }
        for obligation in obligations[..cut].iter().rev() {
            second.fold(obligation).unwrap();
        }
        prop_assert_eq!(forward, second);
    }

    #[test]
    fn a_position_is_gross_less_refunds(amounts in prop::collection::vec(-1_000_000..1_000_000_i64, 0..50)) {
        let position = amounts.iter().try_fold(Position::default(), |held, fen| held.with(Yuan::from_fen(*fen)));
        let position = position.unwrap();
        prop_assert_eq!(position.net().fen(), amounts.iter().sum::<i64>());
        prop_assert_eq!(position.gross().fen() - position.refunded().fen(), position.net().fen());
        prop_assert!(position.gross().fen() >= 0 && position.refunded().fen() >= 0);
    }
}

#[test]
fn positions_are_listed_in_order() {
    let mut positions = Positions::default();
    positions.fold(&obligation(510_100, 320_100, 5)).unwrap();
    positions.fold(&obligation(320_100, 630_100, 5)).unwrap();
    positions.fold(&obligation(320_100, 510_100, 5)).unwrap();
    let pairs: Vec<_> =
        positions.iter().map(|(pair, _)| (pair.debtor.code(), pair.creditor.code())).collect();
    assert_eq!(pairs, [(320_100, 510_100), (320_100, 630_100), (510_100, 320_100)]);
    let nets: BTreeMap<_, _> = positions.pool_nets(period("2026-01")).unwrap();
    assert_eq!(nets[&pool(510_100)], Yuan::ZERO);
}
