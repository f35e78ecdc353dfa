//! Names of accounts round-trip and tell ledger, sign and folio.

use ledger::{
    codes::Ledger,
    key::{AccountKey, AccountNo, FolioKey, PostingNo},
};

use crate::make::{CHENGDU, HOSPITAL, NANJING, code, person, pool, transfer};

fn keys() -> Vec<(AccountKey, Ledger)> {
    vec![
        (AccountKey::Fund(pool(NANJING)), Ledger::Money),
        (AccountKey::PersonalPrior(person(1), pool(NANJING)), Ledger::Money),
        (AccountKey::PersonalCurrent(person(1), pool(NANJING)), Ledger::Money),
        (AccountKey::Earmark(transfer(1)), Ledger::Money),
        (AccountKey::Payable { debtor: pool(NANJING), creditor: pool(CHENGDU).province() }, Ledger::Money),
        (AccountKey::Receivable { debtor: pool(NANJING), creditor: pool(CHENGDU) }, Ledger::Money),
        (AccountKey::Institution(code(HOSPITAL)), Ledger::Money),
        (AccountKey::Suspense(pool(NANJING)), Ledger::Money),
        (AccountKey::Quota(pool(NANJING)), Ledger::Quota),
        (AccountKey::Lot(transfer(1), 3), Ledger::Quota),
    ]
}

#[test]
fn account_keys_round_trip() {
    for (key, ledger) in keys() {
        let text = key.to_string();
        assert_eq!(text.parse(), Ok(key), "{text}");
        assert_eq!(key.ledger(), ledger);
        let json = serde_json::to_string(&key).expect("a key is text");
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<AccountKey>(&json).expect("it reads back"), key);
    }
    assert_eq!(AccountKey::Quota(pool(NANJING)).to_string(), "quota/320100");
    let owed = AccountKey::Payable { debtor: pool(NANJING), creditor: pool(CHENGDU).province() };
    assert_eq!(owed.to_string(), "payable/320100/51");
}

#[test]
fn folio_keys_round_trip() {
    let alone = keys().into_iter().filter_map(|(key, _)| key.folio());
    let folios = alone.chain([FolioKey::Personal(person(1), pool(NANJING)), FolioKey::Wallet(person(2))]);
    for folio in folios {
        let text = folio.to_string();
        assert_eq!(text.parse(), Ok(folio), "{text}");
        let json = serde_json::to_string(&folio).expect("a key is text");
        assert_eq!(json, format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<FolioKey>(&json).expect("it reads back"), folio);
    }
}

#[test]
fn texts_that_name_no_account() {
    let lot = AccountKey::Lot(transfer(1), 3).to_string();
    let bad = [
        "",
        "fund",
        "fund/",
        "fund/320000",
        "fund/320100/1",
        "payable/320100",
        "payable/320100/99",
        "quota/0320100",
        "lot/x/0",
        "premium/1",
    ];
    for text in bad.into_iter().map(str::to_owned).chain([
        format!("{lot}/1"),
        format!("{lot} "),
        lot.replace("/3", "/03"),
    ]) {
        assert!(text.parse::<AccountKey>().is_err(), "{text:?}");
    }
    assert!(lot.parse::<FolioKey>().is_err(), "a lot is no folio of its own");
}

#[test]
fn only_customers_and_quota_have_a_sign() {
    for (key, _) in keys() {
        let customer = matches!(
            key,
            AccountKey::PersonalPrior(..)
                | AccountKey::PersonalCurrent(..)
                | AccountKey::Earmark(_)
                | AccountKey::Lot(..)
        );
        let quota = matches!(key, AccountKey::Quota(_));
        assert_eq!(key.may_hold(-1), !customer, "{key}");
        assert_eq!(key.may_hold(1), !quota, "{key}");
        assert!(key.may_hold(0));
    }
}

#[test]
fn numbers_grow_with_the_record() {
    assert!(AccountNo::new(7, 255) < AccountNo::new(8, 0));
    let place = PostingNo::new(7, 200);
    assert_eq!((place.sequence(), place.n()), (7, 200));
}
