//! PaymentService: what an institution's till sends.

use ledger::{
    codes::{Category, RefundKind},
    command::{Cost, ReversePayment, SharedWanted},
};
use money::Yuan;
use proto::wallet as wire;
use standards::{PaymentId, PersonId, RefundId, RequestId};
use time::OffsetDateTime;
use tonic::Status;

use super::{
    credential::{can_be_shown, credential},
    fields::Fields,
    word,
};
use crate::{
    command::{Agent, Identified, Line, Pay, Refund},
    facts::Known,
};

/// The most lines of a receipt, codes of a line and documents of an agent.
const MOST: (usize, usize, usize) = (200, 64, 8);
/// The most payments of one call.
const MOST_PAYMENTS: usize = 512;

/// A payment and what was shown for it, which goes no further than to whoever checks it.
pub(crate) struct Offered {
    pub(crate) pay: Pay,
    /// 医保码 or assertion; empty for a card.
    pub(crate) token: String,
}

pub(crate) fn pay(request: wire::PayRequest, known: Known, now: OffsetDateTime) -> Result<Offered, Status> {
    let mut fields = Fields::new();
    let parsed = one(&mut fields, request, known, now);
    fields.finish(parsed)
}

/// All of a batch, or everything that is wrong with any of it.
pub(crate) fn pays(
    request: wire::BatchPayRequest,
    known: Known,
    now: OffsetDateTime,
) -> Result<Vec<Offered>, Status> {
    let mut fields = Fields::new();
    if !(1..=MOST_PAYMENTS).contains(&request.requests.len()) {
        fields.refuse("requests", "OUT_OF_RANGE", "1 to 512 payments", "结算请求数量应为1至512笔");
        return fields.finish(None);
    }
    let parsed: Vec<Option<Offered>> = request
        .requests
        .into_iter()
        .enumerate()
        .map(|(at, sent)| fields.within(&format!("requests[{at}]"), |fields| one(fields, sent, known, now)))
        .collect();
    fields.finish(parsed.into_iter().collect())
}

fn one(fields: &mut Fields, request: wire::PayRequest, known: Known, now: OffsetDateTime) -> Option<Offered> {
    let payment = fields.id("payment_id", &request.payment_id, PaymentId::parse);
    let max_cash = fields.maybe_amount("max_cash_amount", &request.max_cash_amount);
    let drafted = match request.draft {
        Some(sent) => fields.within("draft", |fields| draft(fields, sent, known, now)),
        None => {
            fields.refuse("draft", "MISSING", "the payment's content is required", "请填写结算内容");
            None
        }
    };
    let Offered { pay, token } = drafted?;
    Some(Offered { pay: Pay { payment: payment?, max_cash: max_cash?, ..pay }, token })
}

/// Everything but the payment's id and the cash that was agreed, which the caller sets.
fn draft(
    fields: &mut Fields,
    draft: wire::PaymentDraft,
    known: Known,
    now: OffsetDateTime,
) -> Option<Offered> {
    let patient = fields.id("patient_person_id", &draft.patient_person_id, PersonId::parse);
    let credential = credential(fields, draft.credential);
    let agent = match draft.agent {
        None => Some(None),
        Some(sent) => fields.within("agent", |fields| agent(fields, sent)).map(Some),
    };
    let institution = fields.institution("institution_code", &draft.institution_code);
    let visit = fields.text("visit_id", draft.visit_id, 64);
    let serial = fields.text("institution_serial", draft.institution_serial, 64);
    let med_type = fields.text("med_type", draft.med_type, 8);
    let category = fields.choice("category", draft.category, category);
    let channel = fields.choice("channel", draft.channel, |channel: wire::PaymentChannel| {
        let name = word(channel.as_str_name(), "PAYMENT_CHANNEL_");
        (channel != wire::PaymentChannel::Unspecified).then(|| name.to_owned())
    });
    let service_time = fields.instant("service_time", draft.service_time).filter(|at| {
        if *at > now {
            fields.refuse(
                "service_time",
                "IN_THE_FUTURE",
                "the service lies in the future",
                "就诊时间不能晚于当前时间",
            );
        }
        *at <= now
    });
    let insured_pool = fields.pool("insured_pooling_area", &draft.insured_pooling_area);
    let catalogue_version = edition(fields, draft.catalogue_version, &draft.lines);
    let cost = match draft.cost {
        Some(sent) => fields.within("cost", |fields| cost(fields, &sent)),
        None => {
            fields.refuse("cost", "MISSING", "the cost is required", "请填写费用构成");
            None
        }
    };
    let lines = lines(fields, draft.lines);
    let shared_wanted = shared(fields, draft.shared_wanted, &draft.shared_limit);
    let (by, token) = credential?;
    can_be_shown(fields, by, channel.as_deref());
    let pay = Pay {
        payment: PaymentId::new(uuid::Uuid::nil()),
        patient: patient?,
        agent: agent?,
        institution: institution?,
        visit: visit?,
        serial: serial?,
        med_type: med_type?,
        category: category?,
        channel: channel?,
        service_time: service_time?,
        insured_pool: insured_pool?,
        catalogue_version: catalogue_version?,
        cost: cost?,
        lines: lines?,
        shared_wanted: shared_wanted?,
        max_cash: None,
        probe: false,
        known,
        identified: Some(Identified { by, shown_by: None }),
    };
    Some(Offered { pay, token })
}

