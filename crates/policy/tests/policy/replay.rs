//! Stored decisions come out of their facts again, byte for byte: ten thousand of different kinds, days and facts.

use std::fmt::Write as _;

use policy::{
    AllocationFacts, BenefitKind, BondCounts, BondFacts, BondStage, Category, CodeProxyFacts, Decision,
    EnrolmentStatus, PersonFacts, PlaceFacts, PremiumFacts, PremiumScheme, Programme, Relation, Rules,
    Scheme, SwitchState, TransferContext, TransferFacts, UnbindFacts, UseFacts, WalletState, When,
    decide_allocation, decide_bond, decide_code_proxy, decide_place_change, decide_place_of_use,
    decide_premium, decide_transfer, decide_unbind, decide_use,
};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::support::*;

const MANY: usize = 10_000;

/// The facts of one decision.
#[derive(Serialize, Deserialize)]
enum Facts {
    Bond(BondFacts),
    Unbind(UnbindFacts),
    Transfer(TransferFacts),
    Allocation(AllocationFacts),
    Use(UseFacts),
    Premium(PremiumFacts),
    Opening(PlaceFacts),
    Move(PlaceFacts),
    CodeProxy(CodeProxyFacts),
}

/// A line of the store.
#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(with = "time::serde::rfc3339")]
    at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    known: OffsetDateTime,
    facts: Facts,
    decision: Decision,
}

fn decide(facts: &Facts, rules: &Rules, when: When) -> Decision {
    match facts {
        Facts::Bond(facts) => decide_bond(facts, rules, when),
        Facts::Unbind(facts) => decide_unbind(facts, rules, when),
        Facts::Transfer(facts) => decide_transfer(facts, rules, when),
        Facts::Allocation(facts) => decide_allocation(facts, rules, when),
        Facts::Use(facts) => decide_use(facts, rules, when),
        Facts::Premium(facts) => decide_premium(facts, rules, when),
        Facts::Opening(facts) => decide_place_of_use(facts, rules, when),
        Facts::Move(facts) => decide_place_change(facts, rules, when),
        Facts::CodeProxy(facts) => decide_code_proxy(facts, rules, when),
    }
}

