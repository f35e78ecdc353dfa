//! WalletService: requests in, wallets, accounts, lots and events out.

use chassis::feed::{Page, Recorded};
use ledger::{
    Outcome as BookOutcome,
    codes::{CreditKind, LotState, WalletState},
    command::{FreezeWallet, OpenWallet},
    outcome::Done,
    rows::{LotRow, WalletRow},
};
use money::Yuan;
use proto::{common::Channel, wallet as wire};
use standards::{BookId, PersonId, RequestId, WalletId, civil};
use time::{Date, OffsetDateTime};
use tonic::Status;

use super::{fields::Fields, record, timestamp};
use crate::{
    command::{Freeze, Open},
    outcome::{Outcome, Told},
};

/// A personal account as it is now.
pub(crate) struct AccountNow {
    pub(crate) pool: standards::Pool,
    pub(crate) prior: Yuan,
    pub(crate) current: Yuan,
    pub(crate) earmarked: Yuan,
    pub(crate) frozen: bool,
}

/// A wallet as it is now.
pub(crate) struct WalletNow {
    pub(crate) row: WalletRow,
    pub(crate) quota: Yuan,
    pub(crate) pending: Yuan,
    pub(crate) account: Option<AccountNow>,
    pub(crate) opened: OffsetDateTime,
}

pub(crate) fn open(request: wire::OpenWalletRequest) -> Result<Open, Status> {
    let mut fields = Fields::new();
    let wallet = fields.id("wallet_id", &request.wallet_id, WalletId::parse);
    let person = fields.id("person_id", &request.person_id, PersonId::parse);
    let place_of_use = fields.pool("place_of_use", &request.place_of_use);
    let mobile = fields.mobile("mobile", &request.mobile);
    let terms = match request.terms {
        Some(terms) => fields.within("terms", |fields| {
            let version = fields.text("text_version", terms.text_version, 32);
            let sha256 = fields.hash("text_sha256", terms.text_sha256);
            version.zip(sha256)
        }),
        None => {
            fields.refuse("terms", "MISSING", "the terms must be accepted", "须同意服务条款");
            None
        }
    };
    fields.choice("channel", request.channel, |channel: Channel| {
        (channel != Channel::Unspecified).then_some(())
    });
    let parsed = (|| {
        let (terms_version, terms_sha256) = terms?;
        let wallet = OpenWallet {
            wallet: wallet?,
            person: person?,
            place_of_use: place_of_use?,
            auto_claim: request.auto_claim,
            mobile_masked: mobile?.masked(),
            opened_by: None,
            terms_version,
        };
        Some(Open { wallet, terms_sha256, refused: None, probe: false })
    })();
    fields.finish(parsed)
}

/// The parts of a freezing or thawing, which have the same fields.
pub(crate) struct Freezing {
    pub(crate) request_id: String,
    pub(crate) wallet_id: String,
    pub(crate) reason: String,
    pub(crate) case_reference: String,
}

impl From<wire::FreezeWalletRequest> for Freezing {
    fn from(request: wire::FreezeWalletRequest) -> Self {
        let wire::FreezeWalletRequest { request_id, wallet_id, reason, case_reference } = request;
        Self { request_id, wallet_id, reason, case_reference }
    }
}

impl From<wire::UnfreezeWalletRequest> for Freezing {
    fn from(request: wire::UnfreezeWalletRequest) -> Self {
        let wire::UnfreezeWalletRequest { request_id, wallet_id, reason, case_reference } = request;
        Self { request_id, wallet_id, reason, case_reference }
    }
}

pub(crate) fn freeze(request: Freezing, thaw: bool, by: String) -> Result<Freeze, Status> {
    let mut fields = Fields::new();
    let id = fields.id("request_id", &request.request_id, RequestId::parse);
    let wallet = fields.id("wallet_id", &request.wallet_id, WalletId::parse);
    let reason = fields.text("reason", request.reason, 256);
    let case_reference = fields.maybe_text("case_reference", request.case_reference, 64);
    let parsed = (|| {
        let wallet =
            FreezeWallet { request: id?, wallet: wallet?, reason: reason?, case_reference: case_reference? };
        Some(Freeze { wallet, thaw, by })
    })();
    fields.finish(parsed)
}

/// A credit, and the first and last day of its month.
pub(crate) fn credit(
    request: wire::CreditPersonalAccountRequest,
) -> Result<(ledger::command::Credit, (Date, Date)), Status> {
    let mut fields = Fields::new();
    let credit = fields.id("credit_id", &request.credit_id, RequestId::parse);
    let person = fields.id("person_id", &request.person_id, PersonId::parse);
    let pool = fields.pool("pooling_area", &request.pooling_area);
    let days = fields.month("month", &request.month);
    let amount = fields.positive("amount", &request.amount);
    let kind = fields.choice("kind", request.kind, |kind| match kind {
        wire::CreditKind::Unspecified => None,
        wire::CreditKind::Contribution => Some(CreditKind::Contribution),
        wire::CreditKind::Interest => Some(CreditKind::Interest),
        wire::CreditKind::PoolTransferIn => Some(CreditKind::PoolTransferIn),
    });
    let reference = fields.maybe_text("reference", request.reference, 64);
    let month = request.month;
    let parsed = (|| {
        let credit = ledger::command::Credit {
            credit: credit?,
            person: person?,
            pool: pool?,
            month,
            amount: amount?,
            kind: kind?,
            reference: reference?,
        };
        Some((credit, days?))
    })();
    fields.finish(parsed)
}

