//! Transfers: requests into our values, and transfers, quotes and parked ones into replies.

use border::{
    fields::Fields,
    wire::{decision, programme, refusal, timestamp},
};
use money::Yuan;
use policy::Decision;
use proto::{
    common as common_wire,
    common::Refusal as WireRefusal,
    settlement::{
        ClaimTransferRequest, CreateTransferRequest, DeclineTransferRequest, GetTransferRequest,
        ListTransfersRequest, MoneyPlace as WirePlace, ParkedTransfer, QuoteTransferRequest,
        QuoteTransferResponse, ReturnCause as WireCause, Source as WireSource, Transfer as Wire,
        TransferState as WireState, WatchTransferRequest, create_transfer_request::Target,
    },
};
use saga::{MoneyPlace, ReturnCause, TransferState};
use standards::{BondId, PersonId, RequestId, TransferId, civil};
use tonic::Status;
use uuid::Uuid;

use super::fields;
use crate::{
    command::Ask,
    error,
    sql::transfer_list::{ParkedRow, Wanted},
    transfer::{Shown, Source, Transfer},
    transfers::{NewTransfer, Quote, Quoted},
};

/// 转账.
pub(crate) fn parse_create(request: CreateTransferRequest) -> Result<NewTransfer, Status> {
    let mut fields = Fields::new();
    let transfer = fields.take("transfer_id", TransferId::parse(&request.transfer_id));
    let programme = fields.programme("programme", request.programme);
    let bond = fields.take("bond_id", BondId::parse(&request.bond_id));
    let amount = fields.take("amount", Yuan::parse_positive(&request.amount));
    let source = fields::source(&mut fields, "source", request.source);
    let beneficiary = match &request.target {
        Some(Target::BeneficiaryPersonId(person)) => person.as_str(),
        None => "",
    };
    let beneficiary = fields.take("beneficiary_person_id", PersonId::parse(beneficiary));
    let channel = fields::channel(&mut fields, "channel", request.channel);
    let assertion = fields::assertion(&mut fields, "assertion", &request.assertion);
    let whole = || {
        channel?;
        Some(NewTransfer {
            transfer: transfer?,
            programme: programme?,
            bond: bond?,
            amount: amount?,
            source: source?,
            beneficiary: beneficiary?,
            assertion: assertion?,
        })
    };
    let whole = whole();
    fields.finish(whole)
}

/// 试算.
pub(crate) fn parse_quote(request: &QuoteTransferRequest) -> Result<Quote, Status> {
    let mut fields = Fields::new();
    let transfer = fields.maybe("transfer_id", &request.transfer_id, TransferId::parse);
    let bond = fields.take("bond_id", BondId::parse(&request.bond_id));
    let amount = fields.take("amount", Yuan::parse_positive(&request.amount));
    let whole = || Some(Quote { transfer: transfer?, bond: bond?, amount: amount? });
    let whole = whole();
    fields.finish(whole)
}

/// 接收 and 拒收, which have the same fields.
pub(crate) trait Wished {
    /// Request id, transfer id, assertion.
    fn parts(&self) -> [&str; 3];
}

impl Wished for ClaimTransferRequest {
    fn parts(&self) -> [&str; 3] {
        [&self.request_id, &self.transfer_id, &self.assertion]
    }
}

impl Wished for DeclineTransferRequest {
    fn parts(&self) -> [&str; 3] {
        [&self.request_id, &self.transfer_id, &self.assertion]
    }
}

/// 接收 or 拒收.
pub(crate) fn parse_ask(request: &impl Wished) -> Result<Ask, Status> {
    let [request, transfer, assertion] = request.parts();
    let mut fields = Fields::new();
    let request = fields.take("request_id", RequestId::parse(request));
    let transfer = fields.take("transfer_id", TransferId::parse(transfer));
    let assertion = fields::assertion(&mut fields, "assertion", assertion);
    let whole = || Some(Ask { request: request?, transfer: transfer?, assertion: assertion? });
    let whole = whole();
    fields.finish(whole)
}

/// 查询转账, and whether the decision is wanted.
pub(crate) fn parse_get(request: &GetTransferRequest) -> Result<(TransferId, bool), Status> {
    let mut fields = Fields::new();
    let id = fields.take("transfer_id", TransferId::parse(&request.transfer_id));
    let full =
        fields.choice("view", request.view, |view: common_wire::View| Some(view == common_wire::View::Full));
    let whole = id.zip(full);
    fields.finish(whole)
}

/// 跟踪转账, and the revision that was seen.
pub(crate) fn parse_watch(request: &WatchTransferRequest) -> Result<(TransferId, i64), Status> {
    let mut fields = Fields::new();
    let id = fields.take("transfer_id", TransferId::parse(&request.transfer_id));
    let revision = fields::count(&mut fields, "after_revision", request.after_revision);
    let whole = id.zip(revision);
    fields.finish(whole)
}

