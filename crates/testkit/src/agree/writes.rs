//! Which writes carry an assertion, and what it is for: one entry per message. It knows no service's code.

use std::any::{Any, type_name};

use money::Yuan;
use prost::Message;
use proto::{
    identity::{
        ActivateMedicalCodeRequest, ConfirmContactRequest, FileRemoteCareRequest, LinkCodeProxyRequest,
        SetPurchaseSwitchRequest, UnlinkCodeProxyRequest, UpdateContactRequest, WithdrawRemoteCareRequest,
    },
    kinship::{
        AcceptBondRequest, DissolveBondRequest, DissolvedBy, ProposeBondRequest,
        RegisterBondAtCounterRequest, RejectBondRequest, SetSharingRequest, WithdrawBondRequest,
    },
    settlement::{
        ClaimTransferRequest, CreateTransferRequest, DeclineTransferRequest, create_transfer_request::Target,
    },
    wallet::OpenWalletRequest,
};

use super::{Agreements, Lines};

/// A write that carries an assertion.
trait Write: Message + Default + 'static {
    /// What is agreed to and where the assertion goes; `caller` is the citizen who calls, or whom an operator serves.
    /// None where nobody has to agree.
    fn agreed(&mut self, caller: String) -> Option<(Lines, &mut String)>;
}

/// Does `$act` with each of them.
macro_rules! each_write {
    ($act:ident) => {
        $act! {
            ActivateMedicalCodeRequest, UpdateContactRequest, ConfirmContactRequest, FileRemoteCareRequest,
            WithdrawRemoteCareRequest, SetPurchaseSwitchRequest, LinkCodeProxyRequest, UnlinkCodeProxyRequest,
            ProposeBondRequest, RegisterBondAtCounterRequest, AcceptBondRequest, RejectBondRequest,
            WithdrawBondRequest, SetSharingRequest, DissolveBondRequest, OpenWalletRequest,
            CreateTransferRequest, ClaimTransferRequest, DeclineTransferRequest
        }
    };
}

/// Adds the agreement to a message that carries one and has none yet; whether it is such a message.
pub(super) fn sign(agreements: &Agreements, credential: &str, message: &mut dyn Any) -> bool {
    macro_rules! first_that_fits {
        ($($write:ident),*) => {
            $(if let Some(write) = message.downcast_mut::<$write>() {
                complete(agreements, credential, None, write);
                return true;
            })*
        };
    }
    each_write!(first_that_fits);
    false
}

/// As [`sign`], for an encoded message of the method with this name; none if it is not such a message. `served` is
/// whom an operator serves.
pub(super) fn sign_encoded(
    agreements: &Agreements,
    credential: &str,
    served: Option<&str>,
    (method, encoded): (&str, &[u8]),
) -> Option<Vec<u8>> {
    macro_rules! first_that_fits {
        ($($write:ident),*) => {
            $(if named::<$write>(method) {
                let mut write = $write::decode(encoded).ok()?;
                complete(agreements, credential, served, &mut write);
                return Some(write.encode_to_vec());
            })*
        };
    }
    each_write!(first_that_fits);
    None
}

fn named<T: Write>(method: &str) -> bool {
    type_name::<T>().rsplit("::").next().and_then(|name| name.strip_suffix("Request")) == Some(method)
}

fn complete(agreements: &Agreements, credential: &str, served: Option<&str>, write: &mut impl Write) {
    let caller = served.or_else(|| credential.strip_prefix("citizen:")).unwrap_or_default();
    if let Some((lines, assertion)) = write.agreed(caller.to_owned())
        && assertion.is_empty()
        && !lines.actor.is_empty()
    {
        *assertion = agreements.assertion(credential, &lines);
    }
}

/// One that is about nothing but its id, by whoever calls.
macro_rules! by_the_caller {
    ($($kind:literal $write:ident),* $(,)?) => {
        $(impl Write for $write {
            fn agreed(&mut self, actor: String) -> Option<(Lines, &mut String)> {
                let lines = Lines { kind: $kind, id: self.request_id.clone(), actor, ..Lines::default() };
                Some((lines, &mut self.assertion))
            }
        })*
    };
}

by_the_caller! {
    "ActivateMedicalCode" ActivateMedicalCodeRequest,
    "UpdateContact" UpdateContactRequest,
    "ConfirmContact" ConfirmContactRequest,
    "WithdrawRemoteCare" WithdrawRemoteCareRequest,
    "SetPurchaseSwitch" SetPurchaseSwitchRequest,
    "UnlinkCodeProxy" UnlinkCodeProxyRequest,
    "WithdrawBond" WithdrawBondRequest,
    "ClaimTransfer" ClaimTransferRequest,
    "DeclineTransfer" DeclineTransferRequest,
}

