//! Commands with usual values, and ids that print as what they are.

use ledger::{
    Command, Done,
    codes::{Category, CreditKind, HopState, LotState, RefundKind, RevokeCause},
    command::{
        Claim, Cost, Credit, DrawDown, Earmark, FreezeWallet, Grant, OpenWallet, Pay, Refund, Return,
        ReversePayment, Revoke, SetAutoClaim, SharedWanted,
    },
    outcome::{LotNow, Movement},
};
use money::Yuan;
use standards::{
    BondId, BookId, PaymentId, PersonId, Pool, RefundId, RequestId, TransferId, WalletId, civil,
    institution::InstitutionCode,
};
use time::{Date, Month, OffsetDateTime, Time};
use uuid::{Builder, Uuid};

use crate::store::Store;

pub(crate) const NANJING: u32 = 320_100;
pub(crate) const SUZHOU: u32 = 320_500;
pub(crate) const CHENGDU: u32 = 510_100;
pub(crate) const MIANYANG: u32 = 510_700;
pub(crate) const HOSPITAL: &str = "H51010400123";
pub(crate) const PHARMACY: &str = "P51010400456";

pub(crate) fn uuid(kind: u8, n: u64) -> Uuid {
    Builder::from_random_bytes(((u128::from(kind) << 120) | u128::from(n)).to_be_bytes()).into_uuid()
}

pub(crate) fn person(n: u64) -> PersonId {
    PersonId::new(uuid(1, n))
}

pub(crate) fn wallet(n: u64) -> WalletId {
    WalletId::new(uuid(2, n))
}

pub(crate) fn transfer(n: u64) -> TransferId {
    TransferId::new(uuid(3, n))
}

pub(crate) fn payment(n: u64) -> PaymentId {
    PaymentId::new(uuid(4, n))
}

pub(crate) fn refund_id(n: u64) -> RefundId {
    RefundId::new(uuid(5, n))
}

pub(crate) fn request(n: u64) -> RequestId {
    RequestId::new(uuid(6, n))
}

pub(crate) fn bond(n: u64) -> BondId {
    BondId::new(uuid(7, n))
}

pub(crate) fn pool(code: u32) -> Pool {
    Pool::from_code(code).expect("the tests name real pools")
}

pub(crate) fn code(text: &str) -> InstitutionCode {
    text.parse().expect("the tests name well-formed institutions")
}

pub(crate) fn yuan(fen: i64) -> Yuan {
    Yuan::from_fen(fen)
}

pub(crate) fn noon(year: i32, month: u8, day: u8) -> OffsetDateTime {
    let month = Month::try_from(month).expect("a month");
    civil::instant(Date::from_calendar_date(year, month, day).expect("a day"), Time::MIDNIGHT)
        + time::Duration::HOUR * 12
}

pub(crate) fn jiangsu() -> Store {
    Store::new(BookId::first_of(pool(NANJING).province()), noon(2026, 1, 15))
}

pub(crate) fn sichuan() -> Store {
    Store::new(BookId::first_of(pool(CHENGDU).province()), noon(2026, 1, 15))
}

pub(crate) fn open_wallet(n: u64) -> OpenWallet {
    OpenWallet {
        wallet: wallet(n),
        person: person(n),
        place_of_use: pool(CHENGDU),
        auto_claim: false,
        mobile_masked: "138****0000".to_owned(),
        opened_by: None,
        terms_version: "2026-01".to_owned(),
    }
}

pub(crate) fn open(n: u64) -> Command {
    Command::OpenWallet(open_wallet(n))
}

pub(crate) fn freeze(n: u64) -> Command {
    Command::FreezeWallet(freezing(n))
}

pub(crate) fn unfreeze(n: u64) -> Command {
    Command::UnfreezeWallet(freezing(n))
}

fn freezing(n: u64) -> FreezeWallet {
    FreezeWallet {
        request: request(n),
        wallet: wallet(n),
        reason: "suspicion".to_owned(),
        case_reference: "case 1".to_owned(),
    }
}

pub(crate) fn auto_claim(n: u64, auto_claim: bool) -> Command {
    Command::SetAutoClaim(SetAutoClaim { request: request(n), wallet: wallet(n), auto_claim })
}

pub(crate) fn credit(who: u64, at: u32, fen: i64) -> Command {
    Command::CreditPersonalAccount(Credit {
        credit: request(who),
        person: person(who),
        pool: pool(at),
        month: "2026-01".to_owned(),
        amount: yuan(fen),
        kind: CreditKind::Contribution,
        reference: "contribution".to_owned(),
    })
}

