//! Loads what the commands of a batch touch: facts first, because a payment's accounts depend on where its
//! institution lies; then the book's rows, what those point to, and last the accounts.

use std::collections::{BTreeMap, BTreeSet};

use chassis::feed::{self, Cursor};
use ledger::{
    Book,
    rows::Rows,
    touch::{self, Touch},
};
use sqlx::PgConnection;
use standards::{BookId, WalletId};
use uuid::Uuid;

use super::{News, State};
use crate::{
    command::Command,
    facts::{Facts, FeedName},
    sql::{follow, load},
};

type Loaded<T> = Result<T, sqlx::Error>;

pub(super) async fn state(id: BookId, conn: &mut PgConnection, commands: &[Command]) -> Loaded<State> {
    let facts = facts(&mut *conn, commands).await?;
    let frozen_by = frozen_by(&mut *conn, commands).await?;
    let cursors = cursors(&mut *conn, commands).await?;
    let asked: Vec<ledger::Command> = commands.iter().filter_map(|command| asked(&facts, command)).collect();
    let rows = rows(id, conn, &asked).await?;
    let mut pools: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for row in &rows.personal {
        pools.entry(row.person).or_default().insert(row.pool);
    }
    let book = Book::new(id, rows);
    Ok(State { book, facts, pools, frozen_by, cursors, news: News::default() })
}

/// What the book will be asked, if the facts let it come to that.
fn asked(facts: &Facts, command: &Command) -> Option<ledger::Command> {
    match command {
        Command::Book(command) => Some(command.clone()),
        Command::Open(open) => Some(ledger::Command::OpenWallet(open.wallet.clone())),
        Command::Freeze(freeze) => Some(freeze.command()),
        Command::Credit(credit) => Some(ledger::Command::CreditPersonalAccount(credit.credit.clone())),
        Command::Pay(pay) => {
            let institution = facts.institutions.get(&pay.institution)?;
            pay.resolved(institution.pool, Vec::new()).ok()
        }
        Command::Refund(refund) => Some(ledger::Command::Refund(refund.refund.clone())),
        Command::Persons(_) | Command::Institutions(_) => None,
    }
}

async fn facts(conn: &mut PgConnection, commands: &[Command]) -> Loaded<Facts> {
    let (mut persons, mut institutions) = (BTreeSet::new(), BTreeSet::new());
    for command in commands {
        match command {
            Command::Credit(credit) => {
                persons.insert(credit.credit.person.uuid());
            }
            Command::Pay(pay) => {
                persons.insert(pay.patient.uuid());
                institutions.insert(pay.institution.to_string());
            }
            _ => {}
        }
    }
    let mut facts = Facts::default();
    if !persons.is_empty() {
        let known = follow::persons(&mut *conn, &listed(persons)).await?;
        facts.persons = known.into_iter().map(|person| (person.person, person)).collect();
    }
    if !institutions.is_empty() {
        let known = follow::institutions(conn, &listed(institutions)).await?;
        facts.institutions = known.into_iter().map(|institution| (institution.code, institution)).collect();
    }
    Ok(facts)
}

async fn frozen_by(conn: &mut PgConnection, commands: &[Command]) -> Loaded<BTreeMap<WalletId, String>> {
    let thawed = commands.iter().filter_map(|command| match command {
        Command::Freeze(freeze) if freeze.thaw => Some(freeze.wallet.wallet.uuid()),
        _ => None,
    });
    let thawed: Vec<Uuid> = thawed.collect();
    if thawed.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = follow::freezings(conn, &thawed).await?;
    Ok(rows.into_iter().map(|row| (WalletId::new(row.wallet), row.by)).collect())
}