/// A person's id alone.
pub(crate) fn person(field: &str, text: &str) -> Result<PersonId, Status> {
    let mut fields = Fields::new();
    let person = fields.id(field, text, PersonId::parse);
    fields.finish(person)
}

pub(crate) fn wallet(now: &WalletNow) -> wire::Wallet {
    let row = &now.row;
    wire::Wallet {
        wallet_id: row.wallet.to_string(),
        person_id: row.person.to_string(),
        place_of_use: row.place_of_use.to_string(),
        state: state(row.state).into(),
        mobile_masked: row.mobile_masked.clone(),
        auto_claim: row.auto_claim,
        quota_amount: now.quota.to_string(),
        pending_amount: now.pending.to_string(),
        account: now.account.as_ref().map(account),
        create_time: Some(timestamp(now.opened)),
        revision: row.revision,
    }
}

pub(crate) fn account(now: &AccountNow) -> wire::PersonalAccount {
    let available = if now.frozen { Ok(Yuan::ZERO) } else { now.prior.plus(now.current) };
    wire::PersonalAccount {
        pooling_area: now.pool.to_string(),
        prior_year: now.prior.to_string(),
        current_year: now.current.to_string(),
        earmarked: now.earmarked.to_string(),
        available: available.unwrap_or(Yuan::ZERO).to_string(),
        frozen: now.frozen,
    }
}

fn state(state: WalletState) -> wire::WalletState {
    match state {
        WalletState::Active => wire::WalletState::Active,
        WalletState::Frozen => wire::WalletState::Frozen,
    }
}

/// A lot with the time at which it was claimed.
pub(crate) fn lot(row: &LotRow, claimed: Option<OffsetDateTime>) -> wire::Lot {
    let left = row.left();
    let returned = row.granted.minus(row.consumed).and_then(|rest| rest.minus(left)).unwrap_or(Yuan::ZERO);
    let text = |id: Option<String>| id.unwrap_or_default();
    wire::Lot {
        transfer_id: row.transfer.to_string(),
        sharer_person_id: text(row.terms.map(|terms| terms.sharer.to_string())),
        sharer_masked_name: String::new(),
        bond_id: text(row.terms.map(|terms| terms.bond.to_string())),
        origin_pooling_area: text(row.terms.map(|terms| terms.origin.to_string())),
        granted: row.granted.to_string(),
        spent: row.consumed.to_string(),
        returned: returned.to_string(),
        remaining: left.to_string(),
        claim_time: claimed.map(timestamp),
        state: match row.state {
            LotState::Pending => wire::LotState::Pending,
            LotState::Open if left.is_zero() => wire::LotState::Spent,
            LotState::Open => wire::LotState::Open,
            LotState::Closed | LotState::Moved | LotState::Refused | LotState::Undone => {
                wire::LotState::Returned
            }
        }
        .into(),
    }
}

/// One batch of the stream of wallet events.
pub(crate) fn events(book: BookId, page: &Page) -> wire::StreamEventsResponse {
    wire::StreamEventsResponse {
        items: page.records.iter().filter_map(event).collect(),
        position: page.watermark.cursor.sequence,
        hash: page.watermark.cursor.hash_text(),
        complete_through: Some(timestamp(page.watermark.through)),
        book_id: book.to_string(),
        epoch: page.epoch,
    }
}

/// A record that changed nothing (a refusal) is no event.
fn event(stored: &Recorded) -> Option<wire::WalletEvent> {
    let event = wire::WalletEvent {
        position: stored.sequence,
        civil_day: civil::day_text(civil::day(stored.at)),
        time: Some(timestamp(stored.at)),
        ..wire::WalletEvent::default()
    };
    let Some(body) = record::streamed(stored) else {
        return Some(wire::WalletEvent { unreadable: true, ..event });
    };
    let Outcome::Book(Told { outcome: BookOutcome::Done(Done::Wallet(now)), .. }) = body.outcome else {
        return None;
    };
    let kind = match stored.label.as_str() {
        "open_wallet" => wire::WalletEventKind::Opened,
        "freeze_wallet" => wire::WalletEventKind::Frozen,
        _ => wire::WalletEventKind::Unfrozen,
    };
    Some(wire::WalletEvent {
        wallet_id: now.wallet.to_string(),
        person_id: now.person.to_string(),
        place_of_use: now.place_of_use.to_string(),
        kind: kind.into(),
        state: state(now.state).into(),
        revision: now.revision,
        ..event
    })
}
