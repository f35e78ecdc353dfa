//! Reads one `[[availability]]`: a programme is open or closed in these regions from this day on.
//!
//! It reads only; which entry decides is in [`crate::availability`].

use toml::de::DeTable;

use crate::{
    availability::Opening,
    file::{Reader, Source},
    region::Region,
    words::{Confidence, Programme},
};

const KEYS: [&str; 7] = ["programme", "regions", "state", "from", "recorded_at", "source", "confidence"];

/// One entry per programme and region of the table, with the place of each in the file; none if anything is wrong.
pub(crate) fn read<'a>(source: Source<'a>, start: usize, table: &DeTable<'a>) -> Vec<(usize, Opening)> {
    let reader = Reader { source, start, table };
    reader.only(&KEYS);
    let programmes = reader.keep(reader.words("programme", "a programme such as WALLET", Programme::parse));
    let open = reader.keep(reader.word("state", "OPEN or CLOSED", |text| match text {
        "OPEN" => Some(true),
        "CLOSED" => Some(false),
        _ => None,
    }));
    let from = reader.keep(reader.day("from"));
    let recorded_at = reader.keep(reader.instant("recorded_at"));
    let text = reader.keep(reader.text("source"));
    let confidence = reader.keep(reader.word("confidence", "H, M, L or SAMPLE", Confidence::parse));
    let regions = reader.keep(reader.need("regions").and_then(|_| reader.texts("regions")));
    let mut read = Vec::new();
    for (name, span) in regions.into_iter().flatten() {
        match name.parse::<Region>() {
            Ok(region) => read.push((span.start, region)),
            Err(error) => source.log.note(reader.error(span, error.to_string())),
        }
    }
    let known = (|| Some((programmes?, open?, from?, recorded_at?, text?, confidence?)))();
    let Some((programmes, open, from, recorded_at, text, confidence)) = known else { return Vec::new() };
    let mut openings = Vec::new();
    for programme in programmes {
        for &(offset, region) in &read {
            let source = text.clone();
            openings
                .push((offset, Opening { programme, region, open, from, recorded_at, source, confidence }));
        }
    }
    openings
}
