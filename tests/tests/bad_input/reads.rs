//! Bad input to what only reads: wallets, payments, streams, audits and the rules.

use anyhow::Result;
use e2e::{Family, Scene};
use proto::{
    common::Programme,
    policy::{CheckAvailabilityRequest, GetPolicyRequest, policy_service_client::PolicyServiceClient},
    wallet::{
        AuditRequest, CanReceiveRequest, GetPaymentRequest, GetWalletRequest, StreamEntriesRequest,
        StreamEventsRequest, book_service_client::BookServiceClient,
        payment_service_client::PaymentServiceClient, wallet_service_client::WalletServiceClient,
    },
};
use testkit::{
    desk::{citizen, institution, under},
    people::id,
};

use super::{
    HOSPITAL,
    table::{IDS, KINDS, POOLS, fault, kinds, refuses, texts},
};

const SETTLEMENT: &str = "service:settlement";

pub(crate) async fn wallets(scene: &Scene, family: &Family) -> Result<()> {
    let wallets = || WalletServiceClient::new(scene.channel("wallet-51"));
    let by = citizen(&family.beneficiary.person);
    let good = GetWalletRequest { person_id: family.beneficiary.person.clone() };
    let faults = texts("person_id", |r: &mut GetWalletRequest, value| r.person_id = value, &IDS);
    let ask = async |request| wallets().get_wallet(under(&by, request)).await;
    refuses("GetWallet", &good, &faults, ask).await?;

    type R = CanReceiveRequest;
    let good = R { person_id: family.beneficiary.person.clone(), asking_bond_id: family.bond.clone() };
    let faults = [
        texts("person_id", |r: &mut R, value| r.person_id = value, &IDS),
        texts("asking_bond_id", |r, value| r.asking_bond_id = value, &IDS),
    ];
    let ask = async |request| wallets().can_receive(under(SETTLEMENT, request)).await;
    refuses("CanReceive", &good, &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await
}

pub(crate) async fn payments(scene: &Scene, payment: &str) -> Result<()> {
    type R = GetPaymentRequest;
    let good = R { payment_id: payment.to_owned(), ..Default::default() };
    // A view that is not given is BASIC.
    let views = kinds("view", |r: &mut R, kind| r.view = kind).into_iter().skip(1);
    assert_eq!(KINDS[0], 0);
    let faults = texts("payment_id", |r: &mut R, value| r.payment_id = value, &IDS).into_iter().chain(views);
    let by = institution(HOSPITAL);
    let ask = async |request| {
        PaymentServiceClient::new(scene.channel("wallet-51")).get_payment(under(&by, request)).await
    };
    refuses("GetPayment", &good, &faults.collect::<Vec<_>>(), ask).await
}

/// Positions without their hash, hashes without a position, and what is neither.
pub(crate) async fn streams(scene: &Scene) -> Result<()> {
    type V = StreamEventsRequest;
    let faults = [
        fault("after_position", |r: &mut V| r.after_position = 5),
        fault("after_position", |r| r.after_position = -1),
        fault("after_position", |r| r.after_hash = "ab".repeat(32)),
        fault("after_position", |r| (r.after_position, r.after_hash) = (5, "xyz".to_owned())),
        fault("after_position", |r| (r.after_position, r.after_hash) = (5, "ab".repeat(33))),
    ];
    let ask = async |request| {
        WalletServiceClient::new(scene.channel("wallet-51")).stream_events(under(SETTLEMENT, request)).await
    };
    let faults = faults.into_iter().flatten().collect::<Vec<_>>();
    refuses("wallet.StreamEvents", &V::default(), &faults, ask).await?;

    type E = StreamEntriesRequest;
    let faults = [
        fault("after_position", |r: &mut E| r.after_position = 5),
        fault("after_position", |r| r.after_position = -1),
        fault("after_position", |r| r.after_hash = "ab".repeat(32)),
        fault("after_position", |r| (r.after_position, r.after_hash) = (5, "xyz".to_owned())),
    ];
    let books = || BookServiceClient::new(scene.channel("wallet-51"));
    let ask = async |request| books().stream_entries(under(SETTLEMENT, request)).await;
    let faults = faults.into_iter().flatten().collect::<Vec<_>>();
    refuses("StreamEntries", &E::default(), &faults, ask).await?;

    type A = AuditRequest;
    let faults = [
        fault("from_sequence", |r: &mut A| r.from_sequence = -1),
        fault("from_sequence", |r| r.to_sequence = -1),
        fault("from_sequence", |r| (r.from_sequence, r.to_sequence) = (3, 2)),
    ];
    let ask = async |request| books().audit(under("auditor", request)).await;
    refuses("Audit", &A::default(), &faults.into_iter().flatten().collect::<Vec<_>>(), ask).await
}

/// A time before there were rules, and one that is none.
const LONG_BEFORE: prost_types::Timestamp = prost_types::Timestamp { seconds: -9_999_999_999, nanos: 0 };
const NO_TIME: prost_types::Timestamp = prost_types::Timestamp { seconds: 1_767_225_600, nanos: -1 };

/// Every service that answers about the rules names the same faults.
pub(crate) async fn rules(scene: &Scene) -> Result<()> {
    let by = citizen(&id());
    for service in ["identity", "kinship-registry", "settlement", "wallet-32"] {
        let rules = || PolicyServiceClient::new(scene.channel(service));
        type P = GetPolicyRequest;
        let good =
            P { region: "320100".to_owned(), programme: Programme::Wallet.into(), ..Default::default() };
        let faults = [
            texts("region", |r: &mut P, value| r.region = value, &["", "32010", "990000", "３20100", "abc"]),
            kinds("programme", |r, kind| r.programme = kind),
            fault("at_time", |r| r.at_time = Some(LONG_BEFORE)),
            fault("at_time", |r| r.at_time = Some(NO_TIME)),
        ];
        let ask = async |request| rules().get_policy(under(&by, request)).await;
        let faults = faults.into_iter().flatten().collect::<Vec<_>>();
        refuses(&format!("GetPolicy of {service}"), &good, &faults, ask).await?;

        type C = CheckAvailabilityRequest;
        let good = C {
            pooling_area: "320100".to_owned(),
            programme: Programme::Wallet.into(),
            ..Default::default()
        };
        let faults = [
            texts("pooling_area", |r: &mut C, value| r.pooling_area = value, &POOLS),
            kinds("programme", |r, kind| r.programme = kind),
            fault("at_time", |r| r.at_time = Some(LONG_BEFORE)),
            fault("at_time", |r| r.at_time = Some(NO_TIME)),
        ];
        let ask = async |request| rules().check_availability(under(&by, request)).await;
        let faults = faults.into_iter().flatten().collect::<Vec<_>>();
        refuses(&format!("CheckAvailability of {service}"), &good, &faults, ask).await?;
    }
    Ok(())
}
