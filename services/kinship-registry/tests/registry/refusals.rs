//! What the registry refuses, in which words, and what it tells to whom.

use chassis::status;
use proto::{
    common::{Programme, Side},
    identity::{BenefitKind, EnrolmentStatus, PersonEventKind, Scheme, Sex},
    kinship::{BondState, FamilyFactKind, Relation},
};
use tonic::Code;

use crate::{
    harness::{CHENGDU, Stack, acceptance, citizen, enrolment, id, proposal, refused, rejection, state},
    requests::{fact, into_programme},
    sql,
    town::Town,
};

#[tokio::test]
async fn r_042_a_parent_in_law_is_refused_by_name_with_rule_version_source_and_advice() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let mut request = proposal(&sharer, &beneficiary);
    request.relation = Relation::ParentInLaw.into();
    let status = stack.propose(request.clone()).await.unwrap_err();
    let refusal = status::read(&status).unwrap().refusal;
    assert_eq!(refusal.code, Code::FailedPrecondition);
    assert_eq!(refusal.reason, "IN_LAW_EXCLUDED");
    assert_eq!(refusal.rule, "R-042");
    assert_eq!(refusal.policy_version, "NAT-WALLET-2026-1");
    assert!(refusal.source.contains("国家医保局"), "{refusal:?}");
    assert_eq!(refusal.actual, "PARENT_IN_LAW");
    assert!(refusal.limit.contains("PARENT") && refusal.limit.contains("SPOUSE"), "{refusal:?}");
    assert!(refusal.message_zh.contains("配偶"), "{refusal:?}");
    assert!(!refusal.what_to_do_zh.is_empty() && !refusal.what_to_do_en.is_empty(), "{refusal:?}");
    assert!(status.message().len() + status.details().len() <= status::MAX_BYTES);
    // The refusal burns the id: the same request is refused for ever, and no bond exists.
    assert_eq!(refused(&stack.propose(request.clone()).await.unwrap_err()), state("IN_LAW_EXCLUDED"));
    assert_eq!((sql::bonds(&stack.url).await, sql::records(&stack.url).await), (0, 1));
    let unknown = stack.get(&citizen(&sharer), &request.bond_id).await.unwrap_err();
    assert_eq!(refused(&unknown), (Code::NotFound, "BOND_UNKNOWN".to_owned()));
}

