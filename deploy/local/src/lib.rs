//! What the local stack runs beside the services of the product: a matcher of faces to develop with.

pub mod matcher;
