//! A client that was never given the contracts: Python's grpcio finds them by reflection, plays a transfer and
//! reads a refusal's details. Without Python or its packages this fails; `tests/prepare` installs them.

use std::process::Command;

use anyhow::{Context, Result, ensure};
use e2e::{Scene, time_of};
use serde_json::Value;
use testkit::{people::id, process};

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_client_plays_a_transfer_and_reads_a_refusal() -> Result<()> {
    let scene = Scene::start("stock_client", time_of("2026-03-10", 10, 0, 0)).await?;
    let family = scene.family(320_100, "5000.00", 510_100, false).await?;
    let transfer = id();
    let seen = tokio::task::block_in_place(|| -> Result<Value> {
        let tools = process::programs()?.parent().context("target")?.join("tools");
        let python = tools.join("python/bin/python");
        ensure!(python.exists(), "{} is missing: run tests/prepare", python.display());
        let mut client = Command::new(python);
        client.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/stock_client.py"));
        client.args(["--identity", &scene.cluster.address("identity")?.to_string()]);
        client.args(["--settlement", &scene.cluster.address("settlement")?.to_string()]);
        client.args(["--wallet", &scene.cluster.address("wallet-51")?.to_string()]);
        client.args(["--sharer", &family.sharer.person, "--beneficiary", &family.beneficiary.person]);
        client.args(["--bond", &family.bond, "--transfer", &transfer, "--second", &id(), "--claim", &id()]);
        let output = client.output()?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "the client ended with {}:\n{error}", output.status);
        Ok(serde_json::from_slice(&output.stdout)?)
    })?;
    let services = seen["services"].to_string();
    for service in ["TransferService", "InstitutionService", "WalletService", "PaymentService", "BookService"]
    {
        ensure!(services.contains(service), "{service} is not listed in {services}");
    }
    assert_eq!(seen["sent"]["transfer_id"], transfer.as_str());
    assert_eq!(seen["sent"]["state"], "TRANSFER_STATE_PENDING_CLAIM");
    assert_eq!(seen["claimed"]["state"], "TRANSFER_STATE_CLAIMED");
    assert_eq!(seen["lots"][0]["remaining"], "64.50");
    let refusal = &seen["refusal"];
    assert_eq!(refusal["code"], "FAILED_PRECONDITION", "{refusal}");
    assert_eq!(refusal["reason"], "OVER_SINGLE_TRANSFER_LIMIT", "{refusal}");
    assert_eq!(refusal["domain"], "gongji");
    assert_eq!(refusal["metadata"]["rule"], "R-078");
    assert_eq!(refusal["metadata"]["limit"], "2000.00");
    assert_eq!(refusal["metadata"]["actual"], "2000.01");
    for name in ["policyVersion", "source", "whatToDoEn", "whatToDoZh"] {
        ensure!(refusal["metadata"][name].as_str().is_some_and(|text| !text.is_empty()), "{name}: {refusal}");
    }
    assert_eq!(refusal["locale"], "zh-CN");
    scene.finish().await
}
