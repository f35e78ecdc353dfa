//! Changes of what is known about a person. Each is decided in a fold, a citizen's after it is known that the citizen
//! agreed to it; the reply shows what holds now.

use chassis::access;
use proto::identity as wire;
use standards::{PersonId, civil};
use tonic::{Request, Response};
use uuid::Uuid;

use super::{Identity, Reply};
use crate::{
    command::{Change, Command, Outcome, What},
    contact, convert,
    convert::{care, change, part},
    error::Error,
    person::Standing,
};

pub(super) async fn record_enrolment(
    identity: &Identity,
    request: Request<wire::RecordEnrolmentRequest>,
) -> Reply<wire::RecordEnrolmentResponse> {
    let caller = access::caller(&request)?;
    let command = convert::enrolling(request.get_ref(), identity.clock.now())?;
    caller.in_pool(command.enrolment.pool)?;
    let person = command.enrolment.person;
    let Outcome::Enrolled { enrolment, .. } = identity.decide(Command::Enrol(command)).await? else {
        return Err(Error::Broken("an enrolment was answered with another outcome").into());
    };
    let standing = identity.whole(person).await?;
    let found = standing.enrolments.iter().find(|one| one.id == enrolment);
    Ok(Response::new(convert::enrolled(found.ok_or(MISSING)?)))
}

pub(super) async fn activate_medical_code(
    identity: &Identity,
    request: Request<wire::ActivateMedicalCodeRequest>,
) -> Reply<wire::ActivateMedicalCodeResponse> {
    let (caller, asked) = (access::caller(&request)?, request.get_ref());
    let change = change::activation(asked, convert::by(&caller)?)?;
    let person = identity.change(identity.agreed(&caller, &asked.assertion, change)?).await?;
    let person = Some(convert::person(identity.portrait(person).await?));
    Ok(Response::new(wire::ActivateMedicalCodeResponse { person }))
}

pub(super) async fn record_benefit(
    identity: &Identity,
    request: Request<wire::RecordBenefitRequest>,
) -> Reply<wire::RecordBenefitResponse> {
    let caller = access::caller(&request)?;
    let command = change::benefit(request.into_inner(), convert::by(&caller)?)?;
    if let What::Benefit(_, benefit) = &command.what {
        caller.in_pool(benefit.pool)?;
    }
    let (_, standing, id) = done(identity, command).await?;
    let benefit = standing.benefits.iter().find(|benefit| benefit.id.uuid() == id).ok_or(MISSING)?;
    Ok(Response::new(wire::RecordBenefitResponse { benefit: Some(part::benefit(benefit)) }))
}

pub(super) async fn report_death(
    identity: &Identity,
    request: Request<wire::ReportDeathRequest>,
) -> Reply<wire::ReportDeathResponse> {
    let by = convert::by(&access::caller(&request)?)?;
    let today = civil::day(identity.clock.now());
    let person = identity.change(change::death(request.get_ref(), by, today)?).await?;
    let person = Some(convert::person(identity.portrait(person).await?));
    Ok(Response::new(wire::ReportDeathResponse { person }))
}

pub(super) async fn update_contact(
    identity: &Identity,
    request: Request<wire::UpdateContactRequest>,
) -> Reply<wire::UpdateContactResponse> {
    let (caller, mut asked) = (access::caller(&request)?, request.into_inner());
    let (by, assertion) = (convert::by(&caller)?, std::mem::take(&mut asked.assertion));
    let (id, form) = change::contact(asked, civil::day(identity.clock.now()))?;
    let change = Change::new(id.uuid(), by, What::Contact(contact::seal(&form, &identity.keys)));
    let person = identity.change(identity.agreed(&caller, &assertion, change)?).await?;
    let portrait = identity.portrait(person).await?;
    let overdue = portrait.contact.overdue;
    let contact = Some(convert::contact(portrait));
    Ok(Response::new(wire::UpdateContactResponse { contact, overdue }))
}

pub(super) async fn confirm_contact(
    identity: &Identity,
    request: Request<wire::ConfirmContactRequest>,
) -> Reply<wire::ConfirmContactResponse> {
    let (caller, asked) = (access::caller(&request)?, request.get_ref());
    let change = change::confirmation(asked, convert::by(&caller)?)?;
    let person = identity.change(identity.agreed(&caller, &asked.assertion, change)?).await?;
    let portrait = identity.portrait(person).await?;
    let overdue = portrait.contact.overdue;
    let contact = Some(convert::contact(portrait));
    Ok(Response::new(wire::ConfirmContactResponse { contact, overdue }))
}

pub(super) async fn impose_sanction(
    identity: &Identity,
    request: Request<wire::ImposeSanctionRequest>,
) -> Reply<wire::ImposeSanctionResponse> {
    let by = convert::by(&access::caller(&request)?)?;
    let sanction = Some(sanction(identity, change::sanction(request.get_ref(), by)?).await?);
    Ok(Response::new(wire::ImposeSanctionResponse { sanction }))
}

