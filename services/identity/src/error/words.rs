//! The words of every refusal, in both languages. None of them names a person.

use std::time::Duration;

use chassis::status::{Refusal, Violations};
use policy::{PlaceScope, Reason};
use standards::Pool;
use time::OffsetDateTime;
use tonic::{Code, Status};

use super::{Fixed, Refused};

/// A refusal as a status.
pub(super) fn of(refused: Refused) -> Status {
    match refused {
        Refused::PersonUnknown => person_unknown().into(),
        Refused::NotYours => not_yours().into(),
        Refused::OutOfReach => out_of_reach().into(),
        Refused::RevisionChanged { expected, actual } => Refusal::revision_changed(expected, actual).into(),
        Refused::PlaceChanged { expected, actual } => place_changed(expected, actual).into(),
        Refused::PlaceNotAllowed { place, insured, scope, version, source } => {
            place_not_allowed(place, &insured, scope).policy(&version, &source).into()
        }
        Refused::WalletAlreadyOpen => wallet_already_open().into(),
        Refused::Deceased => deceased().into(),
        Refused::SanctionUnknown => unknown("SANCTION_UNKNOWN", "sanction", "处罚记录").into(),
        Refused::FilingUnknown => unknown("FILING_UNKNOWN", "filing", "异地就医备案").into(),
        Refused::CodeProxyUnknown => unknown("CODE_PROXY_UNKNOWN", "link", "亲情账户绑定").into(),
        Refused::SanctionLifted => sanction_lifted().into(),
        Refused::SecondPersonRequired => second_person().into(),
        Refused::LinkedAlready(link) => linked_already(link.to_string()).into(),
        Refused::Rule(refusal) => refusal.into(),
        Refused::FixedField(field) => fixed(field),
        Refused::BeforeBirth => one(
            "death_day",
            "BEFORE_BIRTH",
            "the day of death lies before the day of birth",
            "死亡日不能早于出生日期",
        ),
        Refused::PeriodOverlaps => one(
            "valid_from",
            "PERIOD_OVERLAPS",
            "another enrolment of this person in the same kind of insurance holds on some of these days; end it first",
            "该人员在此期间已有同一险种类型的参保关系,请先终止原参保关系",
        ),
        Refused::WalletOfAnother => one(
            "wallet_id",
            "BELONGS_TO_ANOTHER",
            "this wallet id belongs to another person",
            "该医保钱包编号属于其他人员",
        ),
    }
}

/// The credential is for somebody else, or for an area that is not responsible.
pub fn out_of_reach() -> Refusal {
    Refusal::denied(
        "OUT_OF_SCOPE",
        "the credential is for another person or area",
        "凭证范围不符:仅可办理本人或本地区参保人的业务",
    )
    .what_to_do("use a credential of the person, or of an area of enrolment", "请使用本人或参保地的凭证")
}

/// Nobody answers to this, or nobody of whom this caller may know: the same words for every cause.
pub fn no_match() -> Refusal {
    Refusal::not_found("PERSON_NO_MATCH", "nobody matches what was given", "未查到匹配的参保人").what_to_do(
        "check name and id number as on the id card; whoever is not registered yet registers first",
        "请按身份证件核对姓名和号码;尚未登记的,请先办理登记",
    )
}

/// Asked too often today.
pub fn too_often(limit: u32, again: OffsetDateTime, now: OffsetDateTime) -> Refusal {
    let wait = Duration::try_from(again - now).unwrap_or(Duration::from_secs(1));
    Refusal::new(
        Code::ResourceExhausted,
        "RATE_LIMITED",
        "too many questions by name and number today",
        "今日查询次数已达上限",
    )
    .bound(limit.to_string(), "")
    .possible_again(again)
    .retry_after(wait)
    .what_to_do("ask again tomorrow", "请明日再试")
}

fn deceased() -> Refusal {
    Refusal::state("DECEASED", "the person is recorded as deceased", "该人员已登记死亡,不能办理")
        .rule("R-064")
        .what_to_do(
            "if that is wrong, have it corrected by the agency at the place of insurance",
            "如登记有误,请到参保地医保经办机构更正",
        )
}

fn unknown(reason: &str, english: &str, chinese: &str) -> Refusal {
    Refusal::not_found(reason, format!("no {english} has this id"), format!("没有此编号的{chinese}"))
        .what_to_do("check the id", "请核对编号")
}

fn sanction_lifted() -> Refusal {
    Refusal::state("SANCTION_STATE", "the sanction was lifted before", "该处罚已解除")
        .rule("R-151")
        .what_to_do("nothing is left to do", "无需再次办理")
}

