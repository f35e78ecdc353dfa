//! Tests of the rules through the public interface only: decisions by table and boundary, resolution, rule
//! files with mistakes in them, stored decisions.

#![allow(clippy::unwrap_used, reason = "clippy sees the helpers of an integration test as ordinary code")]

mod bond;
mod catalogue;
mod decision;
mod edges;
mod files;
mod knowledge;
mod overlay;
mod place;
mod replay;
mod requirements {
    mod amounts;
    mod availability;
    mod bonds;
    mod contradictions;
    mod endings;
    mod numbers;
    mod payments;
    mod people;
    mod premiums;
    mod usage;
}
mod resolution;
mod support;
mod transfer;