#[tokio::test]
async fn a_proposal_is_refused_for_the_first_rule_that_fails() {
    let stack = Stack::start().await;
    let resident = stack.enrolled(Scheme::Resident, "320100").await;
    let in_arrears = stack.stranger().await;
    let mut enrolled = enrolment(&in_arrears, Scheme::Employee, "320100");
    enrolled.status = EnrolmentStatus::InArrears.into();
    stack.enrol(enrolled).await;
    // Whoever comes later is older: the parent of all of them.
    let (sharer, beneficiary) = stack.family().await;
    type Spoil<'a> = &'a dyn Fn(&mut proto::kinship::ProposeBondRequest);
    let table: [(&str, &str, Code, Spoil<'_>); 7] = [
        ("SELF_BOND", "SHARER", Code::FailedPrecondition, &|r| {
            r.beneficiary_person_id.clone_from(&r.sharer_person_id)
        }),
        ("RELATION_NOT_IN_SCOPE", "SHARER", Code::FailedPrecondition, &|r| {
            r.relation = Relation::OtherRelative.into()
        }),
        ("COMMITMENT_MISSING", "SHARER", Code::FailedPrecondition, &|r| r.commitment = None),
        ("NOT_FOR_THIS_PROGRAMME", "SHARER", Code::FailedPrecondition, &|r| {
            r.programme = Programme::Premium.into()
        }),
        ("SHARER_NOT_EMPLOYEE_INSURED", "SHARER", Code::FailedPrecondition, &|r| {
            r.sharer_person_id.clone_from(&resident)
        }),
        ("ENROLMENT_NOT_NORMAL", "SHARER", Code::FailedPrecondition, &|r| {
            r.sharer_person_id.clone_from(&in_arrears)
        }),
        ("PERSON_UNKNOWN", "BENEFICIARY", Code::NotFound, &|r| r.beneficiary_person_id = id()),
    ];
    for (reason, side, code, spoil) in table {
        let mut request = proposal(&sharer, &beneficiary);
        spoil(&mut request);
        let status = stack.propose(request).await.unwrap_err();
        let refusal = status::read(&status).unwrap().refusal;
        assert_eq!((refusal.code, refusal.reason.as_str(), refusal.side.as_str()), (code, reason, side));
        assert!(!refusal.message_zh.is_empty() && !refusal.what_to_do_zh.is_empty(), "{refusal:?}");
        assert!(!refusal.message_en.is_empty() && !refusal.what_to_do_en.is_empty(), "{refusal:?}");
    }
    assert_eq!(sql::bonds(&stack.url).await, 0);
}

#[tokio::test]
async fn an_unknown_sharer_is_told_so() {
    let stack = Stack::start().await;
    let beneficiary = stack.enrolled(Scheme::Resident, "510100").await;
    let status = stack.propose(proposal(&id(), &beneficiary)).await.unwrap_err();
    assert_eq!(refused(&status), (Code::NotFound, "PERSON_UNKNOWN".to_owned()));
    assert_eq!(status::read(&status).unwrap().refusal.side, "SHARER");
}

#[tokio::test]
async fn one_open_bond_for_a_pair_and_no_contradicting_one() {
    let stack = Stack::start().await;
    let bond = stack.active().await;
    let (sharer, beneficiary) = (&bond.sharer_person_id, &bond.beneficiary_person_id);
    let twice = stack.propose(proposal(sharer, beneficiary)).await.unwrap_err();
    assert_eq!(refused(&twice), state("ALREADY_BOUND"));
    let mut other = proposal(sharer, beneficiary);
    other.relation = Relation::Sibling.into();
    let refusal = status::read(&stack.propose(other).await.unwrap_err()).unwrap().refusal;
    assert_eq!(refusal.reason, "RELATION_CONTRADICTED");
    assert_eq!((refusal.limit.as_str(), refusal.actual.as_str()), ("PARENT", "SIBLING"));
    // The other way round a parent of a parent cannot be, a child can.
    stack.enrol(enrolment(beneficiary, Scheme::Employee, "510100")).await;
    let back = stack.propose(proposal(beneficiary, sharer)).await.unwrap_err();
    assert_eq!(refused(&back), state("RELATION_CONTRADICTED"));
    assert_eq!(sql::bonds(&stack.url).await, 1);
}

#[tokio::test]
async fn only_the_invitee_is_told_why_the_invitee_is_not_eligible() {
    let stack = Stack::start().await;
    let sharer = stack.enrolled(Scheme::Employee, "320100").await;
    let invitee = stack.enrolled(Scheme::RetiredCadre, "510100").await;
    // Nothing about the invitee shows at the proposal.
    let proposed = stack.propose(proposal(&sharer, &invitee)).await.unwrap();
    let seen = stack.get(&citizen(&sharer), &proposed.bond_id).await.unwrap().decision.unwrap();
    let told = seen.verdicts.iter().filter(|verdict| verdict.side() == Side::Beneficiary);
    assert!(told.clone().all(|verdict| verdict.actual.is_empty() && verdict.limit.is_empty()), "{seen:?}");
    assert_eq!(told.count(), 1);

    let request = acceptance(&proposed.bond_id);
    let to_invitee = stack.accept(&invitee, request.clone()).await.unwrap_err();
    assert_eq!(refused(&to_invitee), state("BENEFICIARY_NOT_INSURED"));
    assert_eq!(status::read(&to_invitee).unwrap().refusal.rule, "R-021");
    // The same verdict for ever, and less of it for others.
    let at_counter = stack.counter(CHENGDU, &invitee).accept_bond(request.clone()).await.unwrap_err();
    assert_eq!(refused(&at_counter), state("INVITEE_NOT_ELIGIBLE"));
    let text = format!("{:?}", status::read(&at_counter).unwrap());
    assert!(!text.contains("INSURED") && !text.contains("RETIRED"), "{text}");

    // The invitation stays open: once the cause is mended, a new request may succeed.
    stack.enrol(enrolment(&invitee, Scheme::Resident, "510100")).await;
    assert_eq!(
        refused(&stack.accept(&invitee, request).await.unwrap_err()),
        state("BENEFICIARY_NOT_INSURED")
    );
    let accepted = stack.accept(&invitee, acceptance(&proposed.bond_id)).await.unwrap();
    assert_eq!(accepted.state(), BondState::Active);
}

#[tokio::test]
async fn a_sharer_who_is_no_longer_in_order_stops_the_acceptance() {
    let stack = Stack::start().await;
    let sharer = stack.stranger().await;
    let invitee = stack.enrolled(Scheme::Resident, "510100").await;
    let employed = enrolment(&sharer, Scheme::Employee, "320100");
    stack.enrol(employed.clone()).await;
    let proposed = stack.propose(proposal(&sharer, &invitee)).await.unwrap();
    let frozen = proto::identity::RecordEnrolmentRequest {
        request_id: id(),
        status: EnrolmentStatus::Frozen.into(),
        ..employed
    };
    stack.enrol(frozen).await;
    let status = stack.accept(&invitee, acceptance(&proposed.bond_id)).await.unwrap_err();
    assert_eq!(refused(&status), state("ENROLMENT_NOT_NORMAL"));
    assert_eq!(status::read(&status).unwrap().refusal.side, "SHARER");
}

#[tokio::test]
async fn an_unknown_bond_burns_the_answer() {
    let stack = Stack::start().await;
    let person = stack.stranger().await;
    let unknown = (Code::NotFound, "BOND_UNKNOWN".to_owned());
    assert_eq!(refused(&stack.accept(&person, acceptance(&id())).await.unwrap_err()), unknown);
    assert_eq!(refused(&stack.reject(&person, rejection(&id())).await.unwrap_err()), unknown);
    assert_eq!(sql::records(&stack.url).await, 2);
}

#[tokio::test]
async fn the_database_refuses_what_the_registry_never_does() {
    let stack = Stack::start().await;
    let bond = stack.active().await;
    let copy =
        "INSERT INTO bond SELECT (jsonb_populate_record(NULL::bond, to_jsonb(bond) || jsonb_build_object(
        'bond_id', gen_random_uuid(), 'proposed_seq', 900, 'changed_seq', 900))).* FROM bond";
    for (change, constraint) in [
        (copy, "bond_one_open_per_pair"),
        ("UPDATE bond SET beneficiary = sharer", "bond_joins_two_persons"),
        ("UPDATE bond SET relation = 'PARENT_IN_LAW'", "bond_relation_is_near"),
        ("UPDATE bond SET state = 'DORMANT'", "bond_state_known"),
        ("UPDATE bond SET state = 'SUSPENDED'", "bond_suspended_for_a_reason"),
        ("UPDATE bond SET active_at = NULL", "bond_active_since_when"),
        ("UPDATE bond SET ended_at = now()", "bond_ended_since_when"),
        ("UPDATE bond SET state = 'DISSOLVED', ended_at = now()", "bond_dissolved_for_a_reason"),
        ("UPDATE bond SET revision = 0", "bond_revision_positive"),
        ("UPDATE bond SET sharing_amount = 0", "bond_sharing_amount_positive"),
        ("UPDATE bond SET consent_version = 'x'", "bond_consent_is_whole"),
    ] {
        assert_eq!(sql::violated(&stack.url, change).await, constraint, "{change}");
    }
    assert_eq!(stack.get(&citizen(&bond.sharer_person_id), &bond.bond_id).await.unwrap().revision, 2);
}

