//! Who plays, and how they enter: the directory, registration, enrolment, contributions and wallets.
//!
//! Every play has persons of its own, so that it can be repeated on kept data; hospital and pharmacy are the
//! same each time.

use anyhow::{Context, Result, anyhow};
use money::Yuan;
use proto::{
    identity::{EnrolmentStatus, PersonState, Scheme},
    settlement::Transfer,
    wallet::{Payment, PersonalAccount, WalletState},
};
use standards::{CitizenId, Pool, Province, civil, mobile::PersonName};
use testkit::{
    desk::Party,
    people::{Newcomer, id},
};
use time::{Date, Month, OffsetDateTime, macros::time};

use super::{
    Stage,
    reads::{Told, patiently},
};
use crate::timeline::Event;

pub(crate) const HOSPITAL: &str = "H51010400001";
pub(crate) const PHARMACY: &str = "P51010400001";
pub(super) const DAUGHTER: &str = "女儿 sharer 共济人";
pub(super) const MOTHER: &str = "母亲 benef. 被共济人";
/// One month's contribution, and how many the daughter has received.
const CONTRIBUTION: &str = "350.00";
const MONTHS: u8 = 6;
pub(super) const CONTRIBUTED: &str = "2100.00";

/// Everybody and everything that the commands after the story name.
pub(crate) struct Cast {
    /// 共济人, employed in 南京.
    pub(crate) daughter: Party,
    /// 被共济人, resident in 成都.
    pub(crate) mother: Party,
    /// The daughter's mother-in-law, resident in 西宁.
    pub(crate) in_law: Party,
    /// The bond between daughter and mother.
    pub(crate) bond: String,
    /// The transfer that was spent from, and the one that came back.
    pub(crate) transfers: Vec<Transfer>,
    /// At the hospital and at the pharmacy.
    pub(crate) payments: Vec<Payment>,
    /// What Jiangsu owes Sichuan: the month, before the story and after it.
    pub(crate) owed: Option<(String, Yuan, Yuan)>,
}

/// What somebody is before entering.
struct Role {
    who: &'static str,
    name: &'static str,
    pool: Pool,
    scheme: Scheme,
    born: Date,
    /// Even for women; two plays never share one.
    order: u16,
}

impl Role {
    fn newcomer(&self, number: u32) -> Result<Newcomer> {
        let citizen = CitizenId::compose(self.pool.code(), self.born, self.order);
        Ok(Newcomer {
            id_number: citizen.map_err(|error| anyhow!("{error}"))?.number().to_owned(),
            name: self.name.to_owned(),
            mobile: format!("138{:08}", number % 10_000_000 * 10 + u32::from(self.order % 10)),
        })
    }
}

/// Birth days and orders that only this play has: 500 women a day.
fn identity_of(number: u32, year: i32) -> Result<(Date, u16)> {
    let (day, order) = (number / 500, u16::try_from(number % 500)? * 2);
    let ordinal = u16::try_from(day % 365 + 1)?;
    Ok((Date::from_ordinal_date(year, ordinal)?, order))
}

fn roles(number: u32) -> Result<[Role; 3]> {
    let role = |who, name, pool: &str, scheme, year| {
        let (born, order) = identity_of(number, year)?;
        anyhow::Ok(Role { who, name, pool: pool.parse()?, scheme, born, order })
    };
    Ok([
        role(DAUGHTER, "周敏", "320100", Scheme::Employee, 1985)?,
        role(MOTHER, "王秀兰", "510100", Scheme::Resident, 1957)?,
        role("婆婆 mother-in-law", "李桂芳", "630100", Scheme::Resident, 1958)?,
    ])
}

