//! The gate over a real in-process server: what callers see when things go wrong, and when they go right.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise, in its helpers too")]

mod access;
mod overload;
mod silence;
mod support;
mod surface;
mod trace;
