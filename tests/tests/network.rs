//! The main job over a network that loses, repeats, delays, reorders and cuts, between any two services; every run
//! shows that its faults took effect, and ends with the checker.

#[path = "network/bill.rs"]
mod bill;
#[path = "network/feeds.rs"]
mod feeds;
#[path = "network/life.rs"]
mod life;
#[path = "network/losses.rs"]
mod losses;
#[path = "network/orders.rs"]
mod orders;
#[path = "network/partitions.rs"]
mod partitions;
#[path = "network/repeats.rs"]
mod repeats;
#[path = "network/storm.rs"]
mod storm;

use anyhow::{Result, ensure};
use e2e::{Scene, play, pool, time_of};
use testkit::cluster::{CLIENT, Edge};

/// Where people of these scenarios are treated.
const HOSPITAL: &str = "H51010400123";
/// The call by which settlement has a book do something.
const APPLY: &str = "/gongji.wallet.v1.BookService/Apply";

/// Every way on which something of the main job is said.
fn edges() -> Vec<Edge> {
    let mut edges = Vec::new();
    for wallet in ["wallet-32", "wallet-51", "wallet-63"] {
        for (from, to) in
            [(CLIENT, wallet), ("settlement", wallet), (wallet, "identity"), (wallet, "settlement")]
        {
            edges.push(Edge::new(from, to));
        }
    }
    for service in ["identity", "kinship-registry", "settlement"] {
        edges.push(Edge::new(CLIENT, service));
    }
    for (from, to) in
        [("settlement", "identity"), ("settlement", "kinship-registry"), ("kinship-registry", "identity")]
    {
        edges.push(Edge::new(from, to));
    }
    edges
}

async fn open(name: &str) -> Result<Scene> {
    let scene = Scene::start_between(name, time_of("2026-03-10", 8, 0, 0), &edges()).await?;
    scene.institution(HOSPITAL, pool(510_100)).await?;
    Ok(scene)
}

/// The end of all faults.
fn calm(scene: &Scene) {
    for (_, proxy) in scene.cluster.proxies() {
        proxy.calm();
        proxy.heal();
    }
}

/// Judged, every rule having taken effect at least once.
async fn close(scene: Scene) -> Result<()> {
    calm(&scene);
    for (edge, proxy) in scene.cluster.proxies() {
        let silent = proxy.silent_rules();
        ensure!(silent.is_empty(), "{edge:?}: these faults never happened: {silent:?}");
    }
    scene.finish().await
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_replies_and_failed_calls_leave_one_effect_each() -> Result<()> {
    let mut scene = open("losses").await?;
    use losses::*;
    play!(scene;
        every_reply_in_turn_is_lost_after_the_call_was_carried_out,
        a_call_to_a_book_fails_for_certain_for_nobody_knows_or_for_the_caller_alone,
        a_book_that_answered_nobody_holds_up_only_that_call,
        a_book_that_answers_byte_by_byte_is_given_up,
    );
    close(scene).await
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_and_reordered_calls_leave_one_effect_each() -> Result<()> {
    let mut scene = open("orders").await?;
    use orders::*;
    use repeats::*;
    play!(scene;
        every_request_comes_twice_at_once,
        every_request_comes_again_when_all_is_over_and_a_day_later,
        a_payment_that_arrives_after_its_reversal_takes_nothing,
        a_claim_and_a_decline_are_swapped,
        a_claim_overtakes_the_transfer_itself,
        a_grant_that_arrives_after_the_return_grants_nothing,
        a_claim_that_arrives_after_06_00_and_again_after_that_has_one_end,
        a_return_that_arrives_late_and_twice_returns_once,
    );
    close(scene).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_holds_up_only_those_behind_it_and_heals_without_a_trace() -> Result<()> {
    let mut scene = open("partitions").await?;
    use feeds::*;
    use partitions::*;
    play!(scene;
        a_book_out_of_reach_in_any_direction_holds_up_only_its_people,
        what_is_spent_behind_a_partition_is_heard_of_after_it,
        every_feed_is_cut_in_the_middle_of_a_page_and_goes_on,
        a_partition_just_after_a_claim_was_committed_does_not_return_it,
    );
    close(scene).await
}

#[tokio::test(flavor = "multi_thread")]
async fn any_mixture_of_faults_leaves_one_effect_each() -> Result<()> {
    let mut scene = open("storm").await?;
    use storm::*;
    play!(scene; families_live_through_a_random_storm);
    calm(&scene);
    scene.finish().await
}