/// Numbers that look like chance and are the same in every run (SplitMix64).
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u32) -> u32 {
        u32::try_from(self.throw() % u64::from(end)).unwrap()
    }

    /// Once in so many.
    fn rarely(&mut self, often: u32) -> bool {
        self.below(often) == 0
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.throw() as usize % of.len()]
    }

    fn amount(&mut self) -> money::Yuan {
        money::Yuan::from_fen(i64::from(self.below(250_000)))
    }

    fn when(&mut self) -> OffsetDateTime {
        let start = at("2020-12-01 00:00");
        start
            + Duration::minutes(i64::from(self.below(60 * 24 * 365 * 6)))
            + Duration::microseconds(i64::from(self.below(1_000_000)))
    }

    fn person(&mut self, id: &str) -> PersonFacts {
        let area = self.one(&[
            "119900", "319900", "320100", "320300", "350100", "410100", "430100", "440100", "510100",
            "630100", "649900",
        ]);
        let scheme = self.one(&[
            Scheme::Employee,
            Scheme::Employee,
            Scheme::FlexibleEmployee,
            Scheme::Resident,
            Scheme::RetiredCadre,
        ]);
        let mut person = insured(id, scheme, area);
        person.wallet = (!self.rarely(20)).then(|| {
            self.one(&[
                WalletState::Active,
                WalletState::Active,
                WalletState::Active,
                WalletState::Frozen,
                WalletState::NotOpened,
            ])
        });
        person.deceased = (!self.rarely(50)).then(|| self.rarely(50));
        if self.rarely(20) {
            person.enrolments.as_mut().unwrap()[0].status = self.one(EnrolmentStatus::ALL);
        }
        if !self.rarely(4) {
            let kind = self.one(BenefitKind::ALL);
            let mut standing = if self.rarely(3) { with_benefit(kind) } else { in_order() };
            standing.contact_overdue = (!self.rarely(30)).then(|| self.rarely(10));
            standing.settlement_suspended = Some(self.rarely(30));
            standing.birth_day = (!self.rarely(30))
                .then(|| day(self.one(&["1950-02-28", "2004-02-29", "2010-01-16", "2019-12-31"])));
            person.standing = Some(standing);
        }
        person
    }

    fn bond(&mut self) -> BondFacts {
        let mut facts = local_bond(self.one(Programme::ALL), "320100", "320100");
        (facts.sharer, facts.beneficiary) = (self.person(SHARER), self.person(MOTHER));
        facts.relation = self.one(Relation::ALL);
        facts.stage = self.one(BondStage::ALL);
        facts.commitment = !self.rarely(20);
        let context = facts.context.as_mut().unwrap();
        context.online = self.rarely(2);
        context.kinship_proven = self.one(&[Some(true), Some(false), None]);
        context.counts = (!self.rarely(20)).then(|| BondCounts {
            same_pair: u32::from(self.rarely(20)),
            sharer_shares: self.below(8),
            sharer_uses: self.below(2),
            beneficiary_shares: self.below(2),
            beneficiary_uses: self.below(2),
            changes_this_year: self.below(5),
        });
        if self.rarely(5) {
            facts.context = None;
        }
        facts
    }

    fn transfer(&mut self) -> TransferFacts {
        let mut facts = transfer();
        facts.programme = self.one(&[Programme::Wallet, Programme::Wallet, Programme::LocalRealtime]);
        (facts.sharer, facts.beneficiary) = (self.person(SHARER), self.person(MOTHER));
        facts.amount = self.amount();
        facts.sent_today = (!self.rarely(30)).then(|| self.below(5));
        facts.unclaimed = Some(self.below(2));
        let account = (!self.rarely(3)).then(|| allocation().account);
        let context = TransferContext { online: self.rarely(2), from_own_wallet: self.rarely(10), account };
        facts.context = (!self.rarely(3)).then_some(context);
        facts
    }

    fn usage(&mut self) -> UseFacts {
        let mut facts = use_of(self.one(Programme::ALL), "320100", "510100");
        (facts.sharer, facts.patient) = (self.person(SHARER), self.person(MOTHER));
        facts.category = self.one(Category::ALL);
        facts.amount = self.amount();
        facts.treatment = pool(self.one(&["320100", "320500", "510100", "640100", "350200"]));
        facts.remote.switch = self.one(&[None, Some(SwitchState::On), Some(SwitchState::Off)]);
        facts.catalogue = self.one(&[None, Some("2024"), Some("2025")]).map(str::to_owned);
        facts.lines_without_code = self.one(&[None, Some(0), Some(2)]);
        facts.presented.agent_documents = self.one(&[None, Some(true), Some(false)]);
        facts
    }

    fn facts(&mut self) -> Facts {
        let place = |dice: &mut Self| PlaceFacts {
            programme: Programme::Wallet,
            place: pool(dice.one(&["320100", "370100", "510100"])),
            person: dice.person(MOTHER),
        };
        match self.below(9) {
            0 | 1 => Facts::Bond(self.bond()),
            2 => Facts::Transfer(self.transfer()),
            3 => {
                let mut facts = allocation();
                (facts.sharer, facts.amount) = (self.person(SHARER), self.amount());
                Facts::Allocation(facts)
            }
            4 => Facts::Use(self.usage()),
            5 => {
                let mut facts = premium();
                (facts.payer, facts.insured) = (self.person(SHARER), self.person(MOTHER));
                facts.scheme = self.one(PremiumScheme::ALL);
                Facts::Premium(facts)
            }
            6 => Facts::Unbind(UnbindFacts {
                programme: self.one(Programme::ALL),
                sharer: self.person(SHARER),
                beneficiary: self.person(MOTHER),
                active_from: day("2025-01-31"),
                changes_this_year: Some(self.below(4)),
            }),
            7 if self.rarely(2) => Facts::Opening(place(self)),
            7 => Facts::Move(place(self)),
            _ => Facts::CodeProxy(CodeProxyFacts {
                shower: self.person(SHARER),
                owner: self.person(UNCLE),
                linked: Some(self.below(8)),
                documents: self.rarely(2),
                face: self.rarely(2),
            }),
        }
    }
}

