//! 加强核验 of what citizens write and read here, judged with identity's own keys: nobody has to be asked for
//! them, so nothing waits. Operators and agencies act on documents that they have seen.
//!
//! The operation is derived from the request. A failed check stores nothing and burns no id.

use border::keyring::READ_METADATA;
use chassis::{
    access::Caller,
    status::Refusal,
    stepup::{self, Claims, Operation},
};
use standards::civil;
use time::OffsetDateTime;
use tonic::metadata::MetadataMap;

use super::Identity;
use crate::{command::Change, error, verification::signing::Signing};

/// Proves that the operation's actor agreed to it and that `caller` may show the agreement.
///
/// # Errors
/// Those of [`stepup::require`].
pub(super) fn require(
    signing: &Signing,
    caller: &Caller,
    assertion: &str,
    operation: &Operation,
    now: OffsetDateTime,
) -> Result<Claims, Refusal> {
    let (keys, operations) = (signing.keys(), std::slice::from_ref(operation));
    stepup::require(keys.ring(), caller, assertion, operations, (civil::day(now), now))
}

impl Identity {
    /// A citizen's change, with by what the citizen was recognised who agreed to it; anybody else's as it is.
    ///
    /// # Errors
    /// Those of [`stepup::require`]; OUT_OF_SCOPE for what no citizen does.
    pub(super) fn agreed(
        &self,
        caller: &Caller,
        assertion: &str,
        mut change: Change,
    ) -> Result<Change, Refusal> {
        let Some(actor) = caller.person() else { return Ok(change) };
        let operation = change.operation(actor).ok_or_else(error::out_of_reach)?;
        let claims = require(&self.signing, caller, assertion, &operation, self.clock.now())?;
        change.by.agreed = Some(claims.method);
        Ok(change)
    }

    /// A citizen's app reads with an agreement to read in the metadata; nobody else needs one.
    ///
    /// # Errors
    /// Those of [`stepup::require`].
    pub(super) fn may_read(&self, caller: &Caller, metadata: &MetadataMap) -> Result<(), Refusal> {
        let Some(person) = caller.person() else { return Ok(()) };
        let assertion = metadata.get(READ_METADATA).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let read = Operation::read(person);
        require(&self.signing, caller, assertion, &read, self.clock.now()).map(|_| ())
    }
}
