//! Teaches the batch writer the book: what to load, how to decide, what to store.
//!
//! Every fact that a decision needs is loaded after the head is locked, those told by other services included,
//! so a repeat finds its first verdict before anything is looked at again.

mod load;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chassis::{
    batch::{Answer, Keeper, Key, Moment, Verdict},
    feed::{self, Cursor},
};
use ledger::{
    Book, Outcome as BookOutcome, Refusal, codes::LotState, content, key::AccountKey, outcome::Done,
};
use money::Yuan;
use policy::Rules;
use sqlx::PgConnection;
use standards::{BookId, InstitutionCode, PersonId, Pool, WalletId, civil};
use time::Date;

use crate::{
    command::{Command, Credit, Followed, Freeze, Pay, Unreadable},
    facts::{Facts, FeedName, Grounds, KnownInstitution, KnownPerson, Obstacle},
    outcome::{Outcome, Refused, Stands, Told},
    sql,
};

/// The keeper of one book.
#[derive(Clone, Debug)]
pub struct Keeping {
    /// Which book.
    pub book: BookId,
    /// By which rules it decides.
    pub rules: Arc<Rules>,
}

/// What a batch works on.
#[derive(Debug)]
pub struct State {
    book: Book,
    facts: Facts,
    /// The pools in which a person has an account here.
    pools: BTreeMap<PersonId, BTreeSet<Pool>>,
    /// Who froze a wallet.
    frozen_by: BTreeMap<WalletId, String>,
    cursors: BTreeMap<FeedName, Cursor>,
    /// What was told and is to be kept; decisions of the same batch do not see it yet.
    news: News,
}

#[derive(Debug, Default)]
struct News {
    persons: BTreeMap<PersonId, KnownPerson>,
    institutions: BTreeMap<InstitutionCode, KnownInstitution>,
    cursors: BTreeMap<FeedName, (Cursor, Cursor)>,
    unreadable: Vec<(FeedName, Unreadable)>,
    freezings: BTreeMap<WalletId, (String, i64)>,
}

/// The feeds behind a credit and behind a payment.
const FOR_CREDIT: &[FeedName] = &[FeedName::Identity];
const FOR_PAY: &[FeedName] = &[FeedName::Identity, FeedName::Institutions];

impl Keeper for Keeping {
    type Command = Command;
    type Outcome = Outcome;
    type State = State;

    fn key(command: &Command) -> Option<Key> {
        command.key()
    }

    fn weight(command: &Command) -> usize {
        let fixed = match command {
            Command::Book(command) => ledger::touch::weight(command),
            Command::Open(_) | Command::Freeze(_) => 2,
            Command::Credit(_) => 5,
            Command::Pay(_) | Command::Refund(_) => 18,
            Command::Persons(page) => page.items.len(),
            Command::Institutions(page) => page.items.len(),
        };
        fixed.max(1)
    }

    fn label(command: &Command) -> &'static str {
        command.label()
    }

    fn partitioned(&self) -> &'static [&'static str] {
        &["posting"]
    }

    async fn load(&self, conn: &mut PgConnection, commands: &[Command]) -> Result<State, sqlx::Error> {
        load::state(self.book, conn, commands).await
    }

    fn fold(&self, state: &mut State, command: &Command, moment: Moment) -> Verdict<Outcome> {
        match command {
            Command::Book(command) => state.apply(command, moment),
            Command::Open(open) if open.probe => Verdict::Answer(Outcome::Unheard),
            Command::Pay(pay) if pay.probe => Verdict::Answer(Outcome::Unheard),
            Command::Open(open) => match &open.refused {
                Some(refused) => refuse(state.sharpened(refused, open.wallet.person)),
                None => state.apply(&ledger::Command::OpenWallet(open.wallet.clone()), moment),
            },
            Command::Freeze(freeze) => state.freeze(freeze, moment),
            Command::Credit(credit) => state.credit(self.book, credit, moment),
            Command::Pay(pay) => state.pay(self, pay, moment),
            Command::Refund(refund) => state.apply(&ledger::Command::Refund(refund.refund.clone()), moment),
            Command::Persons(page) => {
                let known = |news: &mut News, person: &KnownPerson| {
                    news.persons.insert(person.person, person.clone());
                };
                state.follow(FeedName::Identity, page, known)
            }
            Command::Institutions(page) => {
                let known = |news: &mut News, institution: &KnownInstitution| {
                    news.institutions.insert(institution.code, institution.clone());
                };
                state.follow(FeedName::Institutions, page, known)
            }
        }
    }

    fn evidence(&self, state: &State, sequence: i64) -> Vec<u8> {
        content::evidence(state.book.postings_of(sequence))
    }

    async fn store(&self, conn: &mut PgConnection, state: State) -> Result<(), sqlx::Error> {
        sql::store::changes(&mut *conn, &state.book.into_changes()).await?;
        let news = state.news;
        sql::follow::keep_persons(&mut *conn, &news.persons.into_values().collect::<Vec<_>>()).await?;
        sql::follow::keep_institutions(&mut *conn, &news.institutions.into_values().collect::<Vec<_>>())
            .await?;
        for (name, item) in &news.unreadable {
            let kept = (item.position, &item.bytes[..]);
            feed::set_aside(&mut *conn, name.name(), kept, item.at, &item.error).await?;
        }
        for (wallet, (by, sequence)) in &news.freezings {
            sql::follow::keep_freezing(&mut *conn, wallet.uuid(), by, *sequence).await?;
        }
        for (name, (from, to)) in news.cursors {
            feed::advance(&mut *conn, name.name(), from, to).await?;
        }
        Ok(())
    }

    /// Streams are woken by the writer's head; nothing else waits.
    fn committed(&self, _: &[(Command, Answer<Outcome>)]) {}
}

