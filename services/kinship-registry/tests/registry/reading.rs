//! Lists in pages, checks in order, and the rules as people read them.

use prost_types::Timestamp;
use proto::{
    common::{PartyRole, Programme},
    identity::Scheme,
    kinship::{BatchCheckBondsRequest, BondCheck, BondState, ListBondsRequest, Relation},
    policy::{CheckAvailabilityRequest, GetPolicyRequest, policy_service_client::PolicyServiceClient},
};
use tonic::Code;

use crate::harness::{AUDITOR, Stack, WALLET, acceptance, check, citizen, id, proposal, refused};

#[tokio::test]
async fn a_list_comes_newest_first_in_pages_bound_to_their_filter() {
    let stack = Stack::start().await;
    let sharer = stack.enrolled(Scheme::Employee, "320100").await;
    let mut proposed = Vec::new();
    for _ in 0..5 {
        let relative = stack.enrolled(Scheme::Employee, "320100").await;
        proposed.push(stack.propose(proposal(&sharer, &relative)).await.unwrap());
    }
    let aunt = stack.enrolled(Scheme::Employee, "320100").await;
    let mut back = proposal(&aunt, &sharer);
    back.relation = Relation::Sibling.into();
    proposed.push(stack.propose(back).await.unwrap());
    proposed.reverse();
    let mut client = stack.client(&citizen(&sharer));
    let ask = |page_size, page_token: &str| ListBondsRequest {
        person_id: sharer.clone(),
        page_size,
        page_token: page_token.to_owned(),
        ..ListBondsRequest::default()
    };
    let whole = client.list_bonds(ask(0, "")).await.unwrap().into_inner();
    assert_eq!((whole.bonds, whole.next_page_token.as_str()), (proposed.clone(), ""));

    let mut pages = Vec::new();
    let mut token = String::new();
    loop {
        let page = client.list_bonds(ask(2, &token)).await.unwrap().into_inner();
        assert!(page.bonds.len() <= 2);
        pages.extend(page.bonds);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
        let mut other = ask(2, &token);
        other.role = PartyRole::Sharer.into();
        let status = client.list_bonds(other).await.unwrap_err();
        assert_eq!(refused(&status), (Code::InvalidArgument, "PAGE_TOKEN_INVALID".to_owned()));
    }
    assert_eq!(pages, proposed);

    for (role, count) in [(PartyRole::Any, 6), (PartyRole::Sharer, 5), (PartyRole::Beneficiary, 1)] {
        let request = ListBondsRequest { role: role.into(), ..ask(0, "") };
        assert_eq!(client.list_bonds(request).await.unwrap().into_inner().bonds.len(), count, "{role:?}");
    }
    let accepted = &proposed[3];
    stack.accept(&accepted.beneficiary_person_id, acceptance(&accepted.bond_id)).await.unwrap();
    for (states, count) in
        [(vec![BondState::Active], 1), (vec![BondState::Active, BondState::PendingConsent], 6)]
    {
        let states = states.into_iter().map(i32::from).collect();
        let request = ListBondsRequest { states, ..ask(0, "") };
        assert_eq!(client.list_bonds(request).await.unwrap().into_inner().bonds.len(), count);
    }
    for token in ["x", "1", "1.", ".00", "-1.0011223344556677", "9.0011223344556677"] {
        let status = client.list_bonds(ask(2, token)).await.unwrap_err();
        assert_eq!(refused(&status).1, "PAGE_TOKEN_INVALID", "{token}");
    }
}

#[tokio::test]
async fn checks_are_answered_in_the_order_asked_for_the_instant_asked() {
    let stack = Stack::start().await;
    let bond = stack.active().await;
    let (sharer, relative) = stack.family().await;
    let pending = stack.propose(proposal(&sharer, &relative)).await.unwrap();
    let since = bond.active_time.unwrap();
    let before = Timestamp { seconds: since.seconds - 1, ..since };
    let unknown = BondCheck { bond_id: id(), ..check(&bond) };
    let asked = [
        (check(&bond), true, 2, BondState::Active),
        (unknown, false, 0, BondState::Unspecified),
        (check(&pending), false, 1, BondState::PendingConsent),
        (BondCheck { at_time: Some(since), ..check(&bond) }, true, 2, BondState::Active),
        (BondCheck { at_time: Some(before), ..check(&bond) }, false, 2, BondState::Active),
        (BondCheck { sharer_person_id: sharer.clone(), ..check(&bond) }, false, 2, BondState::Active),
        (BondCheck { beneficiary_person_id: relative.clone(), ..check(&bond) }, false, 2, BondState::Active),
        (BondCheck { programme: Programme::Premium.into(), ..check(&bond) }, false, 2, BondState::Active),
        (check(&bond), true, 2, BondState::Active),
    ];
    let checks = asked.iter().map(|(check, ..)| check.clone()).collect();
    let reply = stack.client(WALLET).batch_check_bonds(BatchCheckBondsRequest { checks }).await.unwrap();
    let results = reply.into_inner().results;
    assert_eq!(results.len(), asked.len());
    for (result, (check, active, revision, state)) in results.iter().zip(&asked) {
        assert_eq!(result.bond_id, check.bond_id);
        assert_eq!(
            (result.active, result.bond_revision, result.state()),
            (*active, *revision, *state),
            "{check:?}"
        );
        let relation = if *revision == 0 { Relation::Unspecified } else { Relation::Parent };
        assert_eq!(result.relation(), relation);
        assert_eq!(result.suspended_reason, "");
    }
}

#[tokio::test]
async fn r_008_the_rules_in_force_are_read_with_their_sources() {
    let stack = Stack::start().await;
    let mut client = PolicyServiceClient::new(stack.peer(AUDITOR));
    let request =
        GetPolicyRequest { region: "320100".to_owned(), programme: Programme::Wallet.into(), at_time: None };
    let parameters = client.get_policy(request).await.unwrap().into_inner().parameters;
    let limit = parameters.iter().find(|parameter| parameter.name == "single_limit").unwrap();
    assert_eq!((limit.value.as_str(), limit.policy_version.as_str()), ("2000.00", "NAT-WALLET-2026-1"));
    assert_eq!((limit.from_region.as_str(), limit.valid_from.as_str()), ("000000", "2026-01-09"));
    assert!(!limit.source.is_empty());
    for (pooling_area, programme, open) in [
        ("320100", Programme::Wallet, true),
        ("440100", Programme::Wallet, true),
        ("320100", Programme::Premium, true),
        ("320100", Programme::LocalAllocation, false),
    ] {
        let request = CheckAvailabilityRequest {
            pooling_area: pooling_area.to_owned(),
            programme: programme.into(),
            at_time: None,
        };
        let reply = client.check_availability(request).await.unwrap().into_inner();
        assert_eq!((reply.open, reply.open_since.is_empty()), (open, !open), "{pooling_area}");
    }
}
