//! Id numbers that are none, in every way that people and other programs get them wrong; and those that only look so.

use proto::identity::{FindPersonRequest, RegisterPersonRequest};
use tonic::Code;

use crate::{
    harness::{JIANGSU, NANJING, Stack, id, refused, registration, violations},
    requests::{citizen, resolution},
    sql,
};

/// A number that is right; its last character is the check character.
const RIGHT: &str = "11010519491231002X";

/// The right number with other characters from a place on.
fn with(at: usize, characters: &str) -> String {
    format!("{}{characters}{}", &RIGHT[..at], &RIGHT[at + characters.len()..])
}

fn texts(reason: &'static str, texts: &[&str]) -> Vec<(String, &'static str)> {
    texts.iter().map(|text| ((*text).to_owned(), reason)).collect()
}

/// What is wrong, and how it is named.
fn table() -> Vec<(String, &'static str)> {
    let mut table = texts("MISSING", &["", " ", "\u{3000}", "-- --", "\u{200b}\u{feff}"]);
    let signs = [
        "abc",
        "11010519491231002Y",
        // Ten that is a letter of another alphabet, or a number of the Romans.
        "11010519491231002\u{425}",
        "11010519491231002\u{3a7}",
        "11010519491231002\u{2169}",
        "1101051949I231002X",
        "11010519491231OO2X",
        "X10105194912310021",
        "11010519491231X02X",
        "11010519491231002X\n",
        "110105\t19491231002X",
        "11010519491231002X\0",
        "一一〇一〇五194912310021",
        "\u{b2}10105194912310021",
        "\u{663}10105194912310021",
        "\u{202e}11010519491231002X",
        "1101**********002X",
        "11010519491231002X;DROP TABLE person",
        "H51010400001",
    ];
    table.extend(texts("MALFORMED", &signs));
    for length in [1, 14, 16, 17, 19, 2_000] {
        table.push(("1".repeat(length), "MALFORMED"));
    }
    table.push((format!("{RIGHT}{RIGHT}"), "MALFORMED"));
    let old = ["110105491231002", "110105-491231-002", "１１０１０５４９１２３１００２"];
    table.extend(texts("FIFTEEN_DIGITS", &old));
    // No province, or one without cards: the corps, the residence permits with places of their own.
    for place in [
        "00", "10", "16", "19", "20", "26", "30", "38", "40", "47", "55", "57", "60", "66", "70", "71", "72",
        "80", "81", "82", "83", "84", "99",
    ] {
        table.push((with(0, place), "UNKNOWN_PLACE"));
    }
    for day in [
        "19000229", "20010229", "19490431", "19491301", "19490001", "19490100", "19491232", "00000101",
        "18791231", "20260116", "20300101", "99991231",
    ] {
        table.push((with(6, day), "BAD_BIRTH_DAY"));
    }
    for check in 0..=9 {
        table.push((with(17, &check.to_string()), "BAD_CHECKSUM"));
    }
    table.push((with(10, "1213"), "BAD_CHECKSUM"));
    table.push((with(4, "50"), "BAD_CHECKSUM"));
    table
}

#[tokio::test]
async fn what_is_no_id_number_is_named_and_no_attempt_is_counted() {
    let stack = Stack::start().await;
    let table = table();
    assert!(table.len() >= 50, "{}", table.len());
    let mut client = stack.client(NANJING);
    for (number, reason) in table {
        let status = client.resolve_person(resolution(&number, "张桂芳")).await.unwrap_err();
        assert_eq!(violations(&status), [("id_number".to_owned(), reason.to_owned())], "{number:?}");
        let said = format!("{:?}", chassis::status::read(&status));
        assert!(number.trim().len() < 6 || !said.contains(number.trim()), "{number:?} is repeated");
    }
    assert!(sql::inquiry_counts(&mut sql::connect(&stack.url).await).await.is_empty());
}

/// Every method that takes a number names what is wrong with it alike.
#[tokio::test]
async fn who_is_registered_or_looked_for_has_a_number_that_is_one() {
    let stack = Stack::start().await;
    let (mut counter, mut agency) = (stack.client(NANJING), stack.client(JIANGSU));
    for (number, reason) in table() {
        let registering = RegisterPersonRequest { id_number: number.clone(), ..registration() };
        let finding = FindPersonRequest { id_number: number.clone(), purpose_text: "核对".to_owned() };
        for status in [
            counter.register_person(registering).await.unwrap_err(),
            agency.find_person(finding).await.unwrap_err(),
        ] {
            assert_eq!(violations(&status), [("id_number".to_owned(), reason.to_owned())], "{number:?}");
        }
    }
    let mut conn = sql::connect(&stack.url).await;
    assert!(sql::inquiry_counts(&mut conn).await.is_empty());
    let rows = sql::every_row(&mut conn).await;
    assert!(rows.iter().all(|(table, _)| !table.starts_with("person")), "nobody was registered");
}

#[tokio::test]
async fn what_only_looks_wrong_is_looked_up() {
    let stack = Stack::start().await;
    for number in [
        RIGHT,
        "11010519491231002x",
        "110105 19491231 002X",
        "110105-19491231-002X",
        "１１０１０５１９４９１２３１００２ｘ",
        "\u{feff}11010519491231002X\u{a0}",
        // A county that was dissolved in 2010, and a residence permit.
        "110103194912310027",
        "810000199408230021",
    ] {
        let mut client = stack.client(&citizen(&id()));
        let status = client.resolve_person(resolution(number, "张桂芳")).await.unwrap_err();
        assert_eq!(refused(&status), (Code::NotFound, "PERSON_NO_MATCH".to_owned()), "{number:?}");
    }
}
