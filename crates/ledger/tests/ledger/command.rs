//! What holds for every command: history links, labels, refusals' words, and an audit that notices.

use ledger::{
    Outcome, Refusal, audit,
    codes::{HopState, LotState},
    key::PostingNo,
    rows::{PostingRow, Rows, Side},
};

use crate::{
    make::{
        CHENGDU, NANJING, claim, credit, draw_down, earmark, grant, noon, open, pay, pool, refund, revoke,
        sichuan, yuan,
    },
    store::Store,
};

/// A book that has seen most commands, sharer and beneficiary in one province's book.
fn busy() -> Store {
    let mut b = sichuan();
    b.done(&credit(2, CHENGDU, 80));
    b.done(&open(2));
    b.done(&grant(1, 400));
    b.done(&claim(1));
    b.at = noon(2026, 1, 16);
    b.done(&pay(1, 2, 500));
    b.at = noon(2026, 1, 18);
    b.done(&refund(1, 1, 100));
    b.done(&pay(2, 2, 40));
    b.done(&revoke(1));
    b.done(&grant(2, 50));
    b
}

fn sides(rows: &Rows) -> Vec<(&PostingRow, &Side)> {
    rows.postings.iter().flat_map(|row| [(row, &row.debit), (row, &row.credit)]).collect()
}

#[test]
fn the_links_of_a_folio_walk_its_whole_history() {
    let rows = busy().rows();
    for folio in &rows.folios {
        let mut walked = Vec::new();
        let mut place = Some(folio.last);
        while let Some(at) = place {
            walked.push(at);
            let (_, side) = sides(&rows)
                .into_iter()
                .find(|(row, side)| PostingNo::new(row.sequence, row.n) == at && side.folio == folio.no)
                .expect("a link leads to a posting of the folio");
            place = side.previous;
        }
        walked.reverse();
        let mut all: Vec<PostingNo> = sides(&rows)
            .into_iter()
            .filter(|(_, side)| side.folio == folio.no)
            .map(|(row, _)| PostingNo::new(row.sequence, row.n))
            .collect();
        all.dedup();
        assert_eq!(walked, all, "{}", folio.key);
    }
}

#[test]
fn the_links_of_earlier_days_skip_the_day() {
    let rows = busy().rows();
    for (row, side) in sides(&rows) {
        let earlier = sides(&rows)
            .into_iter()
            .filter(|(other, at)| at.folio == side.folio && other.day < row.day)
            .map(|(other, _)| PostingNo::new(other.sequence, other.n))
            .max();
        assert_eq!(side.previous_day, earlier);
    }
}

#[test]
fn an_earmark_stands_once_in_its_folio() {
    let mut a = crate::make::jiangsu();
    a.run(&[credit(1, NANJING, 1_000), earmark(1, 600), draw_down(1, 5, 100, HopState::Closed)]);
    let rows = a.rows();
    let inside: Vec<_> = rows.postings.iter().filter(|row| row.debit.folio == row.credit.folio).collect();
    assert_eq!(inside.len(), 2);
    for row in inside {
        assert_eq!(row.debit.previous, row.credit.previous);
        assert_eq!(row.debit.folio_balance, row.credit.folio_balance);
    }
}

#[test]
fn the_same_commands_run_in_one_book() {
    let mut b = sichuan();
    b.done(&credit(1, CHENGDU, 1_000));
    let own = ledger::command::Earmark { pool: pool(CHENGDU), ..crate::make::earmarking(1, 600) };
    b.done(&ledger::Command::Earmark(own));
    b.done(&open(2));
    let lot = ledger::command::Grant { origin: pool(CHENGDU), ..crate::make::granting(1, 600) };
    b.done(&ledger::Command::Grant(lot));
    b.done(&claim(1));
    b.done(&pay(1, 2, 250));
    let closed = crate::make::lot_of(&b.done(&revoke(1)));
    b.done(&crate::make::report(&closed));
    let key = ledger::key::AccountKey::PersonalCurrent(crate::make::person(1), pool(CHENGDU));
    assert_eq!(b.fen(key), 750);
}

/// One wrong figure in the rows of a book, and the rule that must notice it.
type Fault = (&'static str, fn(&mut Rows));

#[test]
fn the_audit_notices_what_is_wrong() {
    let faults: [Fault; 14] = [
        ("B1", |rows| rows.accounts[0].balance = yuan(1)),
        ("B1", |rows| rows.postings[0].amount = yuan(0)),
        ("B2", |rows| {
            let personal = rows.accounts.iter_mut().find(|row| row.key.to_string().starts_with("pa.current"));
            personal.expect("an account").balance = yuan(-1);
        }),
        ("B3", |rows| rows.lots[1].terms.as_mut().expect("terms").origin = pool(CHENGDU)),
        ("B4", |rows| rows.lots[0].state = LotState::Open),
        ("B4", |rows| rows.lots[0].consumed = yuan(1)),
        ("B6", |rows| rows.legs[0].amount = yuan(1)),
        ("B6", |rows| rows.legs[0].refunded = yuan(1)),
        ("B6", |rows| rows.payments[0].refunded = yuan(7)),
        ("B6", |rows| rows.refunds[0].amount = yuan(7)),
        ("B7", |rows| rows.legs[1].debtor = Some(pool(CHENGDU))),
        ("B8", |rows| rows.postings[3].debit.previous = None),
        ("B8", |rows| rows.postings[3].credit.balance = yuan(12_345)),
        ("B8", |rows| rows.folios[0].balance = yuan(12_345)),
    ];
    let book = busy();
    assert!(audit::check(book.id, &book.rows()).is_empty());
    for (at, (invariant, fault)) in faults.into_iter().enumerate() {
        let mut rows = book.rows();
        fault(&mut rows);
        let findings = audit::check(book.id, &rows);
        let found = findings.iter().any(|finding| finding.invariant == invariant);
        assert!(found, "fault {at} should break {invariant}: {findings:#?}");
    }
}

#[test]
fn the_audit_notices_an_earmark_that_does_not_add_up() {
    let mut a = crate::make::jiangsu();
    a.run(&[credit(1, NANJING, 1_000), earmark(1, 600), draw_down(1, 5, 100, HopState::Open)]);
    let faults: [Fault; 4] = [
        ("B5", |rows| rows.hops[0].consumed = yuan(101)),
        ("B5", |rows| rows.earmarks[0].returned = yuan(1)),
        ("B5", |rows| rows.hops[0].state = HopState::Closed),
        ("B5", |rows| rows.earmarks.clear()),
    ];
    for (invariant, fault) in faults {
        let mut rows = a.rows();
        fault(&mut rows);
        let findings = audit::check(a.id, &rows);
        assert!(findings.iter().any(|finding| finding.invariant == invariant), "{findings:#?}");
    }
}

#[test]
fn a_posting_that_would_cross_the_signs_stops_the_batch() {
    let stopped = std::panic::catch_unwind(|| {
        let mut b = sichuan();
        b.one(&credit(2, CHENGDU, -1))
    });
    assert!(stopped.is_err());
}

#[test]
fn refusals_have_their_words_on_the_wire() {
    let split = Refusal::SplitChanged { cash: yuan(220), max_cash: yuan(219) };
    assert_eq!(split.reason(), "SPLIT_CHANGED");
    assert_eq!(split.to_string(), "2.20 in cash would be needed where 2.19 was agreed");
    assert!(!split.parks());
    let json = serde_json::to_string(&Outcome::AlreadyClaimed).expect("an outcome is plain data");
    assert_eq!(json, "\"already_claimed\"");
}
