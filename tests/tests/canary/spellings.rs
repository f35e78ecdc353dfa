//! A secret in every spelling in which it could be left somewhere, and where it was.

use std::fmt::Write as _;

use aho_corasick::AhoCorasick;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};

/// Something that nobody may find.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    kind: &'static str,
    pub(crate) text: String,
}

impl Secret {
    pub(crate) fn new(kind: &'static str, text: &str) -> Self {
        Self { kind, text: text.to_owned() }
    }

    /// The secret as it is, backwards, as hex, URL-encoded, escaped as in JSON, and as base64 wherever it begins in a
    /// longer text; each of these also as hex, as a column of bytes shows it.
    pub(crate) fn spellings(&self) -> Vec<(&'static str, String)> {
        let bytes = self.text.as_bytes();
        let hex = hex::encode(bytes);
        let backwards = self.text.chars().rev().collect();
        let mut all = vec![("raw", self.text.clone()), ("backwards", backwards), ("HEX", hex.to_uppercase())];
        let (mut url, mut json) = (String::new(), String::new());
        for byte in bytes {
            write!(url, "%{byte:02X}").expect("a string takes all");
        }
        for unit in self.text.encode_utf16() {
            write!(json, "\\u{unit:04x}").expect("a string takes all");
        }
        if !self.text.is_ascii() {
            all.extend([("URL", url.clone()), ("url", url.to_lowercase()), ("JSON", json)]);
        }
        for before in 0..3 {
            let mut shifted = vec![0; before];
            shifted.extend(bytes);
            for (name, engine) in [("base64", &STANDARD_NO_PAD), ("base64url", &URL_SAFE_NO_PAD)] {
                // Its first and last characters also depend on what stands before and after.
                let text = engine.encode(&shifted);
                let first = (before * 8).div_ceil(6);
                let last = (before + bytes.len()) * 8 / 6;
                all.push((name, text[first..last].to_owned()));
            }
        }
        let as_bytes: Vec<_> = all.iter().map(|(_, text)| ("hex", hex::encode(text))).collect();
        all.extend(as_bytes);
        all
    }
}

/// Each secret that was found in one of these places, with its spelling and what stands before it.
pub(crate) fn find(secrets: &[Secret], places: &[(String, Vec<u8>)]) -> Vec<String> {
    let needles: Vec<(&Secret, &str, String)> = secrets
        .iter()
        .flat_map(|secret| secret.spellings().into_iter().map(move |(name, needle)| (secret, name, needle)))
        .collect();
    let search = AhoCorasick::new(needles.iter().map(|(_, _, needle)| needle)).expect("the needles are few");
    let mut found = Vec::new();
    for (place, bytes) in places {
        for hit in search.find_iter(bytes).take(3) {
            let (secret, spelling, _) = &needles[hit.pattern().as_usize()];
            let before = &bytes[hit.start().saturating_sub(80)..hit.start()];
            let before = String::from_utf8_lossy(before).into_owned();
            found.push(format!("{place}: {} as {spelling} after {before:?}", secret.kind));
        }
    }
    found
}

#[test]
fn every_spelling_is_found_in_the_middle_of_anything() {
    let secrets = [Secret::new("name", "欧阳鸾翔"), Secret::new("number", "510104195703152846")];
    for secret in &secrets {
        for before in ["", "a", "bc", "def"] {
            let plain = format!("{before}{}{}", secret.text, "xyz");
            let texts = [
                plain.clone(),
                STANDARD_NO_PAD.encode(&plain),
                URL_SAFE_NO_PAD.encode(&plain),
                hex::encode(&plain),
                hex::encode_upper(&plain),
                hex::encode(STANDARD_NO_PAD.encode(&plain)),
                plain.chars().rev().collect(),
            ];
            for text in texts {
                let places = [("here".to_owned(), text.clone().into_bytes())];
                assert!(!find(&secrets, &places).is_empty(), "{text}");
            }
        }
    }
    assert_eq!(find(&secrets, &[("here".to_owned(), b"nothing of them".to_vec())]), [""; 0]);
}
