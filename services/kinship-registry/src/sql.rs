//! Every statement of the registry, checked against its schema when it is compiled. Decides nothing.

mod bond;
mod check;

pub(crate) use self::{
    bond::{Page, late, list, load, store},
    check::standings,
};
