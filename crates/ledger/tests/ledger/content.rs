//! Golden vectors of the canonical encodings: what is stored today must hash the same for ever.

use ledger::{
    Book, Command, Moment, apply,
    command::{Earmark, EarmarkReference, Grant, Pay, Refund, SharedWanted},
    content,
    digest::Digest,
    rows::Rows,
};
use standards::BookId;

use crate::make::{
    CHENGDU, NANJING, auto_claim, claim, cost, credit, decline, draw_down, earmark, earmarking, freeze,
    give_back, grant, granting, jiangsu, noon, open, pay, paying, pool, refund, refunding, reverse, revoke,
    unfreeze, yuan,
};

fn commands() -> Vec<Command> {
    let reference = EarmarkReference {
        book: BookId::first_of(pool(NANJING).province()),
        sequence: 5,
        hash: Digest([7; 32]),
    };
    vec![
        open(2),
        freeze(2),
        unfreeze(2),
        auto_claim(2, true),
        credit(1, NANJING, 150_000),
        earmark(1, 120_000),
        draw_down(1, 9, 41_840, ledger::codes::HopState::Open),
        grant(1, 120_000),
        claim(1),
        decline(1),
        give_back(1),
        revoke(1),
        pay(1, 2, 38_640),
        refund(1, 1, 2_000),
        reverse(1),
        Command::Earmark(Earmark { min_left: yuan(1), year_total: Some(yuan(0)), ..earmarking(1, 120_000) }),
        Command::Grant(Grant { auto_claim: true, earmark: Some(reference), ..granting(1, 120_000) }),
        Command::Pay(Pay {
            shared_wanted: SharedWanted::UpTo(yuan(5)),
            max_cash: Some(yuan(0)),
            ..paying(1, 2, 38_640)
        }),
        Command::Refund(Refund { cost: Some(cost(2_000)), ..refunding(1, 1, 2_000) }),
    ]
}

const GOLDEN: &str = include_str!("content.golden");

#[test]
fn the_content_of_every_command_hashes_as_it_always_did() {
    let lines: Vec<String> =
        commands().iter().map(|command| format!("{} {}", command.label(), content::hash(command))).collect();
    let golden: Vec<&str> = GOLDEN.lines().collect();
    assert_eq!(lines, golden, "{}", lines.join("\n"));
}

#[test]
fn no_two_commands_have_the_same_content() {
    let mut hashes: Vec<_> = commands().iter().map(content::hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    assert_eq!(hashes.len(), commands().len());
}

#[test]
fn the_encoding_is_versioned_and_leaves_defaults_out() {
    let bytes = content::bytes(&give_back(1));
    assert_eq!(bytes[..7], [content::VERSION, 11, 1, 0, 0, 0, 36]);
    assert_eq!(bytes.len(), 43);
    let none = Earmark { min_left: yuan(0), year_total: None, ..earmarking(1, 600) };
    let some = Earmark { year_total: Some(yuan(0)), ..none.clone() };
    let length = |command| content::bytes(&Command::Earmark(command)).len();
    assert_eq!(length(some), length(none) + 6);
}

#[test]
fn commands_read_back_from_their_records() {
    for command in commands() {
        let json = serde_json::to_string(&command).expect("a command is plain data");
        assert_eq!(serde_json::from_str::<Command>(&json).expect("it reads back"), command, "{json}");
    }
}

#[test]
fn the_evidence_of_a_posting_is_118_bytes_as_it_always_was() {
    let mut book = Book::new(BookId::first_of(pool(CHENGDU).province()), Rows::default());
    apply(&mut book, &credit(2, CHENGDU, 500), Moment { sequence: 3, at: noon(2026, 1, 15) });
    let evidence = content::evidence(book.postings_of(3));
    assert_eq!(evidence.len(), 1 + 118);
    let expected = concat!(
        "01",
        "0000000000000003",
        "00",
        "01",
        "00258d80",
        "00000000000001f4",
        "0000000000000300",
        "fffffffffffffe0c",
        "0000000000000300",
        "fffffffffffffe0c",
        "0000000000000000",
        "0000000000000000",
        "0000000000000301",
        "00000000000001f4",
        "0000000000000301",
        "00000000000001f4",
        "0000000000000000",
        "0000000000000000",
    );
    assert_eq!(hex::encode(evidence), expected);
}

#[test]
fn outcomes_are_short_and_read_back() {
    let mut a = jiangsu();
    let answers = a.run(&[credit(1, NANJING, 1_000), earmark(1, 600), earmark(2, 600)]);
    let json = |at: usize| serde_json::to_string(&answers[at].outcome).expect("an outcome is plain data");
    assert_eq!(json(0), r#"{"done":{"credited":{"prior":0,"current":1000}}}"#);
    assert_eq!(json(2), r#"{"refused":{"insufficient_balance":{"available":400}}}"#);
    for (at, answer) in answers.iter().enumerate() {
        let read: ledger::Outcome = serde_json::from_str(&json(at)).expect("it reads back");
        assert_eq!(read, answer.outcome);
    }
}