/// 列出转账: what is wanted of the rows, and the states as people see them (empty = all).
pub(crate) fn parse_list(request: &ListTransfersRequest) -> Result<(Wanted, Vec<TransferState>), Status> {
    use common_wire::PartyRole;
    let mut fields = Fields::new();
    let person = fields.take("person_id", PersonId::parse(&request.person_id));
    let role = fields.choice("role", request.role, Some::<PartyRole>);
    let mut states = Vec::new();
    for (at, state) in request.states.iter().take(16).enumerate() {
        states.extend(fields::state(&mut fields, &format!("states[{at}]"), *state));
    }
    if request.states.len() > 16 {
        fields.refuse("states", "TOO_MANY", "at most 16 states", "状态最多16个");
    }
    let from_day = fields::maybe_day(&mut fields, "from_day", &request.from_day);
    let to_day = fields::maybe_day(&mut fields, "to_day", &request.to_day);
    fields::in_order(&mut fields, "to_day", from_day.flatten(), to_day.flatten());
    let bond = fields.maybe("bond_id", &request.bond_id, BondId::parse);
    fields::count(&mut fields, "page_size", request.page_size.into());
    states.sort();
    states.dedup();
    let whole = || {
        let role = role?;
        Some(Wanted {
            person: person?.uuid(),
            as_sharer: role != PartyRole::Beneficiary,
            as_beneficiary: role != PartyRole::Sharer,
            states: stored(&states),
            from_day: from_day?,
            to_day: to_day?,
            bond: bond?.map(BondId::uuid),
        })
    };
    let whole = whole();
    fields.finish(whole).map(|wanted| (wanted, states))
}

/// The stored states that may be seen as these. A parked one is seen as what it was, so all of those are looked at.
fn stored(states: &[TransferState]) -> Vec<String> {
    let names = |state: &TransferState| -> &'static [&'static str] {
        match state {
            TransferState::Accepted => &["ACCEPTED", "EARMARKED"],
            TransferState::PendingClaim => &["PENDING_CLAIM", "CLAIMING"],
            TransferState::Claimed => &["CLAIMED"],
            TransferState::Closing => &["CLOSING", "RELEASING"],
            TransferState::Returned => &["RETURNED"],
            TransferState::Refused => &["REFUSED"],
        }
    };
    let parked: &[&str] = if states.is_empty() { &[] } else { &["PARKED"] };
    states.iter().flat_map(names).chain(parked).map(|name| (*name).to_owned()).collect()
}

const fn state(state: TransferState) -> WireState {
    match state {
        TransferState::Accepted => WireState::Accepted,
        TransferState::PendingClaim => WireState::PendingClaim,
        TransferState::Claimed => WireState::Claimed,
        TransferState::Closing => WireState::Closing,
        TransferState::Returned => WireState::Returned,
        TransferState::Refused => WireState::Refused,
    }
}

const fn cause(cause: Option<ReturnCause>) -> WireCause {
    match cause {
        None => WireCause::Unspecified,
        Some(ReturnCause::Unclaimed) => WireCause::Unclaimed,
        Some(ReturnCause::Declined) => WireCause::Declined,
        Some(ReturnCause::Cancelled) => WireCause::Cancelled,
        Some(ReturnCause::BondDissolved) => WireCause::BondDissolved,
        Some(ReturnCause::EnrolmentChanged) => WireCause::EnrolmentChanged,
        Some(ReturnCause::WalletClosed) => WireCause::WalletClosed,
        Some(ReturnCause::Death) => WireCause::Death,
        Some(ReturnCause::Sanction) => WireCause::Sanction,
    }
}

const fn place(place: MoneyPlace) -> WirePlace {
    match place {
        MoneyPlace::SharerAccount => WirePlace::SharerAccount,
        MoneyPlace::Earmarked => WirePlace::Earmarked,
        MoneyPlace::WalletPending => WirePlace::WalletPending,
        MoneyPlace::Wallet => WirePlace::Wallet,
        MoneyPlace::Spent => WirePlace::Spent,
        MoneyPlace::Returned => WirePlace::Returned,
    }
}

const fn source(source: Source) -> WireSource {
    match source {
        Source::PersonalAccount => WireSource::PersonalAccount,
        Source::OwnWallet => WireSource::OwnWallet,
    }
}

