//! 加强核验 of what people do with bonds: the operation is derived from the request, and the assertion must
//! be for exactly that. At a counter it is by documents. A failed check stores nothing and burns no id.

use std::fmt::Display;

use chassis::{
    access::Caller,
    status::Refusal,
    stepup::{Method, Operation},
};
use money::Yuan;
use standards::{PersonId, RequestId};
use tonic::metadata::MetadataMap;

use super::Kinship;
use crate::error;

/// What shall have been agreed to about a bond that exists, and the assertion for it.
pub(super) struct Agreement<'a> {
    /// The RPC's name.
    pub(super) kind: &'static str,
    /// Of the request.
    pub(super) request: RequestId,
    /// What it names, if it does.
    pub(super) amount: Option<Yuan>,
    /// As it came.
    pub(super) assertion: &'a str,
}

impl<'a> Agreement<'a> {
    /// To a request that names no amount.
    pub(super) const fn to(kind: &'static str, request: RequestId, assertion: &'a str) -> Self {
        Self { kind, request, amount: None, assertion }
    }
}

impl Kinship {
    /// The sharer agreed to a new bond with this beneficiary; by what the sharer was recognised.
    ///
    /// # Errors
    /// The refusals of `Keyring::require`.
    pub(super) async fn sharer_agreed(
        &self,
        caller: &Caller,
        (kind, bond, assertion): (&str, impl Display, &str),
        (sharer, beneficiary): (PersonId, PersonId),
    ) -> Result<Method, Refusal> {
        let operation = Operation::of(kind, bond, sharer.uuid()).with(beneficiary.uuid());
        let claims = self.keyring.require(caller, assertion, &operation, self.clock.now()).await?;
        Ok(claims.method)
    }

    /// Whoever acts agreed to this request, and to the other person of the bond if the agreement names one; `bond` is
    /// who acts and the other, `None` for an unknown bond.
    ///
    /// # Errors
    /// The refusals of `Keyring::require`; BOND_UNKNOWN at a counter that names a bond of nobody.
    pub(super) async fn agreed(
        &self,
        caller: &Caller,
        agreement: Agreement<'_>,
        bond: Option<(PersonId, PersonId)>,
    ) -> Result<(), Refusal> {
        let Agreement { kind, request, amount, assertion } = agreement;
        let actor = bond.map(|(actor, _)| actor.uuid()).or_else(|| caller.person());
        let plain = Operation::of(kind, request, actor.ok_or_else(error::bond_unknown)?);
        let plain = match amount {
            Some(amount) => plain.about(amount),
            None => plain,
        };
        let whole = bond.map(|(_, other)| plain.clone().with(other.uuid()));
        let ways: Vec<Operation> = [plain].into_iter().chain(whole).collect();
        self.keyring.require_one_of(caller, assertion, &ways, self.clock.now()).await.map(|_| ())
    }

    /// A citizen's app may read for its person.
    ///
    /// # Errors
    /// The refusals of `Keyring::require_read`.
    pub(super) async fn may_read(&self, caller: &Caller, metadata: &MetadataMap) -> Result<(), Refusal> {
        self.keyring.require_read(caller, metadata, self.clock.now()).await
    }
}
