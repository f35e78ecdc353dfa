//! What the record of an acceptance keeps of the facts: all of them, each once. Whose facts they are stands in the
//! command already, and an enrolment is a list of its columns.
//!
//! It judges nothing; a decision that is judged again is given the facts as they were.

use policy::{
    BondStanding, Enrolment, EnrolmentStatus, PersonFacts, PersonStanding, Programme, Scheme, WalletState,
};
use serde::{Deserialize, Serialize, Serializer, de::Error};
use standards::{BondId, PersonId, Pool, TransferId, civil};

use crate::{
    command::{Accept, Facts},
    transfer::Source,
};

/// Scheme, whether it has a personal account, pool, status, first civil day, last civil day.
type Columns = (Scheme, bool, Pool, EnrolmentStatus, String, Option<String>);

/// A person's facts.
#[derive(Debug, Serialize, Deserialize)]
struct Person {
    /// Only if they are of somebody else than the command names.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    person: Option<PersonId>,
    deceased: Option<bool>,
    enrolments: Option<Vec<Columns>>,
    place_of_use: Option<Pool>,
    wallet: Option<WalletState>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    standing: Option<PersonStanding>,
}

impl Person {
    fn of(facts: &PersonFacts, named: PersonId) -> Self {
        let columns = |e: &Enrolment| {
            let (from, to) = (civil::day_text(e.valid_from), e.valid_to.map(civil::day_text));
            (e.scheme, e.has_personal_account, e.pool, e.status, from, to)
        };
        Self {
            person: (facts.person != named).then_some(facts.person),
            deceased: facts.deceased,
            enrolments: facts.enrolments.as_ref().map(|all| all.iter().map(columns).collect()),
            place_of_use: facts.place_of_use,
            wallet: facts.wallet,
            standing: facts.standing.clone(),
        }
    }

    fn facts(self, named: PersonId) -> Option<PersonFacts> {
        let enrolment = |(scheme, has_personal_account, pool, status, from, to): Columns| {
            let valid_from = civil::parse_day(&from)?;
            let valid_to = match to {
                Some(day) => Some(civil::parse_day(&day)?),
                None => None,
            };
            Some(Enrolment { scheme, has_personal_account, pool, status, valid_from, valid_to })
        };
        let enrolments = match self.enrolments {
            Some(all) => Some(all.into_iter().map(enrolment).collect::<Option<Vec<_>>>()?),
            None => None,
        };
        Some(PersonFacts {
            person: self.person.unwrap_or(named),
            deceased: self.deceased,
            enrolments,
            place_of_use: self.place_of_use,
            wallet: self.wallet,
            standing: self.standing,
        })
    }
}

/// The facts of a command.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// Whether it is in force, and its programme.
    bond: Option<(bool, Programme)>,
    sharer: Person,
    beneficiary: Person,
}

impl Kept {
    fn of(facts: &Facts, sharer: PersonId, beneficiary: PersonId) -> Self {
        Self {
            bond: facts.bond.as_ref().map(|bond| (bond.active, bond.programme)),
            sharer: Person::of(&facts.sharer, sharer),
            beneficiary: Person::of(&facts.beneficiary, beneficiary),
        }
    }

    /// The facts that a command was decided on, which names these persons.
    ///
    /// # Errors
    /// If a day is none.
    pub(crate) fn facts(self, sharer: PersonId, beneficiary: PersonId) -> Result<Facts, serde_json::Error> {
        let person = |kept: Person, named| {
            kept.facts(named).ok_or_else(|| serde_json::Error::custom("a civil day is YYYY-MM-DD"))
        };
        Ok(Facts {
            bond: self.bond.map(|(active, programme)| BondStanding { active, programme }),
            sharer: person(self.sharer, sharer)?,
            beneficiary: person(self.beneficiary, beneficiary)?,
        })
    }
}

/// The command without its credential and its trace.
#[derive(Serialize)]
struct Asked {
    transfer: TransferId,
    programme: Programme,
    bond: BondId,
    amount: money::Yuan,
    source: Source,
    beneficiary: PersonId,
    sharer: PersonId,
    online: bool,
    facts: Option<Kept>,
}

impl Serialize for Accept {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (sharer, beneficiary) = (self.sharer, self.beneficiary);
        let facts = self.facts.as_ref().map(|facts| Kept::of(facts, sharer, beneficiary));
        let Self { transfer, programme, bond, amount, source, online, .. } = *self;
        Asked { transfer, programme, bond, amount, source, beneficiary, sharer, online, facts }.serialize(to)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;
    use uuid::Uuid;

    use super::*;

    fn person(person: PersonId, valid_to: Option<time::Date>) -> PersonFacts {
        let enrolment = |scheme, pool: &str| Enrolment {
            scheme,
            has_personal_account: scheme == Scheme::Employee,
            pool: pool.parse().expect("a pool"),
            status: EnrolmentStatus::Normal,
            valid_from: date!(2020 - 01 - 01),
            valid_to,
        };
        PersonFacts {
            person,
            deceased: Some(false),
            enrolments: Some(vec![
                enrolment(Scheme::Employee, "320100"),
                enrolment(Scheme::Resident, "510100"),
            ]),
            place_of_use: Some("320100".parse().expect("a pool")),
            wallet: Some(WalletState::Active),
            standing: Some(PersonStanding { contact_overdue: Some(true), ..PersonStanding::default() }),
        }
    }

    #[test]
    fn facts_are_kept_whole() {
        let [sharer, beneficiary, other] = [1, 2, 3].map(|n| PersonId::new(Uuid::from_u128(n)));
        let unknown = PersonFacts {
            person: other,
            deceased: None,
            enrolments: None,
            place_of_use: None,
            wallet: None,
            standing: None,
        };
        let bond = Some(BondStanding { active: true, programme: Programme::Wallet });
        let ended = person(beneficiary, Some(date!(2025 - 12 - 31)));
        for facts in [
            Facts { bond, sharer: person(sharer, None), beneficiary: ended },
            Facts { bond: None, sharer: unknown.clone(), beneficiary: unknown },
        ] {
            let text = serde_json::to_string(&Kept::of(&facts, sharer, beneficiary)).expect("it is JSON");
            let kept: Kept = serde_json::from_str(&text).expect("it is what was written");
            let read = kept.facts(sharer, beneficiary).expect("its days are days");
            assert_eq!(
                (read.bond, read.sharer, read.beneficiary),
                (facts.bond, facts.sharer, facts.beneficiary)
            );
        }
    }
}
