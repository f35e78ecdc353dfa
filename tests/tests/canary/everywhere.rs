//! Everything that the services have written: databases as text, files as they are.

use std::{fs, path::Path};

use anyhow::{Context as _, Result};
use e2e::Scene;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Whether a text stands somewhere in the bytes.
pub(crate) fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// Every row of every table, by database and table; bytes as hex.
pub(crate) async fn databases(scene: &Scene) -> Result<Vec<(String, Vec<u8>)>> {
    let tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public'";
    let mut found = Vec::new();
    for (name, url) in scene.sources()?.all() {
        let mut conn = PgConnection::connect(url).await?;
        for table in sqlx::query_scalar::<_, String>(tables).fetch_all(&mut conn).await? {
            let rows = AssertSqlSafe(format!("SELECT t::text FROM {table} t"));
            let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&mut conn).await?;
            found.push((format!("database of {name}, {table}"), rows.join("\n").into_bytes()));
        }
    }
    Ok(found)
}

/// Every file of a folder and its folders.
pub(crate) fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else {
            found.push((path.display().to_string(), fs::read(&path)?));
        }
    }
    Ok(found)
}
