//! A bond that is to be made, with everything that the rules and the family record are asked about it.
//!
//! Bonds are counted here, under the writer's lock; what the counts mean is said by the rules.

use bond::{About, Ages, BondState, Evidence, Member, Relation, Side, Tie, Why, check_tie};
use chassis::status::Refusal;
use policy::{
    BondContext, BondCounts, BondFacts, BondStage, Decision, Parameter, PersonFacts, Programme, Region,
    Rules, decide_bond,
};
use standards::{BondId, PersonId, civil};
use time::{Date, OffsetDateTime};

use crate::{
    error,
    outcome::{Stop, ruled},
    registered::Registered,
    registry::Registry,
    words,
};

/// A bond that is to be proposed, accepted or registered.
pub(crate) struct Candidate<'a> {
    /// The bond itself, where it exists already: it does not count against itself.
    pub(crate) id: Option<BondId>,
    /// 共济方式.
    pub(crate) programme: Programme,
    /// Who, and what they are to each other.
    pub(crate) tie: Tie,
    /// At the proposal nothing is said about the invitee.
    pub(crate) stage: BondStage,
    /// Whether the sharer accepted the text.
    pub(crate) commitment: bool,
    /// Facts about the sharer.
    pub(crate) sharer: PersonFacts,
    /// Facts about the beneficiary; read at the acceptance only.
    pub(crate) beneficiary: PersonFacts,
    /// Both as members of a family.
    pub(crate) members: [(PersonId, Member); 2],
    /// Whether somebody acts online and not at a counter.
    pub(crate) online: bool,
    /// Whether a guardian acts for the beneficiary.
    pub(crate) guardian_acts: bool,
    /// Documents that were shown.
    pub(crate) evidence: &'a [Evidence],
    /// Whether the sharer who invites was recognised by face; not asked later.
    pub(crate) face: Option<bool>,
    /// Whether the sharer may show the beneficiary's code.
    pub(crate) code_linked: bool,
}

impl Candidate<'_> {
    /// The decision, if nothing stands in the way.
    pub(crate) fn decide(
        &self,
        registry: &Registry,
        rules: &Rules,
        at: OffsetDateTime,
    ) -> Result<Decision, Stop> {
        let decision = self.judge(registry, rules, at);
        self.uncontradicted(registry, rules, at).map_err(|stop| stop.after(&decision))?;
        ruled(&decision)?;
        Ok(decision)
    }

    /// What the rules say.
    pub(crate) fn judge(&self, registry: &Registry, rules: &Rules, at: OffsetDateTime) -> Decision {
        let day = civil::day(at);
        let proven = self.evidence.iter().any(Evidence::tells_kinship)
            || registry.family(day, &self.members).proves(&self.tie);
        let facts = BondFacts {
            programme: self.programme,
            stage: self.stage,
            relation: words::relation(self.tie.relation),
            commitment: self.commitment,
            sharer: self.sharer.clone(),
            beneficiary: self.beneficiary.clone(),
            context: Some(BondContext {
                online: self.online,
                guardian_acts: self.guardian_acts,
                kinship_proven: Some(proven),
                face: self.face,
                code_proxy_linked: Some(self.code_linked),
                counts: Some(self.counts(registry, day)),
            }),
        };
        decide_bond(&facts, rules, at)
    }

    /// What other bonds of the two and the family record say against the relation, and of whom that tells something.
    pub(crate) fn contradiction(
        &self,
        registry: &Registry,
        rules: &Rules,
        at: OffsetDateTime,
    ) -> Option<(About, Refusal)> {
        if !self.tie.relation.is_near_relative() || self.tie.sharer == self.tie.beneficiary {
            // Refused by name.
            return None;
        }
        let ties = registry.ties(self.id);
        if let Err(found) = check_tie(&self.tie, ties.iter().copied()) {
            return Some((About::Both, error::contradicted(found)));
        }
        let found = registry
            .family(civil::day(at), &self.members)
            .check(&self.tie, self.ages(rules, at), &ties)
            .err()?;
        let told = match (found.why, found.why.about()) {
            // What was recorded of the sharer since the invitation is not the invitee's to know.
            (_, About::One(Side::Sharer)) if self.id.is_some() => error::recorded_otherwise(&found),
            (Why::RecordedAs(Relation::ParentInLaw), _) => error::recorded_in_law(&found),
            _ => error::against_the_record(&found),
        };
        Some((found.why.about(), told))
    }

    /// Refuses a relation that is contradicted. What tells something of the invitee alone waits for the acceptance.
    fn uncontradicted(&self, registry: &Registry, rules: &Rules, at: OffsetDateTime) -> Result<(), Stop> {
        match self.contradiction(registry, rules, at) {
            None => Ok(()),
            Some((About::One(Side::Beneficiary), _)) if self.stage == BondStage::Propose => Ok(()),
            Some((About::One(side), told)) => Err(Stop::about(words::side(side), told)),
            Some((About::Both, told)) => Err(told.into()),
        }
    }

    /// How old people are for what they are called, by the rules of the sharer's place.
    fn ages(&self, rules: &Rules, at: OffsetDateTime) -> Ages {
        let enrolled = self.sharer.account_enrolment(civil::day(at));
        let region = enrolled.map_or(Region::Nation, |enrolment| Region::from(enrolment.pool));
        let resolved = rules.resolve_region(self.programme, region, at);
        let years = |parameter| resolved.count(parameter).unwrap_or_default();
        Ages {
            parent: years(Parameter::ParentAgeGap),
            grandparent: years(Parameter::GrandparentAgeGap),
            husband: years(Parameter::HusbandAge),
            wife: years(Parameter::WifeAge),
        }
    }

    /// The other bonds of the two in this programme. An invitation counts for whoever sent it; for the invitee only what
    /// was accepted: nobody can keep somebody from a bond by inviting.
    fn counts(&self, registry: &Registry, day: Date) -> BondCounts {
        let (sharer, beneficiary) = (self.tie.sharer, self.tie.beneficiary);
        let count = |fits: &dyn Fn(&Registered) -> bool| {
            let others = registry.standing(self.id).filter(|other| other.programme() == self.programme);
            u32::try_from(others.filter(|other| fits(other)).count()).unwrap_or(u32::MAX)
        };
        BondCounts {
            same_pair: count(&|other| other.bond.tie().is_same_pair(&self.tie)),
            sharer_shares: count(&|other| other.bond.sharer == sharer),
            sharer_uses: count(&|other| other.bond.beneficiary == sharer && is_made(other)),
            beneficiary_shares: count(&|other| other.bond.sharer == beneficiary),
            beneficiary_uses: count(&|other| other.bond.beneficiary == beneficiary && is_made(other)),
            changes_this_year: changes(registry, sharer, self.programme, day.year()),
        }
    }
}

fn is_made(registered: &Registered) -> bool {
    matches!(registered.bond.state, BondState::Active | BondState::Suspended)
}

/// How many bonds of a programme a sharer made or chose to end in a civil year.
pub(crate) fn changes(registry: &Registry, sharer: PersonId, programme: Programme, year: i32) -> u32 {
    let of_sharer = |one: &&Registered| one.bond.sharer == sharer && one.programme() == programme;
    registry.all().filter(of_sharer).map(|one| one.bond.changes_in(year)).sum()
}