pub(super) async fn lift_sanction(
    identity: &Identity,
    request: Request<wire::LiftSanctionRequest>,
) -> Reply<wire::LiftSanctionResponse> {
    let by = convert::by(&access::caller(&request)?)?;
    let sanction = Some(sanction(identity, change::lift(request.into_inner(), by)?).await?);
    Ok(Response::new(wire::LiftSanctionResponse { sanction }))
}

pub(super) async fn file_remote_care(
    identity: &Identity,
    request: Request<wire::FileRemoteCareRequest>,
) -> Reply<wire::FileRemoteCareResponse> {
    let (caller, asked) = (access::caller(&request)?, request.get_ref());
    let change = care::filing(asked, convert::by(&caller)?)?;
    let change = identity.agreed(&caller, &asked.assertion, change)?;
    let filing = Some(filing(identity, change).await?);
    Ok(Response::new(wire::FileRemoteCareResponse { filing }))
}

pub(super) async fn withdraw_remote_care(
    identity: &Identity,
    request: Request<wire::WithdrawRemoteCareRequest>,
) -> Reply<wire::WithdrawRemoteCareResponse> {
    let (caller, asked) = (access::caller(&request)?, request.get_ref());
    let change = care::withdrawal(asked, convert::by(&caller)?)?;
    let change = identity.agreed(&caller, &asked.assertion, change)?;
    let filing = Some(filing(identity, change).await?);
    Ok(Response::new(wire::WithdrawRemoteCareResponse { filing }))
}

pub(super) async fn set_purchase_switch(
    identity: &Identity,
    request: Request<wire::SetPurchaseSwitchRequest>,
) -> Reply<wire::SetPurchaseSwitchResponse> {
    let (caller, asked) = (access::caller(&request)?, request.get_ref());
    let change = care::switch(asked, convert::by(&caller)?)?;
    let person = identity.change(identity.agreed(&caller, &asked.assertion, change)?).await?;
    let out_of_province = identity.whole(person).await?.out_of_province.unwrap_or_default();
    Ok(Response::new(wire::SetPurchaseSwitchResponse { out_of_province }))
}

pub(super) async fn link_code_proxy(
    identity: &Identity,
    request: Request<wire::LinkCodeProxyRequest>,
) -> Reply<wire::LinkCodeProxyResponse> {
    let (caller, asked) = (access::caller(&request)?, request.get_ref());
    let change = care::link(asked, convert::by(&caller)?)?;
    let change = identity.agreed(&caller, &asked.assertion, change)?;
    let code_proxy = Some(code_proxy(identity, change).await?);
    Ok(Response::new(wire::LinkCodeProxyResponse { code_proxy }))
}

pub(super) async fn unlink_code_proxy(
    identity: &Identity,
    request: Request<wire::UnlinkCodeProxyRequest>,
) -> Reply<wire::UnlinkCodeProxyResponse> {
    let (caller, asked) = (access::caller(&request)?, request.get_ref());
    let change = care::unlinking(asked, convert::by(&caller)?)?;
    let change = identity.agreed(&caller, &asked.assertion, change)?;
    let code_proxy = Some(code_proxy(identity, change).await?);
    Ok(Response::new(wire::UnlinkCodeProxyResponse { code_proxy }))
}

const MISSING: Error = Error::Broken("what was just recorded is not stored");

/// Decides a change of a part; the person, what holds now, and the part's id.
async fn done(identity: &Identity, change: Change) -> Result<(PersonId, Standing, Uuid), Error> {
    let part = change.what.part().map(|part| part.uuid()).ok_or(MISSING)?;
    let person = identity.change(change).await?;
    Ok((person, identity.whole(person).await?, part))
}

async fn sanction(identity: &Identity, change: Change) -> Result<wire::Sanction, Error> {
    let (person, standing, id) = done(identity, change).await?;
    let found = standing.sanctions.iter().find(|sanction| sanction.id.uuid() == id);
    Ok(part::sanction(person, found.ok_or(MISSING)?))
}

async fn filing(identity: &Identity, change: Change) -> Result<wire::RemoteCareFiling, Error> {
    let (person, standing, id) = done(identity, change).await?;
    let found = standing.filings.iter().find(|filing| filing.id.uuid() == id);
    Ok(part::filing(person, found.ok_or(MISSING)?))
}

async fn code_proxy(identity: &Identity, change: Change) -> Result<wire::CodeProxy, Error> {
    let (person, standing, id) = done(identity, change).await?;
    let found = standing.code_proxies.iter().find(|proxy| proxy.id.uuid() == id);
    Ok(part::code_proxy(person, found.ok_or(MISSING)?))
}
