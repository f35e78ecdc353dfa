//! Every step of a transfer done twice and refused once, and the orders in which things may meet on their way:
//! a claim and the return, a freeze and the claim, a refund and whatever closed the lot before it.

#[path = "saga/payments.rs"]
mod payments;
#[path = "saga/steps.rs"]
mod steps;
#[path = "saga/unheard.rs"]
mod unheard;

use anyhow::Result;
use e2e::{Scene, play, pool, time_of};
use testkit::cluster::Edge;

/// Where people of these scenarios are treated.
const HOSPITAL: &str = "H51010400123";
/// A hospital where the sharers live, and one in another pool of their province.
const NANJING: &str = "H32010400123";
const SUZHOU: &str = "H32050400123";

#[tokio::test(flavor = "multi_thread")]
async fn steps_repeat_and_refuse_without_harm() -> Result<()> {
    let mut scene = Scene::start("saga", time_of("2026-12-20", 8, 0, 0)).await?;
    scene.institution(HOSPITAL, pool(510_100)).await?;
    scene.institution(NANJING, pool(320_100)).await?;
    scene.institution(SUZHOU, pool(320_500)).await?;
    play_steps(&mut scene).await?;
    play_payments(&mut scene).await?;
    scene.verdict().await?.assert_clean();
    use payments::{
        a_refund_after_revocation_goes_to_the_sharers_account, a_release_that_overtakes_a_refund_stands,
    };
    play!(scene;
        a_refund_after_revocation_goes_to_the_sharers_account,
        a_release_that_overtakes_a_refund_stands,
    );
    // The lots were revoked past settlement, which therefore still calls the transfers claimed.
    scene.verdict().await?.expecting("ENDS").assert_clean();
    scene.close()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_that_nobody_heard_in_time_still_refuses() -> Result<()> {
    use unheard::*;
    let ways = ["wallet-32", "wallet-51"].map(|book| Edge::new("settlement", book));
    let mut scene = Scene::start_between("unheard", time_of("2026-03-10", 8, 0, 0), &ways).await?;
    play!(scene;
        a_refused_earmark_that_nobody_heard_of_ends_as_refused,
        a_refused_grant_that_nobody_heard_of_ends_as_refused,
    );
    scene.finish().await
}

async fn play_steps(mut scene: &mut Scene) -> Result<()> {
    use steps::*;
    play!(scene;
        a_repeated_transfer_is_the_same_one_and_other_content_is_refused,
        an_earmark_that_is_refused_gives_the_slot_back,
        a_grant_that_is_refused_gives_the_slot_back,
        a_claim_is_repeated_and_a_second_one_refused,
        a_claim_is_refused_while_frozen_and_repeated_after_the_thaw,
        a_declined_transfer_goes_back_at_once,
        a_decline_is_repeated_and_answers_with_the_transfer_as_it_is,
    );
    Ok(())
}

async fn play_payments(mut scene: &mut Scene) -> Result<()> {
    use payments::*;
    use steps::a_lost_answer_to_a_claim_does_not_return_the_quota;
    play!(scene;
        own_money_pays_before_lots_and_cash_pays_the_rest,
        a_payment_in_another_pool_of_the_province_is_owed,
        paid_refunded_and_paid_again,
        draw_downs_in_the_wrong_order_change_nothing,
        a_payment_and_a_refund_are_repeated,
        a_reversal_takes_everything_back_once,
        a_reversal_that_comes_first_stops_the_late_payment,
        a_lost_answer_to_a_claim_does_not_return_the_quota,
        after_1_january_what_was_taken_before_comes_back_as_prior_year,
    );
    Ok(())
}
