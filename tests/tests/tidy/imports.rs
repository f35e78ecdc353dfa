//! Who may import whom, read from the manifests by `cargo metadata`.
//!
//! Nouns are pure: they import other nouns' vocabulary (`money`, `standards`) and libraries that do no I/O.
//! Services never import each other. A new crate needs a row here before it may exist.

use cargo_metadata::{Dependency, DependencyKind, MetadataCommand, Package};

use super::house;

/// Crates that state facts. They get time, ids and randomness as arguments.
const NOUNS: [&str; 7] = ["money", "standards", "policy", "bond", "ledger", "saga", "clearing"];
/// Crates that do things, each with a database of its own.
const SERVICES: [&str; 4] = ["identity", "kinship-registry", "wallet", "settlement"];
/// Libraries a noun may use: they compute, they never reach outside.
const PURE: [&str; 9] =
    ["hex", "rust_decimal", "serde", "serde_json", "sha2", "thiserror", "time", "toml", "uuid"];
/// Libraries a noun's tests may use beside those.
const PURE_TESTS: [&str; 1] = ["proptest"];

/// What a crate may import from the workspace.
struct Place {
    crates: &'static [&'static str],
    may_import: &'static [&'static str],
    /// What its tests may import beside that.
    tests_too: &'static [&'static str],
    why: &'static str,
}

const PLACES: [Place; 11] = [
    Place {
        crates: &["mistakes"],
        may_import: &[],
        tests_too: &[],
        why: "whoever could make a mistake imports it",
    },
    Place {
        crates: &["money", "standards"],
        may_import: &["mistakes"],
        tests_too: &[],
        why: "it is vocabulary and stands alone",
    },
    Place {
        crates: &["policy", "bond", "ledger", "saga", "clearing"],
        may_import: &["mistakes", "money", "standards"],
        tests_too: &[],
        why: "a noun knows only money and standards; a service translates between nouns",
    },
    Place {
        crates: &["proto"],
        may_import: &[],
        tests_too: &[],
        why: "the contracts know nothing of the code",
    },
    Place {
        crates: &["chassis"],
        may_import: &["mistakes", "proto"],
        tests_too: &["testkit"],
        why: "the chassis knows no noun; give it a type parameter or a trait instead",
    },
    Place {
        crates: &["border"],
        may_import: &["money", "standards", "policy", "proto", "chassis"],
        tests_too: &["testkit"],
        why: "the border knows what every service has in common, and no noun of only some",
    },
    Place {
        crates: &SERVICES,
        may_import: &[
            "mistakes",
            "money",
            "standards",
            "policy",
            "bond",
            "ledger",
            "saga",
            "clearing",
            "proto",
            "chassis",
            "border",
        ],
        // A peer in a test is the real service.
        tests_too: &["testkit", "identity"],
        why: "services meet only over gRPC: call the other one through `peer/`",
    },
    Place {
        crates: &["ctl"],
        may_import: &["money", "standards", "policy", "proto", "chassis", "border"],
        tests_too: &["testkit"],
        why: "the operator's command line speaks to services like any other client",
    },
    Place {
        crates: &["checker"],
        may_import: &[],
        tests_too: &["testkit"],
        why: "the checker judges the others by its own reading of the rules and shares no line with them",
    },
    Place {
        crates: &["testkit", "e2e", "local"],
        may_import: &[
            "mistakes",
            "money",
            "standards",
            "policy",
            "bond",
            "ledger",
            "saga",
            "clearing",
            "proto",
            "chassis",
            "border",
            "testkit",
            "checker",
            "identity",
            "kinship-registry",
            "wallet",
            "settlement",
        ],
        tests_too: &[],
        why: "this crate does not exist in the house",
    },
    Place {
        crates: &["bench"],
        may_import: &[
            "money",
            "standards",
            "policy",
            "ledger",
            "proto",
            "chassis",
            "testkit",
            "checker",
            "wallet",
            "e2e",
        ],
        tests_too: &[],
        why: "the benchmark measures the services from outside, as processes, and in process only a book's writer",
    },
];

/// Complaints about every crate of the workspace.
pub(crate) fn check() -> Vec<String> {
    let metadata = MetadataCommand::new()
        .manifest_path(house::root().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .unwrap_or_else(|error| panic!("cargo metadata: {error}"));
    assert!(metadata.packages.len() > NOUNS.len() + SERVICES.len(), "cargo metadata lists the workspace");
    metadata.packages.iter().flat_map(of_package).collect()
}

fn of_package(package: &Package) -> Vec<String> {
    let imports: Vec<Import> = package.dependencies.iter().map(Import::of).collect();
    of_crate(package.name.as_str(), &imports)
}

/// One line of a manifest.
struct Import {
    name: String,
    /// A crate of the workspace, not a library.
    ours: bool,
    /// Only for tests.
    dev: bool,
}

impl Import {
    fn of(dependency: &Dependency) -> Self {
        Self {
            name: dependency.name.clone(),
            ours: dependency.path.is_some(),
            dev: dependency.kind == DependencyKind::Development,
        }
    }
}

fn of_crate(name: &str, imports: &[Import]) -> Vec<String> {
    let Some(place) = PLACES.iter().find(|place| place.crates.contains(&name)) else {
        return vec![format!("{name}: a new crate; say in tests/tests/tidy/imports.rs what it may import")];
    };
    let mut complaints = Vec::new();
    for import in imports {
        let known = import.name.as_str();
        // A crate names itself to have its own tests with a feature that services do without.
        let help = || place.tests_too.contains(&known) || PURE_TESTS.contains(&known) || known == name;
        let test_help = import.dev && help();
        if import.ours && !place.may_import.contains(&known) && !test_help {
            complaints.push(format!("{name} imports {known}: {}", place.why));
        }
        if !import.ours && NOUNS.contains(&name) && !PURE.contains(&known) && !test_help {
            complaints.push(format!(
                "{name} imports {known}: a noun does no I/O; move the work to a service, or, if the library \
                 is pure, add it to PURE in tests/tests/tidy/imports.rs"
            ));
        }
    }
    complaints
}

#[test]
fn a_forbidden_import_is_named() {
    let import = |name: &str, ours, dev| Import { name: name.to_owned(), ours, dev };
    for (name, line, forbidden) in [
        ("ledger", import("money", true, false), false),
        ("ledger", import("policy", true, false), true),
        ("ledger", import("ledger", true, true), false),
        ("ledger", import("proptest", false, true), false),
        ("ledger", import("proptest", false, false), true),
        ("saga", import("tokio", false, true), true),
        ("chassis", import("standards", true, false), true),
        ("chassis", import("tokio", false, false), false),
        ("border", import("policy", true, false), false),
        ("border", import("ledger", true, false), true),
        ("wallet", import("settlement", true, true), true),
        ("wallet", import("ledger", true, false), false),
        ("wallet", import("testkit", true, false), true),
        ("wallet", import("testkit", true, true), false),
        ("checker", import("ledger", true, false), true),
        ("checker", import("sqlx", false, false), false),
        ("e2e", import("settlement", true, false), false),
        ("bench", import("settlement", true, false), true),
        ("gadget", import("serde", false, false), true),
    ] {
        let said = of_crate(name, &[line]);
        assert_eq!(said.len(), usize::from(forbidden), "{name}: {said:?}");
    }
}
