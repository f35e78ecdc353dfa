//! The founding story's family, and short ways to say an instant, a pool or an expected verdict. No test here.

use std::sync::LazyLock;

use money::Yuan;
use policy::{
    AccountFacts, AllocationFacts, Benefit, BenefitKind, BondContext, BondCounts, BondFacts, BondStage,
    BondStanding, Category, Decision, Enrolment, EnrolmentStatus, MonthSoFar, PersonFacts, PersonStanding,
    PremiumFacts, PremiumScheme, Presented, Programme, Reason, Relation, RemoteCare, Rules, Ruling, Scheme,
    Side, TransferFacts, UseFacts, Verdict, WalletState,
};
use standards::{PersonId, Pool, civil};
use time::{Date, OffsetDateTime, Time};

pub(crate) const SHARER: &str = "0198f000-0000-7000-8000-000000000001";
pub(crate) const MOTHER: &str = "0198f000-0000-7000-8000-000000000002";

pub(crate) fn day(text: &str) -> Date {
    civil::parse_day(text).unwrap()
}

/// `at("2026-01-15 21:59:59.999999")`, in civil time.
pub(crate) fn at(text: &str) -> OffsetDateTime {
    let (date, clock) = text.split_once(' ').unwrap();
    let format = time::macros::format_description!(
        version = 2,
        "[hour]:[minute][optional [:[second][optional [.[subsecond]]]]]"
    );
    civil::instant(day(date), Time::parse(clock, format).unwrap())
}

pub(crate) fn pool(text: &str) -> Pool {
    text.parse().unwrap()
}

pub(crate) fn yuan(text: &str) -> Yuan {
    text.parse().unwrap()
}

pub(crate) fn enrolment(scheme: Scheme, at: &str) -> Enrolment {
    Enrolment {
        scheme,
        has_personal_account: scheme.is_employee(),
        pool: pool(at),
        status: EnrolmentStatus::Normal,
        valid_from: day("2020-01-01"),
        valid_to: None,
    }
}

fn person(id: &str, scheme: Scheme, at: &str) -> PersonFacts {
    PersonFacts {
        person: PersonId::parse(id).unwrap(),
        deceased: Some(false),
        enrolments: Some(vec![enrolment(scheme, at)]),
        place_of_use: Some(pool(at)),
        wallet: Some(WalletState::Active),
        standing: None,
    }
}

/// Employed in 南京.
pub(crate) fn sharer() -> PersonFacts {
    person(SHARER, Scheme::Employee, "320100")
}

/// Insured as a resident in 成都.
pub(crate) fn mother() -> PersonFacts {
    person(MOTHER, Scheme::Resident, "510100")
}

pub(crate) fn bond(stage: BondStage) -> BondFacts {
    BondFacts {
        programme: Programme::Wallet,
        stage,
        relation: Relation::Parent,
        commitment: true,
        sharer: sharer(),
        beneficiary: mother(),
        context: None,
    }
}

pub(crate) fn transfer() -> TransferFacts {
    TransferFacts {
        programme: Programme::Wallet,
        bond: Some(BondStanding { active: true, programme: Programme::Wallet }),
        amount: yuan("1200.00"),
        sharer: sharer(),
        beneficiary: mother(),
        sent_today: Some(0),
        unclaimed: Some(0),
        context: None,
    }
}

pub(crate) fn rules() -> Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(Rules::built_in);
    RULES.clone()
}

/// The verdict by which a decision refuses.
pub(crate) fn refused(decision: &Decision) -> &Verdict {
    match decision.ruling() {
        Ruling::Refused(verdict) => verdict,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

pub(crate) fn reason(decision: &Decision) -> Option<Reason> {
    decision.refusing().next().and_then(|verdict| verdict.reason)
}

pub(crate) fn by_parameter<'a>(decision: &'a Decision, parameter: &str) -> &'a Verdict {
    decision.verdicts.iter().find(|verdict| verdict.parameter == parameter).unwrap()
}

pub(crate) const UNCLE: &str = "0198f000-0000-7000-8000-000000000003";

/// Alive and insured in one place.
pub(crate) fn insured(id: &str, scheme: Scheme, at: &str) -> PersonFacts {
    person(id, scheme, at)
}

/// In order with the authority, 40 years old in 2026.
pub(crate) fn in_order() -> PersonStanding {
    PersonStanding {
        birth_day: Some(day("1986-01-01")),
        benefits: Some(vec![]),
        settlement_suspended: Some(false),
        contact_overdue: Some(false),
        medical_code_activated: Some(true),
    }
}

/// The same with a benefit since 2024.
pub(crate) fn with_benefit(kind: BenefitKind) -> PersonStanding {
    let benefit = Benefit { kind, valid_from: day("2024-01-01"), valid_to: None };
    PersonStanding { benefits: Some(vec![benefit]), ..in_order() }
}

