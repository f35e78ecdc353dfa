//! Who somebody is: registered, shown masked, and looked up by number.

use chassis::access;
use proto::identity as wire;
use standards::{PersonId, civil};
use tonic::{Request, Response};

use super::{Identity, Reply};
use crate::{
    command::{Asker, Command, Outcome},
    convert,
    error::{self, Error},
    inquire::{Found, Inquiry},
    read, register,
};

pub(super) async fn register_person(
    identity: &Identity,
    request: Request<wire::RegisterPersonRequest>,
) -> Reply<wire::RegisterPersonResponse> {
    let asker = convert::asker(&access::caller(&request)?)?;
    let form = convert::registration(request.into_inner(), civil::day(identity.clock.now()))?;
    let fresh = PersonId::new(identity.fresh());
    let command = register::seal(&form, asker.clone(), &identity.keys, fresh);
    let Outcome::Registered { person, existed, .. } = identity.decide(Command::Register(command)).await?
    else {
        return Err(Error::Broken("a registration was answered with another outcome").into());
    };
    // A repeat under another citizen's credential learns nothing.
    if matches!(asker, Asker::Citizen(own) if own != person) {
        return Err(error::not_yours().into());
    }
    Ok(Response::new(convert::registered(identity.portrait(person).await?, existed)))
}

pub(super) async fn get_person(
    identity: &Identity,
    request: Request<wire::GetPersonRequest>,
) -> Reply<wire::GetPersonResponse> {
    let caller = access::caller(&request)?;
    let person = convert::person_id(request.get_ref())?;
    caller.acts_for(person.uuid())?;
    identity.may_read(&caller, request.metadata())?;
    let portrait = read::person(&identity.database, &identity.keys, person).await?;
    let portrait = portrait.ok_or_else(error::person_unknown)?;
    // Who is enrolled nowhere yet may be seen by any counter.
    if !portrait.pools.is_empty() {
        caller.in_one_of_pools(&portrait.pools)?;
    }
    Ok(Response::new(wire::GetPersonResponse { person: Some(convert::person(portrait)) }))
}

pub(super) async fn resolve_person(
    identity: &Identity,
    request: Request<wire::ResolvePersonRequest>,
) -> Reply<wire::ResolvePersonResponse> {
    let caller = access::caller(&request)?;
    let attempt = (identity.fresh(), civil::day(identity.clock.now()));
    let (inquiry, name) = convert::inquiry::resolution(request.get_ref(), &caller, &identity.keys, attempt)?;
    identity.may_read(&caller, request.metadata())?;
    let person = inquire(identity, inquiry).await?;
    // The name that was given is the registered one, so no seal is opened for it.
    let reply = wire::ResolvePersonResponse { person_id: person.to_string(), masked_name: name.masked() };
    Ok(Response::new(reply))
}

pub(super) async fn find_person(
    identity: &Identity,
    request: Request<wire::FindPersonRequest>,
) -> Reply<wire::FindPersonResponse> {
    let caller = access::caller(&request)?;
    let attempt = (identity.fresh(), civil::day(identity.clock.now()));
    let inquiry = convert::inquiry::finding(request.into_inner(), &caller, &identity.keys, attempt)?;
    let person = inquire(identity, inquiry).await?;
    let portrait = identity.portrait(person).await?;
    Ok(Response::new(wire::FindPersonResponse { person: Some(convert::person(portrait)) }))
}

/// The person who was found.
async fn inquire(identity: &Identity, inquiry: Inquiry) -> Result<PersonId, tonic::Status> {
    match identity.decide(Command::Inquire(inquiry)).await? {
        Outcome::Answered(Found::Person(person)) => Ok(person),
        Outcome::Answered(Found::NoMatch) => Err(error::no_match().into()),
        Outcome::Answered(Found::TooOften(again)) => {
            Err(error::too_often(identity.inquiries_a_day, again, identity.clock.now()).into())
        }
        _ => Err(Error::Broken("a question was answered with another outcome").into()),
    }
}