fn agent(fields: &mut Fields, agent: wire::Agent) -> Option<Agent> {
    let person = fields.id("person_id", &agent.person_id, PersonId::parse);
    if agent.documents.len() > MOST.2 {
        fields.refuse("documents", "TOO_MANY", "at most 8 documents", "最多8份证明材料");
    }
    let documents: Vec<_> = agent
        .documents
        .into_iter()
        .enumerate()
        .map(|(at, document)| fields.text(&format!("documents[{at}]"), document, 64))
        .collect();
    Some(Agent { person: person?, documents: documents.into_iter().collect::<Option<_>>()? })
}

/// The category; none inside for those that another call pays.
fn category(category: wire::Category) -> Option<Option<Category>> {
    Some(match category {
        wire::Category::Unspecified => return None,
        wire::Category::Inpatient => Some(Category::Inpatient),
        wire::Category::Outpatient => Some(Category::Outpatient),
        wire::Category::SpecialOutpatient => Some(Category::SpecialOutpatient),
        wire::Category::Maternity => Some(Category::Maternity),
        wire::Category::Pharmacy => Some(Category::Pharmacy),
        wire::Category::Vaccination => Some(Category::Vaccination),
        wire::Category::CheckUp => Some(Category::CheckUp),
        wire::Category::Registration => Some(Category::Registration),
        wire::Category::CommercialInsurance => Some(Category::CommercialInsurance),
        wire::Category::ResidentPremium | wire::Category::LtcPremium => None,
    })
}

fn cost(fields: &mut Fields, cost: &wire::Cost) -> Option<Cost> {
    let total = fields.positive("total_amount", &cost.total_amount);
    let fund = fields.amount("fund_amount", &cost.fund_amount);
    let institution = fields.amount("institution_amount", &cost.institution_amount);
    let personal = fields.amount("personal_amount", &cost.personal_amount);
    let eligible = fields.amount("eligible_amount", &cost.eligible_amount);
    Some(Cost {
        total: total?,
        fund: fund?,
        institution: institution?,
        personal: personal?,
        eligible: eligible?,
    })
}

fn shared(fields: &mut Fields, wanted: i32, limit: &str) -> Option<SharedWanted> {
    let wanted = fields.choice("shared_wanted", wanted, |wanted: wire::SharedWanted| Some(wanted))?;
    if wanted == wire::SharedWanted::UpTo {
        return fields.positive("shared_limit", limit).map(SharedWanted::UpTo);
    }
    if !limit.is_empty() {
        fields.refuse(
            "shared_limit",
            "NOT_ALLOWED",
            "a limit goes with UP_TO only",
            "仅在选择不超过上限时填写",
        );
        return None;
    }
    Some(if wanted == wire::SharedWanted::None { SharedWanted::None } else { SharedWanted::All })
}

fn lines(fields: &mut Fields, lines: Vec<wire::Line>) -> Option<Vec<Line>> {
    if lines.len() > MOST.0 {
        fields.refuse("lines", "TOO_MANY", "at most 200 lines", "费用明细最多200条");
        return None;
    }
    let mut numbers: Vec<i32> = lines.iter().map(|line| line.line_no).collect();
    numbers.sort_unstable();
    if numbers.windows(2).any(|pair| pair[0] == pair[1]) {
        fields.refuse("lines", "NOT_UNIQUE", "a line number stands twice", "明细序号重复");
    }
    let parsed: Vec<_> = lines
        .into_iter()
        .enumerate()
        .map(|(at, sent)| fields.within(&format!("lines[{at}]"), |fields| line(fields, sent)))
        .collect();
    parsed.into_iter().collect()
}

/// The edition of the catalogue, without which a code of a line means nothing.
fn edition(fields: &mut Fields, named: String, lines: &[wire::Line]) -> Option<String> {
    if named.is_empty() && lines.iter().any(|line| !line.catalogue_code.is_empty()) {
        let english = "a code of a line means nothing without the edition of its catalogue";
        fields.refuse("catalogue_version", "MISSING", english, "明细含目录编码时,请填写目录版本");
    }
    fields.maybe_text("catalogue_version", named, 32)
}

