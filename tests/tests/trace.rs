//! One transfer is one trace over all services: from the sharer's call through identity, kinship-registry and
//! settlement into both books.

use std::collections::BTreeSet;

use anyhow::Result;
use e2e::{Scene, Sink, time_of, until};
use proto::{
    common::{Channel, Programme},
    settlement::{
        CreateTransferRequest, Source, TransferState, create_transfer_request::Target,
        transfer_service_client::TransferServiceClient,
    },
};
use testkit::{
    desk::{citizen, under},
    people::id,
};

const TRACE: [u8; 16] = *b"one transfer bit";

#[tokio::test(flavor = "multi_thread")]
async fn one_transfer_is_one_trace() -> Result<()> {
    let (sink, address) = Sink::start().await?;
    let environment = vec![
        ("GONGJI_OTLP_ENDPOINT".to_owned(), address),
        // The exporter's batches leave at this pace.
        ("OTEL_BSP_SCHEDULE_DELAY".to_owned(), "100".to_owned()),
    ];
    let scene = Scene::start_with("trace", time_of("2026-03-10", 10, 0, 0), environment).await?;
    let family = scene.family(320_100, "100.00", 510_100, false).await?;
    let request = CreateTransferRequest {
        transfer_id: id(),
        programme: Programme::Wallet.into(),
        bond_id: family.bond.clone(),
        amount: "1.00".to_owned(),
        source: Source::PersonalAccount.into(),
        channel: Channel::NationalApp.into(),
        assertion: String::new(),
        target: Some(Target::BeneficiaryPersonId(family.beneficiary.person.clone())),
    };
    let trace: String = TRACE.iter().map(|byte| format!("{byte:02x}")).collect();
    let send = async || {
        let mut call = under(&citizen(&family.sharer.person), request.clone());
        let parent = format!("00-{trace}-00f067aa0ba902b7-01");
        let parent = parent.parse().map_err(|_| tonic::Status::internal("traceparent is plain text"))?;
        call.metadata_mut().insert("traceparent", parent);
        TransferServiceClient::new(scene.channel("settlement")).create_transfer(call).await
    };
    let sent = until("sending", send).await?.into_inner().transfer.unwrap_or_default();
    assert_eq!(sent.state(), TransferState::PendingClaim);
    let all = async || {
        let seen = sink.parts_of(&TRACE);
        let processes: BTreeSet<_> = seen.iter().map(|part| (&part.service, part.process)).collect();
        let mut services: Vec<&str> = processes.iter().map(|(service, _)| service.as_str()).collect();
        services.sort_unstable();
        // The sharer's book and the beneficiary's are two processes.
        let wanted = ["identity", "kinship-registry", "settlement", "wallet", "wallet"];
        if services == wanted { Ok(Some(())) } else { anyhow::bail!("part of the trace so far: {seen:?}") }
    };
    scene.eventually("every service and both books are part of the transfer's trace", all).await?;
    scene.finish().await
}
