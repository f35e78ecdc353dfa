//! Everyday calls: money comes in, is sent, spent and given back, some of it asked for twice or all at once; and a
//! stranger calls a method that is not for people.

use std::{pin::pin, time::Duration};

use anyhow::{Result, ensure};
use e2e::{Family, Order, pool, reason};
use futures::future::join;
use mistakes::Mistake;
use proto::{
    common::Programme,
    identity::Scheme,
    kinship::Relation,
    settlement::TransferState,
    wallet::{
        ApplyRequest, BookCommand, EarmarkCommand, book_command::Command,
        book_service_client::BookServiceClient,
    },
};
use sqlx::{Connection, PgConnection};
use testkit::{
    desk::{citizen, under},
    people::id,
};
use tokio::time::timeout;
use tonic::Code;

use crate::stage::{BOOK, HOSPITAL, SHARER, Stage};

/// An amount that a floating-point number does not keep.
const ODD: &str = "1.13";

pub(crate) async fn calls(stage: &mut Stage) -> Result<()> {
    for service in [SHARER, BOOK, "settlement"] {
        stage.spoil(service).await?;
    }
    let family = stage.family().await?;
    let credit = Order::credit(&family.sharer, ODD, "2026-03");
    stage.told(&credit).await?;
    stage.told(&credit).await?;
    match stage.told(&Order::transfer(&family, ODD)).await {
        // An amount that settlement reads otherwise is not what was agreed to.
        Err(status) if stage.mistake == Some(Mistake::AmountsAsFloat) => {
            ensure!(reason(&status) == "ASSERTION_MISMATCH", "{status:?}");
        }
        answer => drop(answer?),
    }
    let paid = Order::payment(&family.beneficiary, &stage.scene.bill(HOSPITAL, "2.00"));
    stage.told(&paid).await?;
    stage.told(&Order::refund(&paid.bought(), "1.50")).await?;
    let too_much = stage.asked(&Order::refund(&paid.bought(), "1.50")).await;
    ensure!(too_much.is_err(), "more was given back than was paid: {too_much:?}");
    stranger(stage, &family).await
}

/// Two of the three transfers of a day are made; then two others are asked for in one batch.
pub(crate) async fn sends_many_at_once(stage: &mut Stage) -> Result<()> {
    stage.spoil("settlement").await?;
    let one = stage.family().await?;
    let scene = &stage.scene;
    let second = scene.person(Scheme::Resident, pool(510_100), true).await?;
    let bond = scene.bond(&one.sharer, &second, Relation::Sibling).await?;
    let other = Family { sharer: one.sharer.clone(), beneficiary: second, bond };
    let transfer = id();
    scene.send(&transfer, &one, "1.00").await?;
    scene.desk.until_state(&transfer, &one.sharer, TransferState::Claimed).await?;
    stage.quiet().await?;

    let mut holder = PgConnection::connect(scene.cluster.database("settlement")?).await?;
    sqlx::query("BEGIN").execute(&mut holder).await?;
    sqlx::query("SELECT FROM head FOR UPDATE").execute(&mut holder).await?;
    // A sign of life waits for the head; whatever comes meanwhile is the next batch.
    let waiting = async || Ok((stage.waiting("settlement").await? > 0).then_some(()));
    scene.eventually("the writer waits for the head", waiting).await?;
    let ids = [id(), id()];
    let mut both = pin!(join(scene.send(&ids[0], &one, "1.00"), scene.send(&ids[1], &other, "1.00")));
    let early = timeout(Duration::from_secs(1), &mut both).await;
    ensure!(early.is_err(), "answered while nothing could be stored: {early:?}");
    sqlx::query("ROLLBACK").execute(&mut holder).await?;
    let (one, other) = both.await;
    ensure!(one.is_ok() != other.is_ok(), "the third is accepted, the fourth is not: {one:?}, {other:?}");
    Ok(())
}

/// A person asks the own book to set money aside, as only settlement may.
async fn stranger(stage: &Stage, family: &Family) -> Result<()> {
    let earmark = EarmarkCommand {
        transfer_id: id(),
        sharer_person_id: family.sharer.person.clone(),
        sharer_pooling_area: family.sharer.pool.to_string(),
        beneficiary_person_id: family.beneficiary.person.clone(),
        beneficiary_place_of_use: family.beneficiary.pool.to_string(),
        bond_id: family.bond.clone(),
        programme: Programme::Wallet.into(),
        amount: "3.00".to_owned(),
        civil_day: "2026-03-10".to_owned(),
        ..Default::default()
    };
    let command = BookCommand { command_id: id(), command: Some(Command::Earmark(earmark)) };
    let request = ApplyRequest { batch_id: id(), commands: vec![command] };
    let mut book = BookServiceClient::new(stage.scene.desk.wallet(family.sharer.pool)?);
    let answer = book.apply(under(&citizen(&family.sharer.person), request)).await;
    let refused = answer.as_ref().is_err_and(|status| status.code() == Code::PermissionDenied);
    ensure!(refused || stage.mistake.is_some(), "a person was let in: {answer:?}");
    Ok(())
}
