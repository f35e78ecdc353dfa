//! Requests into commands and questions.

use bond::{BondState, Channel, Evidence};
use border::fields::Fields;
use chassis::{
    access::{Caller, Role},
    digest::Content,
    failure,
    feed::Cursor,
};
use proto::{
    common::{PartyRole, View as WireView},
    kinship as wire,
};
use standards::{BondId, PersonId, RequestId};
use time::OffsetDateTime;
use tonic::Status;

use super::{fields, reply::View};
use crate::{answer::Reply, check::Check, propose::Wish, sql::Page};

/// The most questions in one check.
const MAX_CHECKS: usize = 512;
/// Bonds on a page, unless asked otherwise, and at most.
const PAGE: (i32, i32) = (50, 500);

/// What the sharer asks; `now` bounds the commitment's time.
///
/// # Errors
/// All violations together.
pub(crate) fn wish(
    request: wire::ProposeBondRequest,
    caller: &Caller,
    now: OffsetDateTime,
) -> Result<Wish, Status> {
    let mut fields = Fields::new();
    let bond_id = fields.take("bond_id", BondId::parse(&request.bond_id));
    let programme = fields.programme("programme", request.programme);
    let sharer = fields.take("sharer_person_id", PersonId::parse(&request.sharer_person_id));
    let beneficiary = fields.take("beneficiary_person_id", PersonId::parse(&request.beneficiary_person_id));
    let relation = fields::relation(&mut fields, "relation", request.relation);
    let commitment = fields::commitment(&mut fields, "commitment", request.commitment, now);
    let evidence = fields::evidence(&mut fields, request.evidence);
    let channel = fields::channel(&mut fields, "channel", request.channel);
    let served = caller.role == Role::Operator;
    match channel {
        Some(Channel::Counter) if !served => {
            let english = "COUNTER is the channel of an operator";
            fields.refuse("channel", "NOT_THIS_CALLER", english, "经办窗口渠道仅限经办人员使用");
        }
        Some(Channel::Counter | Channel::Phone) | None => {}
        Some(_) if served => {
            let english = "an operator serves by COUNTER or PHONE";
            fields.refuse("channel", "NOT_THIS_CALLER", english, "经办人员仅可使用经办窗口或电话渠道");
        }
        Some(_) => {}
    }
    let wish = (|| {
        Some(Wish {
            bond_id: bond_id?,
            programme: programme?,
            sharer: sharer?,
            beneficiary: beneficiary?,
            relation: relation?,
            commitment: commitment?,
            evidence: evidence?,
            channel: channel?,
            operator: operator(caller),
        })
    })();
    fields.finish(wish)
}

/// An acceptance; `now` bounds the commitment's time.
///
/// # Errors
/// All violations together.
pub(crate) fn reply_to(
    request: wire::AcceptBondRequest,
    caller: &Caller,
    now: OffsetDateTime,
) -> Result<Reply, Status> {
    let mut fields = Fields::new();
    let request_id = fields.take("request_id", RequestId::parse(&request.request_id));
    let bond_id = fields.take("bond_id", BondId::parse(&request.bond_id));
    let guardian = guardian(&mut fields, &request.acting_guardian_person_id, caller);
    let consent = fields::commitment(&mut fields, "commitment", request.commitment, now);
    let evidence = papers(&mut fields, request.evidence, caller);
    let reply = (|| {
        let (request_id, bond_id, consent, evidence) = (request_id?, bond_id?, consent?, evidence?);
        Some(Reply { request_id, bond_id, guardian, consent, evidence, operator: operator(caller) })
    })();
    fields.finish(reply)
}

/// A rejection.
///
/// # Errors
/// All violations together.
pub(crate) fn rejection(request: wire::RejectBondRequest, caller: &Caller) -> Result<Reply, Status> {
    let mut fields = Fields::new();
    let request_id = fields.take("request_id", RequestId::parse(&request.request_id));
    let bond_id = fields.take("bond_id", BondId::parse(&request.bond_id));
    let guardian = guardian(&mut fields, &request.acting_guardian_person_id, caller);
    let evidence = papers(&mut fields, request.evidence, caller);
    let reply = (|| {
        let (request_id, bond_id, evidence) = (request_id?, bond_id?, evidence?);
        Some(Reply { request_id, bond_id, guardian, consent: None, evidence, operator: operator(caller) })
    })();
    fields.finish(reply)
}

/// Who acts for a minor: the one who calls, or somebody whom an operator serves.
pub(super) fn guardian(fields: &mut Fields, text: &str, caller: &Caller) -> Option<PersonId> {
    if text.is_empty() {
        return None;
    }
    let guardian = fields.take("acting_guardian_person_id", PersonId::parse(text))?;
    if caller.role != Role::Operator && caller.person() != Some(guardian.uuid()) {
        let english = "a guardian acts under the own credential, or at the counter";
        let chinese = "监护人须以本人身份办理，或到经办窗口办理";
        fields.refuse("acting_guardian_person_id", "NOT_THIS_CALLER", english, chinese);
    }
    Some(guardian)
}

/// 证明材料 that somebody saw: an operator.
fn papers(fields: &mut Fields, given: Vec<wire::Evidence>, caller: &Caller) -> Option<Vec<Evidence>> {
    if !given.is_empty() && caller.role != Role::Operator {
        let english = "documents are shown at the counter";
        fields.refuse("evidence", "NOT_THIS_CALLER", english, "证明材料须在经办窗口出示");
    }
    fields::evidence(fields, given)
}

