//! What time alone brings: invitations that nobody answered end (邀请过期), and people whose enrolment, benefit or
//! suspension begins or has ended are looked at again. The rows are the timers; this looks at them.
//!
//! An answer that comes late is refused by its own step, also before this has come by.

use std::{sync::Arc, time::Duration};

use bond::{Event, apply};
use chassis::{
    batch::{Lane, Moment, Verdict, Writer},
    clock::Clock,
    db::{Database, DbError},
};
use serde::Serialize;
use standards::{BondId, PersonId, civil};
use tokio_util::sync::CancellationToken;

use crate::{
    follow::Review,
    keeper::{Command, Keeper},
    outcome::Outcome,
    registered::Registered,
    registry::Registry,
    sql,
};

/// How often the rows are looked at.
const EVERY: Duration = Duration::from_secs(1);
/// How many rows are taken up in one go.
const MOST: i64 = 256;

/// Ends one invitation if its time is over.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Expire {
    /// Which.
    pub(crate) bond_id: BondId,
}

impl Expire {
    /// Decides; an invitation that was answered in the meantime stays as it is.
    pub(crate) fn decide(&self, registry: &mut Registry, moment: Moment) -> Verdict<Outcome> {
        let known = registry.get(self.bond_id);
        let ended = known.and_then(|known| {
            let bond = apply(known.bond.clone(), Event::Expire, moment.at).ok()?;
            Some(Registered { bond, changed_seq: moment.sequence, ..known.clone() })
        });
        let Some(ended) = ended else { return Verdict::Answer(Outcome::Undecided) };
        registry.put(ended.clone());
        Verdict::Record(Outcome::Done(Box::new(ended)))
    }
}

/// Looks at the rows until `stop`; a failure is logged and the next look tries again.
pub(crate) async fn sweep(database: Database, writer: Writer<Keeper>, clock: Clock, stop: CancellationToken) {
    let writer = Arc::new(writer);
    while stop.run_until_cancelled(tokio::time::sleep(EVERY)).await.is_some() {
        if let Err(error) = once(&database, &writer, &clock).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "what is due could not be looked up");
        }
    }
}

async fn once(database: &Database, writer: &Writer<Keeper>, clock: &Clock) -> Result<(), DbError> {
    let now = clock.now();
    let late = database.read(async move |mut conn| sql::late(&mut conn, now, MOST).await).await?;
    let today = civil::day(now);
    let due = database.read(async move |mut conn| sql::due(&mut conn, today, MOST).await).await?;
    let mut commands: Vec<Command> =
        late.into_iter().map(|id| Command::Expire(Expire { bond_id: BondId::new(id) })).collect();
    if !due.is_empty() {
        let persons = due.into_iter().map(PersonId::new).collect();
        commands.push(Command::Review(Box::new(Review { persons })));
    }
    if commands.is_empty() {
        return Ok(());
    }
    if let Err(busy) = writer.submit_all(Lane::Bulk, commands).await {
        tracing::info!(%busy, "what is due waits");
    }
    Ok(())
}
