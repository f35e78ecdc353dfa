//! The persons of the book that is written in process, numbered from 0, and what is commanded for them.

use anyhow::{Context, Result};
use chassis::clock::Clock;
use ledger::{
    codes::{Category, CreditKind},
    command::{Cost, SharedWanted},
};
use money::Yuan;
use policy::{Enrolment, EnrolmentStatus, Scheme};
use standards::{InstitutionCode, PaymentId, PersonId, Pool, Province, RequestId, civil};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;
use wallet::{
    command::{Command, Credit, Identified, Means, Pay},
    facts::{Known, KnownInstitution, KnownPerson},
};

const HOSPITAL: &str = "H32010400123";
/// 划入 of the set-up: 5,000 yuan, more than a person pays in any run.
const FIRST: Yuan = Yuan::from_fen(500_000);
const FEN: Yuan = Yuan::from_fen(1);
/// How old facts may be: the benchmark has no feed that could be late.
const LIMIT_SECONDS: u32 = 86_400;

/// Makes commands.
pub(super) struct Maker {
    clock: Clock,
    /// The pools of the province; persons live in them in turn.
    pools: Vec<Pool>,
    hospital: InstitutionCode,
    since: Date,
    month: (Date, Date),
}

impl Maker {
    pub(super) fn new(province: Province) -> Result<Self> {
        let day = |text| civil::parse_day(text).context("a day");
        Ok(Self {
            clock: Clock::system(),
            pools: Pool::all().filter(|pool| pool.province() == province).collect(),
            hospital: HOSPITAL.parse().ok().context("a hospital's code")?,
            since: day("2020-01-01")?,
            month: (day("2026-03-01")?, day("2026-03-31")?),
        })
    }

    fn pool(&self, n: u32) -> Pool {
        let place = usize::try_from(n).unwrap_or_default() % self.pools.len();
        self.pools[place]
    }

    /// A person as identity would tell.
    pub(super) fn known(&self, n: u32) -> KnownPerson {
        let enrolment = Enrolment {
            scheme: Scheme::Employee,
            has_personal_account: true,
            pool: self.pool(n),
            status: EnrolmentStatus::Normal,
            valid_from: self.since,
            valid_to: None,
        };
        KnownPerson { enrolments: vec![enrolment], ..KnownPerson::blank(person(n)) }
    }

    /// The hospital as settlement would tell.
    pub(super) fn hospital(&self) -> KnownInstitution {
        KnownInstitution {
            code: self.hospital,
            pool: self.pool(0),
            wallet_supported: true,
            designated_from: self.since,
            designated_to: None,
            suspended: false,
            special_outpatient: false,
        }
    }

    fn now(&self) -> (OffsetDateTime, Known) {
        let now = self.clock.now();
        let known = Known { arrived: now, identity: now, institutions: now, limit_seconds: LIMIT_SECONDS };
        (now, known)
    }

    /// The credit that opens a person's account.
    pub(super) fn first_credit(&self, n: u32) -> Command {
        self.credit_of(n, FIRST)
    }

    /// One fen from the fund of a person's pool.
    pub(super) fn credit(&self, n: u32) -> Command {
        self.credit_of(n, FEN)
    }

    fn credit_of(&self, n: u32, amount: Yuan) -> Command {
        let credit = ledger::command::Credit {
            credit: RequestId::new(Uuid::now_v7()),
            person: person(n),
            pool: self.pool(n),
            month: "2026-03".to_owned(),
            amount,
            kind: CreditKind::Contribution,
            reference: "2026-03-0001".to_owned(),
        };
        Command::Credit(Credit { credit, month: self.month, known: self.now().1 })
    }

    /// A person pays the hospital one fen of their own.
    pub(super) fn payment(&self, n: u32) -> Command {
        let (now, known) = self.now();
        let payment = Uuid::now_v7();
        let serial = payment.simple().to_string();
        Command::Pay(Box::new(Pay {
            probe: false,
            payment: PaymentId::new(payment),
            patient: person(n),
            agent: None,
            institution: self.hospital,
            visit: serial.clone(),
            serial,
            med_type: "11".to_owned(),
            category: Some(Category::Outpatient),
            channel: "COUNTER".to_owned(),
            service_time: civil::micros(now - Duration::seconds(2)),
            insured_pool: self.pool(n),
            catalogue_version: "2025".to_owned(),
            cost: Cost {
                total: FEN,
                fund: Yuan::ZERO,
                institution: Yuan::ZERO,
                personal: FEN,
                eligible: FEN,
            },
            lines: vec![],
            shared_wanted: SharedWanted::All,
            max_cash: None,
            known,
            identified: Some(Identified { by: Means::SocialCard, shown_by: None }),
        }))
    }
}

/// The `n`-th person: ids of version 7 grow, as those of identity do.
fn person(n: u32) -> PersonId {
    PersonId::new(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 | u128::from(n)))
}
