//! The shape of a file: its length, the length of its functions, its opening words, its name.
//!
//! The layout is rustfmt's, which is why a function ends at the first brace that stands in its column.

use super::{code, house};

/// Lines of a file, and of the `main.rs` of a service, which is a table of contents.
const FILE_LINES: usize = 400;
const MAIN_LINES: usize = 60;
/// Lines of a function, from its `fn` to its closing brace, without blank lines and comments.
const FUNCTION_LINES: usize = 70;
/// Lines of the opening words.
const OPENING_LINES: usize = 10;

/// Complaints about one Rust file.
pub(crate) fn check(path: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let most = if house::fits("services/*/src/main.rs", path) { MAIN_LINES } else { FILE_LINES };
    let lines = text.lines().count();
    if lines > most {
        complaints.push(format!("{path}: {lines} lines, at most {most}; split it by what the parts are for"));
    }
    match text.lines().take_while(|line| line.starts_with("//!")).count() {
        0 => complaints
            .push(format!("{path}: open it with `//!`: what the file is for and what it never does, in 2-10 lines")),
        opening if opening > OPENING_LINES => complaints.push(format!(
            "{path}: the opening words have {opening} lines, at most {OPENING_LINES}; move the rest to the items"
        )),
        _ => {}
    }
    if path.ends_with("/mod.rs") {
        complaints.push(format!("{path}: name it after its folder, beside the folder"));
    }
    for (line, length) in functions(&code::only(text)) {
        if length > FUNCTION_LINES {
            complaints.push(format!(
                "{path}:{line}: a function of {length} lines, at most {FUNCTION_LINES}; keep the branching and move \
                 the leaves out"
            ));
        }
    }
    complaints
}

/// First line and length of every function with a body; blank lines and comments do not count.
fn functions(code: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = code.lines().map(str::trim_end).collect();
    let column = |line: &str| line.len() - line.trim_start().len();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if code::lines_with(line, "fn").is_empty() || !opens_an_item(line.trim_start()) {
            continue;
        }
        // The last line begins with the closing brace, or ends a declaration without a body.
        let ends = |(offset, candidate): &(usize, &&str)| {
            let closes =
                if *offset == 0 { candidate.ends_with(['}', ';']) } else { candidate.trim_start() == "}" };
            closes || (candidate.ends_with(");") && candidate.trim_start().starts_with(')'))
        };
        let here = |(offset, candidate): &(usize, &&str)| *offset == 0 || column(candidate) == column(line);
        let body = lines[at..].iter().enumerate();
        let end = body.filter(|(_, line)| !line.is_empty()).filter(here).find(ends).map_or(0, |(end, _)| end);
        let length = lines[at..=at + end].iter().filter(|line| !line.is_empty()).count();
        found.push((at + 1, length));
    }
    found
}

/// Whether the `fn` of a line is that of an item, not of a type such as `F: fn()`.
fn opens_an_item(line: &str) -> bool {
    let head = line.split("fn ").next().unwrap_or_default();
    head.split_whitespace().all(|word| {
        matches!(word, "pub" | "async" | "const" | "unsafe" | "extern") || word.starts_with("pub(")
    })
}

#[test]
fn a_shapeless_file_is_named() {
    let opening = "//! For a test.\n";
    let long = "    let a = 1;\n".repeat(70);
    for (path, text, complaints) in [
        ("crates/a/src/lib.rs", opening.to_owned(), 0),
        ("crates/a/src/lib.rs", "use a::b;\n".to_owned(), 1),
        ("crates/a/src/lib.rs", opening.repeat(11), 1),
        ("crates/a/src/b/mod.rs", opening.to_owned(), 1),
        ("crates/a/src/lib.rs", format!("{opening}{}", "\n".repeat(399)), 0),
        ("crates/a/src/lib.rs", format!("{opening}{}", "\n".repeat(400)), 1),
        ("services/a/src/main.rs", format!("{opening}{}", "\n".repeat(60)), 1),
        ("crates/a/src/lib.rs", format!("{opening}pub async fn f(\n    a: u8,\n) {{\n{long}}}\n"), 1),
        (
            "crates/a/src/lib.rs",
            format!("{opening}fn f() {{}}\nfn g() -> u8 {{\n{}}}\n", "    f();\n".repeat(68)),
            0,
        ),
    ] {
        let said = check(path, &text);
        assert_eq!(said.len(), complaints, "{said:?}");
    }
}