/// The name of an operator's credential, or what it speaks for where it names nobody.
pub(super) fn operator(caller: &Caller) -> Option<String> {
    let unnamed = || caller.token().trim_start_matches("dev:").to_owned();
    (caller.role == Role::Operator).then(|| caller.name.clone().unwrap_or_else(unnamed))
}

/// Which bond is wanted, and how much of it.
///
/// # Errors
/// All violations together.
pub(crate) fn get(request: &wire::GetBondRequest) -> Result<(BondId, View), Status> {
    let mut fields = Fields::new();
    let bond_id = fields.take("bond_id", BondId::parse(&request.bond_id));
    let view = fields.choice("view", request.view, |view| {
        Some(match view {
            WireView::Unspecified | WireView::Basic => View::Basic,
            WireView::Full => View::Full,
        })
    });
    fields.finish(bond_id.zip(view))
}

/// A page of a person's bonds, and the hash of its filter for the next token.
///
/// # Errors
/// All violations together; PAGE_TOKEN_INVALID for a token of another filter.
pub(crate) fn listing(request: &wire::ListBondsRequest) -> Result<(PersonId, Page, String), Status> {
    let mut fields = Fields::new();
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let role = fields.choice("role", request.role, Some::<PartyRole>);
    let mut states: Vec<BondState> = Vec::new();
    for (at, state) in request.states.iter().enumerate() {
        states.extend(fields::state(&mut fields, &format!("states[{at}]"), *state));
    }
    states.sort_unstable();
    states.dedup();
    if request.page_size < 0 {
        fields.refuse("page_size", "NEGATIVE", "a page size is 0 (50) or more", "每页条数不能为负数");
    }
    let size = if request.page_size == 0 { PAGE.0 } else { request.page_size.min(PAGE.1) };
    let (person, role) = fields.finish(person.zip(role))?;
    let as_sharer = role != PartyRole::Beneficiary;
    let as_beneficiary = role != PartyRole::Sharer;
    let filter = states
        .iter()
        .fold(Content::of("kinship.list.1").text("person", person), |filter, state| {
            filter.text("state", state)
        })
        .text("sharer", as_sharer)
        .text("beneficiary", as_beneficiary)
        .finish();
    let filter = hex::encode(&filter[..8]);
    let before = match request.page_token.as_str() {
        "" => i64::MAX,
        token => position(token, &filter).ok_or_else(failure::page_token)?,
    };
    let states = states.iter().map(|state| state.name().to_owned()).collect();
    let page =
        Page { person: person.uuid(), as_sharer, as_beneficiary, states, before, size: i64::from(size) };
    Ok((person, page, filter))
}

/// The position in a page token, if it belongs to this filter.
fn position(token: &str, filter: &str) -> Option<i64> {
    let (position, bound_to) = token.split_once('.')?;
    let digits = !position.is_empty() && position.bytes().all(|byte| byte.is_ascii_digit());
    (digits && bound_to == filter).then(|| position.parse().ok()).flatten()
}

/// Questions about bonds, in the order asked.
///
/// # Errors
/// All violations together.
pub(crate) fn checks(
    request: &wire::BatchCheckBondsRequest,
    now: OffsetDateTime,
) -> Result<Vec<Check>, Status> {
    let mut fields = Fields::new();
    if request.checks.is_empty() {
        fields.refuse("checks", "MISSING", "at least one check is required", "请至少填写一项核对");
    }
    if request.checks.len() > MAX_CHECKS {
        fields.refuse("checks", "TOO_MANY", "at most 512 checks at a time", "每次最多核对512项");
    }
    let mut checks = Vec::with_capacity(request.checks.len().min(MAX_CHECKS));
    for (at, asked) in request.checks.iter().take(MAX_CHECKS).enumerate() {
        let field = |name: &str| format!("checks[{at}].{name}");
        let bond_id = fields.take(&field("bond_id"), BondId::parse(&asked.bond_id));
        let sharer = fields.take(&field("sharer_person_id"), PersonId::parse(&asked.sharer_person_id));
        let beneficiary =
            fields.take(&field("beneficiary_person_id"), PersonId::parse(&asked.beneficiary_person_id));
        let programme = fields.programme(&field("programme"), asked.programme);
        let at_time = match asked.at_time {
            Some(time) => fields.instant(&field("at_time"), time),
            None => Some(now),
        };
        checks.extend((|| {
            Some(Check {
                bond_id: bond_id?,
                sharer: sharer?,
                beneficiary: beneficiary?,
                programme: programme?,
                at: at_time?,
            })
        })());
    }
    fields.finish(Some(checks))
}

/// Where a stream begins.
///
/// # Errors
/// All violations together.
pub(crate) fn cursor(request: &wire::StreamEventsRequest) -> Result<Cursor, Status> {
    let mut fields = Fields::new();
    let cursor = Cursor::parse(request.after_position, &request.after_hash);
    if request.after_position < 0 {
        fields.refuse("after_position", "NEGATIVE", "a position is 0 (the start) or more", "位置不能为负数");
    } else if cursor.is_none() {
        let english = "the hash that came with the position, 64 hex digits; empty with position 0";
        fields.refuse(
            "after_hash",
            "MALFORMED",
            english,
            "应为该位置返回的链值（64位十六进制）；位置为0时留空",
        );
    }
    fields.finish(cursor)
}
