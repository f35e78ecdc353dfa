//! Teaches the batch writer identity's kinds of command: what to load, how to decide, what to store.

use std::sync::Arc;

use chassis::batch::{Answer, Keeper, Key, Moment, Verdict};
use policy::Rules;
use sqlx::PgConnection;

use crate::{
    assign, change,
    command::{Change, Command, Outcome, What},
    enrol, inquire,
    person::PartId,
    register, sql,
    state::State,
    verification::{self, Ask},
};

/// Labels of records that may hold an event: all of them.
pub(crate) const LABELS: &[&str] = &[
    "register", "enrol", "assign", "benefit", "death", "contact", "confirm", "sanction", "lift", "activate",
    "file", "withdraw", "switch", "link", "unlink",
];

/// The keeper of the register of persons.
#[derive(Clone, Debug)]
pub(crate) struct Register {
    /// What contact data and linked codes are judged by.
    pub(crate) rules: Arc<Rules>,
    /// How many questions by name and number one may ask on a civil day.
    pub(crate) inquiries_a_day: u32,
}

fn wants(wanted: &mut sql::Wanted, change: &Change) {
    wanted.persons.extend(change.what.person().map(|person| person.uuid()));
    wanted.parts.extend(change.what.part().map(PartId::uuid));
    if let What::Link(new) = &change.what {
        wanted.persons.push(new.proxy.shower.uuid());
        wanted.showers.push(new.proxy.shower.uuid());
    }
}

impl Keeper for Register {
    type Command = Command;
    type Outcome = Outcome;
    type State = State;

    fn key(command: &Command) -> Option<Key> {
        let (request, content) = match command {
            Command::Register(registration) => (registration.request, registration.content),
            Command::Enrol(enrolling) => (enrolling.request, enrolling.content),
            Command::Assign(assignment) => (assignment.request, assignment.content),
            Command::Change(change) => return Some(Key { id: change.id, content: change.content }),
            Command::Inquire(_) => return None,
            Command::Verification(Ask::SetPassword(set)) => (set.request, set.content),
            // Its row is the barrier, until its time is over.
            Command::Verification(_) => return None,
        };
        Some(Key { id: request.uuid(), content })
    }

    fn weight(command: &Command) -> usize {
        match command {
            Command::Register(_) | Command::Inquire(_) => 1,
            // The person and the handful of parts that somebody collects in a life.
            Command::Enrol(_) | Command::Assign(_) => 6,
            Command::Change(_) => 8,
            // The verification, two counts and the person.
            Command::Verification(_) => 4,
        }
    }

    fn label(command: &Command) -> &'static str {
        match command {
            Command::Register(_) => LABELS[0],
            Command::Enrol(_) => LABELS[1],
            Command::Assign(_) => LABELS[2],
            Command::Change(change) => change.what.label(),
            // Never recorded.
            Command::Inquire(_) => "inquire",
            Command::Verification(ask) => ask.label(),
        }
    }

    async fn load(&self, conn: &mut PgConnection, commands: &[Command]) -> Result<State, sqlx::Error> {
        let mut wanted = sql::Wanted::default();
        let mut proofs = sql::verification::Wanted::default();
        for command in commands {
            match command {
                Command::Register(registration) => {
                    wanted.persons.push(registration.person.uuid());
                    wanted.indexes.push(registration.id_index.bytes().to_vec());
                }
                Command::Enrol(enrolling) => {
                    wanted.persons.push(enrolling.enrolment.person.uuid());
                    wanted.parts.push(enrolling.enrolment.id.uuid());
                }
                Command::Assign(assignment) => {
                    wanted.persons.push(assignment.person.uuid());
                    wanted.wallets.push(assignment.wallet.uuid());
                }
                Command::Change(change) => wants(&mut wanted, change),
                Command::Inquire(inquiry) => {
                    wanted.indexes.push(inquiry.id_index.bytes().to_vec());
                    wanted.askers.push(inquiry.asked_by.clone());
                }
                Command::Verification(ask) => {
                    wanted.persons.push(ask.person().uuid());
                    proofs.persons.push(ask.person().uuid());
                    proofs.verifications.extend(ask.verification().map(|id| id.uuid()));
                    proofs.subjects.extend([format!("person:{}", ask.person()), ask.by().to_owned()]);
                }
            }
        }
        let mut state = sql::load(&mut *conn, wanted).await?;
        state.verification = sql::verification::load(conn, proofs).await?;
        Ok(state)
    }

    fn fold(&self, state: &mut State, command: &Command, moment: Moment) -> Verdict<Outcome> {
        match command {
            Command::Register(registration) => register::fold(state, registration, moment),
            Command::Enrol(enrolling) => enrol::fold(state, enrolling),
            Command::Assign(assignment) => assign::fold(state, assignment, &self.rules, moment),
            Command::Change(change) => change::fold(state, change, &self.rules, moment),
            Command::Inquire(inquiry) => inquire::fold(state, inquiry, self.inquiries_a_day, moment),
            Command::Verification(ask) => match verification::fold(state, ask, moment) {
                Verdict::Record(answer) => Verdict::Record(Outcome::Verification(answer)),
                Verdict::Answer(answer) => Verdict::Answer(Outcome::Verification(answer)),
            },
        }
    }

    /// An outcome holds the whole standing after it, so the record itself is the evidence.
    fn evidence(&self, _: &State, _: i64) -> Vec<u8> {
        Vec::new()
    }

    async fn store(&self, conn: &mut PgConnection, mut state: State) -> Result<(), sqlx::Error> {
        let proofs = std::mem::take(&mut state.verification);
        sql::store(&mut *conn, state.into_changes()).await?;
        sql::verification::store(conn, proofs.into_changes()).await
    }

    /// Streams are woken by the writer's head; nothing else waits.
    fn committed(&self, _: &[(Command, Answer<Outcome>)]) {}
}
