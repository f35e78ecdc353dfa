//! Rust text with its comments and the insides of its literals blanked, so that a word found is code.
//!
//! Lines stay where they were. This is a scanner, not a parser: it knows comments, strings, raw strings and
//! characters, and nothing else of the language.

/// The text with everything that is not code replaced by blanks.
pub(crate) fn only(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end = end_of_blank(&letters, at);
        if end == at {
            code.push(letters[at]);
            at += 1;
        } else {
            code.extend(letters[at..end].iter().map(|letter| if *letter == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none begins there.
fn end_of_blank(letters: &[char], at: usize) -> usize {
    let next = letters.get(at + 1);
    match letters[at] {
        '/' if next == Some(&'/') => find(letters, at, &['\n']),
        '/' if next == Some(&'*') => end_of_block(letters, at),
        '"' => end_of_string(letters, at + 1),
        'r' if !follows_a_name(letters, at) => end_of_raw(letters, at + 1).unwrap_or(at),
        '\'' if next == Some(&'\\') => find(letters, at + 3, &['\'']) + 1,
        '\'' if letters.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

/// `r` ends a name such as `for`; after `b` it may still begin a raw string.
fn follows_a_name(letters: &[char], at: usize) -> bool {
    let name = |place: usize| letters[place].is_alphanumeric() || letters[place] == '_';
    match at.checked_sub(1) {
        Some(before) if letters[before] == 'b' => before.checked_sub(1).is_some_and(name),
        Some(before) => name(before),
        None => false,
    }
}

/// The place where `what` begins, or the end of the text.
fn find(letters: &[char], from: usize, what: &[char]) -> usize {
    let from = from.min(letters.len());
    let found = letters[from..].windows(what.len()).position(|window| window == what);
    found.map_or(letters.len(), |place| from + place)
}

fn end_of_block(letters: &[char], at: usize) -> usize {
    (find(letters, at + 2, &['*', '/']) + 2).min(letters.len())
}

fn end_of_string(letters: &[char], mut at: usize) -> usize {
    while let Some(letter) = letters.get(at) {
        match letter {
            '"' => return at + 1,
            '\\' => at += 2,
            _ => at += 1,
        }
    }
    letters.len()
}

fn end_of_raw(letters: &[char], from: usize) -> Option<usize> {
    let hashes = letters[from..].iter().take_while(|letter| **letter == '#').count();
    if letters.get(from + hashes) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    Some((find(letters, from + hashes + 1, &close) + close.len()).min(letters.len()))
}

/// Numbers (from 1) of the lines in which `word` stands as a whole word.
pub(crate) fn lines_with(text: &str, word: &str) -> Vec<usize> {
    let has = |line: &str| line.match_indices(word).any(|(at, _)| whole(line, at, word));
    text.lines().enumerate().filter(|(_, line)| has(line)).map(|(number, _)| number + 1).collect()
}

fn whole(line: &str, at: usize, word: &str) -> bool {
    let name = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    let before = line[..at].chars().next_back();
    let after = line[at + word.len()..].chars().next();
    let continues = name(before) && name(word.chars().next());
    let continued = name(after) && name(word.chars().next_back());
    !continues && !continued
}

#[test]
fn comments_and_literals_are_blank_and_lines_stay() {
    let text = "let a = f(\"x // f64\"); // f64\n/* f64\n */ let b: f64 = 'f'; let c = '\\'';\n\
                let d = r#\"f64 \" f64\"#; fn g<'f64>(x: &'f64 str) {}\nlet r = br\"f64\"; for \"f64\" in 1";
    let code = only(text);
    assert_eq!(code.lines().count(), text.lines().count());
    assert_eq!(lines_with(&code, "f64"), [3, 4], "{code}");
    assert!(code.contains("let b: f64 =") && code.contains("let c =") && code.contains("fn g<'f64>"));
}

#[test]
fn a_word_is_found_as_a_whole() {
    assert_eq!(lines_with("my_proto::A\nproto::A\n::proto::A\nprotocol", "proto::"), [2, 3]);
    assert_eq!(lines_with("of64 f64_ xf64\n(f64)", "f64"), [2]);
    assert_eq!(lines_with("pool.begin().await\nbegin()", ".begin("), [1]);
}
