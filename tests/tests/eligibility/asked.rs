//! Questions and their answers: people to ask about, the dry run at an instant, and what it found.

use anyhow::{Context as _, Result};
use e2e::{Scene, pool};
use prost_types::Timestamp;
use proto::{
    common::{Decision, Programme, Verdict},
    identity::{
        EnrolmentStatus, RecordEnrolmentRequest, Scheme, identity_service_client::IdentityServiceClient,
    },
    kinship::{CheckEligibilityRequest, Relation, kinship_service_client::KinshipServiceClient},
};
use testkit::{
    desk::{agency, requests, under},
    people::{id, newcomer},
};
use time::OffsetDateTime;

/// Somebody registered in a place.
pub(crate) async fn somebody(scene: &Scene, place: u32, born: i32) -> Result<String> {
    // Where somebody was born says nothing; the Corps is in no id number.
    Ok(scene.desk.register(&newcomer(pool(320_100), born, 77)?, pool(place)).await?)
}

/// Somebody enrolled in a place since 2020.
pub(crate) async fn insured(scene: &Scene, scheme: Scheme, place: u32, born: i32) -> Result<String> {
    enrolled(scene, scheme, place, EnrolmentStatus::Normal, born).await
}

/// Somebody enrolled in a place since 2020, in some state.
pub(crate) async fn enrolled(
    scene: &Scene,
    scheme: Scheme,
    place: u32,
    status: EnrolmentStatus,
    born: i32,
) -> Result<String> {
    let person = somebody(scene, place, born).await?;
    let enrolment = requests::enrolment([&id(), &id()], &person, scheme, pool(place), "2020-01-01");
    let last = if status == EnrolmentStatus::Terminated { "2026-12-31" } else { "" };
    let enrolment = RecordEnrolmentRequest { status: status.into(), valid_to: last.to_owned(), ..enrolment };
    let mut identity = IdentityServiceClient::new(scene.channel("identity"));
    identity.record_enrolment(under(&agency(pool(place).province()), enrolment)).await?;
    Ok(person)
}

/// An employee, who shares.
pub(crate) async fn employee(scene: &Scene, place: u32) -> Result<String> {
    insured(scene, Scheme::Employee, place, 1980).await
}

/// A resident old enough to be anybody's parent.
pub(crate) async fn resident(scene: &Scene, place: u32) -> Result<String> {
    insured(scene, Scheme::Resident, place, 1950).await
}

/// What the registry would decide about a parent at an instant, for both sides.
pub(crate) async fn asked(
    scene: &Scene,
    programme: Programme,
    sharer: &str,
    beneficiary: &str,
    at: OffsetDateTime,
) -> Result<Decision> {
    asked_as(scene, Relation::Parent, programme, [sharer, beneficiary], at).await
}

/// As [`asked`], about another relation.
pub(crate) async fn asked_as(
    scene: &Scene,
    relation: Relation,
    programme: Programme,
    [sharer, beneficiary]: [&str; 2],
    at: OffsetDateTime,
) -> Result<Decision> {
    let request = CheckEligibilityRequest {
        sharer_person_id: sharer.to_owned(),
        beneficiary_person_id: beneficiary.to_owned(),
        relation: relation.into(),
        programme: programme.into(),
        at_time: Some(timestamp(at)),
    };
    let mut kinship = KinshipServiceClient::new(scene.channel("kinship-registry"));
    let reply = kinship.check_eligibility(under("auditor", request)).await?.into_inner();
    reply.decision.context("a dry run has a decision")
}

/// The verdicts that refuse: rule, reason, side.
pub(crate) fn refusals(decision: &Decision) -> Vec<(String, String, String)> {
    let refusing = decision.verdicts.iter().filter(|verdict| !verdict.reason.is_empty());
    refusing.map(|verdict| (verdict.rule.clone(), verdict.reason.clone(), side(verdict))).collect()
}

/// Whether one of the verdicts refuses for this.
pub(crate) fn refuses(decision: &Decision, rule: &str, reason: &str, side: &str) -> bool {
    refusals(decision).contains(&(rule.to_owned(), reason.to_owned(), side.to_owned()))
}

fn side(verdict: &Verdict) -> String {
    verdict.side().as_str_name().trim_start_matches("SIDE_").to_owned()
}

pub(crate) fn timestamp(at: OffsetDateTime) -> Timestamp {
    Timestamp { seconds: at.unix_timestamp(), nanos: 0 }
}
