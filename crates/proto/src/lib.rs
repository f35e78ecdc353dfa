//! The contracts as Rust types, generated from /proto at build time.
//!
//! One module per package, named without `gongji` and `v1`. Only a service's `rpc`, `convert` and `peer`
//! modules use these types; everything behind them speaks in nouns. Nothing of a contract is written by hand, so
//! that the .proto files stay the only place where one can change.

mod silent;

/// Every package with comments, as the bytes of a `google.protobuf.FileDescriptorSet`: for reflection, for
/// stock clients (`grpcurl -protoset`), and for tests that walk all methods.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptor.bin"));

pub use crate::gongji::{
    common::v1 as common, dev::v1 as dev, identity::v1 as identity, kinship::v1 as kinship,
    policy::v1 as policy, settlement::v1 as settlement, wallet::v1 as wallet,
};

/// The packages under their full names, because generated code refers to them by these paths.
#[allow(
    clippy::all,
    clippy::allow_attributes_without_reason,
    clippy::too_many_lines,
    unused_qualifications,
    unreachable_pub,
    reason = "generated code follows its generator's taste"
)]
pub mod gongji {
    /// What every package shares.
    pub mod common {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("gongji.common.v1");
        }
    }
    /// The civil clock of the local profile.
    pub mod dev {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("gongji.dev.v1");
        }
    }
    /// Persons, enrolments, places of use.
    pub mod identity {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("gongji.identity.v1");
        }
    }
    /// Bonds.
    pub mod kinship {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("gongji.kinship.v1");
        }
    }
    /// Rules in force.
    pub mod policy {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("gongji.policy.v1");
        }
    }
    /// Transfers, institutions, clearing.
    pub mod settlement {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("gongji.settlement.v1");
        }
    }
    /// Wallets, payments, books.
    pub mod wallet {
        /// Version 1.
        pub mod v1 {
            tonic::include_proto!("gongji.wallet.v1");
        }
    }
}
