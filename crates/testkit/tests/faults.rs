//! The proxy does what its rules say and nothing else: what reaches the service, what the caller hears, and what
//! is counted.

#[path = "faults/service.rs"]
mod service;

use std::time::Duration;

use anyhow::Result;
use service::{CHECK, Place, WATCH};
use testkit::faults::{Calls, Fault, Loss, Rule, Side, When};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;

const PATIENCE: Duration = Duration::from_secs(10);
const SOON: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn without_rules_calls_and_streams_pass() -> Result<()> {
    let place = Place::open().await?;
    place.check("a").await?;
    let mut stream = place.caller.clone().watch(HealthCheckRequest::default()).await?.into_inner();
    for _ in 0..3 {
        assert!(stream.message().await?.is_some());
    }
    assert_eq!(place.log.lines(), ["a", ""]);
    assert!(place.proxy.silent_rules().is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_request_never_arrives_and_its_caller_hears_what_the_rule_says() -> Result<()> {
    let place = Place::open().await?;
    for (loss, code) in [(Loss::Broken, Code::Internal), (Loss::Unavailable, Code::Unavailable)] {
        let hits = place.proxy.inflict(Rule::on(CHECK, Calls::Nth(2), Fault::DropRequest(loss)));
        place.check("first").await?;
        let lost = place.check("second").await;
        assert_eq!(lost.expect_err("it was dropped").code(), code);
        place.check("third").await?;
        assert_eq!((hits.count(), hits.carried_out()), (1, 0));
        place.proxy.calm();
    }
    let silent = place.proxy.inflict(Rule::on_all(Calls::All, Fault::DropRequest(Loss::Silent)));
    assert!(place.check_within("never", SOON).await.is_err());
    assert_eq!(silent.count(), 1);
    assert_eq!(place.log.lines(), ["first", "third", "first", "third"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_reply_is_of_a_call_that_was_carried_out_even_if_its_caller_has_left() -> Result<()> {
    let place = Place::open().await?;
    let hits = place.proxy.inflict(Rule::on(CHECK, Calls::First(1), Fault::DropReply(Loss::Broken)));
    assert!(place.check("a").await.is_err());
    assert_eq!((hits.count(), hits.carried_out()), (1, 1));
    let silent = place.proxy.inflict(Rule::on(CHECK, Calls::First(1), Fault::DropReply(Loss::Silent)));
    assert!(place.check_within("b", SOON).await.is_err());
    assert_eq!(silent.carried_out(), 1);
    assert_eq!(place.log.lines(), ["a", "b"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_repeated_at_once_later_and_on_command() -> Result<()> {
    let place = Place::open().await?;
    let now = place.proxy.inflict(Rule::on(CHECK, Calls::First(1), Fault::Twice));
    place.check("now").await?;
    now.reach(1, PATIENCE).await?;
    assert_eq!((place.log.lines(), now.carried_out()), (vec!["now".to_owned(); 2], 1));
    place.proxy.calm();
    let later = place.proxy.inflict(Rule::on(CHECK, Calls::First(1), Fault::Again(When::After(SOON))));
    place.check("later").await?;
    later.reach(1, PATIENCE).await?;
    place.proxy.calm();
    let held = place.proxy.inflict(Rule::on(CHECK, Calls::First(2), Fault::Again(When::OnCommand)));
    place.check("x").await?;
    place.check("y").await?;
    place.check("z").await?;
    assert_eq!((held.held(), held.count()), (2, 0));
    assert_eq!(held.release().await, [Some(0), Some(0)]);
    assert_eq!((held.held(), held.count()), (0, 2));
    assert_eq!(place.log.lines()[2..], ["later", "later", "x", "y", "z", "x", "y"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_request_breaks_for_its_caller_and_arrives_after_the_next() -> Result<()> {
    let place = Place::open().await?;
    let late = place.proxy.inflict(Rule::on(CHECK, Calls::First(1), Fault::Late(When::OnCommand)));
    assert!(place.check("early").await.is_err());
    place.check("next").await?;
    assert_eq!(late.release().await, [Some(0)]);
    assert_eq!(place.log.lines(), ["next", "early"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_swapped_calls_the_second_passes_first() -> Result<()> {
    let place = Place::open().await?;
    let swap = Fault::Swap { behind: CHECK.to_owned(), patience: PATIENCE };
    let hits = place.proxy.inflict(Rule::on(CHECK, Calls::First(1), swap));
    let second = async {
        hits.sees(1, PATIENCE).await.expect("the first is on its way");
        place.check("second").await
    };
    let (one, other) = tokio::join!(place.check("first"), second);
    one.and(other)?;
    assert_eq!(place.log.lines(), ["second", "first"]);
    assert_eq!(hits.count(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_swapped_if_no_second_call_comes() -> Result<()> {
    let place = Place::open().await?;
    let swap = Fault::Swap { behind: CHECK.to_owned(), patience: SOON };
    let hits = place.proxy.inflict(Rule::on(CHECK, Calls::All, swap));
    place.check("alone").await?;
    assert_eq!(hits.count(), 0);
    assert_eq!(place.proxy.silent_rules().len(), 1, "the rule is named: it proves nothing");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_ends_the_connection_with_every_call_on_it_and_the_next_call_makes_another() -> Result<()> {
    let place = Place::open().await?;
    let mut bystander = place.caller.clone().watch(HealthCheckRequest::default()).await?.into_inner();
    assert!(bystander.message().await?.is_some());
    for after in [0, 3, 1_000] {
        let hits = place.proxy.inflict(Rule::on(CHECK, Calls::First(1), Fault::Cut { after }));
        let cut = place.check("cut").await;
        assert!(cut.is_err(), "after {after}: {cut:?}");
        assert_eq!(hits.count(), 1);
        place.proxy.calm();
        while place.check("again").await.is_err() {}
    }
    let ended = async { while let Ok(Some(_)) = bystander.message().await {} };
    tokio::time::timeout(PATIENCE, ended).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_cut_in_the_middle_and_delayed_at_its_beginning() -> Result<()> {
    let place = Place::open().await?;
    let cut = place.proxy.inflict(Rule::on(WATCH, Calls::Nth(1), Fault::Cut { after: 16 }));
    let delay = place.proxy.inflict(Rule::on(WATCH, Calls::Nth(2), Fault::Delay(SOON)));
    let mut whole = 0;
    let end = match place.caller.clone().watch(HealthCheckRequest::default()).await {
        // The beginning of the reply waited to be written together with its pages.
        Err(status) => Err(status),
        Ok(reply) => {
            let mut stream = reply.into_inner();
            loop {
                match stream.message().await {
                    Ok(Some(_)) => whole += 1,
                    end => break end,
                }
            }
        }
    };
    assert!(end.is_err(), "a cut stream does not look finished: {end:?}");
    assert!(whole <= 2, "{whole} replies of 7 bytes came through before a cut after 16");
    assert_eq!(cut.count(), 1);
    let began = tokio::time::Instant::now();
    let mut stream = loop {
        // The caller may still be about to notice that its connection has ended.
        if let Ok(reply) = place.caller.clone().watch(HealthCheckRequest::default()).await {
            break reply.into_inner();
        }
    };
    assert!(stream.message().await?.is_some());
    assert!(began.elapsed() >= SOON);
    assert_eq!(delay.count(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn severed_connections_end_with_their_streams_and_calls_go_on_over_new_ones() -> Result<()> {
    let place = Place::open().await?;
    let mut stream = place.caller.clone().watch(HealthCheckRequest::default()).await?.into_inner();
    assert!(stream.message().await?.is_some());
    place.proxy.sever();
    let ended = async { while let Ok(Some(_)) = stream.message().await {} };
    tokio::time::timeout(PATIENCE, ended).await?;
    while place.check("again").await.is_err() {}
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trickling_reply_comes_whole_if_one_waits_long_enough() -> Result<()> {
    let place = Place::open().await?;
    let pause = Duration::from_millis(40);
    let hits = place.proxy.inflict(Rule::on(CHECK, Calls::All, Fault::Trickle(pause)));
    let began = tokio::time::Instant::now();
    place.check("slow").await?;
    assert!(began.elapsed() >= 7 * pause, "7 bytes came in {:?}", began.elapsed());
    assert_eq!(hits.count(), 7);
    // The deadline of a call is kept until the reply begins; it says nothing of its end.
    assert!(place.check_within("slow all the same", 3 * pause).await.is_ok());
    let given_up = tokio::time::timeout(3 * pause, place.check("too slow")).await;
    assert!(given_up.is_err());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_may_be_answered_on_the_way() -> Result<()> {
    let place = Place::open().await?;
    place.proxy.inflict(Rule::on_all(Calls::First(1), Fault::Answer(8)));
    let answer = place.check("a").await.expect_err("it was refused on the way");
    assert_eq!(answer.code(), Code::ResourceExhausted);
    assert!(place.log.lines().is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_swallows_one_direction_until_it_is_healed() -> Result<()> {
    let place = Place::open().await?;
    let mut stream =
        place.caller.clone().watch(HealthCheckRequest { service: "w".into() }).await?.into_inner();
    assert!(stream.message().await?.is_some());
    let mut gone = place.proxy.swallowed();

    place.proxy.partition(Side::Requests);
    assert!(place.check_within("unheard", SOON).await.is_err());
    assert!(stream.message().await?.is_some(), "the other direction is open");
    gone.reach(1, 0, PATIENCE).await?;
    assert_eq!(place.log.lines(), ["w"]);

    place.proxy.partition(Side::Replies);
    let mut caller = place.caller.clone();
    let waiting =
        tokio::spawn(async move { caller.check(HealthCheckRequest { service: "done".into() }).await });
    place.log.reach(2).await;
    gone.reach(1, 2, PATIENCE).await?;
    assert!(!waiting.is_finished(), "nobody is told of a partition");
    place.proxy.heal();
    assert!(waiting.await?.is_err(), "what was swallowed does not come back");
    while let Ok(Some(_)) = stream.message().await {}
    place.check("healed").await?;
    assert_eq!(place.log.lines(), ["w", "done", "healed"]);
    Ok(())
}