fn refuse(refused: Refused) -> Verdict<Outcome> {
    let burns = refused.burns();
    let outcome = Outcome::Refused(refused);
    if burns { Verdict::Record(outcome) } else { Verdict::Answer(outcome) }
}

impl State {
    /// Has the book decide.
    fn apply(&mut self, command: &ledger::Command, moment: Moment) -> Verdict<Outcome> {
        let at = ledger::Moment { sequence: moment.sequence, at: moment.at };
        let applied = ledger::apply(&mut self.book, command, at);
        let strange = match &applied.outcome {
            BookOutcome::Refused(Refusal::OtherInstitution) => true,
            BookOutcome::Refused(Refusal::PaymentUnknown) => {
                matches!(command, ledger::Command::ReversePayment(_))
            }
            _ => false,
        };
        if strange {
            // Nothing was changed; forbidding must not burn an id that its owner may still use.
            return refuse(Refused::OtherInstitution);
        }
        if applied.recorded {
            return Verdict::Record(Outcome::book(applied.outcome));
        }
        let (since, consumed) = self.since(command, moment);
        Verdict::Answer(Outcome::Book(Told {
            outcome: applied.outcome,
            since,
            consumed,
            available_after: None,
        }))
    }

    /// What identity cannot know: an opening that seems interrupted has been completed where the person has a
    /// wallet here.
    fn sharpened(&self, refused: &Refused, person: PersonId) -> Refused {
        let mut refused = refused.clone();
        if let Refused::WalletHeld { stands, .. } = &mut refused
            && *stands == Stands::Unfinished
            && self.book.wallet_of(person).is_some()
        {
            *stands = Stands::Open;
        }
        refused
    }

    /// The record behind an answer that is no record itself, and what the lot had consumed.
    fn since(&self, command: &ledger::Command, moment: Moment) -> (Option<i64>, Option<Yuan>) {
        let lot = |transfer| self.book.last_lot(transfer);
        match command {
            ledger::Command::Earmark(c) => (self.book.earmark(c.transfer).map(|row| row.sequence), None),
            // The one that overtook it stands somewhere up to here.
            ledger::Command::DrawDown(_) => (Some(moment.sequence - 1), None),
            ledger::Command::Grant(c) => (lot(c.transfer).map(|row| row.granted_sequence), None),
            ledger::Command::Claim(c) | ledger::Command::Decline(c) => since_of(lot(c.transfer)),
            ledger::Command::Return(c) => since_of(lot(c.transfer)),
            ledger::Command::Revoke(c) => since_of(lot(c.transfer)),
            _ => (None, None),
        }
    }