/// A transfer as one of its parties may be told: the beneficiary hears that the account did not allow it, not what it
/// holds.
pub(crate) fn told(mut transfer: Wire, person: Option<Uuid>) -> Wire {
    let party = |id: &str| person.is_some_and(|person| person.to_string() == id);
    if party(&transfer.sharer_person_id) || !party(&transfer.beneficiary_person_id) {
        return transfer;
    }
    if let Some(refusal) = &mut transfer.refusal {
        *refusal = WireRefusal {
            reason: std::mem::take(&mut refusal.reason),
            side: refusal.side,
            message_en: "the sharer's account did not allow it".to_owned(),
            message_zh: "共济人账户未能办理".to_owned(),
            what_to_do_en: "ask the sharer".to_owned(),
            what_to_do_zh: "请联系共济人".to_owned(),
            ..WireRefusal::default()
        };
    }
    transfer
}

/// A transfer as it is shown.
pub(crate) fn render_transfer(shown: &Shown) -> Wire {
    let Transfer { pinned, state: stands, claimed_at, ended_at, .. } = &shown.transfer;
    let money = shown.money();
    let refused = stands.view() == TransferState::Refused;
    let reason = stands.refusal().filter(|_| refused);
    let judged = |judged: &Decision| decision(pinned.id.to_string(), judged);
    Wire {
        transfer_id: pinned.id.to_string(),
        programme: programme(pinned.programme).into(),
        bond_id: pinned.bond.to_string(),
        source: source(pinned.source).into(),
        sharer_person_id: pinned.sharer.to_string(),
        beneficiary_person_id: pinned.beneficiary.to_string(),
        sharer_pooling_area: pinned.sharer_pool.to_string(),
        beneficiary_place_of_use: pinned.place_of_use.to_string(),
        amount: money.amount.to_string(),
        spent_amount: money.spent.to_string(),
        returned_amount: money.returned.to_string(),
        remaining_amount: money.remaining.to_string(),
        state: state(stands.view()).into(),
        return_cause: cause(stands.return_cause()).into(),
        money_place: place(money.place(stands)).into(),
        refusal: reason.map(|reason| refusal(&error::of_earmark(reason.as_str(), pinned.amount))),
        under_review: shown.under_review(),
        create_time: Some(timestamp(pinned.accepted_at)),
        claim_until: Some(timestamp(pinned.claim_until)),
        claim_until_local: civil::local_text(pinned.claim_until),
        return_by_local: civil::local_text(pinned.return_by),
        claim_time: claimed_at.map(timestamp),
        end_time: ended_at.map(timestamp),
        revision: shown.revision,
        decision: shown.decision.as_ref().map(judged),
    }
}

/// What would be decided, and the text to confirm.
pub(crate) fn render_quote(quoted: &Quoted) -> QuoteTransferResponse {
    let id = quoted.quote.transfer.map(|id| id.to_string()).unwrap_or_default();
    let (amount, day) = (quoted.quote.amount, civil::day_text(quoted.civil_day));
    let place = quoted.place_of_use.map(|place| (place.name(), place.to_string())).unwrap_or_default();
    QuoteTransferResponse {
        decision: Some(decision(id.clone(), &quoted.decision)),
        largest_amount_now: quoted.largest_amount_now.to_string(),
        next_window_time: quoted.next_window.map(timestamp),
        next_window_local: quoted.next_window.map(civil::local_text).unwrap_or_default(),
        operation: Some(common_wire::Operation {
            kind: "CreateTransfer".to_owned(),
            operation_id: id,
            actor_person_id: quoted.sharer.to_string(),
            counterparty_person_id: quoted.beneficiary.to_string(),
            amount: amount.to_string(),
            place: place.1,
            civil_day: day.clone(),
        }),
        text_zh: format!(
            "{day} 从您的个人账户向亲属的医保钱包(使用地:{})转账 {amount} 元。接收前不可撤回,次日未接收自动退回。",
            place.0
        ),
        text_en: format!(
            "On {day}, transfer {amount} yuan from your personal account to your relative's wallet. It cannot be \
             called back; if it is not claimed by the next day it comes back."
        ),
    }
}

/// A transfer that waits for a person; without `shown` its row cannot be read.
pub(crate) fn render_parked(row: &ParkedRow, shown: Option<&Shown>) -> ParkedTransfer {
    let stands = shown.map(|shown| &shown.transfer.state);
    ParkedTransfer {
        transfer_id: row.id.to_string(),
        parked_from: stands.map_or(WireState::Unspecified, |stands| state(stands.view())).into(),
        step: row.step.clone().unwrap_or_default(),
        error: row.error.clone(),
        parked_time: Some(timestamp(row.at)),
        money_place: shown
            .map_or(WirePlace::Unspecified, |shown| place(shown.money().place(&shown.transfer.state)))
            .into(),
        amount: shown.map(|shown| shown.transfer.pinned.amount.to_string()).unwrap_or_default(),
    }
}