/// A bond inside a province, both in order, seen by the registry.
pub(crate) fn local_bond(programme: Programme, sharer_at: &str, beneficiary_at: &str) -> BondFacts {
    let counts = Some(BondCounts::default());
    BondFacts {
        programme,
        stage: BondStage::Accept,
        relation: Relation::Parent,
        commitment: true,
        sharer: PersonFacts { standing: Some(in_order()), ..insured(SHARER, Scheme::Employee, sharer_at) },
        beneficiary: PersonFacts {
            standing: Some(in_order()),
            ..insured(MOTHER, Scheme::Resident, beneficiary_at)
        },
        context: Some(BondContext {
            online: true,
            guardian_acts: false,
            kinship_proven: Some(true),
            face: Some(true),
            code_proxy_linked: Some(true),
            counts,
        }),
    }
}

/// An allocation in 西宁 of 600.00 out of 2000.00.
pub(crate) fn allocation() -> AllocationFacts {
    AllocationFacts {
        amount: yuan("600.00"),
        sharer: PersonFacts { standing: Some(in_order()), ..insured(SHARER, Scheme::Employee, "630100") },
        account: AccountFacts {
            balance: Some(yuan("2000.00")),
            year_start_balance: Some(yuan("3000.00")),
            shared_this_year: Some(yuan("0.00")),
        },
        allocations_this_year: Some(0),
    }
}

/// 100.00 of a sharer's funds for outpatient care at home.
pub(crate) fn use_of(programme: Programme, sharer_at: &str, patient_at: &str) -> UseFacts {
    let patient = insured(MOTHER, Scheme::Resident, patient_at);
    UseFacts {
        programme,
        category: Category::Outpatient,
        amount: yuan("100.00"),
        sharer: PersonFacts { standing: Some(in_order()), ..insured(SHARER, Scheme::Employee, sharer_at) },
        bond: Some(BondStanding { active: true, programme }),
        bond_since: Some(at("2024-12-20 12:00")),
        care_from: at("2026-01-15 09:00"),
        treatment: pool(patient_at),
        presented: Presented {
            credential_of: patient.person,
            shown_by: None,
            shower_linked: None,
            agent_documents: None,
            bond_proof: false,
            online: false,
        },
        patient: PersonFacts { standing: Some(in_order()), ..patient },
        month: Some(MonthSoFar { count: 0, amount: Yuan::ZERO }),
        remote: RemoteCare {
            institution: "H32010000001".to_owned(),
            filings: Some(vec![]),
            switch: None,
            institution_enabled: Some(true),
        },
        catalogue: None,
        lines_without_code: None,
    }
}

/// The resident premium of 2025 of the mother in 成都, paid by the sharer in 南京 from the wallet.
pub(crate) fn premium() -> PremiumFacts {
    PremiumFacts {
        funded_by: Programme::Wallet,
        scheme: PremiumScheme::Resident,
        insurance_year: 2025,
        amount: yuan("400.00"),
        payer: PersonFacts { standing: Some(in_order()), ..sharer() },
        insured: PersonFacts { standing: Some(in_order()), ..mother() },
        bond: Some(BondStanding { active: true, programme: Programme::Wallet }),
        already_paid: Some(false),
    }
}

/// The rules with the unverified samples.
pub(crate) fn with_samples() -> Rules {
    static RULES: LazyLock<Rules> = LazyLock::new(Rules::built_in_with_samples);
    RULES.clone()
}

/// The rules with an edition of the catalogue of its own in 四川, which limits a use too, and in 江苏.
pub(crate) fn with_editions() -> Rules {
    let own = |id: &str, region: &str, parameters: &str| {
        format!(
            "[[version]]\nid = \"{id}\"\nprogramme = \"WALLET\"\nregion = \"{region}\"\ntopic = \"CATALOGUE\"\n\
             valid_from = \"2026-01-01\"\nrecorded_at = \"2026-02-01T00:00:00+08:00\"\nsource = \"{id}\"\n\
             confidence = \"H\"\nlast_verified_day = \"2026-02-01\"\n[version.parameters]\n{parameters}\n"
        )
    };
    let sichuan = "catalogue_version = \"SC-2026\"\nper_use_limit = { OUTPATIENT = \"60.00\" }";
    let (sichuan, jiangsu) =
        (own("SC", "510000", sichuan), own("JS", "320000", "catalogue_version = \"JS-2026\""));
    Rules::built_in_with(&[("sc.toml", sichuan.as_str()), ("js.toml", jiangsu.as_str())]).unwrap()
}

/// The reason, rule and side of the first refusal.
pub(crate) fn why(decision: &Decision) -> Option<(Reason, &str, Side)> {
    let verdict = decision.refusing().next()?;
    verdict.reason.map(|reason| (reason, verdict.rule.as_ref(), verdict.side))
}
