//! The rules that need the registry's other bonds: no contradiction within a family, one open bond per
//! programme and pair, how many bonds a person may hold, how many members a sharer may have
//!
//!
//! Which limits hold is said by the policy; here they are counted, under the writer's lock.

use bond::{Bond, check_tie};
use policy::{
    BondStage, Parameter, PersonFacts, Programme, Region, Resolved, Rules, Setting, Side, Value, strictest,
};
use standards::{PersonId, civil};
use time::OffsetDateTime;

use crate::{
    error,
    outcome::Stop,
    registered::{Registered, Registry},
};

/// A bond that is to be proposed or accepted, with what is known about its persons.
pub(crate) struct Candidate<'a> {
    /// The bond as it would be.
    pub(crate) bond: &'a Bond,
    /// 共济方式.
    pub(crate) programme: Programme,
    /// At the proposal nothing is said about other bonds of the invitee.
    pub(crate) stage: BondStage,
    /// Facts about the sharer.
    pub(crate) sharer: &'a PersonFacts,
    /// Facts about the beneficiary; read at the acceptance only.
    pub(crate) beneficiary: &'a PersonFacts,
}

impl Candidate<'_> {
    /// Checks the candidate against every other standing bond of its persons.
    pub(crate) fn check(&self, registry: &Registry, rules: &Rules, at: OffsetDateTime) -> Result<(), Stop> {
        check_tie(&self.bond.tie(), registry.ties(self.bond.id)).map_err(error::contradicted)?;
        let same_pair = |other: &&Registered| other.bond.tie().is_same_pair(&self.bond.tie());
        if let Some(existing) = self.others(registry).find(same_pair) {
            return Err(error::bound_already(&existing.bond).into());
        }
        let sides = self.sides(rules, at);
        let sides: Vec<_> = sides.iter().map(|(side, resolved)| (*side, resolved)).collect();
        if let Some((_, setting)) = strictest(Parameter::BondCardinality, &sides) {
            self.cardinality(registry, &setting)?;
        }
        let counts_sharer = strictest(Parameter::CapIncludesSelf, &sides)
            .is_some_and(|(_, setting)| setting.value == Some(Value::Flag(true)));
        match strictest(Parameter::MaxMembers, &sides) {
            Some((_, setting)) => self.members(registry, &setting, counts_sharer),
            None => Ok(()),
        }
    }

    /// The rules of the regions concerned; at the proposal only those of the sharer's.
    fn sides(&self, rules: &Rules, at: OffsetDateTime) -> Vec<(Side, Resolved)> {
        let day = civil::day(at);
        let resolve = |pool: Option<_>| {
            rules.resolve_region(self.programme, pool.map_or(Region::Nation, Region::from), at)
        };
        let sharer = resolve(self.sharer.account_enrolment(day).map(|one| one.pool));
        match self.stage {
            BondStage::Propose => vec![(Side::Sharer, sharer)],
            BondStage::Accept => {
                let beneficiary = resolve(self.beneficiary.basic_enrolment(day).map(|one| one.pool));
                vec![(Side::Sharer, sharer), (Side::Beneficiary, beneficiary)]
            }
        }
    }

    fn others<'a>(&self, registry: &'a Registry) -> impl Iterator<Item = &'a Registered> + use<'a> {
        let programme = self.programme;
        registry.standing(self.bond.id).filter(move |other| other.programme == programme)
    }

    fn cardinality(&self, registry: &Registry, setting: &Setting) -> Result<(), Stop> {
        let Some(Value::Word(word)) = setting.value else { return Ok(()) };
        let (sharer, beneficiary) = (self.bond.sharer, self.bond.beneficiary);
        let binds = |person: PersonId| self.others(registry).any(|other| other.concerns(person));
        let uses = || self.others(registry).any(|other| other.bond.beneficiary == beneficiary);
        let invited = self.stage == BondStage::Accept;
        let taken = match word {
            "ONE_ROLE_ONCE" if binds(sharer) => Some(Side::Sharer),
            "ONE_ROLE_ONCE" if invited && binds(beneficiary) => Some(Side::Beneficiary),
            "ONE_SHARER_PER_BENEFICIARY" if invited && uses() => Some(Side::Beneficiary),
            _ => None,
        };
        taken.map_or(Ok(()), |side| Err(Stop::about(side, error::cardinality(side, word, setting))))
    }

    fn members(&self, registry: &Registry, setting: &Setting, counts_sharer: bool) -> Result<(), Stop> {
        let Some(Value::Count(limit)) = setting.value else { return Ok(()) };
        let bound = self.others(registry).filter(|other| other.bond.sharer == self.bond.sharer).count();
        let members = bound + 1 + usize::from(counts_sharer);
        if usize::try_from(limit).is_ok_and(|limit| members <= limit) {
            return Ok(());
        }
        Err(error::members(limit, members, setting).into())
    }
}

#[cfg(test)]
mod tests;
