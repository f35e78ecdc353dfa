//! Lists of what belongs to one person, newest first.

use chassis::{
    access::{self, Caller},
    failure,
};
use proto::identity as wire;
use tonic::{Request, Response, Status, metadata::MetadataMap};
use uuid::Uuid;

use super::{Identity, Reply};
use crate::{
    convert::{care, part},
    error,
    page::Page,
    person::Standing,
    read,
};

pub(super) async fn list_enrolments(
    identity: &Identity,
    request: Request<wire::ListEnrolmentsRequest>,
) -> Reply<wire::ListEnrolmentsResponse> {
    let (caller, asked) = (access::caller(&request)?, request.get_ref());
    let page = care::page("enrolments", &asked.person_id, asked.page_size, &asked.page_token)?;
    let standing = known(identity, &caller, request.metadata(), &page).await?;
    let newest_first = standing.enrolments.into_iter().rev().collect();
    let (enrolments, next_page_token) = cut(&page, newest_first, |enrolment| enrolment.id.uuid())?;
    let enrolments = enrolments.iter().map(part::enrolment).collect();
    Ok(Response::new(wire::ListEnrolmentsResponse { enrolments, next_page_token }))
}

pub(super) async fn list_remote_care(
    identity: &Identity,
    request: Request<wire::ListRemoteCareRequest>,
) -> Reply<wire::ListRemoteCareResponse> {
    let (caller, asked) = (access::caller(&request)?, request.get_ref());
    let page = care::page("remote care", &asked.person_id, asked.page_size, &asked.page_token)?;
    let standing = known(identity, &caller, request.metadata(), &page).await?;
    let newest_first = standing.filings.into_iter().rev().collect();
    let (filings, next_page_token) = cut(&page, newest_first, |filing| filing.id.uuid())?;
    let filings = filings.iter().map(|filing| part::filing(page.person, filing)).collect();
    Ok(Response::new(wire::ListRemoteCareResponse { filings, next_page_token }))
}

pub(super) async fn list_code_proxies(
    identity: &Identity,
    request: Request<wire::ListCodeProxiesRequest>,
) -> Reply<wire::ListCodeProxiesResponse> {
    let (caller, asked) = (access::caller(&request)?, request.get_ref());
    let page = care::page("code proxies", &asked.person_id, asked.page_size, &asked.page_token)?;
    let standing = known(identity, &caller, request.metadata(), &page).await?.open();
    let mut links = read::links_shown_by(&identity.database, page.person).await?;
    links.extend(standing.code_proxies.into_iter().map(|proxy| (page.person, proxy)));
    // Ids are made in the order of time.
    links.sort_by_key(|(_, proxy)| std::cmp::Reverse(proxy.id));
    let (links, next_page_token) = cut(&page, links, |(_, proxy)| proxy.id.uuid())?;
    let code_proxies = links.iter().map(|(owner, proxy)| part::code_proxy(*owner, proxy)).collect();
    Ok(Response::new(wire::ListCodeProxiesResponse { code_proxies, next_page_token }))
}

/// The person of a list, if this caller may look.
async fn known(
    identity: &Identity,
    caller: &Caller,
    metadata: &MetadataMap,
    page: &Page,
) -> Result<Standing, Status> {
    caller.acts_for(page.person.uuid())?;
    identity.may_read(caller, metadata)?;
    let standing = read::whole(&identity.database, page.person).await?;
    let standing = standing.ok_or_else(error::person_unknown)?;
    // Who is enrolled nowhere yet may be seen by any counter.
    if !standing.enrolments.is_empty() {
        caller.in_one_of_pools(standing.enrolments.iter().map(|enrolment| enrolment.pool))?;
    }
    Ok(standing)
}

fn cut<T>(page: &Page, items: Vec<T>, id: impl Fn(&T) -> Uuid) -> Result<(Vec<T>, String), Status> {
    Ok(page.cut(items, id).ok_or_else(failure::page_token)?)
}