async fn cursors(conn: &mut PgConnection, commands: &[Command]) -> Loaded<BTreeMap<FeedName, Cursor>> {
    let feeds = commands.iter().filter_map(|command| match command {
        Command::Persons(_) => Some(FeedName::Identity),
        Command::Institutions(_) => Some(FeedName::Institutions),
        _ => None,
    });
    let feeds: BTreeSet<FeedName> = feeds.collect();
    let mut cursors = BTreeMap::new();
    for feed in feeds {
        cursors.insert(feed, feed::cursor(&mut *conn, feed.name()).await?);
    }
    Ok(cursors)
}

async fn rows(id: BookId, conn: &mut PgConnection, commands: &[ledger::Command]) -> Loaded<Rows> {
    let mut rows = Rows::default();
    if commands.is_empty() {
        return Ok(rows);
    }
    let touch = Touch::of(commands);
    add(&mut *conn, &mut rows, &touch).await?;
    let further = touch.further(&rows);
    add(&mut *conn, &mut rows, &further).await?;
    let commands: Vec<&ledger::Command> = commands.iter().collect();
    let keys = touch::accounts(id, &commands, &rows);
    if !keys.accounts.is_empty() || !keys.folios.is_empty() {
        (rows.accounts, rows.folios) =
            load::accounts(conn, &texts(keys.accounts), &texts(keys.folios)).await?;
    }
    Ok(rows)
}

/// Loads what a touch names and adds it; a table that nothing is wanted of is not asked.
async fn add(conn: &mut PgConnection, rows: &mut Rows, touch: &Touch) -> Loaded<()> {
    if !touch.wallets.is_empty() || !touch.wallets_of.is_empty() {
        let (wallets, persons) =
            (uuids(&touch.wallets, |id| id.uuid()), uuids(&touch.wallets_of, |id| id.uuid()));
        rows.wallets.extend(load::wallets(&mut *conn, &wallets, &persons).await?);
    }
    if !touch.personal_of.is_empty() {
        rows.personal.extend(load::personal(&mut *conn, &uuids(&touch.personal_of, |id| id.uuid())).await?);
    }
    if !touch.earmarks.is_empty() {
        let transfers = uuids(&touch.earmarks, |id| id.uuid());
        let earmarks = load::earmarks(&mut *conn, &transfers).await?;
        // What is new has no hops.
        if !earmarks.is_empty() {
            rows.hops.extend(load::hops(&mut *conn, &transfers).await?);
        }
        rows.earmarks.extend(earmarks);
    }
    if !touch.payments.is_empty() || !touch.serials.is_empty() {
        let ids = uuids(&touch.payments, |id| id.uuid());
        let serials: Vec<String> =
            touch.serials.iter().map(|(code, serial)| format!("{code}/{serial}")).collect();
        let payments = load::payments(&mut *conn, &ids, &serials).await?;
        // What is new has no legs, and of one that only has the serial they are not wanted.
        if payments.iter().any(|row| touch.payments.contains(&row.payment)) {
            rows.legs.extend(load::legs(&mut *conn, &ids).await?);
        }
        rows.payments.extend(payments);
    }
    if !touch.refunds.is_empty() {
        let refunds = uuids(&touch.refunds, |id| id.uuid());
        rows.refunds.extend(load::refunds(&mut *conn, &refunds).await?);
        rows.refund_legs.extend(load::refund_legs(&mut *conn, &refunds).await?);
    }
    if !touch.lots.is_empty() || !touch.spendable_of.is_empty() {
        let (transfers, persons) =
            (uuids(&touch.lots, |id| id.uuid()), uuids(&touch.spendable_of, |id| id.uuid()));
        rows.lots.extend(load::lots(conn, &transfers, &persons).await?);
    }
    Ok(())
}

fn uuids<T>(ids: &BTreeSet<T>, uuid: impl Fn(&T) -> Uuid) -> Vec<Uuid> {
    ids.iter().map(uuid).collect()
}

fn listed<T>(set: BTreeSet<T>) -> Vec<T> {
    set.into_iter().collect()
}

fn texts<T: ToString>(keys: BTreeSet<T>) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}
