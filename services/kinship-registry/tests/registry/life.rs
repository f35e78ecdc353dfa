//! A bond from the invitation to the answer, with the decision that stands behind each step.

use proto::{
    common::{Channel, Programme, VerdictResult},
    identity::Scheme,
    kinship::{BatchCheckBondsRequest, BondState, Relation},
};
use time::Duration;

use crate::{
    harness::{
        AUDITOR, CHENGDU, NANJING, NOW, SETTLEMENT, Stack, acceptance, check, citizen, commitment, proposal,
        refused, rejection, state,
    },
    requests::into_programme,
    sql,
    town::Town,
};

#[tokio::test]
async fn r_049_an_invitation_becomes_a_bond_when_the_invitee_accepts() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let proposed = stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    assert_eq!(proposed.state(), BondState::PendingConsent);
    assert_eq!((proposed.revision, proposed.relation()), (1, Relation::Parent));
    assert_eq!(proposed.channel(), Channel::NationalApp);
    assert!(proposed.operator_id.is_empty() && proposed.active_time.is_none() && proposed.decision.is_none());
    // PostgreSQL keeps microseconds, and so does what was asked.
    assert_eq!(proposed.commitment.as_ref().unwrap().accept_time.unwrap().nanos, 123_456_000);
    assert_eq!(proposed.evidence.len(), 1);

    let mut answer = acceptance(&proposed.bond_id);
    answer.commitment = Some(commitment());
    let active = stack.accept(&beneficiary, answer.clone()).await.unwrap();
    assert_eq!(active.state(), BondState::Active);
    assert_eq!(active.revision, 2);
    assert!(active.active_time.is_some() && active.end_time.is_none());
    assert_eq!(active.beneficiary_commitment.as_ref().unwrap().text_version, "2026-01");

    let stored = stack.get(&citizen(&beneficiary), &proposed.bond_id).await.unwrap();
    let decision = stored.decision.unwrap();
    assert_eq!((decision.decision_id, decision.allowed), (answer.request_id, true));
    let ruled: Vec<_> =
        decision.verdicts.iter().map(|verdict| (verdict.rule.as_str(), verdict.result())).collect();
    for rule in ["R-040", "R-053", "R-020", "R-023", "R-006"] {
        assert!(ruled.contains(&(rule, VerdictResult::Pass)), "{rule} in {ruled:?}");
    }
    let scope = decision.verdicts.iter().find(|verdict| verdict.parameter == "relation_scope").unwrap();
    assert_eq!(scope.policy_version, "NAT-WALLET-2026-1");
    assert!(!scope.source.is_empty() && !scope.confidence.is_empty());
}

#[tokio::test]
async fn a_rejected_invitation_ends_and_another_may_follow() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let proposed = stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    let rejected = stack.reject(&beneficiary, rejection(&proposed.bond_id)).await.unwrap();
    assert_eq!((rejected.state(), rejected.revision), (BondState::Rejected, 2));
    assert!(rejected.end_time.is_some());
    let late = stack.accept(&beneficiary, acceptance(&proposed.bond_id)).await.unwrap_err();
    assert_eq!(refused(&late), state("BOND_NOT_PENDING"));
    let again = stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    assert_eq!(again.state(), BondState::PendingConsent);
}

#[tokio::test]
async fn r_049_an_invitation_that_nobody_answers_within_the_days_of_the_rule_expires() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let proposed = stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
    stack.clock.shift_to(NOW + Duration::days(7) + Duration::MINUTE).unwrap();
    let late = stack.accept(&beneficiary, acceptance(&proposed.bond_id)).await.unwrap_err();
    assert_eq!(refused(&late), state("INVITATION_EXPIRED"));
    let mut reads = 0;
    let expired = loop {
        let bond = stack.get(&citizen(&sharer), &proposed.bond_id).await.unwrap();
        if bond.state() != BondState::PendingConsent {
            break bond;
        }
        reads += 1;
        assert!(reads < 20_000, "the invitation was never ended");
    };
    assert_eq!((expired.state(), expired.revision), (BondState::Expired, 2));
    assert!(expired.end_time.is_some());
    stack.propose(proposal(&sharer, &beneficiary)).await.unwrap();
}

#[tokio::test]
async fn r_052_the_counter_acts_for_both_and_is_named() {
    let stack = Stack::start().await;
    let (sharer, beneficiary) = stack.family().await;
    let mut request = proposal(&sharer, &beneficiary);
    request.channel = Channel::Counter.into();
    let proposed = stack.client(NANJING).propose_bond(request).await.unwrap().into_inner().bond.unwrap();
    assert_eq!((proposed.operator_id.as_str(), proposed.channel()), ("wang", Channel::Counter));
    let answer = acceptance(&proposed.bond_id);
    let mut counter = stack.counter(CHENGDU, &beneficiary);
    let accepted = counter.accept_bond(answer).await.unwrap().into_inner().bond.unwrap();
    assert_eq!(accepted.state(), BondState::Active);
}

#[tokio::test]
async fn r_048_a_bond_knows_through_which_channel_it_came() {
    let town = Town::start().await;
    let stack = Stack::beside(&town, &[]).await;
    let sharer = town.lives(Scheme::Employee, "320100");
    let own = citizen(&sharer);
    for (channel, token) in [
        (Channel::NationalApp, own.as_str()),
        (Channel::LocalApp, &own),
        (Channel::MiniProgram, &own),
        (Channel::Website, &own),
        (Channel::Terminal, &own),
        (Channel::Counter, NANJING),
        (Channel::Phone, NANJING),
    ] {
        let member = town.lives(Scheme::Resident, "320100");
        let wish = into_programme(Programme::Wallet, &sharer, &member, Relation::Sibling);
        let wish = proto::kinship::ProposeBondRequest { channel: channel.into(), ..wish };
        let made = stack.client(token).propose_bond(wish).await.unwrap().into_inner().bond.unwrap();
        assert_eq!(made.channel(), channel);
        assert_eq!(stack.get(AUDITOR, &made.bond_id).await.unwrap().channel(), channel);
        assert_eq!(made.operator_id.is_empty(), token != NANJING);
    }
}

#[tokio::test]
async fn r_044_two_persons_share_with_each_other() {
    let stack = Stack::start().await;
    let bond = stack.active().await;
    let (mother, child) = (&bond.beneficiary_person_id, &bond.sharer_person_id);
    // The mother is a resident first; as an employee she may share, too.
    stack.enrol(crate::harness::enrolment(mother, Scheme::Employee, "510100")).await;
    let mut request = proposal(mother, child);
    request.relation = Relation::Child.into();
    let back = stack.propose(request).await.unwrap();
    let back = stack.accept(child, acceptance(&back.bond_id)).await.unwrap();
    let checks = vec![check(&bond), check(&back)];
    let reply = stack.client(SETTLEMENT).batch_check_bonds(BatchCheckBondsRequest { checks }).await.unwrap();
    assert!(reply.into_inner().results.iter().all(|result| result.active));
    assert!(sql::is_whole(&stack.url).await);
}

#[tokio::test]
async fn a_bond_outlives_a_restart() {
    let stack = Stack::start().await;
    let bond = stack.active().await;
    let before = stack.get(&citizen(&bond.beneficiary_person_id), &bond.bond_id).await.unwrap();
    let stack = stack.restart().await;
    let after = stack.get(&citizen(&bond.beneficiary_person_id), &bond.bond_id).await.unwrap();
    assert_eq!(after, before);
}