/// Person 1 of Nanjing sets aside for person 2 of Chengdu.
pub(crate) fn earmarking(t: u64, fen: i64) -> Earmark {
    Earmark {
        transfer: transfer(t),
        sharer: person(1),
        pool: pool(NANJING),
        beneficiary: person(2),
        bond: bond(1),
        to: pool(CHENGDU).province(),
        amount: yuan(fen),
        min_left: Yuan::ZERO,
        year_total: None,
    }
}

pub(crate) fn earmark(t: u64, fen: i64) -> Command {
    Command::Earmark(earmarking(t, fen))
}

/// The lot for person 2 that person 1's earmark guarantees.
pub(crate) fn granting(t: u64, fen: i64) -> Grant {
    Grant {
        transfer: transfer(t),
        hop: 0,
        beneficiary: person(2),
        sharer: person(1),
        bond: bond(1),
        origin: pool(NANJING),
        amount: yuan(fen),
        auto_claim: false,
        earmark: None,
    }
}

pub(crate) fn grant(t: u64, fen: i64) -> Command {
    Command::Grant(granting(t, fen))
}

pub(crate) fn claim(t: u64) -> Command {
    Command::Claim(Claim { transfer: transfer(t), request: request(t) })
}

pub(crate) fn decline(t: u64) -> Command {
    Command::Decline(Claim { transfer: transfer(t), request: request(t) })
}

pub(crate) fn give_back(t: u64) -> Command {
    Command::Return(Return { transfer: transfer(t) })
}

pub(crate) fn revoke(t: u64) -> Command {
    Command::Revoke(Revoke { transfer: transfer(t), cause: RevokeCause::BondDissolved })
}

pub(crate) fn draw_down(t: u64, at_sequence: i64, fen: i64, state: HopState) -> Command {
    Command::DrawDown(DrawDown { transfer: transfer(t), hop: 0, at_sequence, consumed: yuan(fen), state })
}

/// What a follower of the lot's book tells the sharer's book.
pub(crate) fn report(lot: &LotNow) -> Command {
    let state = match lot.state {
        LotState::Pending | LotState::Open => HopState::Open,
        LotState::Closed | LotState::Refused | LotState::Undone => HopState::Closed,
        LotState::Moved => HopState::Moved,
    };
    Command::DrawDown(DrawDown {
        transfer: lot.transfer,
        hop: lot.hop,
        at_sequence: lot.at_sequence,
        consumed: lot.consumed,
        state,
    })
}

pub(crate) fn cost(personal: i64) -> Cost {
    Cost {
        total: yuan(personal + 10_000),
        fund: yuan(9_000),
        institution: yuan(1_000),
        personal: yuan(personal),
        eligible: yuan(personal),
    }
}

/// Person `who` pays `fen` at a hospital in Chengdu.
pub(crate) fn paying(p: u64, who: u64, fen: i64) -> Pay {
    Pay {
        payment: payment(p),
        patient: person(who),
        institution: code(HOSPITAL),
        institution_pool: pool(CHENGDU),
        serial: format!("serial-{p}"),
        visit: "visit-1".to_owned(),
        med_type: "11".to_owned(),
        category: Category::Outpatient,
        service_time: noon(2026, 1, 15),
        cost: cost(fen),
        shared_wanted: SharedWanted::All,
        max_cash: None,
        frozen: vec![],
    }
}

pub(crate) fn pay(p: u64, who: u64, fen: i64) -> Command {
    Command::Pay(paying(p, who, fen))
}

pub(crate) fn refunding(r: u64, p: u64, fen: i64) -> Refund {
    Refund {
        refund: refund_id(r),
        payment: payment(p),
        institution: code(HOSPITAL),
        kind: RefundKind::GoodsReturned,
        amount: yuan(fen),
        cost: None,
    }
}

pub(crate) fn refund(r: u64, p: u64, fen: i64) -> Command {
    Command::Refund(refunding(r, p, fen))
}

pub(crate) fn reversing(p: u64) -> ReversePayment {
    ReversePayment {
        request: request(1_000 + p),
        payment: payment(p),
        institution: code(HOSPITAL),
        serial: format!("serial-{p}"),
    }
}

pub(crate) fn reverse(p: u64) -> Command {
    Command::ReversePayment(reversing(p))
}

/// The lot of an outcome.
pub(crate) fn lot_of(done: &Done) -> LotNow {
    match done {
        Done::Lot(lot) => *lot,
        other => panic!("no lot in {other:?}"),
    }
}

/// The legs of an outcome.
pub(crate) fn moved(done: Done) -> Movement {
    match done {
        Done::Payment(movement) | Done::Refund(movement) => movement,
        other => panic!("no legs in {other:?}"),
    }
}

/// The legs as (kind, fen), in the order they moved.
pub(crate) fn legs(done: Done) -> Vec<(&'static str, i64)> {
    moved(done).legs.iter().map(|leg| (leg.kind.code(), leg.amount.fen())).collect()
}
