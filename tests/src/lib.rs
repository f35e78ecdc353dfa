//! What the scenarios share: a cluster with its cast, patience with what is merely late, and the checker at the
//! end of each.
//!
//! It stands for nothing: whatever it does, it does over the public contracts.

mod answer;
mod one_process;
mod scene;

pub use crate::{
    answer::{assert_refused, detail, is_uncertain, reason, until},
    one_process::OneProcess,
    scene::{Family, Scene, pool, time_of},
};

/// Runs the named scenarios one after the other on one scene; a failure names its scenario.
#[macro_export]
macro_rules! play {
    ($scene:expr; $($scenario:ident),+ $(,)?) => {$(
        eprintln!("scenario {}", stringify!($scenario));
        anyhow::Context::context($scenario(&mut $scene).await, stringify!($scenario))?;
    )+};
}
