//! 加强核验: what people do with bonds, they have agreed to, each to exactly that; and they read what is
//! theirs by agreement.

use chassis::status;
use proto::{
    common::{Channel, Programme},
    identity::{Scheme, Sex},
    kinship::{BondState, DissolvedBy, GetBondRequest, ListBondsRequest, Relation},
};
use testkit::agree::Lines;
use time::Duration;
use tonic::{Code, Request, Status};

use crate::{
    harness::{CHENGDU, NANJING, NOW, Stack, acceptance, citizen, id, proposal, refused, rejection},
    requests::{certificate, dissolution, fixed, into_programme, question, registration, withdrawal},
    sql,
    town::Town,
};

fn is(status: &Status, reason: &str) {
    assert_eq!(refused(status), (Code::PermissionDenied, reason.to_owned()));
    let refusal = status::read(status).unwrap().refusal;
    assert!(!refusal.what_to_do_en.is_empty() && !refusal.what_to_do_zh.is_ascii(), "{refusal:?}");
}

/// What identity would give to this app for these lines.
fn agreement(stack: &Stack, app: &str, lines: &Lines) -> String {
    stack.agreements().assertion(app.trim_start_matches("dev:"), lines)
}

const MISSING: &str = "STEP_UP_REQUIRED";
const OTHER: &str = "ASSERTION_MISMATCH";

#[tokio::test]
async fn r_033_without_an_agreement_nothing_is_done_with_a_bond_and_no_id_is_burnt() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let (mut theirs, mut hers) = (stack.bare(&citizen(&sharer)), stack.bare(&citizen(&beneficiary)));
    let mut counter = stack.bare(NANJING);
    let wish = proposal(&sharer, &beneficiary);
    is(&theirs.propose_bond(wish.clone()).await.unwrap_err(), MISSING);
    let mut served = wish.clone();
    served.channel = Channel::Counter.into();
    is(&counter.propose_bond(served).await.unwrap_err(), MISSING);
    is(&counter.register_bond_at_counter(registration(&sharer, &beneficiary)).await.unwrap_err(), MISSING);
    let bond = stack.propose(wish).await.unwrap().bond_id;

    let accepting = acceptance(&bond);
    is(&hers.accept_bond(accepting.clone()).await.unwrap_err(), MISSING);
    is(&stack.bare(CHENGDU).accept_bond(accepting.clone()).await.unwrap_err(), MISSING);
    is(&hers.reject_bond(rejection(&bond)).await.unwrap_err(), MISSING);
    is(&theirs.withdraw_bond(withdrawal(&bond)).await.unwrap_err(), MISSING);
    assert_eq!(stack.accept(&beneficiary, accepting).await.unwrap().state(), BondState::Active);

    is(&theirs.set_sharing(fixed(&bond, "10.00")).await.unwrap_err(), MISSING);
    for (by, client) in [(DissolvedBy::Sharer, &mut theirs), (DissolvedBy::Beneficiary, &mut hers)] {
        is(&client.dissolve_bond(dissolution(&bond, by)).await.unwrap_err(), MISSING);
    }
    assert_eq!(sql::records(&stack.url).await, 2);
}

