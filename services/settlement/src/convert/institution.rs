//! Institutions: requests into our values, and institutions and their events into replies.

use border::{fields::Fields, wire::timestamp};
use chassis::feed::Recorded;
use proto::settlement::{
    GetInstitutionRequest, Institution as Wire, InstitutionEvent, InstitutionKind as WireKind,
    ListInstitutionsRequest, PutInstitutionRequest, list_institutions_request::Area,
};
use serde::Deserialize;
use standards::{InstitutionCode, InstitutionKind, Pool, Province, RequestId, Uscc, civil};
use time::Date;
use tonic::Status;

use super::fields;
use crate::{
    command::Outcome,
    institution::{Institution, Put},
    sql::{institution::Wanted, pool_code},
};

/// 登记定点医药机构.
pub(crate) fn parse_put(request: &PutInstitutionRequest) -> Result<Put, Status> {
    let mut fields = Fields::new();
    let id = fields.take("request_id", RequestId::parse(&request.request_id));
    let code = fields.take("institution_code", request.institution_code.parse::<InstitutionCode>());
    let name = fields::name(&mut fields, "name", &request.name);
    let pool = fields.take("pooling_area", request.pooling_area.parse());
    let kind = fields::kind(&mut fields, "kind", request.kind, false);
    if let (Some(code), Some(Some(kind))) = (code, kind)
        && code.kind() != kind
    {
        fields.refuse(
            "kind",
            "DOES_NOT_FIT",
            "the kind does not fit the code's letter",
            "机构类型与编码不符",
        );
    }
    let uscc = fields.maybe("uscc", &request.uscc, str::parse);
    let from = fields::day(&mut fields, "designated_from", &request.designated_from);
    let to = fields::maybe_day(&mut fields, "designated_to", &request.designated_to);
    fields::in_order(&mut fields, "designated_to", from, to.flatten());
    let expected = fields::count(&mut fields, "expected_revision", request.expected_revision);
    let whole = || {
        kind?;
        Some(Put {
            request: id?,
            wanted: Institution {
                code: code?,
                name: name?,
                pool: pool?,
                uscc: uscc?,
                wallet_supported: request.wallet_supported,
                remote_outpatient: request.remote_outpatient,
                remote_special_outpatient: request.remote_special_outpatient,
                internet_hospital: request.internet_hospital,
                designated_from: from?,
                designated_to: to?,
                suspended: request.suspended,
                revision: 0,
            },
            expected_revision: expected?,
        })
    };
    let whole = whole();
    fields.finish(whole)
}

/// 查询定点医药机构, and the day that was asked for.
pub(crate) fn parse_get_institution(
    request: &GetInstitutionRequest,
) -> Result<(InstitutionCode, Option<Date>), Status> {
    let mut fields = Fields::new();
    let code = fields.take("institution_code", request.institution_code.parse());
    let day = fields::maybe_day(&mut fields, "on_day", &request.on_day);
    let whole = code.zip(day);
    fields.finish(whole)
}

/// 列出定点医药机构.
pub(crate) fn parse_list_institutions(request: &ListInstitutionsRequest) -> Result<Wanted, Status> {
    let mut fields = Fields::new();
    let pools = match &request.area {
        None => {
            fields.refuse(
                "area",
                "MISSING",
                "a pooling area or a province is required",
                "请填写统筹区或省份",
            );
            None
        }
        Some(Area::PoolingArea(pool)) => {
            let pool: Option<Pool> = fields.take("pooling_area", pool.parse());
            pool.map(|pool| (pool_code(pool), pool_code(pool)))
        }
        Some(Area::Province(province)) => {
            let province: Option<Province> = fields.take("province", province.parse());
            province.map(|province| {
                let first = i32::from(province.code()) * 10_000;
                (first, first + 9_999)
            })
        }
    };
    let kind = fields::kind(&mut fields, "kind", request.kind, true);
    fields::count(&mut fields, "page_size", request.page_size.into());
    let letter = |kind: Option<InstitutionKind>| match kind {
        None => "",
        Some(InstitutionKind::Hospital) => "H",
        Some(InstitutionKind::Pharmacy) => "P",
    };
    let whole = || {
        let (pools, kind) = (pools?, letter(kind?).to_owned());
        Some(Wanted { pools, wallet_supported: request.wallet_supported, kind })
    };
    let whole = whole();
    fields.finish(whole)
}

/// An institution.
pub(crate) fn render_institution(institution: Institution) -> Wire {
    let kind = match institution.code.kind() {
        InstitutionKind::Hospital => WireKind::Hospital,
        InstitutionKind::Pharmacy => WireKind::Pharmacy,
    };
    Wire {
        institution_code: institution.code.to_string(),
        name: institution.name,
        pooling_area: institution.pool.to_string(),
        kind: kind.into(),
        uscc: institution.uscc.as_ref().map(Uscc::as_str).unwrap_or_default().to_owned(),
        wallet_supported: institution.wallet_supported,
        remote_outpatient: institution.remote_outpatient,
        remote_special_outpatient: institution.remote_special_outpatient,
        internet_hospital: institution.internet_hospital,
        designated_from: civil::day_text(institution.designated_from),
        designated_to: institution.designated_to.map(civil::day_text).unwrap_or_default(),
        suspended: institution.suspended,
        revision: institution.revision,
    }
}

#[derive(Deserialize)]
struct Body {
    command: PutCommand,
    outcome: Outcome,
}

#[derive(Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum PutCommand {
    PutInstitution(Box<Put>),
}

/// The event that a record tells of. `None`: the record cannot be read, and the caller decides.
pub(crate) fn institution_event(record: &Recorded) -> Option<InstitutionEvent> {
    let Body { command: PutCommand::PutInstitution(put), outcome } =
        serde_json::from_str(&record.body).ok()?;
    let Outcome::Put { revision } = outcome else { return None };
    Some(InstitutionEvent {
        position: record.sequence,
        institution: Some(render_institution(Institution { revision, ..put.wanted })),
        civil_day: civil::day_text(civil::day(record.at)),
        time: Some(timestamp(record.at)),
    })
}
