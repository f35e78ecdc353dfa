//! The registry as the batch writer sees it: load the bonds concerned, let each verb decide, store what
//! changed. Who asked and how answers look on the wire is none of its business.

use std::sync::Arc;

use chassis::{
    batch::{self, Answer, Key, Moment, Verdict},
    clock::Clock,
};
use policy::Rules;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    answer::{Accept, Reject, Withdraw},
    certify::Certify,
    change::{Dissolve, SetSharing},
    counter::Register,
    expire::Expire,
    family::Record,
    follow::{Followed, Review},
    load::{self, Wanted},
    outcome::Outcome,
    propose::Propose,
    registry::Registry,
    sql,
};

/// The labels of records that may have changed a bond.
pub(crate) const LABELS: &[&str] = &[
    "propose", "accept", "reject", "withdraw", "register", "sharing", "dissolve", "fact", "follow", "review",
    "expire",
];

/// Everything that changes the registry.
#[derive(Clone, Debug, Serialize)]
pub(crate) enum Command {
    /// 申请.
    Propose(Box<Propose>),
    /// 确认.
    Accept(Box<Accept>),
    /// 拒绝.
    Reject(Box<Reject>),
    /// 撤回.
    Withdraw(Withdraw),
    /// 窗口登记.
    Register(Box<Register>),
    /// 设置额度.
    SetSharing(SetSharing),
    /// 解除.
    Dissolve(Dissolve),
    /// 亲属事实.
    Record(Box<Record>),
    /// 开具凭证.
    Certify(Certify),
    /// A page of identity's stream.
    Followed(Box<Followed>),
    /// People whose day has come.
    Review(Box<Review>),
    /// 邀请过期.
    Expire(Expire),
}

impl Command {
    /// Adds what it needs.
    fn want(&self, wanted: &mut Wanted) {
        match self {
            Self::Propose(it) => {
                wanted.bond(it.wish.bond_id.uuid());
                wanted.pair([it.wish.sharer.uuid(), it.wish.beneficiary.uuid()]);
            }
            Self::Register(it) => {
                wanted.bond(it.wish.bond_id.uuid());
                wanted.pair([it.wish.sharer.uuid(), it.wish.beneficiary.uuid()]);
            }
            Self::Accept(it) => {
                wanted.bond(it.reply.bond_id.uuid());
                let pair = it.pair.as_ref();
                wanted.pair(pair.into_iter().flat_map(|it| [it.sharer.id.uuid(), it.beneficiary.id.uuid()]));
            }
            Self::Reject(it) => {
                wanted.bond(it.reply.bond_id.uuid());
                wanted.stands = true;
                // The family of the bond's own people, whoever they are.
                wanted.families.extend(it.reply.guardian.map(|guardian| guardian.uuid()));
            }
            Self::Dissolve(it) => {
                wanted.bond(it.bond_id.uuid());
                wanted.persons.extend(it.sharer.map(|sharer| sharer.uuid()));
                wanted.stands = true;
            }
            Self::Withdraw(it) => wanted.bond(it.bond_id.uuid()),
            Self::SetSharing(it) => wanted.bond(it.bond_id.uuid()),
            Self::Certify(it) => wanted.bond(it.bond_id.uuid()),
            Self::Expire(it) => wanted.bond(it.bond_id.uuid()),
            Self::Record(it) => {
                wanted.facts.insert(it.fact.id.uuid());
                wanted.pair([it.fact.a.uuid(), it.fact.b.uuid()]);
            }
            Self::Followed(it) => {
                wanted.persons.extend(it.items.iter().map(|item| item.person.uuid()));
                (wanted.stands, wanted.cursor) = (true, true);
            }
            Self::Review(it) => {
                wanted.persons.extend(it.persons.iter().map(|person| person.uuid()));
                wanted.stands = true;
            }
        }
    }
}

impl Wanted {
    fn bond(&mut self, id: Uuid) {
        self.bonds.insert(id);
    }

