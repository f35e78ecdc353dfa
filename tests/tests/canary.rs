//! One person's numbers, name, telephone and address go through everything, and into every field of every method: none
//! of them, in whatever spelling, is found in a log, a span, an error, a reply, a database or its write-ahead log.

#[path = "canary/everywhere.rs"]
mod everywhere;
#[path = "canary/fields.rs"]
mod fields;
#[path = "canary/life.rs"]
mod life;
#[path = "canary/spellings.rs"]
mod spellings;

use std::fs;

use anyhow::{Result, ensure};
use e2e::{Scene, Sink, pool, time_of};
use testkit::{
    people::{Newcomer, newcomer},
    postgres::{Durability, PrivatePostgres},
};

use crate::spellings::Secret;

const HOSPITAL: &str = "H51010400123";
const NAME: &str = "欧阳鸾翔";
const MOBILE: &str = "19970651428";
const ADDRESS: &str = "成都市锦江区槐荫里八十六号";
const PASSWORD: &str = "Kanarie-31415";
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
        Secret::new("password", PASSWORD),
    ];
    // Told to those who may know it, so it is looked for in what is written only.
    let written = [&secrets[..], &[Secret::new("national number", PSN_NO)]].concat();
    let person = life::live(&scene, &canary).await?;
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