fn second_person() -> Refusal {
    Refusal::denied(
        "SECOND_PERSON_REQUIRED",
        "whoever imposed the sanction may not lift it",
        "解除处罚须由作出处罚人以外的人员办理",
    )
    .rule("R-151")
    .what_to_do("have another person lift it", "请由另一人员复核办理")
}

fn linked_already(link: String) -> Refusal {
    let texts = Reason::WrongFunctionCodeProxy.texts();
    Refusal::state(
        "CODE_PROXY_NOT_ALLOWED",
        "this relative's code is linked already",
        "该亲属的医保码已绑定亲情账户",
    )
    .rule("R-031")
    .bound("1", link)
    .what_to_do(texts.what_to_do_en, texts.what_to_do_zh)
}

/// There is no such person.
pub fn person_unknown() -> Refusal {
    Refusal::not_found("PERSON_UNKNOWN", "no person has this id", "没有此编号的人员")
        .what_to_do("check the person id; register the person first", "请核对人员编号,或先办理登记")
}

/// The same words whether the number is known or not.
pub fn not_yours() -> Refusal {
    Refusal::denied(
        "OUT_OF_SCOPE",
        "this caller may not register or ask about the person with these particulars",
        "当前调用方无权办理或查询该人员的登记",
    )
    .what_to_do(
        "a citizen registers only himself or herself; a counter gives number and name as on the id card",
        "个人仅可为本人登记;窗口请按身份证件核对号码与姓名",
    )
}

fn place_changed(expected: Option<Pool>, actual: Option<Pool>) -> Refusal {
    let text = |pool: Option<Pool>| pool.map(|pool| pool.to_string()).unwrap_or_default();
    Refusal::new(
        Code::Aborted,
        "REVISION_CHANGED",
        "another place of use holds than the one expected",
        "使用地已变化,请重新查询后再操作",
    )
    .bound(text(expected), text(actual))
    .what_to_do(
        "read the standing again, then repeat with its place of use",
        "请重新查询参保资格,并按最新使用地提交",
    )
}

fn place_not_allowed(place: Pool, insured: &[Pool], scope: Option<PlaceScope>) -> Refusal {
    let areas = scope != Some(PlaceScope::InsuredProvince);
    let named = |pool: &Pool| match areas {
        true => (pool.to_string(), pool.name()),
        false => (pool.province().to_string(), pool.province().name_zh()),
    };
    let mut places: Vec<(String, &str)> = insured.iter().map(named).collect();
    places.dedup();
    let (codes, names): (Vec<String>, Vec<&str>) = places.into_iter().unzip();
    let (codes, names) = (codes.join(","), names.join("、"));
    let (kind_en, kind_zh) = if areas { ("pooling area", "统筹区") } else { ("province", "省份") };
    let (en, zh) = if insured.is_empty() {
        (
            "the person is enrolled nowhere in normal state today".to_owned(),
            "该人员目前没有正常状态的参保关系".to_owned(),
        )
    } else {
        (
            format!("choose a pooling area within the {kind_en} of an enrolment: {codes}"),
            format!("请选择参保{kind_zh}内的统筹区:{names}"),
        )
    };
    Refusal::state(
        "PLACE_OF_USE_NOT_ALLOWED",
        format!("the place of use lies in no {kind_en} in which the person is enrolled in normal state"),
        format!("使用地不在该人员正常参保的{kind_zh}内"),
    )
    .rule("R-092")
    .bound(codes, place.to_string())
    .what_to_do(en, zh)
}

fn wallet_already_open() -> Refusal {
    Refusal::state("WALLET_ALREADY_OPEN", "the person has a wallet already", "该人员已开通医保钱包")
        .rule("R-090")
        .what_to_do(
            "use the wallet that is open; its place of use can be changed",
            "请使用已开通的医保钱包;如需变更使用地,请办理使用地变更",
        )
}

fn fixed(field: Fixed) -> Status {
    let name = match field {
        Fixed::Person => "person_id",
        Fixed::Scheme => "scheme",
        Fixed::PoolingArea => "pooling_area",
        Fixed::ValidFrom => "valid_from",
        Fixed::Kind => "kind",
        Fixed::Reference => "reference",
        Fixed::DeathDay => "death_day",
    };
    one(
        name,
        "CANNOT_CHANGE",
        "this was recorded with another value before; end it and record a new one, or have it corrected",
        "与首次登记的内容不一致,请终止后另行登记,或申请更正",
    )
}

fn one(field: &str, reason: &str, english: &str, chinese: &str) -> Status {
    let mut violations = Violations::new();
    violations.add(field, reason, english, chinese);
    violations.into_status()
}