#[tokio::test]
async fn persons_are_known_by_their_ids_only() {
    let stack = Stack::start().await;
    stack.active().await;
    let everything = sql::everything(&stack.url).await;
    for canary in ["张桂芳", "13812345678", "32010219800203"] {
        assert!(!everything.contains(canary), "{canary}");
    }
}

#[tokio::test]
async fn r_058_r_035_hainan_wants_the_relatives_code_linked_and_the_kinship_proven_first() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (sharer, mother) = (
        town.lives(Scheme::Employee, "460100"),
        town.born("1955-03-08", Sex::Female, Scheme::Resident, "460100"),
    );
    let mut wish = into_programme(Programme::LocalRealtime, &sharer, &mother, Relation::Parent);
    wish.evidence.clear();
    let again = |request: &proto::kinship::ProposeBondRequest| proto::kinship::ProposeBondRequest {
        bond_id: id(),
        ..request.clone()
    };
    assert_eq!(refused(&stack.propose(again(&wish)).await.unwrap_err()), state("KINSHIP_NOT_PROVEN"));
    let born = fact(FamilyFactKind::ParentChild, &mother, &sharer);
    stack.client("dev:agency:46").record_family_fact(born).await.unwrap();
    assert_eq!(refused(&stack.propose(again(&wish)).await.unwrap_err()), state("CODE_PROXY_FIRST"));
    let by = sharer.clone();
    town.happens(&mother, PersonEventKind::CodeProxyLinked, |one| one.code_proxy_person_ids.push(by));
    stack.bound(again(&wish)).await;
}

#[tokio::test]
async fn r_027_a_creator_with_a_chronic_entitlement_does_not_begin_to_share_in_qinghai() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let (creator, member) = (town.lives(Scheme::Employee, "630100"), town.lives(Scheme::Resident, "630100"));
    town.is_granted(&creator, BenefitKind::ChronicOutpatient);
    let wish = into_programme(Programme::LocalAllocation, &creator, &member, Relation::Sibling);
    let refusal = status::read(&stack.propose(wish).await.unwrap_err()).unwrap().refusal;
    assert_eq!((refusal.reason.as_str(), refusal.rule.as_str()), ("SHARER_BENEFIT_EXCLUDED", "R-027"));
}
