//! The services that the registry asks. Nothing here decides.

mod identity;

pub(crate) use self::identity::Identity;
