//! One person's numbers, name, telephone and address go through everything, and into every field of every method: none
//! of them, in whatever spelling, is found in a log, a span, an error, a reply, a database or its write-ahead log.

#[path = "canary/everywhere.rs"]
mod everywhere;
#[path = "canary/fields.rs"]
mod fields;
#[path = "canary/spellings.rs"]
mod spellings;

use std::fs;

use anyhow::{Result, ensure};
use e2e::{Family, Scene, Sink, pool, time_of, until};
use proto::{
    identity::{
        FindPersonRequest, ResolvePersonRequest, ResolvePurpose, Scheme, UpdateContactRequest,
        identity_service_client::IdentityServiceClient,
    },
    kinship::Relation,
    settlement::TransferState,
};
use testkit::{
    desk::{self, Party, requests, under},
    people::{Newcomer, id, newcomer},
    postgres::{Durability, PrivatePostgres},
};

use crate::spellings::Secret;

const HOSPITAL: &str = "H51010400123";
const NAME: &str = "欧阳鸾翔";
const MOBILE: &str = "19970651428";
const ADDRESS: &str = "成都市锦江区槐荫里八十六号";
const PSN_NO: &str = "5100CANARY7654321";

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_person_is_left_in_the_open() -> Result<()> {
    let home = tempfile::Builder::new().prefix("gongji-canary-").tempdir()?;
    let postgres = PrivatePostgres::start(&home.path().join("postgres"), Durability::Full)?;
    let (sink, address) = Sink::start().await?;
    let environment = vec![
        ("GONGJI_OTLP_ENDPOINT".to_owned(), address),
        ("OTEL_BSP_SCHEDULE_DELAY".to_owned(), "100".to_owned()),
    ];
    let at = time_of("2026-03-10", 10, 0, 0);
    let scene = Scene::start_on(postgres.url("postgres"), "canary", at, environment).await?;
    let canary = Newcomer {
        name: NAME.to_owned(),
        mobile: MOBILE.to_owned(),
        ..newcomer(pool(510_100), 1957, 4_242)?
    };
    let secrets = [
        Secret::new("number", &canary.id_number),
        Secret::new("name", NAME),
        Secret::new("telephone", MOBILE),
        Secret::new("address", ADDRESS),
    ];
    // Told to those who may know it, so it is looked for in what is written only.
    let written = [&secrets[..], &[Secret::new("national number", PSN_NO)]].concat();
    let person = live(&scene, &canary).await?;
    let told = fields::fill_all(&scene, &person, &secrets).await?;
    checker::settled(&scene.sources()?, std::time::Duration::from_secs(30)).await?;

    let mut places = everywhere::databases(&scene).await?;
    places.push(("spans".to_owned(), sink.sent()));
    places.extend(everywhere::files(&scene.cluster.logs())?);
    places.extend(everywhere::files(&home.path().join("postgres/data/pg_wal"))?);
    places.push(("log of PostgreSQL".to_owned(), fs::read(home.path().join("postgres/server.log"))?));
    let mut found = spellings::find(&written, &places);
    found.extend(spellings::find(&secrets, &told));
    places.extend(told);
    // What may be seen is seen: nowhere was looked in vain.
    let control = spellings::find(&[Secret::new("person", &person)], &places).join("\n");
    for place in ["database of identity", "database of book 51", "pg_wal"] {
        ensure!(control.contains(place), "{place}: not even the person's id is there");
    }
    let others = [
        ("spans", "identity"),
        ("settlement.log", "starting"),
        ("PostgreSQL", "ready"),
        ("answer of", "FIELD_INVALID"),
        ("answer of", "CALLER_NOT_ALLOWED"),
    ];
    for (place, text) in others {
        let seen = |(name, bytes): &(String, Vec<u8>)| name.contains(place) && everywhere::holds(bytes, text);
        ensure!(places.iter().any(seen), "{place} was not looked at");
    }
    assert!(found.is_empty(), "{} finds:\n{}", found.len(), found.join("\n"));
    scene.finish().await
}

/// Everything that a person does, and what others do to one.
async fn live(scene: &Scene, canary: &Newcomer) -> Result<String> {
    let place = pool(510_100);
    scene.institution(HOSPITAL, place).await?;
    let request = proto::identity::RegisterPersonRequest {
        address: ADDRESS.to_owned(),
        psn_no: PSN_NO.to_owned(),
        ..requests::registration(&id(), canary)
    };
    let register = || {
        let mut identity = IdentityServiceClient::new(scene.channel("identity"));
        let request = under(&desk::operator(place), request.clone());
        async move { identity.register_person(request).await }
    };
    let person = until("registering", register).await?.into_inner().person.unwrap_or_default().person_id;
    let again = proto::identity::RegisterPersonRequest { request_id: id(), ..request };
    IdentityServiceClient::new(scene.channel("identity"))
        .register_person(under(&desk::operator(place), again))
        .await?;
    let activate = || scene.desk.activate(&person, place);
    until("activating", activate).await?;
    until("enrolling", || scene.desk.enrol(&person, Scheme::Resident, place, "2020-01-01")).await?;
    let opening = async || {
        let party = Party { person: person.clone(), pool: place, wallet: id() };
        scene.desk.open_wallet(&party, &canary.mobile, false).await.map(|_| party)
    };
    let beneficiary = until("opening a wallet", opening).await?;
    let sharer = scene.employee(pool(320_100), "500.00").await?;
    be_looked_up(scene, canary, &sharer, &beneficiary).await?;
    let bond = scene.bond(&sharer, &beneficiary, Relation::Parent).await?;
    let family = Family { sharer, beneficiary, bond };
    let transfer = id();
    let sent = scene.send(&transfer, &family, "64.00").await?;
    ensure!(sent.state() == TransferState::PendingClaim, "{sent:?}");
    scene.desk.claim(&id(), &transfer, &family.beneficiary).await?;
    scene.desk.until_state(&transfer, &family.sharer, TransferState::Claimed).await?;
    let paid = scene.pay(&family.beneficiary, HOSPITAL, "4.00").await?;
    scene.desk.refund(&paid, "1.00", &family.beneficiary).await?;
    scene.desk.freeze(&family.beneficiary).await?;
    scene.desk.unfreeze(&family.beneficiary).await?;
    Ok(person)
}

/// A relative asks by number and name, the agency by number; the telephone changes at the counter.
async fn be_looked_up(scene: &Scene, canary: &Newcomer, sharer: &Party, found: &Party) -> Result<()> {
    let mut identity = IdentityServiceClient::new(scene.channel("identity"));
    let by_relative = ResolvePersonRequest {
        id_number: canary.id_number.clone(),
        name: canary.name.clone(),
        purpose: ResolvePurpose::Relative.into(),
    };
    let reply =
        identity.resolve_person(under(&desk::citizen(&sharer.person), by_relative)).await?.into_inner();
    ensure!(reply.person_id == found.person && !reply.masked_name.contains(NAME), "{reply:?}");
    let by_agency = FindPersonRequest {
        id_number: canary.id_number.clone(),
        purpose_text: "死亡登记核对".to_owned(),
    };
    identity.find_person(under(&desk::agency(found.pool.province()), by_agency)).await?;
    let contact = UpdateContactRequest {
        request_id: id(),
        person_id: found.person.clone(),
        mobile: MOBILE.to_owned(),
        address: ADDRESS.to_owned(),
        changed_day: "2026-03-09".to_owned(),
        assertion: String::new(),
    };
    identity.update_contact(under(&desk::operator(found.pool), contact)).await?;
    Ok(())
}
