//! settlement's RPCs against a running service with a real database: bad input, scopes, absent peers, and what
//! needs no peer: institutions, periods, lists. Whole transfers are played with the real books elsewhere.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise, in its helpers too")]

mod bad_input;
mod directory;
mod harness;

use harness::{CENTRE, SICHUAN, Stack, agreed, citizen, id, reason};
use proto::{
    common::{Channel, Programme, View},
    settlement::{
        ClaimTransferRequest, CreateTransferRequest, GetPeriodRequest, GetTransferRequest, ListParkedRequest,
        ListPositionsRequest, ListTransfersRequest, PeriodState, PutInstitutionRequest, QuoteTransferRequest,
        Source, WatchTransferRequest, create_transfer_request::Target,
    },
};
use tonic::Code;

fn create() -> CreateTransferRequest {
    CreateTransferRequest {
        transfer_id: id(),
        programme: Programme::Wallet.into(),
        bond_id: id(),
        amount: "1200".to_owned(),
        source: Source::PersonalAccount.into(),
        channel: Channel::NationalApp.into(),
        target: Some(Target::BeneficiaryPersonId(id())),
        ..Default::default()
    }
}

#[tokio::test]
async fn without_identity_and_registry_nothing_is_decided_and_nothing_stored() {
    let who = citizen();
    for stack in [Stack::alone().await, Stack::start().await] {
        let mut client = stack.transfers(&who);
        let status = client.create_transfer(agreed(&who, create())).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "FEED_BEHIND"));
        assert!(chassis::status::read(&status).unwrap().retry_after().is_some());
        let quote = QuoteTransferRequest { bond_id: id(), amount: "1".to_owned(), ..Default::default() };
        let status = client.quote_transfer(agreed(&who, quote)).await.unwrap_err();
        assert_eq!(reason(&status), "FEED_BEHIND");
        // The id was not burnt: the same request is still open.
        let request = create();
        for _ in 0..2 {
            let status = client.create_transfer(agreed(&who, request.clone())).await.unwrap_err();
            assert_eq!(reason(&status), "FEED_BEHIND");
        }
        stack.stop().await;
    }
}

#[tokio::test]
async fn an_unknown_transfer_is_not_found_by_any_call_and_a_claim_of_it_is_remembered() {
    let stack = Stack::start().await;
    let who = citizen();
    let mut client = stack.transfers(&who);
    let transfer_id = id();
    let get = GetTransferRequest { transfer_id: transfer_id.clone(), view: View::Full.into() };
    assert_eq!(reason(&client.get_transfer(agreed(&who, get)).await.unwrap_err()), "TRANSFER_UNKNOWN");
    let watch = WatchTransferRequest { transfer_id: transfer_id.clone(), after_revision: 0 };
    assert_eq!(reason(&client.watch_transfer(agreed(&who, watch)).await.unwrap_err()), "TRANSFER_UNKNOWN");
    let claim = ClaimTransferRequest { request_id: id(), transfer_id, assertion: String::new() };
    for _ in 0..2 {
        let status = client.claim_transfer(agreed(&who, claim.clone())).await.unwrap_err();
        assert_eq!((status.code(), reason(&status).as_str()), (Code::NotFound, "TRANSFER_UNKNOWN"));
    }
    let other = ClaimTransferRequest { transfer_id: id(), ..claim };
    let status = client.claim_transfer(agreed(&who, other)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::AlreadyExists, "REQUEST_ID_REUSED"));
    stack.stop().await;
}

#[tokio::test]
async fn an_id_from_long_ago_is_refused_and_an_unknown_caller_too() {
    let stack = Stack::start().await;
    let request_id = "01800000-0000-7000-8000-000000000001".to_owned();
    let claim = ClaimTransferRequest { request_id, transfer_id: id(), assertion: String::new() };
    let who = citizen();
    let status = stack.transfers(&who).claim_transfer(agreed(&who, claim)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::InvalidArgument, "REQUEST_ID_TOO_OLD"));
    let status = stack.transfers("dev:nobody:").create_transfer(create()).await.unwrap_err();
    assert_eq!(reason(&status), "CALLER_UNKNOWN");
    let status = stack.transfers(CENTRE).create_transfer(create()).await.unwrap_err();
    assert_eq!(reason(&status), "CALLER_NOT_ALLOWED");
    stack.stop().await;
}

#[tokio::test]
async fn a_citizen_lists_only_own_transfers() {
    let stack = Stack::start().await;
    let person = id();
    let list = ListTransfersRequest { person_id: person.clone(), ..Default::default() };
    let who = format!("dev:citizen:{person}");
    let mut own = stack.transfers(&who);
    let reply = own.list_transfers(agreed(&who, list.clone())).await.unwrap().into_inner();
    assert!(reply.transfers.is_empty() && reply.next_page_token.is_empty());
    let status = stack.transfers(&citizen()).list_transfers(list.clone()).await.unwrap_err();
    assert_eq!(reason(&status), "OUT_OF_SCOPE");
    let list = ListTransfersRequest { page_token: "x.y".to_owned(), ..list };
    assert_eq!(reason(&own.list_transfers(agreed(&who, list)).await.unwrap_err()), "PAGE_TOKEN_INVALID");
    stack.stop().await;
}

#[tokio::test]
async fn the_open_period_is_this_month_even_before_anything_is_owed() {
    let stack = Stack::start().await;
    let mut client = stack.clearing(CENTRE);
    let period = client.get_period(GetPeriodRequest::default()).await.unwrap().into_inner().period.unwrap();
    assert_eq!((period.period_id.as_str(), period.state()), ("2026-01", PeriodState::Open));
    assert_eq!((period.gross_amount.as_str(), period.leg_count), ("0.00", 0));
    assert_eq!(period.books.len(), 1);
    assert_eq!((period.books[0].position, period.books[0].complete_through), (0, None));
    let reply = client.list_positions(ListPositionsRequest::default()).await.unwrap().into_inner();
    assert!(reply.positions.is_empty());
    let other = GetPeriodRequest { period_id: "2025-12".to_owned() };
    assert_eq!(reason(&client.get_period(other).await.unwrap_err()), "PERIOD_UNKNOWN");
    let parked = stack.operations(CENTRE).list_parked(ListParkedRequest::default()).await.unwrap();
    assert!(parked.into_inner().parked.is_empty());
    stack.stop().await;
}

/// A well-formed institution of 成都.
fn hospital() -> PutInstitutionRequest {
    PutInstitutionRequest {
        request_id: id(),
        institution_code: "H51010400001".to_owned(),
        name: "成都市第一医院".to_owned(),
        pooling_area: "510100".to_owned(),
        kind: proto::settlement::InstitutionKind::Hospital.into(),
        wallet_supported: true,
        designated_from: "2020-01-01".to_owned(),
        ..Default::default()
    }
}

#[tokio::test]
async fn only_the_agency_of_the_province_puts_an_institution() {
    let stack = Stack::start().await;
    let status = stack.institutions("dev:agency:32").put_institution(hospital()).await.unwrap_err();
    assert_eq!(reason(&status), "OUT_OF_SCOPE");
    stack.institutions(SICHUAN).put_institution(hospital()).await.unwrap();
    let moved = PutInstitutionRequest { pooling_area: "320100".to_owned(), request_id: id(), ..hospital() };
    let status = stack.institutions("dev:agency:32").put_institution(moved).await.unwrap_err();
    assert_eq!(reason(&status), "OUT_OF_SCOPE");
    stack.stop().await;
}
