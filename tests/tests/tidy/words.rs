//! Words that belong somewhere, or nowhere.
//!
//! Each rule is a row: the words, where they are looked for, where they are at home, and what to do instead.
//! Words are looked for in code, leftovers in comments too.

use super::{code, house};

/// Notes to oneself do not reach the others. Spelt in halves, so that this file does not name them.
const LEFTOVERS: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("HA", "CK")];

/// Words that are kept out of a part of the house.
struct Ban {
    words: &'static [&'static str],
    within: &'static [&'static str],
    except: &'static [&'static str],
    instead: &'static str,
}

const EVERYWHERE: &[&str] = &["**"];
const NOUNS: &[&str] = &[
    "crates/money/src/**",
    "crates/standards/src/**",
    "crates/policy/src/**",
    "crates/bond/src/**",
    "crates/ledger/src/**",
    "crates/saga/src/**",
    "crates/clearing/src/**",
];
/// Where money is near.
const MONEY: &[&str] = &[
    "crates/money/**",
    "crates/standards/**",
    "crates/policy/**",
    "crates/bond/**",
    "crates/ledger/**",
    "crates/saga/**",
    "crates/clearing/**",
    "crates/ctl/**",
    "services/**",
];

const BANS: [Ban; 8] = [
    Ban {
        words: &["todo!", "unimplemented!"],
        within: EVERYWHERE,
        except: &[],
        instead: "write it, or leave the whole thing out",
    },
    Ban {
        words: &["#[ignore]", "#[ignore ="],
        within: EVERYWHERE,
        except: &[],
        instead: "mend the test or delete it",
    },
    Ban {
        words: &["f32", "f64"],
        within: MONEY,
        except: &[],
        instead: "money is money::Yuan, a ratio is rust_decimal",
    },
    Ban {
        words: &[
            "std::fs",
            "std::env",
            "std::net",
            "std::thread",
            "std::process",
            "Instant",
            "SystemTime",
            "now_utc",
            "now_v7",
            "new_v4",
        ],
        within: NOUNS,
        except: &[],
        instead: "a noun does no I/O; time, ids and randomness arrive as arguments",
    },
    Ban {
        words: &[
            "sqlx::query",
            "query!",
            "query_as!",
            "query_scalar!",
            "query_as",
            "query_scalar",
            "QueryBuilder",
        ],
        within: &["services/*/src/**", "crates/*/src/**"],
        except: &[
            "services/*/src/sql.rs",
            "services/*/src/sql/**",
            "crates/chassis/src/sql.rs",
            "crates/chassis/src/sql/**",
            "crates/testkit/**",
            "crates/checker/**",
        ],
        instead: "statements live in sql.rs or sql/",
    },
    Ban {
        words: &["raw_sql"],
        within: &["services/*/src/**", "crates/*/src/**"],
        except: &[
            "crates/chassis/src/db.rs",
            "crates/chassis/src/sql/**",
            "crates/testkit/**",
            "crates/checker/**",
        ],
        instead: "statements are checked when they are compiled; only chassis::db begins and commits",
    },
    Ban {
        words: &["proto::", "use proto"],
        within: &["services/*/src/**"],
        except: &[
            "services/*/src/rpc.rs",
            "services/*/src/rpc/**",
            "services/*/src/convert.rs",
            "services/*/src/convert/**",
            "services/*/src/peer.rs",
            "services/*/src/peer/**",
        ],
        instead: "generated types stay in rpc, convert and peer; give the verbs types of their own",
    },
    Ban {
        words: &[".begin(", "begin_with("],
        within: &["services/*/src/**", "crates/chassis/src/**"],
        except: &["crates/chassis/src/db.rs", "crates/chassis/src/db/**"],
        instead: "only chassis::db begins and commits: a cancelled begin tears the transaction",
    },
];

/// Complaints about one Rust file.
pub(crate) fn check(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut say = |text: &str, word: &str, instead: &str| {
        for line in code::lines_with(text, word) {
            complaints.push(format!("{path}:{line}: `{word}`: {instead}"));
        }
    };
    for word in LEFTOVERS {
        say(text, word, "do it, or put it where work is listed");
    }
    let code = code::only(text);
    let at_home = |patterns: &[&str]| patterns.iter().any(|pattern| house::fits(pattern, path));
    for ban in BANS.iter().filter(|ban| at_home(ban.within) && !at_home(ban.except)) {
        for word in ban.words {
            say(&code, word, ban.instead);
        }
    }
    for line in code.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("fn test_")) {
        complaints.push(format!("{path}:{}: name a test with a sentence, without `test_`", line.0 + 1));
    }
    complaints
}

#[test]
fn a_word_out_of_place_is_named() {
    let leftover = format!("// {} later\n", LEFTOVERS[0]);
    for (path, text, complaints) in [
        ("crates/chassis/src/a.rs", leftover.as_str(), 1),
        ("crates/chassis/src/a.rs", "fn a() { todo!() }", 1),
        ("tests/tests/a.rs", "#[ignore = \"slow\"]\nfn test_a() {}", 2),
        ("services/wallet/src/a.rs", "let a: f64 = 1.0;", 1),
        ("services/wallet/src/a.rs", "// f64 is \"f64\"", 0),
        ("crates/chassis/src/a.rs", "let jitter: f64 = 1.0;", 0),
        ("crates/ledger/src/a.rs", "use std::fs;", 1),
        ("crates/ledger/tests/a.rs", "use std::fs;", 0),
        ("services/wallet/src/pay.rs", "sqlx::query!(\"select 1\")", 2),
        ("services/wallet/src/sql/pay.rs", "sqlx::query!(\"select 1\")", 0),
        ("services/wallet/tests/pay.rs", "sqlx::query(\"select 1\")", 0),
        ("services/wallet/src/pay.rs", "use proto::wallet::v1::Lot;", 2),
        ("services/wallet/src/peer/book.rs", "use proto::wallet::v1::Lot;", 0),
        ("services/wallet/src/sql.rs", "conn.begin().await", 1),
        ("crates/chassis/src/db.rs", "conn.begin().await", 0),
    ] {
        let said = check(path, text);
        assert_eq!(said.len(), complaints, "{path}: {said:?}");
    }
}
