//! Synthetic people and places: valid numbers that belong to nobody.
//!
//! Amounts in tests are best powers of two of fen, so that a wrong balance names the transfer that was lost.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Result, anyhow};
use money::Yuan;
use standards::{Pool, citizen::CitizenId};
use time::{Date, Month};
use uuid::Uuid;

/// What a person brings to the counter.
#[derive(Clone, Debug)]
pub struct Newcomer {
    /// A valid citizen id.
    pub id_number: String,
    /// A name of two or three characters.
    pub name: String,
    /// A valid mobile number.
    pub mobile: String,
}

static NEXT: AtomicU32 = AtomicU32::new(0);

const FAMILY_NAMES: [&str; 8] = ["王", "李", "张", "刘", "陈", "杨", "赵", "周"];
const GIVEN_NAMES: [&str; 8] = ["秀兰", "桂芳", "建国", "志强", "敏", "静怡", "浩然", "雨桐"];

/// The `n`-th newcomer of this process, born in `year`, with an id address in `pool`'s region. Numbers differ
/// between processes with different `salt`.
pub fn newcomer(pool: Pool, year: i32, salt: u32) -> Result<Newcomer> {
    let n = NEXT.fetch_add(1, Ordering::Relaxed).wrapping_add(salt.wrapping_mul(7_919));
    let month = Month::try_from(u8::try_from(n / 28_000 % 12 + 1)?)?;
    let day = Date::from_calendar_date(year, month, u8::try_from(n / 1_000 % 28 + 1)?)?;
    let order = u16::try_from(n % 1_000)?;
    let citizen = CitizenId::compose(pool.code(), day, order).map_err(|error| anyhow!("{error}"))?;
    let pick = |names: [&'static str; 8], n: u32| names[usize::try_from(n % 8).unwrap_or(0)];
    Ok(Newcomer {
        id_number: citizen.number().to_owned(),
        name: format!("{}{}", pick(FAMILY_NAMES, n), pick(GIVEN_NAMES, n / 8)),
        mobile: format!("138{:08}", n % 100_000_000),
    })
}

/// 2 to the power of `n` fen: sums of different powers name their parts.
pub fn power_of_two(n: u32) -> Yuan {
    Yuan::from_fen(1_i64 << n)
}

/// A new id, version 7.
pub fn id() -> String {
    Uuid::now_v7().to_string()
}
