//! A writer of settlement on a fresh database, without any network: facts are given, and the books' answers are
//! stored as a driver would store them.

use std::sync::Arc;

use chassis::{
    batch::{Answer, Lane, MAX_COMMANDS, Settings, Writer},
    clock::Clock,
    db::Database,
    feed::Cursor,
};
use money::Yuan;
use policy::{BondStanding, Enrolment, EnrolmentStatus, PersonFacts, Programme, Rules, Scheme, WalletState};
use saga::{DrawDue, LotState, State, Step};
use secrecy::{ExposeSecret, SecretString};
use settlement::{
    MIGRATOR,
    command::{Accept, Ask, BookItem, Command, Facts, Followed, Items, LotItem, Outcome, StepDone},
    driver::{Driver, Inbox},
    hub::Hub,
    keeper::Keeper,
    transfer::Source,
};
use sqlx::{Connection, PgConnection, Row};
use standards::{BondId, BookId, PersonId, RequestId, TransferId, civil};
use time::{OffsetDateTime, macros::datetime};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Inside the window of a Thursday.
pub(crate) const MORNING: OffsetDateTime = datetime!(2026-01-15 10:00 +8);

/// A writer and what it tells.
pub(crate) struct Bench {
    pub(crate) url: SecretString,
    pub(crate) process: Uuid,
    pub(crate) clock: Clock,
    pub(crate) writer: Writer<Keeper>,
    pub(crate) inboxes: Vec<(BookId, Inbox)>,
}

/// A sharer in 南京 and a relative in 成都.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    pub(crate) bond: BondId,
    pub(crate) sharer: PersonId,
    pub(crate) beneficiary: PersonId,
}

pub(crate) fn pair() -> Pair {
    Pair { bond: BondId::new(Uuid::now_v7()), sharer: person(), beneficiary: person() }
}

pub(crate) fn person() -> PersonId {
    PersonId::new(Uuid::now_v7())
}

pub(crate) fn yuan(text: &str) -> Yuan {
    text.parse().expect("an amount")
}

fn facts_of(person: PersonId, scheme: Scheme, pool: &str) -> PersonFacts {
    let pool = pool.parse().expect("a pool");
    let enrolment = Enrolment {
        scheme,
        has_personal_account: scheme.is_employee(),
        pool,
        status: EnrolmentStatus::Normal,
        valid_from: civil::parse_day("2020-01-01").expect("a day"),
        valid_to: None,
    };
    PersonFacts {
        person,
        deceased: Some(false),
        enrolments: Some(vec![enrolment]),
        place_of_use: Some(pool),
        wallet: Some(WalletState::Active),
        standing: None,
    }
}

/// A transfer of 100.00 with facts that allow it.
pub(crate) fn accept(pair: Pair) -> Accept {
    Accept {
        transfer: TransferId::new(Uuid::now_v7()),
        programme: Programme::Wallet,
        bond: pair.bond,
        amount: yuan("100.00"),
        source: Source::PersonalAccount,
        beneficiary: pair.beneficiary,
        sharer: pair.sharer,
        online: true,
        assertion: String::new(),
        trace: None,
        facts: Some(Facts {
            bond: Some(BondStanding { active: true, programme: Programme::Wallet }),
            sharer: facts_of(pair.sharer, Scheme::Employee, "320100"),
            beneficiary: facts_of(pair.beneficiary, Scheme::Resident, "510100"),
        }),
    }
}

pub(crate) fn ask(transfer: TransferId) -> Ask {
    Ask { request: RequestId::new(Uuid::now_v7()), transfer, assertion: String::new() }
}

/// A bench on a fresh database.
pub(crate) async fn bench() -> Bench {
    let url = testkit::database::fresh("settlement").await.expect("a fresh database");
    on(url, Clock::starting_at(MORNING)).await
}

/// A bench on a fresh database at an instant, under the built-in rules and one more file.
pub(crate) async fn ruled(at: OffsetDateTime, file: &str) -> Bench {
    let url = testkit::database::fresh("settlement").await.expect("a fresh database");
    let rules = Rules::built_in_with(&[("own.toml", file)]).expect("rules");
    under(url, Clock::starting_at(at), rules).await
}

/// A further process on the same database.
pub(crate) async fn on(url: SecretString, clock: Clock) -> Bench {
    under(url, clock, Rules::built_in()).await
}

async fn under(url: SecretString, clock: Clock, rules: Rules) -> Bench {
    let database = Database::connect(&url, "settlement-test").await.expect("the database answers");
    database.migrate(&MIGRATOR).await.expect("migrations apply");
    let books = ["32-01", "51-01"].map(|book| book.parse().expect("a book"));
    let (driver, inboxes) = Driver::new(books);
    let process = Uuid::now_v7();
    let keeper = Keeper::new(process, Arc::new(rules), clock.clone(), Arc::new(Hub::default()), driver);
    let settings = Settings {
        name: "test".to_owned(),
        queue: 4_096,
        batch: MAX_COMMANDS,
        stop_service: CancellationToken::new(),
    };
    let writer = Writer::start(database, Arc::new(keeper), clock.clone(), settings).await.expect("it starts");
    Bench { url, process, clock, writer, inboxes }
}