    /// Everything about two persons.
    fn pair(&mut self, persons: impl IntoIterator<Item = Uuid>) {
        for person in persons {
            self.persons.insert(person);
            self.families.insert(person);
        }
        self.stands = true;
    }
}

/// What the writer is taught.
pub(crate) struct Keeper {
    rules: Arc<Rules>,
    clock: Clock,
}

impl Keeper {
    /// With the rules in force; the clock tells how far back a year of ended bonds goes.
    pub(crate) const fn new(rules: Arc<Rules>, clock: Clock) -> Self {
        Self { rules, clock }
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
            Command::Withdraw(withdraw) => Some(withdraw.key()),
            Command::Register(register) => Some(register.key()),
            Command::SetSharing(sharing) => Some(sharing.key()),
            Command::Dissolve(dissolve) => Some(dissolve.key()),
            Command::Record(record) => Some(record.key()),
            Command::Certify(certify) => Some(certify.key()),
            // The bond's own state, the cursor and the person's row are the barriers.
            Command::Expire(_) | Command::Followed(_) | Command::Review(_) => None,
        }
    }

    fn weight(command: &Command) -> usize {
        match command {
            // The bond and a family's worth of other bonds and facts.
            Command::Propose(_) | Command::Accept(_) | Command::Register(_) | Command::Record(_) => 8,
            Command::Dissolve(_) => 4,
            Command::Followed(followed) => followed.items.len().max(1),
            Command::Review(review) => review.persons.len().max(1),
            Command::Reject(_)
            | Command::Withdraw(_)
            | Command::SetSharing(_)
            | Command::Certify(_)
            | Command::Expire(_) => 1,
        }
    }

    fn label(command: &Command) -> &'static str {
        match command {
            Command::Propose(_) => "propose",
            Command::Accept(_) => "accept",
            Command::Reject(_) => "reject",
            Command::Withdraw(_) => "withdraw",
            Command::Register(_) => "register",
            Command::SetSharing(_) => "sharing",
            Command::Dissolve(_) => "dissolve",
            Command::Record(_) => "fact",
            Command::Certify(_) => "certify",
            Command::Followed(_) => "follow",
            Command::Review(_) => "review",
            Command::Expire(_) => "expire",
        }
    }

    async fn load(&self, conn: &mut PgConnection, commands: &[Command]) -> Result<Registry, sqlx::Error> {
        let mut wanted = Wanted::default();
        commands.iter().for_each(|command| command.want(&mut wanted));
        load::load(conn, &wanted, self.clock.now()).await
    }

    fn fold(&self, registry: &mut Registry, command: &Command, moment: Moment) -> Verdict<Outcome> {
        let rules = &self.rules;
        match command {
            Command::Propose(propose) => propose.decide(registry, rules, moment),
            Command::Accept(accept) => accept.decide(registry, rules, moment),
            Command::Reject(reject) => reject.decide(registry, rules, moment),
            Command::Withdraw(withdraw) => withdraw.decide(registry, moment),
            Command::Register(register) => register.decide(registry, rules, moment),
            Command::SetSharing(sharing) => sharing.decide(registry, moment),
            Command::Dissolve(dissolve) => dissolve.decide(registry, rules, moment),
            Command::Record(record) => record.decide(registry, rules, moment),
            Command::Certify(certify) => certify.decide(registry, moment),
            Command::Followed(followed) => followed.decide(registry, rules, moment),
            Command::Review(review) => review.decide(registry, rules, moment),
            Command::Expire(expire) => expire.decide(registry, moment),
        }
    }

    fn evidence(&self, _: &Registry, _: i64) -> Vec<u8> {
        // The outcome holds the whole bond, and outcomes are in the chain already.
        Vec::new()
    }

    async fn store(&self, conn: &mut PgConnection, registry: Registry) -> Result<(), sqlx::Error> {
        sql::store_all(conn, registry.into_changed()).await
    }

    fn committed(&self, _: &[(Command, Answer<Outcome>)]) {
        // Streams are woken by the writer's head.
    }
}