    fn freeze(&mut self, freeze: &Freeze, moment: Moment) -> Verdict<Outcome> {
        let wallet = freeze.wallet.wallet;
        if freeze.thaw && self.frozen_by.get(&wallet) == Some(&freeze.by) {
            return refuse(Refused::SecondPersonRequired);
        }
        let verdict = self.apply(&freeze.command(), moment);
        if !freeze.thaw
            && matches!(&verdict, Verdict::Record(Outcome::Book(Told { outcome: BookOutcome::Done(_), .. })))
        {
            self.frozen_by.insert(wallet, freeze.by.clone());
            self.news.freezings.insert(wallet, (freeze.by.clone(), moment.sequence));
        }
        verdict
    }

    fn credit(&mut self, book: BookId, credit: &Credit, moment: Moment) -> Verdict<Outcome> {
        if let Err(refused) = self.facts.credit(book.province(), &credit.credit, credit.month) {
            return match credit.known.too_early(FOR_CREDIT) {
                Some(feed) => Verdict::Answer(Outcome::Behind(feed)),
                None => refuse(refused),
            };
        }
        if let Some(feed) = credit.known.too_old(moment.at, FOR_CREDIT) {
            return Verdict::Answer(Outcome::Behind(feed));
        }
        self.pools.entry(credit.credit.person).or_default().insert(credit.credit.pool);
        self.apply(&ledger::Command::CreditPersonalAccount(credit.credit.clone()), moment)
    }

    fn pay(&mut self, keeping: &Keeping, pay: &Pay, moment: Moment) -> Verdict<Outcome> {
        let today = civil::day(moment.at);
        let grounds = Grounds {
            is_answered: self.book.answers_payment(pay.payment, pay.institution, &pay.serial),
            province: keeping.book.province(),
            rules: &keeping.rules,
            has_wallet: self.book.wallet_of(pay.patient).is_some(),
            takes_quota: self.book.has_quota(pay.patient)
                && self.available(pay.patient, today) < pay.cost.eligible,
            now: moment.at,
        };
        let command = match self.facts.pay(pay, grounds) {
            Ok(command) => command,
            Err(Obstacle::NotKnown(feed)) => return Verdict::Answer(Outcome::Behind(feed)),
            Err(Obstacle::Refused(refused)) => {
                return match pay.known.too_early(FOR_PAY) {
                    Some(feed) => Verdict::Answer(Outcome::Behind(feed)),
                    None => refuse(refused),
                };
            }
        };
        if let Some(feed) = pay.known.too_old(moment.at, FOR_PAY) {
            return Verdict::Answer(Outcome::Behind(feed));
        }
        let mut verdict = self.apply(&command, moment);
        if let Verdict::Record(Outcome::Book(told)) = &mut verdict
            && matches!(told.outcome, BookOutcome::Done(Done::Payment(_)))
        {
            told.available_after = Some(self.available(pay.patient, today));
        }
        verdict
    }

    /// What a person's own accounts hold here and may be used on a day.
    fn available(&self, person: PersonId, today: Date) -> Yuan {
        let frozen = self.facts.persons.get(&person).map(|known| known.frozen(today)).unwrap_or_default();
        let pools = self.pools.get(&person).into_iter().flatten().filter(|pool| !frozen.contains(pool));
        let pots = pools.flat_map(|pool| {
            [AccountKey::PersonalPrior(person, *pool), AccountKey::PersonalCurrent(person, *pool)]
        });
        Yuan::total(pots.map(|pot| self.book.balance(pot))).expect("amounts of a book stay within 64-bit fen")
    }

    fn follow<T>(
        &mut self,
        feed: FeedName,
        page: &Followed<T>,
        keep: impl Fn(&mut News, &T),
    ) -> Verdict<Outcome> {
        let stands = self.cursors.get(&feed).copied().unwrap_or(Cursor::START);
        if stands != page.from {
            return Verdict::Answer(Outcome::Followed(false));
        }
        self.cursors.insert(feed, page.to);
        self.news.cursors.entry(feed).or_insert((page.from, page.to)).1 = page.to;
        page.items.iter().for_each(|item| keep(&mut self.news, item));
        self.news.unreadable.extend(page.unreadable.iter().map(|item| (feed, item.clone())));
        Verdict::Answer(Outcome::Followed(true))
    }
}

fn since_of(lot: Option<&ledger::rows::LotRow>) -> (Option<i64>, Option<Yuan>) {
    let Some(lot) = lot else { return (None, None) };
    let since = if lot.state == LotState::Open { lot.opened_sequence } else { Some(lot.at_sequence) };
    (since, Some(lot.consumed))
}