fn line(fields: &mut Fields, line: wire::Line) -> Option<Line> {
    if line.line_no < 1 {
        fields.refuse("line_no", "OUT_OF_RANGE", "lines are numbered from 1", "明细序号从1开始");
    }
    let category = fields.choice("category", line.category, |category: wire::LineCategory| {
        let name = word(category.as_str_name(), "LINE_CATEGORY_");
        (category != wire::LineCategory::Unspecified).then(|| name.to_owned())
    });
    let catalogue_code = fields.maybe_text("catalogue_code", line.catalogue_code, 64);
    let quantity = quantity(&line.quantity);
    if quantity.is_none() {
        let english = "a quantity is a decimal number greater than 0 with at most four decimals";
        fields.refuse("quantity", "MALFORMED", english, "数量应为大于0、最多四位小数的数字");
    }
    let unit_price = fields.amount("unit_price", &line.unit_price);
    let amount = fields.positive("amount", &line.amount);
    let personal = fields.amount("personal_amount", &line.personal_amount);
    if amount.zip(personal).is_some_and(|(amount, personal)| personal > amount) {
        fields.refuse(
            "personal_amount",
            "OUT_OF_RANGE",
            "not more than the line's amount",
            "不能超过该条金额",
        );
    }
    let trace_codes = fields.trace_codes("trace_codes", &line.trace_codes, MOST.1);
    let no_trace_code = fields.choice("no_trace_code", line.no_trace_code, |reason: wire::NoTraceCode| {
        let name = word(reason.as_str_name(), "NO_TRACE_CODE_");
        Some(if reason == wire::NoTraceCode::Unspecified { String::new() } else { name.to_owned() })
    });
    Some(Line {
        line: line.line_no,
        category: category?,
        catalogue_code: catalogue_code?,
        quantity: quantity?,
        unit_price: unit_price?,
        amount: amount?,
        personal: personal?,
        trace_codes: trace_codes?,
        split_pack: line.split_pack,
        no_trace_code: no_trace_code?,
    })
}

/// A quantity without zeros at its end: `2`, `0.5`.
fn quantity(text: &str) -> Option<String> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits =
        |part: &str, most| (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    if !digits(whole, 9) || !digits(fraction, 4) || leading_zero {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    match (whole, fraction) {
        ("0", "") => None,
        (whole, "") => Some(whole.to_owned()),
        (whole, fraction) => Some(format!("{whole}.{fraction}")),
    }
}

pub(crate) fn refund(request: wire::RefundPaymentRequest) -> Result<Refund, Status> {
    let mut fields = Fields::new();
    let refund = fields.id("refund_id", &request.refund_id, RefundId::parse);
    let payment = fields.id("payment_id", &request.payment_id, PaymentId::parse);
    let institution = fields.institution("institution_code", &request.institution_code);
    let kind = fields.choice("kind", request.kind, |kind| match kind {
        wire::RefundKind::Unspecified => None,
        wire::RefundKind::GoodsReturned => Some(RefundKind::GoodsReturned),
        wire::RefundKind::SettlementCancelled => Some(RefundKind::SettlementCancelled),
        wire::RefundKind::ManualReimbursement => Some(RefundKind::ManualReimbursement),
    });
    let amount: Option<Yuan> = fields.positive("personal_amount", &request.personal_amount);
    let cost = match &request.refunded_cost {
        None => Some(None),
        Some(sent) => fields.within("refunded_cost", |fields| cost(fields, sent)).map(Some),
    };
    let returned_trace_codes = fields.trace_codes("returned_trace_codes", &request.returned_trace_codes, 512);
    let parsed = (|| {
        let refund = ledger::command::Refund {
            refund: refund?,
            payment: payment?,
            institution: institution?,
            kind: kind?,
            amount: amount?,
            cost: cost?,
        };
        Some(Refund { refund, returned_trace_codes: returned_trace_codes? })
    })();
    fields.finish(parsed)
}

pub(crate) fn reverse(request: wire::ReversePaymentRequest) -> Result<ReversePayment, Status> {
    let mut fields = Fields::new();
    let id = fields.id("request_id", &request.request_id, RequestId::parse);
    let payment = fields.id("payment_id", &request.payment_id, PaymentId::parse);
    let institution = fields.institution("institution_code", &request.institution_code);
    let serial = fields.text("institution_serial", request.institution_serial, 64);
    let parsed = (|| {
        Some(ReversePayment { request: id?, payment: payment?, institution: institution?, serial: serial? })
    })();
    fields.finish(parsed)
}
