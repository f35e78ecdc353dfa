//! All statements of settlement, as free functions over a connection, one file per noun. They decide nothing.

pub(crate) mod accepted;
pub(crate) mod bond;
pub(crate) mod claim;
pub(crate) mod clearing;
pub(crate) mod guard;
pub(crate) mod institution;
pub(crate) mod lot;
pub(crate) mod process;
pub(crate) mod slot;
pub(crate) mod tombstone;
pub(crate) mod transfer;
pub(crate) mod transfer_list;
pub(crate) mod transfer_write;

/// A row that no value can be made of: written by another version, or damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the column {column} is unreadable")]
pub struct Unreadable {
    /// Which column.
    pub column: &'static str,
}

/// Turns a column into a value, or names it.
pub(crate) fn column<T, E>(name: &'static str, value: Result<T, E>) -> Result<T, Unreadable> {
    value.map_err(|_| Unreadable { column: name })
}

/// A pool as it is stored.
pub(crate) fn pool(name: &'static str, code: i32) -> Result<standards::Pool, Unreadable> {
    let code = column(name, u32::try_from(code))?;
    column(name, standards::Pool::from_code(code))
}

/// A pool for the database.
pub(crate) fn pool_code(pool: standards::Pool) -> i32 {
    i32::try_from(pool.code()).expect("a pooling area has six digits")
}
