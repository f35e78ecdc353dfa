//! Processes that stand still and go on, that are two, or that are told to end; clocks that differ; claims that meet
//! the return; ids that are used again. Whatever happens, each transfer has one end, and the checker agrees.
//!
//! Every scenario shows that what it is about did happen, and nothing waits for a fixed time.

#[path = "stalls/books.rs"]
mod books;
#[path = "stalls/clocks.rs"]
mod clocks;
#[path = "stalls/coordinators.rs"]
mod coordinators;
#[path = "stalls/crowd.rs"]
mod crowd;
#[path = "stalls/drains.rs"]
mod drains;
#[path = "stalls/events.rs"]
mod events;
#[path = "stalls/keys.rs"]
mod keys;
#[path = "stalls/load.rs"]
mod load;
#[path = "stalls/race.rs"]
mod race;
#[path = "stalls/stage.rs"]
mod stage;
#[path = "stalls/unreadable.rs"]
mod unreadable;

use anyhow::Result;
use e2e::{play, wanted};

use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_end_stand_still_or_are_two_do_no_harm() -> Result<()> {
    use self::{books::*, coordinators::*, drains::*, unreadable::*};
    let mut stage = Stage::open("processes", "2026-03-10", wanted("GONGJI_STALLED", 60)?).await?;
    play!(stage;
        whoever_is_told_to_end_under_load_loses_nothing,
        one_that_is_killed_while_it_drains_is_followed_within_seconds,
        what_cannot_be_read_is_kept_aside_and_holds_up_nobody,
        two_coordinators_that_start_at_once_take_each_step_once,
        a_coordinator_that_stood_still_past_its_lease_repeats_and_changes_nothing,
        a_book_that_stands_still_holds_up_only_its_own_people,
    );
    stage.scene.finish().await
}

#[tokio::test(flavor = "multi_thread")]
async fn clocks_races_events_and_ids_leave_one_end_each() -> Result<()> {
    use self::{clocks::*, crowd::*, events::*, keys::*, race::*};
    let mut stage = Stage::open("clocks", "2026-11-01", wanted("GONGJI_RACING", 34)?).await?;
    play!(stage;
        an_id_of_somebody_else_shows_and_changes_nothing,
        an_id_of_another_institution_or_agency_is_refused,
        ids_are_known_after_a_restart,
        one_id_at_two_books_is_two_payments,
        a_transfer_and_its_claim_happen_once,
        a_payment_a_refund_and_a_credit_happen_once,
        a_wallet_and_a_bond_come_to_be_once,
        what_happens_before_acceptance_refuses_the_transfer,
        what_happens_between_acceptance_and_grant_is_judged_by_the_book,
        what_happens_before_the_claim_is_judged_by_the_book,
        what_happens_while_a_wish_is_on_its_way_is_judged_by_the_book,
        what_happens_after_the_claim_leaves_the_lot,
        what_was_accepted_before_22_00_goes_on_after_it,
        a_claim_and_the_return_at_its_end_have_one_end,
        processes_run_under_other_time_zones,
        books_that_are_ahead_end_nothing,
        settlement_ahead_of_the_books_is_what_counts,
        a_clock_that_is_set_back_changes_no_end,
        the_year_ends_between_transfer_and_return,
    );
    stage.scene.finish().await
}