/// Everybody enters.
pub(super) async fn enter(stage: &mut Stage<'_>, number: u32) -> Result<Cast> {
    stage.chapter(0, time!(9:00), "参保与开通 · insured, and wallets opened").await?;
    let [daughter, mother, in_law] = roles(number)?;
    directory(stage, mother.pool).await?;
    let sharer = register(stage, &daughter, number).await?;
    contribute(stage, &sharer).await?;
    let beneficiary = register(stage, &mother, number).await?;
    let relative = register(stage, &in_law, number).await?;
    open_wallet(stage, &daughter, &sharer, number).await?;
    open_wallet(stage, &mother, &beneficiary, number).await?;
    Ok(Cast {
        daughter: sharer,
        mother: beneficiary,
        in_law: relative,
        bond: String::new(),
        transfers: vec![],
        payments: vec![],
        owed: None,
    })
}

async fn directory(stage: &mut Stage<'_>, pool: Pool) -> Result<()> {
    for (code, name, english) in
        [(HOSPITAL, "锦江示范医院", "a hospital"), (PHARMACY, "锦江示范大药房", "a pharmacy")]
    {
        stage
            .desk
            .put_institution(code, name, pool)
            .await
            .told("putting an institution into the directory")?;
        let found = stage.reads.institution(code).await?;
        let institution = found.institution.unwrap_or_default();
        let designated = |yes| if yes { "定点 designated" } else { "非定点 not designated" };
        let who = format!("{}医保局 agency", pool.province().name_zh());
        let event =
            Event::new(stage.cluster.civil_now(), who, format!("定点 designates {english}: {name} {code}"))
                .state(designated(true), designated(found.designated))
                .fact("统筹区 pooling area", place(pool), place_text(&institution.pooling_area))
                .fact("名称 name", name, institution.name);
        stage.tell(&event);
    }
    Ok(())
}

async fn register(stage: &mut Stage<'_>, role: &Role, number: u32) -> Result<Party> {
    let newcomer = role.newcomer(number)?;
    let person = stage.desk.register(&newcomer, role.pool).await.told("registering")?;
    let party = Party { person, pool: role.pool, wallet: id() };
    let today = civil::day(stage.cluster.civil_now());
    let citizen = CitizenId::parse(&newcomer.id_number, today).map_err(|error| anyhow!("{error}"))?;
    let name: PersonName = newcomer.name.parse()?;
    let found = stage.reads.person(&party).await?;
    let event =
        Event::new(stage.cluster.civil_now(), role.who, format!("登记 registers in {}", place(role.pool)))
            .state(PersonState::Alive.as_str_name(), found.state().as_str_name())
            .fact("姓名 name", name.masked(), &found.masked_name)
            .fact("证件号码 id number", citizen.masked(), &found.masked_id_number)
            .fact("医保码 medical code", "已激活 activated", code(found.medical_code_activated));
    stage.tell(&event);
    enrol(stage, role, &party).await?;
    Ok(party)
}

const fn code(active: bool) -> &'static str {
    if active { "已激活 activated" } else { "未激活 not activated" }
}

async fn enrol(stage: &mut Stage<'_>, role: &Role, party: &Party) -> Result<()> {
    let from = "2020-01-01";
    stage.desk.enrol(&party.person, role.scheme, role.pool, from).await.told("enrolling")?;
    let standing = stage.reads.standing(party).await?;
    let found = standing.enrolments.into_iter().next().unwrap_or_default();
    let (insutype, account, scheme) = match role.scheme {
        Scheme::Employee => ("310", "有 has one", "职工医保 employee scheme"),
        _ => ("390", "无 none", "居民医保 resident scheme"),
    };
    let has = if found.has_personal_account { "有 has one" } else { "无 none" };
    let event = Event::new(stage.cluster.civil_now(), role.who, format!("参保 is enrolled: {scheme}"))
        .state(EnrolmentStatus::Normal.as_str_name(), found.status().as_str_name())
        .fact("险种 insutype", insutype, &found.insutype)
        .fact("参保地 insured in", place(role.pool), place_text(&found.pooling_area))
        .fact("个人账户 account", account, has);
    stage.tell(&event);
    Ok(())
}