impl Write for FileRemoteCareRequest {
    fn agreed(&mut self, actor: String) -> Option<(Lines, &mut String)> {
        let (id, place) = (self.filing_id.clone(), self.treatment_pooling_area.clone());
        Some((Lines { kind: "FileRemoteCare", id, actor, place, ..Lines::default() }, &mut self.assertion))
    }
}

impl Write for LinkCodeProxyRequest {
    fn agreed(&mut self, actor: String) -> Option<(Lines, &mut String)> {
        let others = [&self.shower_person_id, &self.owner_person_id];
        let counterparty = others.into_iter().find(|other| **other != actor).cloned().unwrap_or_default();
        let id = self.code_proxy_id.clone();
        Some((
            Lines { kind: "LinkCodeProxy", id, actor, counterparty, ..Lines::default() },
            &mut self.assertion,
        ))
    }
}

impl Write for ProposeBondRequest {
    fn agreed(&mut self, _: String) -> Option<(Lines, &mut String)> {
        let (id, actor) = (self.bond_id.clone(), self.sharer_person_id.clone());
        let counterparty = self.beneficiary_person_id.clone();
        Some((
            Lines { kind: "ProposeBond", id, actor, counterparty, ..Lines::default() },
            &mut self.assertion,
        ))
    }
}

impl Write for RegisterBondAtCounterRequest {
    fn agreed(&mut self, _: String) -> Option<(Lines, &mut String)> {
        let (id, actor) = (self.bond_id.clone(), self.sharer_person_id.clone());
        let counterparty = self.beneficiary_person_id.clone();
        let lines = Lines { kind: "RegisterBondAtCounter", id, actor, counterparty, ..Lines::default() };
        Some((lines, &mut self.assertion))
    }
}

/// The guardian if one is named.
fn answering(guardian: &str, caller: String) -> String {
    if guardian.is_empty() { caller } else { guardian.to_owned() }
}

impl Write for AcceptBondRequest {
    fn agreed(&mut self, caller: String) -> Option<(Lines, &mut String)> {
        let (id, actor) = (self.request_id.clone(), answering(&self.acting_guardian_person_id, caller));
        Some((Lines { kind: "AcceptBond", id, actor, ..Lines::default() }, &mut self.assertion))
    }
}

impl Write for RejectBondRequest {
    fn agreed(&mut self, caller: String) -> Option<(Lines, &mut String)> {
        let (id, actor) = (self.request_id.clone(), answering(&self.acting_guardian_person_id, caller));
        Some((Lines { kind: "RejectBond", id, actor, ..Lines::default() }, &mut self.assertion))
    }
}

impl Write for SetSharingRequest {
    fn agreed(&mut self, actor: String) -> Option<(Lines, &mut String)> {
        let (id, amount) = (self.request_id.clone(), yuan(&self.amount));
        Some((Lines { kind: "SetSharing", id, actor, amount, ..Lines::default() }, &mut self.assertion))
    }
}

impl Write for DissolveBondRequest {
    fn agreed(&mut self, actor: String) -> Option<(Lines, &mut String)> {
        if self.by() == DissolvedBy::Operator {
            return None;
        }
        let lines = Lines { kind: "DissolveBond", id: self.request_id.clone(), actor, ..Lines::default() };
        Some((lines, &mut self.assertion))
    }
}

impl Write for OpenWalletRequest {
    fn agreed(&mut self, _: String) -> Option<(Lines, &mut String)> {
        let (id, actor, place) = (self.wallet_id.clone(), self.person_id.clone(), self.place_of_use.clone());
        Some((Lines { kind: "OpenWallet", id, actor, place, ..Lines::default() }, &mut self.assertion))
    }
}

impl Write for CreateTransferRequest {
    fn agreed(&mut self, actor: String) -> Option<(Lines, &mut String)> {
        let Some(Target::BeneficiaryPersonId(beneficiary)) = &self.target else { return None };
        let (id, counterparty, amount) = (self.transfer_id.clone(), beneficiary.clone(), yuan(&self.amount));
        let lines = Lines { kind: "CreateTransfer", id, actor, counterparty, amount, ..Lines::default() };
        Some((lines, &mut self.assertion))
    }
}

/// As it is agreed to: with two decimals; what cannot be read stays as it is.
fn yuan(text: &str) -> String {
    Yuan::parse_positive(text).map_or_else(|_| text.to_owned(), |amount| amount.to_string())
}