impl Bench {
    pub(crate) async fn conn(&self) -> PgConnection {
        PgConnection::connect(self.url.expose_secret()).await.expect("the database answers")
    }

    pub(crate) async fn answer(&self, command: Command) -> Answer<Outcome> {
        self.writer.submit(Lane::Interactive, command).await.expect("the writer answers")
    }

    pub(crate) async fn outcome(&self, command: Command) -> Outcome {
        self.answer(command).await.into_outcome().expect("the id is good")
    }

    /// Accepts a transfer of the pair.
    pub(crate) async fn accepted(&self, pair: Pair) -> TransferId {
        let accept = accept(pair);
        let id = accept.transfer;
        let outcome = self.outcome(Command::Accept(Box::new(accept))).await;
        assert!(matches!(outcome, Outcome::Accepted { sharer, .. } if sharer == pair.sharer), "{outcome:?}");
        id
    }

    /// Accepts a transfer of the pair and hears why not.
    pub(crate) async fn refused(&self, pair: Pair) -> String {
        match self.outcome(Command::Accept(Box::new(accept(pair)))).await {
            Outcome::Refused { refusal, .. } => refusal.reason.clone(),
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    /// Where the transfer stands in the database.
    pub(crate) async fn state(&self, id: TransferId) -> (i64, State) {
        let row = sqlx::query("SELECT version, state FROM progress WHERE transfer = $1").bind(id.uuid());
        let row = row.fetch_one(&mut self.conn().await).await.expect("the transfer is stored");
        (row.get(0), serde_json::from_str(row.get(1)).expect("a state"))
    }

    /// Stores what a book answered to the steps from here on; the earmark alone is not stored.
    pub(crate) async fn step(&self, id: TransferId, answers: &[saga::Outcome]) -> Outcome {
        let (version, mut state) = self.state(id).await;
        let mut last: Option<(Step, saga::Outcome)> = None;
        for outcome in answers {
            let step = saga::next(&state).expect("a step is due");
            state = saga::apply(state, step, outcome.clone()).expect("the step was asked for");
            last = Some((step, outcome.clone()));
        }
        let (step, outcome) = last.expect("at least one answer");
        let done = StepDone { transfer: id, version, step, outcome, to: state };
        self.outcome(Command::StepDone(Box::new(done))).await
    }

    /// Earmark and grant are done: the lot waits to be claimed.
    pub(crate) async fn pending(&self, pair: Pair) -> TransferId {
        let id = self.accepted(pair).await;
        assert_eq!(self.step(id, &[done(7, "0"), done(9, "0")]).await, Outcome::Moved);
        id
    }

    /// The lot is claimed.
    pub(crate) async fn claimed(&self, pair: Pair) -> TransferId {
        let id = self.pending(pair).await;
        assert_eq!(self.outcome(Command::Claim(ask(id))).await, Outcome::Asked { transfer: id });
        assert_eq!(self.step(id, &[done(11, "0")]).await, Outcome::Moved);
        id
    }

    /// Feeds a page of the book of Sichuan.
    pub(crate) async fn book(&self, from: i64, to: i64, items: Vec<BookItem>) -> Outcome {
        self.follow("book-51-01", from, to, Items::Book("51-01".parse().expect("a book"), items)).await
    }

    pub(crate) async fn follow(&self, feed: &str, from: i64, to: i64, items: Items) -> Outcome {
        let page = Followed {
            feed: feed.to_owned(),
            from: cursor(from),
            to: cursor(to),
            items,
            unreadable: Vec::new(),
        };
        self.outcome(Command::Followed(Box::new(page))).await
    }

    /// A number that a statement counts.
    pub(crate) async fn count(&self, statement: &'static str) -> i64 {
        sqlx::query_scalar(statement).fetch_one(&mut self.conn().await).await.expect("the statement counts")
    }

    /// What the lot of a transfer says: sequence, consumed fen, sequence acknowledged, due.
    pub(crate) async fn lot(&self, id: TransferId) -> Option<(i64, i64, i64, bool)> {
        let statement =
            "SELECT at_sequence, consumed, drawn_sequence, due FROM lot WHERE transfer_id = $1 AND hop = 0";
        sqlx::query_as(statement)
            .bind(id.uuid())
            .fetch_optional(&mut self.conn().await)
            .await
            .expect("it reads")
    }
}

fn cursor(sequence: i64) -> Cursor {
    let hash = [u8::try_from(sequence % 251).unwrap_or(0); 32];
    if sequence == 0 { Cursor::START } else { Cursor { sequence, hash } }
}

pub(crate) fn done(sequence: i64, consumed: &str) -> saga::Outcome {
    saga::Outcome::Done { sequence, consumed: yuan(consumed) }
}

/// A record of a book about one lot.
pub(crate) fn lot(id: TransferId, sequence: i64, consumed: &str, lot: LotState) -> BookItem {
    let report = DrawDue { hop: 0, at_sequence: sequence, consumed: yuan(consumed), lot };
    let lots = vec![LotItem { transfer: id, report }];
    BookItem { sequence, day: civil::day(MORNING), legs: Vec::new(), lots }
}
