//! The same keeper with every command as heavy as a batch may be: the writer then takes one in each transaction.

use chassis::batch::{Answer, Keeper, Key, MAX_WEIGHT, Moment, Verdict};
use sqlx::PgConnection;
use wallet::{
    command::Command,
    keeper::{Keeping, State},
    outcome::Outcome,
};

/// A keeper whose commands never share a batch.
pub(super) struct OneByOne(pub(super) Keeping);

impl Keeper for OneByOne {
    type Command = Command;
    type Outcome = Outcome;
    type State = State;

    fn key(command: &Command) -> Option<Key> {
        Keeping::key(command)
    }

    fn weight(_: &Command) -> usize {
        MAX_WEIGHT
    }

    fn label(command: &Command) -> &'static str {
        Keeping::label(command)
    }

    fn partitioned(&self) -> &'static [&'static str] {
        self.0.partitioned()
    }

    async fn load(&self, conn: &mut PgConnection, commands: &[Command]) -> Result<State, sqlx::Error> {
        self.0.load(conn, commands).await
    }

    fn fold(&self, state: &mut State, command: &Command, moment: Moment) -> Verdict<Outcome> {
        self.0.fold(state, command, moment)
    }

    fn evidence(&self, state: &State, sequence: i64) -> Vec<u8> {
        self.0.evidence(state, sequence)
    }

    async fn store(&self, conn: &mut PgConnection, state: State) -> Result<(), sqlx::Error> {
        self.0.store(conn, state).await
    }

    fn committed(&self, answers: &[(Command, Answer<Outcome>)]) {
        self.0.committed(answers);
    }
}
