//! The registry as the batch writer sees it: load the bonds concerned, let each verb decide, store what
//! changed. Who asked and how answers look on the wire is none of its business.

use std::{collections::BTreeSet, sync::Arc};

use chassis::batch::{self, Answer, Key, Moment, Verdict};
use policy::Rules;
use serde::Serialize;
use sqlx::PgConnection;
use time::Duration;
use uuid::Uuid;

use crate::{
    answer::{Accept, Reject},
    expire::Expire,
    outcome::Outcome,
    propose::Propose,
    registered::Registry,
    sql,
};

/// The labels of records that may have changed a bond.
pub(crate) const LABELS: &[&str] = &["propose", "accept", "reject", "expire"];

/// Everything that changes the registry.
#[derive(Clone, Debug, Serialize)]
pub(crate) enum Command {
    /// 申请.
    Propose(Box<Propose>),
    /// 确认.
    Accept(Box<Accept>),
    /// 拒绝.
    Reject(Box<Reject>),
    /// 邀请过期.
    Expire(Expire),
}

impl Command {
    /// The bond it is about.
    fn bond(&self) -> Uuid {
        match self {
            Self::Propose(propose) => propose.wish.bond_id.uuid(),
            Self::Accept(accept) => accept.reply.bond_id.uuid(),
            Self::Reject(reject) => reject.reply.bond_id.uuid(),
            Self::Expire(expire) => expire.bond_id.uuid(),
        }
    }

    /// The persons whose other bonds count.
    fn persons(&self) -> Vec<Uuid> {
        let pair = match self {
            Self::Propose(propose) => Some(&propose.pair),
            Self::Accept(accept) => accept.pair.as_ref(),
            Self::Reject(_) | Self::Expire(_) => None,
        };
        pair.map_or_else(Vec::new, |pair| vec![pair.sharer.id.uuid(), pair.beneficiary.id.uuid()])
    }
}

/// What the writer is taught.
pub(crate) struct Keeper {
    rules: Arc<Rules>,
    answer_within: Duration,
}

impl Keeper {
    /// With the rules in force, and how long an invitation may be answered.
    pub(crate) const fn new(rules: Arc<Rules>, answer_within: Duration) -> Self {
        Self { rules, answer_within }
    }
}

impl batch::Keeper for Keeper {
    type Command = Command;
    type Outcome = Outcome;
    type State = Registry;

    fn key(command: &Command) -> Option<Key> {
        match command {
            Command::Propose(propose) => Some(propose.wish.key()),
            Command::Accept(accept) => Some(accept.reply.key("kinship.accept.1")),
            Command::Reject(reject) => Some(reject.reply.key("kinship.reject.1")),
            // The bond's own state is the barrier.
            Command::Expire(_) => None,
        }
    }

    fn weight(command: &Command) -> usize {
        match command {
            // The bond and a family's worth of other bonds.
            Command::Propose(_) | Command::Accept(_) => 8,
            Command::Reject(_) | Command::Expire(_) => 1,
        }
    }

    fn label(command: &Command) -> &'static str {
        match command {
            Command::Propose(_) => "propose",
            Command::Accept(_) => "accept",
            Command::Reject(_) => "reject",
            Command::Expire(_) => "expire",
        }
    }

    async fn load(&self, conn: &mut PgConnection, commands: &[Command]) -> Result<Registry, sqlx::Error> {
        let ids: BTreeSet<Uuid> = commands.iter().map(Command::bond).collect();
        let persons: BTreeSet<Uuid> = commands.iter().flat_map(Command::persons).collect();
        let (ids, persons): (Vec<_>, Vec<_>) = (ids.into_iter().collect(), persons.into_iter().collect());
        Ok(Registry::of(sql::load(conn, &ids, &persons).await?))
    }

    fn fold(&self, registry: &mut Registry, command: &Command, moment: Moment) -> Verdict<Outcome> {
        match command {
            Command::Propose(propose) => propose.decide(registry, &self.rules, self.answer_within, moment),
            Command::Accept(accept) => accept.decide(registry, &self.rules, moment),
            Command::Reject(reject) => reject.decide(registry, moment),
            Command::Expire(expire) => expire.decide(registry, moment),
        }
    }

    fn evidence(&self, _: &Registry, _: i64) -> Vec<u8> {
        // The outcome holds the whole bond, and outcomes are in the chain already.
        Vec::new()
    }

    async fn store(&self, conn: &mut PgConnection, registry: Registry) -> Result<(), sqlx::Error> {
        sql::store(conn, registry.into_changed()).await
    }

    fn committed(&self, _: &[(Command, Answer<Outcome>)]) {
        // Streams are woken by the writer's head.
    }
}
