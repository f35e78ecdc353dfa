//! The folder of the local stack: whose it is, what it remembers between two starts, how it is emptied.
//!
//! Civil time of kept data never runs backwards, so the latest one is written down before it is used. Only
//! entries that this program made are ever deleted.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use standards::civil;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339, macros::time};

const OURS: [&str; 3] = ["postgres", "cluster", "state.toml"];

/// The folder, locked against a second start.
pub(crate) struct Home {
    path: PathBuf,
    state: State,
    told: Option<bool>,
    _lock: File,
}

/// What is remembered.
#[derive(Debug, Default, Deserialize, Serialize)]
struct State {
    /// The latest civil time that the services may have seen, in UTC+8.
    civil_time: Option<String>,
    /// How often the story was begun: each time with new persons.
    plays: u32,
}

impl Home {
    /// Takes the folder, makes it if missing, and empties it if wanted.
    pub(crate) fn open(path: &Path, reset: bool) -> Result<Self> {
        fs::create_dir_all(path).with_context(|| format!("cannot make {}", path.display()))?;
        let lock = lock(path)?;
        if reset {
            for entry in OURS {
                remove(&path.join(entry))?;
            }
        }
        let state = read(path)?;
        Ok(Self { path: path.to_owned(), state, told: None, _lock: lock })
    }

    /// Where PostgreSQL keeps its data.
    pub(crate) fn postgres(&self) -> PathBuf {
        self.path.join("postgres")
    }

    /// Where keys and logs lie.
    pub(crate) fn cluster(&self) -> PathBuf {
        self.path.join("cluster")
    }

    /// Whether there are data of an earlier start.
    pub(crate) fn has_data(&self) -> bool {
        self.state.civil_time.is_some()
    }

    /// The morning of the first civil day that is later than the machine's and than any that the data know: shortly
    /// before 09:00, when the story begins by setting all clocks to the same time.
    pub(crate) fn next_start(&self, wall: OffsetDateTime) -> OffsetDateTime {
        let latest = self.latest().map_or(wall, |latest| latest.max(wall));
        civil::instant(civil::day(latest).saturating_add(Duration::DAY), time!(8:55))
    }

    fn latest(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(self.state.civil_time.as_ref()?, &Rfc3339).ok()
    }

    /// Writes down that the services may see this civil time.
    pub(crate) fn note(&mut self, at: OffsetDateTime) -> Result<()> {
        if self.latest().is_none_or(|latest| latest < at) {
            // Whole seconds are written, so the next one is the bound.
            self.state.civil_time = Some(civil::local_text(at + Duration::SECOND));
        }
        self.write()
    }

    /// The number of this play, from 1: no two plays on the same data have the same.
    pub(crate) fn begin_play(&mut self) -> Result<u32> {
        self.state.plays += 1;
        self.write()?;
        Ok(self.state.plays)
    }

    /// Remembers whether the story came out as it should.
    pub(crate) const fn tell(&mut self, good: bool) {
        self.told = Some(good);
    }

    /// Whether the story has come to an end.
    pub(crate) const fn is_told(&self) -> bool {
        self.told.is_some()
    }

    /// What the process ends with.
    pub(crate) fn verdict(&self) -> ExitCode {
        if self.told == Some(true) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn write(&self) -> Result<()> {
        let text = format!("# Kept by deploy/local/up.\n{}", toml::to_string(&self.state)?);
        // Renamed into place: a start that is cut off leaves the old state or the new one.
        let draft = self.path.join("state.toml.tmp");
        fs::write(&draft, text)?;
        fs::rename(&draft, self.path.join("state.toml")).context("cannot write state.toml")
    }
}

fn lock(path: &Path) -> Result<File> {
    let path = path.join("lock");
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path)?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            file.read_to_string(&mut owner)?;
            bail!(
                "another start is running (process {}); stop it first, or give another --home",
                owner.trim()
            );
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).context(format!("cannot lock {}", path.display()));
        }
    }
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}

fn read(path: &Path) -> Result<State> {
    let file = path.join("state.toml");
    if !file.exists() {
        if path.join("postgres/data/PG_VERSION").exists() {
            bail!("{} holds data, but state.toml is missing: start with --reset", path.display());
        }
        return Ok(State::default());
    }
    let state: State = toml::from_str(&fs::read_to_string(&file)?)
        .with_context(|| format!("{} cannot be read: start with --reset", file.display()))?;
    if let Some(text) = &state.civil_time {
        OffsetDateTime::parse(text, &Rfc3339)
            .with_context(|| format!("civil_time in {} is no time: start with --reset", file.display()))?;
    }
    Ok(state)
}

fn remove(path: &Path) -> Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot delete {}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_first_start_is_on_the_morning_of_the_next_civil_day() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::open(dir.path(), false).unwrap();
        assert!(!home.has_data());
        // 17:00 UTC is 01:00 of the next civil day already.
        let start = home.next_start(datetime!(2026-03-01 17:00 UTC));
        assert_eq!(start, datetime!(2026-03-03 08:55 +8));
    }

    #[test]
    fn a_second_start_is_later_than_anything_the_data_know() {
        let dir = tempfile::tempdir().unwrap();
        let mut home = Home::open(dir.path(), false).unwrap();
        home.note(datetime!(2026-03-04 22:00:00.5 +8)).unwrap();
        home.note(datetime!(2026-03-03 22:00 +8)).unwrap();
        assert_eq!(home.begin_play().unwrap(), 1);
        drop(home);
        let mut home = Home::open(dir.path(), false).unwrap();
        assert!(home.has_data());
        assert_eq!(home.next_start(datetime!(2026-03-01 0:00 UTC)), datetime!(2026-03-05 08:55 +8));
        assert_eq!(home.begin_play().unwrap(), 2);
    }

    #[test]
    fn a_second_start_at_the_same_time_is_told_of_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let _first = Home::open(dir.path(), false).unwrap();
        let second = Home::open(dir.path(), false).err().expect("it is locked").to_string();
        assert!(second.contains(&std::process::id().to_string()), "{second}");
    }

    #[test]
    fn a_reset_deletes_what_is_ours_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let mut home = Home::open(dir.path(), false).unwrap();
        home.note(datetime!(2026-03-04 22:00 +8)).unwrap();
        drop(home);
        fs::create_dir_all(dir.path().join("postgres/data")).unwrap();
        fs::write(dir.path().join("letter.txt"), "mine").unwrap();
        let home = Home::open(dir.path(), true).unwrap();
        assert!(!home.has_data());
        assert!(!dir.path().join("postgres").exists());
        assert!(dir.path().join("letter.txt").exists());
    }

    #[test]
    fn data_without_a_state_are_not_started_again() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("postgres/data")).unwrap();
        fs::write(dir.path().join("postgres/data/PG_VERSION"), "15").unwrap();
        assert!(Home::open(dir.path(), false).is_err());
        assert!(Home::open(dir.path(), true).is_ok());
    }
}
