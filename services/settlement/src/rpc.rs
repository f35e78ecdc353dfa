//! The gRPC services of settlement: caller, parse, do, render.

mod clearing;
mod institution;
mod operations;
mod transfer;

pub(crate) use self::{
    clearing::Clearing, institution::Institutions, operations::Operations, transfer::TransferRpc,
};
