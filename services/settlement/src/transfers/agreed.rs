//! 加强核验 of what people do with transfers: the operation is derived from the request, and the assertion must
//! be for exactly that. A failed check stores nothing and burns no id.

use chassis::{access::Caller, status::Refusal, stepup::Operation};
use standards::{PersonId, Pool};
use tonic::metadata::MetadataMap;

use super::{NewTransfer, Transfers, Wish};
use crate::{command::Ask, error, read, transfer::Shown};

impl Transfers {
    /// The sharer agreed to amount and beneficiary, and to the place where the wallet is kept if it was named. What was
    /// accepted already is answered again also to an assertion that has ended meanwhile.
    ///
    /// # Errors
    /// The refusals of `Keyring::require`.
    pub(super) async fn sharer_agreed(
        &self,
        caller: &Caller,
        new: &NewTransfer,
        sharer: PersonId,
        place: Option<Pool>,
    ) -> Result<(), Refusal> {
        let plain = Operation::of("CreateTransfer", new.transfer, sharer.uuid())
            .with(new.beneficiary.uuid())
            .about(new.amount);
        let placed = place.map(|place| plain.clone().at(place));
        let operations: Vec<Operation> = [plain].into_iter().chain(placed).collect();
        let now = self.clock.now();
        match self.keyring.require_one_of(caller, &new.assertion, &operations, now).await {
            Ok(_) => Ok(()),
            Err(refusal) if refusal.reason == "ASSERTION_EXPIRED" => {
                let known = read::transfer(&self.database, new.transfer).await?;
                if known.is_some() { Ok(()) } else { Err(refusal) }
            }
            Err(refusal) => Err(refusal),
        }
    }

    /// The beneficiary agreed to this request, and to sharer and amount if they were named.
    ///
    /// # Errors
    /// The refusals of `Keyring::require`; TRANSFER_UNKNOWN for an office that names a transfer of nobody.
    pub(super) async fn beneficiary_agreed(
        &self,
        caller: &Caller,
        wish: Wish,
        ask: &Ask,
        shown: Option<&Shown>,
    ) -> Result<(), Refusal> {
        let of = |shown: &Shown| shown.transfer.pinned.beneficiary.uuid();
        let actor = caller.person().or_else(|| shown.map(of)).ok_or_else(error::transfer_unknown)?;
        let kind = match wish {
            Wish::Claim => "ClaimTransfer",
            Wish::Decline => "DeclineTransfer",
        };
        let plain = Operation::of(kind, ask.request, actor);
        let whole = shown.map(|shown| {
            let pinned = &shown.transfer.pinned;
            plain.clone().with(pinned.sharer.uuid()).about(pinned.amount)
        });
        let operations: Vec<Operation> = [plain].into_iter().chain(whole).collect();
        self.keyring.require_one_of(caller, &ask.assertion, &operations, self.clock.now()).await.map(|_| ())
    }

    /// A citizen's app may read for its person.
    ///
    /// # Errors
    /// The refusals of `Keyring::require_read`.
    pub(crate) async fn may_read(&self, caller: &Caller, metadata: &MetadataMap) -> Result<(), Refusal> {
        self.keyring.require_read(caller, metadata, self.clock.now()).await
    }
}
