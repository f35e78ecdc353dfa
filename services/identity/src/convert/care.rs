//! Requests about care elsewhere, the purchase switch and linked codes into commands; requests for lists into pages.

use border::fields::Fields;
use chassis::failure;
use proto::identity as wire;
use standards::{CodeProxyId, FilingId, InstitutionCode, PersonId, RequestId};
use tonic::Status;

use super::fields;
use crate::{
    command::{By, Change, NewFiling, NewLink, What},
    page::Page,
    person::{CodeProxy, Filing},
};

/// The most institutions of one filing; how many may be chosen is a rule.
const MAX_INSTITUTIONS: usize = 20;

/// 异地就医备案.
///
/// # Errors
/// All violations together.
pub(crate) fn filing(request: &wire::FileRemoteCareRequest, by: By) -> Result<Change, Status> {
    let mut fields = Fields::new();
    let id = fields.take("filing_id", FilingId::parse(&request.filing_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let kind = fields::filing_kind(&mut fields, "kind", request.kind);
    let pool = fields.take("treatment_pooling_area", request.treatment_pooling_area.parse());
    let institutions = institutions(&mut fields, &request.institution_codes);
    let days = [request.valid_from.as_str(), request.valid_to.as_str()];
    let (valid_from, valid_to) = fields::period(&mut fields, ["valid_from", "valid_to"], days);
    let channel = fields::channel(&mut fields, "channel", request.channel);
    let documents = fields::documents(&mut fields, "documents", &request.documents);
    let change = (|| {
        let (id, person, kind, pool) = (id?, person?, kind?, pool?);
        let (institutions, valid_from) = (institutions?, valid_from?);
        let filing = Filing { id, kind, pool, institutions, valid_from, valid_to, withdrawn: false };
        let new = NewFiling { person, filing, channel: channel?, documents: documents? };
        Some(Change::new(id.uuid(), by, What::File(new)))
    })();
    fields.finish(change)
}

fn institutions(fields: &mut Fields, codes: &[String]) -> Option<Vec<InstitutionCode>> {
    if codes.len() > MAX_INSTITUTIONS {
        fields.refuse("institution_codes", "TOO_MANY", "at most 20 institutions", "最多20家医疗机构");
        return None;
    }
    let mut read: Vec<InstitutionCode> = Vec::with_capacity(codes.len());
    for (at, code) in codes.iter().enumerate() {
        let field = format!("institution_codes[{at}]");
        let Some(code) = fields.take(&field, code.parse()) else { continue };
        if read.contains(&code) {
            fields.refuse(&field, "TWICE", "this institution was named before", "该机构已填写");
        }
        read.push(code);
    }
    (read.len() == codes.len()).then_some(read)
}

/// 撤销异地就医备案.
///
/// # Errors
/// All violations together.
pub(crate) fn withdrawal(request: &wire::WithdrawRemoteCareRequest, by: By) -> Result<Change, Status> {
    let mut fields = Fields::new();
    let id = fields.take("request_id", RequestId::parse(&request.request_id));
    let filing = fields.take("filing_id", FilingId::parse(&request.filing_id));
    fields.finish(id.zip(filing).map(|(id, filing)| Change::new(id.uuid(), by, What::Withdraw(filing))))
}

/// 省外购药开关.
///
/// # Errors
/// All violations together.
pub(crate) fn switch(request: &wire::SetPurchaseSwitchRequest, by: By) -> Result<Change, Status> {
    let mut fields = Fields::new();
    let id = fields.take("request_id", RequestId::parse(&request.request_id));
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let on = request.out_of_province;
    fields.finish(id.zip(person).map(|(id, person)| Change::new(id.uuid(), by, What::Switch(person, on))))
}

/// 亲情账户绑定.
///
/// # Errors
/// All violations together.
pub(crate) fn link(request: &wire::LinkCodeProxyRequest, by: By) -> Result<Change, Status> {
    let mut fields = Fields::new();
    let id = fields.take("code_proxy_id", CodeProxyId::parse(&request.code_proxy_id));
    let shower = fields.take("shower_person_id", PersonId::parse(&request.shower_person_id));
    let owner = fields.take("owner_person_id", PersonId::parse(&request.owner_person_id));
    let documents = fields::documents(&mut fields, "documents", &request.documents);
    let change = (|| {
        let (id, shower, owner) = (id?, shower?, owner?);
        let proxy = CodeProxy { id, shower, unlinked: false };
        Some(Change::new(id.uuid(), by, What::Link(NewLink { owner, proxy, documents: documents? })))
    })();
    fields.finish(change)
}

/// 亲情账户解绑.
///
/// # Errors
/// All violations together.
pub(crate) fn unlinking(request: &wire::UnlinkCodeProxyRequest, by: By) -> Result<Change, Status> {
    let mut fields = Fields::new();
    let id = fields.take("request_id", RequestId::parse(&request.request_id));
    let proxy = fields.take("code_proxy_id", CodeProxyId::parse(&request.code_proxy_id));
    fields.finish(id.zip(proxy).map(|(id, proxy)| Change::new(id.uuid(), by, What::Unlink(proxy))))
}

/// A page of a list of one person.
///
/// # Errors
/// All violations together; PAGE_TOKEN_INVALID for a token of another list.
pub(crate) fn page(list: &str, person_id: &str, size: i32, token: &str) -> Result<Page, Status> {
    let mut fields = Fields::new();
    let person = fields.take("person_id", PersonId::parse(person_id));
    if size < 0 {
        fields.refuse("page_size", "NEGATIVE", "a page size is 0 (50) or more", "每页条数不能为负数");
    }
    let person = fields.finish(person)?;
    Ok(Page::parse(list, person, size, token).ok_or_else(failure::page_token)?)
}
