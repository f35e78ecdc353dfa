//! Who lives in the world: persons with accounts and wallets, bonds between them, and ids that are made in order.

use ledger::{
    Command,
    codes::CreditKind,
    command::{Credit, OpenWallet},
};
use money::Yuan;
use policy::{BondStanding, Enrolment, EnrolmentStatus, PersonFacts, Programme, Scheme, WalletState};
use saga::ReturnCause;
use settlement::command::Facts;
use standards::{BondId, BookId, PersonId, Pool, RequestId, WalletId};
use time::macros::date;
use uuid::{Builder, Uuid};

use e2e::Dice;

/// Pools of four provinces, two of each.
const POOLS: [[u32; 2]; 4] = [[320_100, 320_500], [510_100, 510_700], [630_100, 630_200], [340_100, 340_200]];

/// Makes ids that no other part of the same world has.
#[derive(Default)]
pub(crate) struct Ids(u64);

impl Ids {
    pub(crate) fn fresh(&mut self, kind: u8) -> Uuid {
        self.0 += 1;
        Builder::from_random_bytes(((u128::from(kind) << 120) | u128::from(self.0)).to_be_bytes()).into_uuid()
    }

    pub(crate) fn request(&mut self) -> RequestId {
        RequestId::new(self.fresh(7))
    }
}

pub(crate) struct Person {
    pub(crate) id: PersonId,
    pub(crate) wallet: WalletId,
    /// The pool of the account, and that of the wallet; both in one province.
    pub(crate) pool: Pool,
    pub(crate) place: Pool,
    pub(crate) dead: bool,
}

pub(crate) struct Bond {
    pub(crate) id: BondId,
    pub(crate) sharer: usize,
    pub(crate) beneficiary: usize,
    pub(crate) ended: Option<ReturnCause>,
}

/// The books of the first so many provinces.
pub(crate) fn books(count: usize) -> Vec<BookId> {
    let province = |pools: &[u32; 2]| pool(pools[0]).province();
    POOLS[..count].iter().map(|pools| BookId::first_of(province(pools))).collect()
}

pub(crate) fn pool(code: u32) -> Pool {
    Pool::from_code(code).expect("a pool of the country")
}

/// The pools of the first so many provinces.
pub(crate) fn pools(count: usize) -> Vec<Pool> {
    POOLS[..count].iter().flatten().map(|code| pool(*code)).collect()
}

pub(crate) fn persons(dice: &mut Dice, ids: &mut Ids, provinces: usize) -> Vec<Person> {
    let count = 3 + dice.below(3);
    let one = |number: usize| {
        let province = if number < provinces { number } else { dice.below(provinces) };
        let [account, wallet] = [0, 1].map(|_| pool(*dice.pick(&POOLS[province])));
        let (id, of) = (PersonId::new(ids.fresh(1)), WalletId::new(ids.fresh(2)));
        Person { id, wallet: of, pool: account, place: wallet, dead: false }
    };
    (0..count).map(one).collect()
}

/// Bonds of the first two persons to others, and one the other way.
pub(crate) fn bonds(dice: &mut Dice, ids: &mut Ids, persons: usize) -> Vec<Bond> {
    let mut bonds = Vec::new();
    let mut bond = |sharer, beneficiary| {
        let id = BondId::new(ids.fresh(6));
        bonds.push(Bond { id, sharer, beneficiary, ended: None });
    };
    bond(0, 1);
    bond(0, 2);
    bond(1, 2 + dice.below(persons - 2));
    if dice.one_in(2) {
        bond(persons - 1, 0);
    }
    bonds
}

pub(crate) fn open_wallet(person: &Person, auto_claim: bool) -> Command {
    Command::OpenWallet(OpenWallet {
        wallet: person.wallet,
        person: person.id,
        place_of_use: person.place,
        auto_claim,
        mobile_masked: "138****0000".to_owned(),
        opened_by: None,
        terms_version: "2026-01".to_owned(),
    })
}

pub(crate) fn credit(ids: &mut Ids, person: &Person, fen: i64) -> Command {
    Command::CreditPersonalAccount(Credit {
        credit: ids.request(),
        person: person.id,
        pool: person.pool,
        month: "2026-01".to_owned(),
        amount: Yuan::from_fen(fen),
        kind: CreditKind::Contribution,
        reference: "contribution".to_owned(),
    })
}

/// What identity and kinship-registry say at this moment. They take every wallet for active: the book knows better.
pub(crate) fn facts(bond: &Bond, persons: &[Person]) -> Facts {
    let standing = BondStanding { active: bond.ended.is_none(), programme: Programme::Wallet };
    let [sharer, beneficiary] = [bond.sharer, bond.beneficiary].map(|number| person_facts(&persons[number]));
    Facts { bond: Some(standing), sharer, beneficiary }
}

fn person_facts(person: &Person) -> PersonFacts {
    let enrolment = Enrolment {
        scheme: Scheme::Employee,
        has_personal_account: true,
        pool: person.pool,
        status: EnrolmentStatus::Normal,
        valid_from: date!(2020 - 01 - 01),
        valid_to: None,
    };
    PersonFacts {
        person: person.id,
        deceased: Some(person.dead),
        enrolments: Some(vec![enrolment]),
        place_of_use: Some(person.place),
        wallet: Some(WalletState::Active),
        standing: None,
    }
}
