//! The gRPC services of settlement: caller, parse, do, render.

mod clearing;
mod institution;
mod operations;
mod policy;
mod transfer;

pub(crate) use self::{
    clearing::Clearing, institution::Institutions, operations::Operations, policy::policy_server,
    transfer::TransferRpc,
};
