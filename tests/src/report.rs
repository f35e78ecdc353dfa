//! What a run leaves behind: its JSON, and beside it whatever else can be judged again, under `target/faults`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use checker::Run;

/// The file of a run, in a folder that exists.
pub fn file(name: &str) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/faults");
    fs::create_dir_all(&folder)?;
    Ok(folder.canonicalize()?.join(name))
}

/// Keeps a run as JSON.
pub fn keep(name: &str, run: &Run) -> Result<()> {
    fs::write(file(&format!("{name}.json"))?, run.json()?)?;
    Ok(())
}
