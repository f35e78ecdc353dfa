//! 登记亲属事实: what an authority stated about two persons, and the bonds that end with it.
//!
//! A fact is refused only where it cannot be true beside those that are recorded.

use bond::{Ages, Fact, Member};
use chassis::{
    batch::{Key, Moment, Verdict},
    digest::Content,
    status::Refusal,
};
use policy::Rules;
use serde::Serialize;
use standards::{PersonId, civil};

use crate::{
    error, follow,
    outcome::{Outcome, Stop, answered, recorded},
    registry::{Recorded, Registry},
};

/// A fact with what identity knows about its people; `None` for somebody it does not know.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Record {
    /// What is stated.
    pub(crate) fact: Fact,
    /// The first of the two.
    pub(crate) a: Option<Member>,
    /// The second.
    pub(crate) b: Option<Member>,
    /// Who recorded it: the name of the credential.
    pub(crate) recorded_by: String,
}

impl Record {
    /// The fact's id is the id of the request.
    pub(crate) fn key(&self) -> Key {
        let fact = &self.fact;
        let content = Content::of("kinship.fact.1")
            .text("kind", fact.kind)
            .text("a", fact.a)
            .text("b", fact.b)
            .text("on_day", civil::day_text(fact.on_day))
            .text("authority", &fact.authority)
            .text("reference", &fact.reference);
        Key { id: fact.id.uuid(), content: content.finish() }
    }

    /// Decides.
    pub(crate) fn decide(&self, registry: &mut Registry, rules: &Rules, moment: Moment) -> Verdict<Outcome> {
        if registry.has_fact(self.fact.id) {
            return answered(Refusal::request_id_reused());
        }
        recorded(self.make(registry, rules, moment))
    }

    fn make(&self, registry: &mut Registry, rules: &Rules, moment: Moment) -> Result<Outcome, Stop> {
        let members = self.members()?;
        let day = civil::day(moment.at);
        // What an authority has seen is true at whatever age; only who was born later is nobody's parent.
        registry
            .family(day, &members)
            .check_fact(&self.fact, Ages::default())
            .map_err(|why| error::fact_refused(why, &self.fact))?;
        let fact = self.fact.clone();
        registry.record(Recorded { fact: fact.clone(), sequence: moment.sequence }, members);
        let change = registry.family(day, &members).change_by(&fact);
        let changed = change.map(|change| follow::by_fact(registry, rules, change, moment));
        Ok(Outcome::Fact { fact, changed: changed.unwrap_or_default() })
    }

    fn members(&self) -> Result<[(PersonId, Member); 2], Stop> {
        let known = |member: Option<Member>| member.ok_or_else(error::relative_unknown);
        Ok([(self.fact.a, known(self.a)?), (self.fact.b, known(self.b)?)])
    }
}
