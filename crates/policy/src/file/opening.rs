//! Reads one `[[availability]]`: a programme is open or closed in these regions from this day on.
//!
//! It reads only; which entry decides is in [`crate::availability`].

use toml::de::DeTable;

use crate::{
    availability::Opening,
    file::{Reader, RuleFileError, Source},
    region::Region,
    words::{Confidence, Programme},
};

const KEYS: [&str; 7] = ["programme", "regions", "state", "from", "recorded_at", "source", "confidence"];

/// One entry per region of the table, with the place of each in the file.
pub(crate) fn read(
    source: Source<'_>,
    start: usize,
    table: &DeTable<'_>,
) -> Result<Vec<(usize, Opening)>, RuleFileError> {
    let text = source.text;
    let reader = Reader { source: Source { name: source.name, text }, start, table };
    reader.only(&KEYS)?;
    reader.need("regions")?;
    let open = reader.word("state", "OPEN or CLOSED", |text| match text {
        "OPEN" => Some(true),
        "CLOSED" => Some(false),
        _ => None,
    })?;
    let mut openings = Vec::new();
    for (text, span) in reader.texts("regions")? {
        let region = text.parse::<Region>().map_err(|error| reader.error(span.clone(), error.to_string()))?;
        openings.push((
            span.start,
            Opening {
                programme: reader.word("programme", "a programme such as WALLET", Programme::parse)?,
                region,
                open,
                from: reader.day("from")?,
                recorded_at: reader.instant("recorded_at")?,
                source: reader.text("source")?,
                confidence: reader.word("confidence", "H, M, L or SAMPLE", Confidence::parse)?,
            },
        ));
    }
    Ok(openings)
}
