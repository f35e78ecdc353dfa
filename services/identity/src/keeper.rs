//! Teaches the batch writer identity's three kinds of command: what to load, how to decide, what to store.

use chassis::batch::{Answer, Keeper, Key, Moment, Verdict};
use sqlx::PgConnection;

use crate::{
    assign,
    command::{Command, Outcome},
    enrol, register, sql,
    state::State,
};

/// Labels of records that may hold an event: all of them.
pub(crate) const LABELS: &[&str] = &["register", "enrol", "assign"];

/// The keeper of the register of persons.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Register;

impl Keeper for Register {
    type Command = Command;
    type Outcome = Outcome;
    type State = State;

    fn key(command: &Command) -> Option<Key> {
        let (request, content) = match command {
            Command::Register(registration) => (registration.request, registration.content),
            Command::Enrol(enrolling) => (enrolling.request, enrolling.content),
            Command::Assign(assignment) => (assignment.request, assignment.content),
        };
        Some(Key { id: request.uuid(), content })
    }

    fn weight(command: &Command) -> usize {
        match command {
            Command::Register(_) => 1,
            // The person and the handful of enrolments that somebody collects in a life.
            Command::Enrol(_) | Command::Assign(_) => 6,
        }
    }

    fn label(command: &Command) -> &'static str {
        match command {
            Command::Register(_) => LABELS[0],
            Command::Enrol(_) => LABELS[1],
            Command::Assign(_) => LABELS[2],
        }
    }

    async fn load(&self, conn: &mut PgConnection, commands: &[Command]) -> Result<State, sqlx::Error> {
        let mut wanted = sql::Wanted::default();
        for command in commands {
            match command {
                Command::Register(registration) => {
                    wanted.persons.push(registration.person.uuid());
                    wanted.indexes.push(registration.id_index.bytes().to_vec());
                }
                Command::Enrol(enrolling) => {
                    wanted.persons.push(enrolling.enrolment.person.uuid());
                    wanted.enrolments.push(enrolling.enrolment.id.uuid());
                }
                Command::Assign(assignment) => {
                    wanted.persons.push(assignment.person.uuid());
                    wanted.wallets.push(assignment.wallet.uuid());
                }
            }
        }
        sql::load(conn, wanted).await
    }

    fn fold(&self, state: &mut State, command: &Command, moment: Moment) -> Verdict<Outcome> {
        match command {
            Command::Register(registration) => register::fold(state, registration, moment),
            Command::Enrol(enrolling) => enrol::fold(state, enrolling),
            Command::Assign(assignment) => assign::fold(state, assignment, moment),
        }
    }

    /// An outcome holds the whole standing after it, so the record itself is the evidence.
    fn evidence(&self, _: &State, _: i64) -> Vec<u8> {
        Vec::new()
    }

    async fn store(&self, conn: &mut PgConnection, state: State) -> Result<(), sqlx::Error> {
        sql::store(conn, state.into_changes()).await
    }

    /// Streams are woken by the writer's head; nothing else waits.
    fn committed(&self, _: &[(Command, Answer<Outcome>)]) {}
}
