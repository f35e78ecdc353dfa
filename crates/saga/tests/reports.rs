//! Reports about a lot to the sharer's book: which of two is kept, what stays due, and what an answer means.

use money::Yuan;
use proptest::prelude::*;
use saga::{DrawDue, LotState, Outcome, Reason, Sent};

fn report(at_sequence: i64, fen: i64, lot: LotState) -> DrawDue {
    DrawDue { hop: 0, at_sequence, consumed: Yuan::from_fen(fen), lot }
}

fn any_report() -> impl Strategy<Value = DrawDue> {
    let lot = prop_oneof![Just(LotState::Open), Just(LotState::Closed), Just(LotState::Moved)];
    // Sequences meet often.
    (1_i64..6, 0_i64..9, lot).prop_map(|(at_sequence, fen, lot)| report(at_sequence, fen, lot))
}

#[test]
fn the_later_of_two_reports_is_kept_and_of_the_same_record_the_one_that_was_held() {
    let (early, late) = (report(7, 300, LotState::Open), report(9, 100, LotState::Closed));
    assert_eq!(early.newer(late), late);
    assert_eq!(late.newer(early), late, "less was consumed later: a refund");
    let same = report(7, 500, LotState::Closed);
    assert_eq!(early.newer(same), early);
    assert_eq!(same.newer(early), same);
    assert_eq!(DrawDue::merge(None, early), early);
    assert_eq!(DrawDue::merge(Some(early), late), late);
    assert_eq!(DrawDue::merge(Some(late), early), late);
}

#[test]
fn a_report_stays_due_until_its_own_record_or_a_later_one_is_known() {
    let due = report(7, 300, LotState::Open);
    assert_eq!(due.after(6), Some(due));
    assert_eq!(due.after(7), None);
    assert_eq!(due.after(8), None);
}

#[test]
fn only_a_report_that_nothing_ever_was_may_meet_an_earmark_that_never_came() {
    let nothing = report(9, 0, LotState::Closed);
    assert_eq!(nothing.answered(&Outcome::Undone), Sent::Known);
    for lot in [LotState::Open, LotState::Moved] {
        assert_eq!(report(9, 0, lot).answered(&Outcome::Undone), Sent::Park, "{lot:?}");
    }
    for lot in [LotState::Open, LotState::Closed, LotState::Moved] {
        assert_eq!(report(9, 1, lot).answered(&Outcome::Undone), Sent::Park, "{lot:?}");
    }
}

proptest! {
    #[test]
    fn what_a_book_has_done_is_known_and_what_nobody_knows_is_sent_again(due in any_report(), fen in 0_i64..9) {
        let done = Outcome::Done { sequence: 3, consumed: Yuan::from_fen(fen) };
        prop_assert_eq!(due.answered(&done), Sent::Known);
        for silence in [Outcome::NotYet, Outcome::Unknown] {
            prop_assert_eq!(due.answered(&silence), Sent::Again);
        }
    }

    #[test]
    fn what_a_book_will_not_believe_waits_for_a_person(due in any_report()) {
        let why = || Reason::new("BOOK_DISAGREES");
        for no in [Outcome::Refused(why()), Outcome::WasRefused(why()), Outcome::AlreadyClaimed] {
            prop_assert_eq!(due.answered(&no), Sent::Park);
        }
    }

    #[test]
    fn the_order_in_which_reports_come_does_not_matter(reports in prop::collection::vec(any_report(), 1..12)) {
        let kept = |reports: &[DrawDue]| {
            reports.iter().fold(None, |held, seen| Some(DrawDue::merge(held, *seen))).expect("at least one")
        };
        let forwards = kept(&reports);
        let backwards: Vec<DrawDue> = reports.iter().rev().copied().collect();
        let newest = reports.iter().map(|report| report.at_sequence).max();
        prop_assert_eq!(Some(forwards.at_sequence), newest);
        prop_assert_eq!(Some(kept(&backwards).at_sequence), newest);
        prop_assert!(reports.contains(&forwards));
        for known in 0..8 {
            prop_assert_eq!(forwards.after(known).is_some(), forwards.at_sequence > known);
        }
    }
}