/// Whatever refuses says what happened and what to do, in both languages, with every value filled in.
fn explained(decision: &Decision) {
    for verdict in decision.refusing() {
        for text in [&verdict.message_zh, &verdict.message_en, &verdict.what_to_do_zh, &verdict.what_to_do_en]
        {
            assert!(!text.is_empty() && !text.contains(['{', '}']), "{text}");
        }
    }
}

#[test]
fn a_proposal_is_judged_alike_whatever_is_known_about_the_invitee() {
    let rules = with_samples();
    let mut dice = Dice(7);
    let mut proposals = 0;
    while proposals < 500 {
        let (at, facts) = (dice.when(), dice.bond());
        if facts.stage != BondStage::Propose {
            continue;
        }
        proposals += 1;
        let mut other = facts.clone();
        other.beneficiary = dice.person(MOTHER);
        if let Some(counts) = other.context.as_mut().and_then(|context| context.counts.as_mut()) {
            (counts.beneficiary_shares, counts.beneficiary_uses) = (9, 9);
        }
        assert_eq!(decide_bond(&facts, &rules, at), decide_bond(&other, &rules, at), "{facts:?}");
    }
}

#[test]
fn the_sharers_view_of_an_acceptance_has_one_reason_about_the_invitee() {
    let rules = with_samples();
    let mut dice = Dice(11);
    for _ in 0..500 {
        let (at, mut facts) = (dice.when(), dice.bond());
        facts.stage = BondStage::Accept;
        let decision = decide_bond(&facts, &rules, at);
        let view = decision.for_sharer();
        assert_eq!(view.allowed, decision.allowed);
        for verdict in view.verdicts.iter().filter(|verdict| verdict.side == policy::Side::Beneficiary) {
            assert!(verdict.limit.is_empty() && verdict.actual.is_empty() && verdict.source.is_empty());
            let reason = verdict.reason.map(policy::Reason::name);
            assert!(matches!(reason, None | Some("INVITEE_NOT_ELIGIBLE" | "FEED_BEHIND")), "{reason:?}");
        }
    }
}

#[test]
fn ten_thousand_stored_decisions_replay_to_the_same_bytes() {
    let known = at("2026-12-31 00:00");
    let rules = with_samples();
    let mut dice = Dice(20_260_115);
    let mut store = String::new();
    let (mut allowed, mut reasons) = (0_usize, std::collections::BTreeSet::new());
    for _ in 0..MANY {
        let (at, facts) = (dice.when(), dice.facts());
        let decision = decide(&facts, &rules, When::known_at(at, known));
        explained(&decision);
        allowed += usize::from(decision.allowed);
        reasons.extend(decision.refusing().filter_map(|verdict| verdict.reason));
        let record = Record { at, known, facts, decision };
        writeln!(store, "{}", serde_json::to_string(&record).unwrap()).unwrap();
    }
    // The corpus is worth something: many reasons, and not only refusals.
    assert!(allowed > MANY / 50, "{allowed}");
    assert!(reasons.len() > 25, "{reasons:?}");

    // Years later somebody records versions with earlier days; what was decided stays what it was.
    let later = r#"[[version]]
id = "LATER"
programme = ["WALLET", "LOCAL_REALTIME", "LOCAL_ALLOCATION"]
region = ["320100", "510100", "630100"]
valid_from = "2020-01-01"
recorded_at = "2030-01-01T00:00:00+08:00"
source = "a correction"
confidence = "H"
last_verified_day = "2030-01-01"
[version.parameters]
relation_scope = ["SPOUSE"]
single_limit = "1.00"
max_members = 1
"#;
    let files = [Rules::built_in_files(), Rules::sample_files(), &[("later.toml", later)]].concat();
    let rules = Rules::parse(&files).unwrap();
    let mut replayed = 0;
    for line in store.lines() {
        let record: Record = serde_json::from_str(line).unwrap();
        let decision = decide(&record.facts, &rules, When::known_at(record.at, record.known));
        let again = Record { decision, ..record };
        assert_eq!(serde_json::to_string(&again).unwrap(), line);
        replayed += 1;
    }
    assert_eq!(replayed, MANY);
}
