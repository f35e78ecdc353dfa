//! What the scenarios share: a cluster with its cast, patience with what is merely late, and the checker at the
//! end of each.
//!
//! It stands for nothing: whatever it does, it does over the public contracts.

mod altered;
mod answer;
pub mod careful;
mod one_process;
pub mod report;
mod scene;
mod sink;
mod witness;

pub use testkit::chance::{Dice, seed, wanted};

pub use crate::{
    altered::Altered,
    answer::{assert_refused, detail, is_uncertain, meanwhile, reason, until},
    one_process::OneProcess,
    scene::{Family, Scene, pool, sources, time_of},
    sink::{Part, Sink},
    witness::{Bought, Order, Witness},
};

/// Runs the named scenarios one after the other on one scene; a failure names its scenario.
#[macro_export]
macro_rules! play {
    ($scene:expr; $($scenario:ident),+ $(,)?) => {$(
        eprintln!("scenario {}", stringify!($scenario));
        anyhow::Context::context($scenario(&mut $scene).await, stringify!($scenario))?;
    )+};
}
