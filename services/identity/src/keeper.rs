//! Teaches the batch writer identity's kinds of command: what to load, how to decide, what to store.

use chassis::batch::{Answer, Keeper, Key, Moment, Verdict};
use sqlx::PgConnection;

use crate::{
    assign,
    command::{Command, Outcome},
    enrol, register, sql,
    state::State,
    verification::{self, Ask},
};

/// Labels of records that may hold an event.
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
            Command::Verification(Ask::SetPassword(set)) => (set.request, set.content),
            // Its row is the barrier, until its time is over.
            Command::Verification(_) => return None,
        };
        Some(Key { id: request.uuid(), content })
    }

    fn weight(command: &Command) -> usize {
        match command {
            Command::Register(_) => 1,
            // The person and the handful of enrolments that somebody collects in a life.
            Command::Enrol(_) | Command::Assign(_) => 6,
            // The verification, two counts and the person.
            Command::Verification(_) => 4,
        }
    }

    fn label(command: &Command) -> &'static str {
        match command {
            Command::Register(_) => LABELS[0],
            Command::Enrol(_) => LABELS[1],
            Command::Assign(_) => LABELS[2],
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
                    wanted.enrolments.push(enrolling.enrolment.id.uuid());
                }
                Command::Assign(assignment) => {
                    wanted.persons.push(assignment.person.uuid());
                    wanted.wallets.push(assignment.wallet.uuid());
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
            Command::Assign(assignment) => assign::fold(state, assignment, moment),
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
