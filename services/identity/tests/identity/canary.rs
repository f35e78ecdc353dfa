//! A synthetic person goes through every write; afterwards no row of any table holds what names the person, in any
//! of the spellings that a number or a name could hide in.

use proto::identity::{RegisterPersonRequest, UpdateContactRequest};

use crate::{
    harness::{JIANGSU, NANJING, Stack, WALLET_32, assignment, enrolment, id, number, registration},
    requests::{citizen, contact, finding, resolution},
    sql,
};

/// The standard and the URL alphabet differ in two letters; without padding, which depends on what follows.
fn base64(bytes: &[u8], last: [char; 2]) -> String {
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').chain(last).collect();
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        // Only letters that the chunk decides alone.
        for at in 0..chunk.len() * 8 / 6 {
            text.push(letters[(word >> (18 - 6 * at) & 63) as usize]);
        }
    }
    text
}

/// How a secret could look in a row: itself, as hex of either case, as base64 at each of three offsets.
pub(crate) fn spellings(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let mut all =
        vec![secret.to_owned(), secret.to_lowercase(), hex::encode(bytes), hex::encode_upper(bytes)];
    for cut in 0..3 {
        for last in [['+', '/'], ['-', '_']] {
            all.push(base64(&bytes[cut..], last));
        }
    }
    let reversed: String = secret.chars().rev().collect();
    let escaped: String =
        secret.chars().filter(|c| !c.is_ascii()).map(|c| format!("\\u{:04x}", c as u32)).collect();
    all.extend([reversed, escaped]);
    all.retain(|text| text.len() >= 6);
    all
}

#[tokio::test]
async fn no_table_holds_a_number_a_name_or_a_mobile_number_in_clear() {
    let stack = Stack::start().await;
    let request = RegisterPersonRequest {
        id_number: number().number().to_owned(),
        name: "欧阳金丝雀".to_owned(),
        mobile: "19987654321".to_owned(),
        address: "成都市锦江区金丝雀巷7号".to_owned(),
        psn_no: "5100CANARY7654321".to_owned(),
        ..registration()
    };
    let secrets = [&request.id_number, &request.name, &request.mobile, &request.address, &request.psn_no];
    let secrets: Vec<String> = secrets.into_iter().cloned().collect();
    let person = stack.register(NANJING, request.clone()).await.unwrap().person.unwrap().person_id;
    stack.register(NANJING, RegisterPersonRequest { request_id: id(), ..request }).await.unwrap();
    stack.enrol(JIANGSU, enrolment(&person)).await.unwrap();
    stack.client(WALLET_32).assign_place_of_use(assignment(&person)).await.unwrap();
    let moved =
        UpdateContactRequest { mobile: secrets[2].clone(), address: secrets[3].clone(), ..contact(&person) };
    stack.client(NANJING).update_contact(moved).await.unwrap();
    let asked = resolution(&secrets[0], &secrets[1]);
    stack.client(&citizen(&person)).resolve_person(asked).await.unwrap();
    stack.client(JIANGSU).find_person(finding(&secrets[0])).await.unwrap();

    let rows = sql::every_row(&mut sql::connect(&stack.url).await).await;
    let holds = |table: &str| rows.iter().any(|(name, row)| name.starts_with(table) && row.contains(&person));
    assert!(holds("record") && holds("person") && holds("enrolment"), "the search sees what is stored");
    for secret in &secrets {
        for spelling in spellings(secret) {
            for (table, row) in &rows {
                assert!(!row.contains(&spelling), "{table} holds {secret} as {spelling}");
                assert!(
                    !row.contains(&hex::encode(&spelling)),
                    "{table} holds {secret} as hex of {spelling}"
                );
            }
        }
    }
}

#[test]
fn the_spellings_are_right() {
    assert_eq!(base64(b"Man", ['+', '/']), "TWFu");
    assert_eq!(base64(b"Ma", ['+', '/']), "TW");
    assert!(spellings("13812345678").contains(&"3133383132333435363738".to_owned()));
}
