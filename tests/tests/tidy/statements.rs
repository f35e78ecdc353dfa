//! Statements: each is checked against the schema when it is compiled, and opens with its name.
//!
//! The name is what `pg_stat_statements` and a slow-query log show. Tests may write what they like.

use super::{code, house};

/// Where statements live.
const HOMES: [&str; 4] = [
    "services/*/src/sql.rs",
    "services/*/src/sql/**",
    "crates/chassis/src/sql.rs",
    "crates/chassis/src/sql/**",
];
/// Services have no statement that is built at run time; the chassis makes partitions.
const UNCHECKED: [&str; 5] = ["query(", "query_as(", "query_scalar(", "raw_sql(", "QueryBuilder"];

/// Complaints about one Rust file.
pub(crate) fn check(path: &str, text: &str) -> Vec<String> {
    if !HOMES.iter().any(|home| house::fits(home, path)) {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    let code = code::only(text);
    if path.starts_with("services/") {
        for word in UNCHECKED {
            for line in code::lines_with(&code, word) {
                complaints.push(format!("{path}:{line}: `{word}`: use query!, query_as! or query_scalar!"));
            }
        }
    }
    for (at, _) in text.match_indices("query").filter(|(at, _)| is_macro(&text[*at..])) {
        let statement = text[at..].split_once('"').map_or("", |(_, statement)| statement.trim_start());
        if !statement.starts_with("-- ") {
            let line = text[..at].lines().count().max(1);
            complaints.push(format!("{path}:{line}: open the statement with its name: `-- what-it-does`"));
        }
    }
    complaints
}

fn is_macro(text: &str) -> bool {
    ["query!(", "query_as!(", "query_scalar!("].iter().any(|name| text.starts_with(name))
}

#[test]
fn a_statement_without_a_name_is_named() {
    for (path, text, complaints) in [
        ("services/a/src/sql.rs", "sqlx::query!(\n    \"-- lock-head\n     SELECT 1\")", 0),
        ("services/a/src/sql.rs", "sqlx::query_as!(Row, r#\"\n    -- lock-head\n    SELECT 1\"#)", 0),
        ("services/a/src/sql.rs", "sqlx::query_scalar!(\"SELECT 1\")", 1),
        ("services/a/src/sql.rs", "sqlx::query(\"-- lock-head\n SELECT 1\")", 1),
        ("crates/chassis/src/sql/partition.rs", "sqlx::query(&text)", 0),
        ("services/a/tests/a.rs", "sqlx::query(\"SELECT 1\")", 0),
    ] {
        let said = check(path, text);
        assert_eq!(said.len(), complaints, "{path}: {said:?}");
    }
}