#[tokio::test]
async fn r_033_an_agreement_is_good_for_its_bond_its_persons_its_amount_and_its_time() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let (theirs, hers) = (citizen(&sharer), citizen(&beneficiary));
    let wish = proposal(&sharer, &beneficiary);
    let lines = Lines {
        kind: "ProposeBond",
        id: wish.bond_id.clone(),
        actor: sharer.clone(),
        counterparty: beneficiary.clone(),
        ..Lines::default()
    };
    for other in [
        Lines { kind: "WithdrawBond", ..lines.clone() },
        Lines { id: id(), ..lines.clone() },
        Lines { counterparty: sharer.clone(), ..lines.clone() },
        Lines { counterparty: String::new(), ..lines.clone() },
        Lines { actor: beneficiary.clone(), ..lines.clone() },
        Lines { amount: "1.00".to_owned(), ..lines.clone() },
    ] {
        let mut wrong = wish.clone();
        wrong.assertion = agreement(&stack, &theirs, &other);
        is(&stack.propose(wrong).await.unwrap_err(), OTHER);
    }
    let mut late = wish.clone();
    late.assertion = agreement(&stack, &theirs, &lines);
    stack.clock.shift_to(NOW + Duration::minutes(121)).unwrap();
    is(&stack.propose(late).await.unwrap_err(), "ASSERTION_EXPIRED");
    let bond = stack.propose(wish).await.unwrap().bond_id;

    // Whoever answers may name the other one, and then it is that one.
    let accepting = acceptance(&bond);
    let lines = |counterparty: &str| Lines {
        kind: "AcceptBond",
        id: accepting.request_id.clone(),
        actor: beneficiary.clone(),
        counterparty: counterparty.to_owned(),
        ..Lines::default()
    };
    let agreed = |counterparty: &str| {
        let assertion = agreement(&stack, &hers, &lines(counterparty));
        proto::kinship::AcceptBondRequest { assertion, ..accepting.clone() }
    };
    is(&stack.accept(&beneficiary, agreed(&beneficiary)).await.unwrap_err(), OTHER);
    stack.accept(&beneficiary, agreed(&sharer)).await.unwrap();

    let setting = fixed(&bond, "800.00");
    let other = Lines {
        kind: "SetSharing",
        id: setting.request_id.clone(),
        actor: sharer,
        amount: "8000.00".to_owned(),
        ..Lines::default()
    };
    let assertion = agreement(&stack, &theirs, &other);
    let more = proto::kinship::SetSharingRequest { assertion, ..setting };
    is(&stack.client(&theirs).set_sharing(more).await.unwrap_err(), OTHER);
    assert_eq!(sql::records(&stack.url).await, 2);
}

#[tokio::test]
async fn a_citizens_app_reads_bonds_by_agreement_and_authorities_without() {
    let stack = Stack::start().await;
    let bond = stack.active().await;
    let token = citizen(&bond.sharer_person_id);
    let mut app = stack.bare(&token);
    let get = GetBondRequest { bond_id: bond.bond_id.clone(), ..GetBondRequest::default() };
    let list = ListBondsRequest { person_id: bond.sharer_person_id.clone(), ..ListBondsRequest::default() };
    is(&app.get_bond(get.clone()).await.unwrap_err(), MISSING);
    is(&app.list_bonds(list).await.unwrap_err(), MISSING);
    let asked = question(&bond.sharer_person_id, &bond.beneficiary_person_id);
    is(&app.check_eligibility(asked).await.unwrap_err(), MISSING);
    is(&app.issue_certificate(certificate(&bond.bond_id)).await.unwrap_err(), MISSING);

    // An agreement to a write reads nothing.
    let write = Lines { kind: "WithdrawBond", id: id(), actor: bond.sharer_person_id, ..Lines::default() };
    let write = agreement(&stack, &token, &write);
    let mut with_it = Request::new(get.clone());
    with_it.metadata_mut().insert("gongji-read", write.parse().unwrap());
    is(&app.get_bond(with_it).await.unwrap_err(), OTHER);
    for authority in [NANJING, CHENGDU, "dev:auditor", "dev:agency:32"] {
        stack.bare(authority).get_bond(get.clone()).await.unwrap();
    }
}

#[tokio::test]
async fn r_036_whoever_invites_in_qinghai_is_recognised_by_face() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let sharer = town.lives(Scheme::Employee, "630100");
    let mother = town.born("1955-03-08", Sex::Female, Scheme::Resident, "630100");
    let wish = into_programme(Programme::LocalAllocation, &sharer, &mother, Relation::Parent);
    let mut by_password = stack.client_of(&stack.agreements().by_password(), &citizen(&sharer));
    let status = by_password.propose_bond(wish.clone()).await.unwrap_err();
    is(&status, "AUTH_FAILED");
    let refusal = status::read(&status).unwrap().refusal;
    assert_eq!((refusal.rule.as_str(), refusal.policy_version.as_str()), ("R-036", "QH-ALLOCATION-2"));
    assert_eq!(sql::records(&stack.url).await, 0);
    // The id is still free.
    assert_eq!(stack.propose(wish).await.unwrap().state(), BondState::PendingConsent);
    // Elsewhere a password does.
    let sharer = town.lives(Scheme::Employee, "320100");
    let mut by_password = stack.client_of(&stack.agreements().by_password(), &citizen(&sharer));
    by_password.propose_bond(proposal(&sharer, &mother)).await.unwrap();
}
