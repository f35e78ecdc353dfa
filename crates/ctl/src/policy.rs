//! Questions about the rules: the same files, merged in the same way as in a service, so that what is right here
//! starts there. It changes no file.

use std::{fmt::Write as _, path::PathBuf};

use anyhow::{Context as _, Result};
use border::rules;
use clap::{Args, Subcommand};
use policy::{Programme, Region, Rules, When};
use standards::civil;
use time::{OffsetDateTime, Time, format_description::well_known::Rfc3339};

/// What is asked about the rules.
#[derive(Debug, Subcommand)]
pub(crate) enum Question {
    /// Check every rule file of a directory, as a service does that is started with it; names every mistake
    Check {
        /// Where the files lie; one replaces the built-in file of its name, others are added
        directory: PathBuf,
    },
    /// Print every parameter of a programme in a region, with what it rests on
    Show {
        #[command(flatten)]
        place: Place,
        /// A civil day such as 2024-11-30, or an instant such as 2024-11-30T08:00:00+08:00
        #[arg(long, value_parser = instant, value_name = "TIME")]
        at: OffsetDateTime,
        #[command(flatten)]
        source: Source,
    },
    /// Print what changed between two times
    Diff {
        #[command(flatten)]
        place: Place,
        /// The earlier time
        #[arg(long, value_parser = instant, value_name = "TIME")]
        from: OffsetDateTime,
        /// The later time
        #[arg(long, value_parser = instant, value_name = "TIME")]
        to: OffsetDateTime,
        #[command(flatten)]
        source: Source,
    },
}

/// Whose rules.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// 000000 for the nation, 630000 for a province, 630100 for a pooling area
    #[arg(long, value_parser = region)]
    region: Region,
    /// LOCAL_REALTIME, LOCAL_ALLOCATION, WALLET or PREMIUM
    #[arg(long, value_parser = programme)]
    programme: Programme,
}

/// Which files.
#[derive(Debug, Args)]
pub(crate) struct Source {
    /// Rule files to lay over the built-in ones
    #[arg(long, value_name = "DIRECTORY")]
    rules: Option<PathBuf>,
    /// With the unverified samples; without files of one's own
    #[arg(long, conflicts_with = "rules")]
    samples: bool,
    /// Only what was recorded up to this time
    #[arg(long, value_parser = instant, value_name = "TIME")]
    known: Option<OffsetDateTime>,
}

impl Question {
    /// What is printed.
    ///
    /// # Errors
    /// If the files are not right, with every mistake.
    pub(crate) fn answer(self) -> Result<String> {
        match self {
            Self::Check { directory } => {
                let rules = rules::load(Some(&directory))?;
                let mut text = String::new();
                writeln!(
                    text,
                    "{} is right: {} versions hold with it",
                    directory.display(),
                    rules.versions().len()
                )?;
                Ok(text)
            }
            Self::Show { place, at, source } => {
                let rules = source.rules()?;
                Ok(rules.policy_table(place.region, place.programme, source.when(at)).to_string())
            }
            Self::Diff { place, from, to, source } => {
                let (rules, from, to) = (source.rules()?, source.when(from), source.when(to));
                Ok(rules.policy_difference(place.region, place.programme, from, to).to_string())
            }
        }
    }
}

impl Source {
    fn rules(&self) -> Result<Rules> {
        if self.samples { Ok(Rules::built_in_with_samples()) } else { rules::load(self.rules.as_deref()) }
    }

    fn when(&self, at: OffsetDateTime) -> When {
        self.known.map_or(When::at(at), |known| When::known_at(at, known))
    }
}

/// A civil day begins at midnight.
fn instant(text: &str) -> Result<OffsetDateTime> {
    match civil::parse_day(text) {
        Some(day) => Ok(civil::instant(day, Time::MIDNIGHT)),
        None => OffsetDateTime::parse(text, &Rfc3339).context(
            "expected a civil day such as 2024-11-30 or an instant such as 2024-11-30T08:00:00+08:00",
        ),
    }
}

fn region(text: &str) -> Result<Region> {
    text.parse().context("expected 000000, a province such as 630000, or a pooling area such as 630100")
}

fn programme(text: &str) -> Result<Programme> {
    Programme::parse(text).with_context(|| format!("expected one of {}", Programme::NAMES.join(", ")))
}
