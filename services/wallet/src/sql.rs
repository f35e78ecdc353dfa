//! The book's SQL: free functions over a connection, one per statement. It decides nothing.
//!
//! `load` and `store` serve the writer, `follow` the projections, `read` and `history` the queries of people,
//! `audit` and `chain` the checks. Rows are ledger's rows; `rows` turns columns into them.

pub(crate) mod audit;
pub(crate) mod chain;
pub(crate) mod follow;
pub(crate) mod history;
pub(crate) mod load;
pub(crate) mod read;
pub(crate) mod rows;
pub(crate) mod store;