async fn contribute(stage: &mut Stage<'_>, party: &Party) -> Result<()> {
    let mut account = PersonalAccount::default();
    for month in last_months(stage.cluster.civil_now(), MONTHS) {
        let call = async || stage.desk.credit(party, CONTRIBUTION, &month).await;
        account = patiently("crediting a contribution", call).await?;
    }
    let who = format!("{}医保局 agency", party.pool.province().name_zh());
    let what = format!("划入 pays in {MONTHS} contributions of {CONTRIBUTION}");
    let event = Event::new(stage.cluster.civil_now(), who, what).amount(CONTRIBUTED, account.available);
    stage.tell(&event);
    Ok(())
}

/// The civil months before the one of `at`, oldest first.
fn last_months(at: OffsetDateTime, count: u8) -> Vec<String> {
    let (mut year, mut month) = (civil::day(at).year(), civil::day(at).month());
    let mut months = Vec::new();
    for _ in 0..count {
        month = month.previous();
        if month == Month::December {
            year -= 1;
        }
        months.push(format!("{year:04}-{:02}", u8::from(month)));
    }
    months.reverse();
    months
}

async fn open_wallet(stage: &mut Stage<'_>, role: &Role, party: &Party, number: u32) -> Result<()> {
    let mobile = role.newcomer(number)?.mobile;
    let call = async || stage.desk.open_wallet(party, &mobile, false).await;
    patiently("opening the wallet", call).await?;
    let (found, standing) =
        (stage.desk.wallet_of(party).await.told("a wallet")?, stage.reads.standing(party).await?);
    let at = instant(found.create_time.as_ref()).context("a wallet has a time of opening")?;
    let mut event = Event::new(at, role.who, format!("开通医保钱包 opens a wallet in {}", place(party.pool)))
        .state(WalletState::Active.as_str_name(), found.state().as_str_name())
        .fact("使用地 place of use", place(party.pool), place_text(&standing.place_of_use));
    if role.scheme == Scheme::Employee {
        let available = found.account.map(|account| account.available).unwrap_or_default();
        event = event.fact("可用余额 available", CONTRIBUTED, available);
    } else {
        event = event.fact("可用额度 quota", "0.00", found.quota_amount);
    }
    stage.tell(&event);
    Ok(())
}

/// `南京市 320100`
pub(super) fn place(pool: Pool) -> String {
    format!("{} {pool}", pool.name())
}

/// As [`place`], for what a service has said.
pub(super) fn place_text(code: &str) -> String {
    code.parse::<Pool>().map_or_else(|_| code.to_owned(), place)
}

/// `江苏省 Jiangsu`
pub(super) fn province_text(code: &str) -> String {
    let province = code.parse::<Province>();
    province.map_or_else(|_| code.to_owned(), |found| format!("{} {}", found.name_zh(), found.name_en()))
}

/// An instant of the wire.
pub(super) fn instant(at: Option<&prost_types::Timestamp>) -> Option<OffsetDateTime> {
    let at = at?;
    let nanos = i128::from(at.seconds) * 1_000_000_000 + i128::from(at.nanos);
    OffsetDateTime::from_unix_timestamp_nanos(nanos).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use time::macros::datetime;

    use super::*;

    #[test]
    fn two_plays_share_no_person() {
        let mut seen = BTreeSet::new();
        for number in [1, 2, 499, 500, 501, 1_000, 20_000] {
            for role in roles(number).unwrap() {
                assert!(seen.insert(role.newcomer(number).unwrap().id_number), "{number} {}", role.who);
            }
        }
    }

    #[test]
    fn contributions_are_those_of_past_months() {
        let months = last_months(datetime!(2026-02-28 20:00 UTC), 4);
        assert_eq!(months, ["2025-11", "2025-12", "2026-01", "2026-02"]);
    }
}
