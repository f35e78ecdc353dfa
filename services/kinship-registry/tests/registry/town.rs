//! A town of people who stand in for identity: the same calls over gRPC, with people to whom anything may happen.
//!
//! It answers from memory, with an event for each change. It can be away, and come back where it was.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard},
    task::{Context, Poll},
};

use border::keyring::published;
use futures::{Stream, stream};
use proto::identity::{
    BatchGetStandingRequest, BatchGetStandingResponse, Benefit, BenefitKind, Enrolment, EnrolmentStatus,
    GetKeysRequest, GetKeysResponse, GetPersonRequest, GetPersonResponse, Person, PersonEvent,
    PersonEventKind, PublicKey, Scheme, Sex, Standing, StreamEventsRequest, StreamEventsResponse, Suspension,
};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use tokio_stream::wrappers::TcpListenerStream;
use tokio_util::sync::CancellationToken;
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{Service, http},
    server::{Grpc, NamedService},
};
use tonic_prost::ProstCodec;

use crate::harness::{earlier, fresh_keys, id, signing};

/// A day on which everybody of age was born.
const BORN: &str = "1980-02-03";

/// The people, and what has happened to them.
#[derive(Default)]
struct People {
    standings: Vec<Standing>,
    sexes: Vec<(String, Sex)>,
    events: Vec<PersonEvent>,
}

/// A town.
pub(crate) struct Town {
    people: Arc<Mutex<People>>,
    news: watch::Sender<usize>,
    address: SocketAddr,
    keys: Arc<TempDir>,
    running: Option<(CancellationToken, JoinHandle<()>)>,
}

impl Town {
    /// With nobody in it.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (news, _) = watch::channel(0);
        let keys = Arc::new(fresh_keys());
        let mut town = Self { people: Arc::default(), news, address, keys, running: None };
        town.serve(listener);
        town
    }

    fn serve(&mut self, listener: TcpListener) {
        let stop = CancellationToken::new();
        let hall = Hall { people: Arc::clone(&self.people), news: self.news.clone(), stop: stop.clone() };
        let (ends, incoming) = (stop.clone(), TcpListenerStream::new(listener));
        let board = Board(signing(&self.keys).keys().published().iter().filter_map(published).collect());
        let task = tokio::spawn(async move {
            let server = tonic::transport::Server::builder().add_service(hall).add_service(board);
            server.serve_with_incoming_shutdown(incoming, ends.cancelled()).await.unwrap();
        });
        self.running = Some((stop, task));
    }

    /// The folder of the keys that people agree with.
    pub(crate) fn keys(&self) -> Arc<TempDir> {
        Arc::clone(&self.keys)
    }

    /// Where it answers.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Nobody answers any more; things go on happening.
    pub(crate) async fn goes_away(&mut self) {
        let (stop, task) = self.running.take().unwrap();
        stop.cancel();
        task.await.unwrap();
    }

    /// It answers again where it did.
    pub(crate) async fn comes_back(&mut self) {
        let listener = TcpListener::bind(self.address).await.unwrap();
        self.serve(listener);
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.people.lock().unwrap()
    }

    /// Somebody of age with an activated code, enrolled in a pooling area.
    pub(crate) fn lives(&self, scheme: Scheme, pool: &str) -> String {
        self.born(BORN, Sex::Female, scheme, pool)
    }

    /// Somebody born on a day.
    pub(crate) fn born(&self, day: &str, sex: Sex, scheme: Scheme, pool: &str) -> String {
        let person_id = id();
        let standing = Standing {
            person_id: person_id.clone(),
            known: true,
            enrolments: vec![enrolment(&person_id, scheme, pool)],
            birth_day: day.to_owned(),
            medical_code_activated: true,
            ..Standing::default()
        };
        self.people().standings.push(standing);
        self.people().sexes.push((person_id.clone(), sex));
        self.happens(&person_id, PersonEventKind::Registered, |_| {});
        person_id
    }

    /// Something changes about somebody.
    pub(crate) fn happens(&self, person: &str, kind: PersonEventKind, change: impl FnOnce(&mut Standing)) {
        let mut people = self.people();
        let position = i64::try_from(people.events.len()).unwrap() + 1;
        let standing = people.standings.iter_mut().find(|standing| standing.person_id == person).unwrap();
        change(standing);
        standing.as_of_position = position;
        let event = PersonEvent {
            position,
            person_id: person.to_owned(),
            sequence: 1,
            kind: kind.into(),
            civil_day: "2026-01-15".to_owned(),
            business_time: Some(earlier()),
            standing: Some(standing.clone()),
        };
        people.events.push(event);
        let so_far = people.events.len();
        drop(people);
        self.news.send_replace(so_far);
    }

    /// 死亡.
    pub(crate) fn dies(&self, person: &str) {
        self.happens(person, PersonEventKind::Died, |one| one.deceased_day = "2026-01-14".to_owned());
    }

    /// 待遇.
    pub(crate) fn is_granted(&self, person: &str, kind: BenefitKind) {
        self.happens(person, PersonEventKind::BenefitRecorded, |one| {
            one.benefits.push(Benefit {
                benefit_id: id(),
                kind: kind.into(),
                pooling_area: one.enrolments[0].pooling_area.clone(),
                valid_from: "2026-01-15".to_owned(),
                valid_to: String::new(),
            });
        });
    }

    /// 参保状态.
    pub(crate) fn is_enrolled_as(&self, person: &str, status: EnrolmentStatus) {
        self.happens(person, PersonEventKind::EnrolmentRecorded, |one| {
            one.enrolments[0].status = status.into();
        });
    }

    /// 跨统筹区转移.
    pub(crate) fn moves_to(&self, person: &str, pool: &str) {
        self.happens(person, PersonEventKind::EnrolmentRecorded, |one| {
            let scheme = one.enrolments[0].scheme();
            one.enrolments[0].status = EnrolmentStatus::Terminated.into();
            one.enrolments.push(enrolment(person, scheme, pool));
        });
    }

    /// 暂停联网结算.
    pub(crate) fn is_suspended(&self, person: &str, to_day: &str) {
        self.happens(person, PersonEventKind::SanctionImposed, |one| {
            let from_day = "2026-01-15".to_owned();
            one.suspensions.push(Suspension { sanction_id: id(), from_day, to_day: to_day.to_owned() });
        });
    }
}

fn enrolment(person: &str, scheme: Scheme, pool: &str) -> Enrolment {
    Enrolment {
        enrolment_id: id(),
        person_id: person.to_owned(),
        scheme: scheme.into(),
        has_personal_account: scheme == Scheme::Employee,
        pooling_area: pool.to_owned(),
        status: EnrolmentStatus::Normal.into(),
        valid_from: "2020-07-01".to_owned(),
        ..Enrolment::default()
    }
}

/// What answers.
#[derive(Clone)]
struct Hall {
    people: Arc<Mutex<People>>,
    news: watch::Sender<usize>,
    stop: CancellationToken,
}

impl NamedService for Hall {
    const NAME: &'static str = "gongji.identity.v1.IdentityService";
}

type Reply = http::Response<Body>;

impl Service<http::Request<Body>> for Hall {
    type Response = Reply;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let hall = self.clone();
        Box::pin(async move {
            let method = request.uri().path().rsplit('/').next().unwrap_or_default().to_owned();
            Ok(match method.as_str() {
                "BatchGetStanding" => {
                    let answer = tower::service_fn(move |asked| std::future::ready(hall.standings(asked)));
                    Grpc::new(ProstCodec::default()).unary(answer, request).await
                }
                "GetPerson" => {
                    let answer = tower::service_fn(move |asked| std::future::ready(hall.person(asked)));
                    Grpc::new(ProstCodec::default()).unary(answer, request).await
                }
                _ => {
                    let answer = tower::service_fn(move |asked| std::future::ready(Ok(hall.events(&asked))));
                    Grpc::new(ProstCodec::default()).server_streaming(answer, request).await
                }
            })
        })
    }
}

/// Where the keys are read.
#[derive(Clone)]
struct Board(Vec<PublicKey>);

impl NamedService for Board {
    const NAME: &'static str = "gongji.identity.v1.VerificationService";
}

impl Service<http::Request<Body>> for Board {
    type Response = Reply;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Reply, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let keys = self.0.clone();
        let answer = tower::service_fn(move |_: Request<GetKeysRequest>| {
            std::future::ready(Ok(Response::new(GetKeysResponse { keys: keys.clone() })))
        });
        Box::pin(async move { Ok(Grpc::new(ProstCodec::default()).unary(answer, request).await) })
    }
}

type Events = Pin<Box<dyn Stream<Item = Result<StreamEventsResponse, Status>> + Send>>;

impl Hall {
    fn standings(
        &self,
        asked: Request<BatchGetStandingRequest>,
    ) -> Result<Response<BatchGetStandingResponse>, Status> {
        let people = self.people.lock().unwrap();
        let now = i64::try_from(people.events.len()).unwrap();
        let standings = asked.into_inner().person_ids.into_iter().map(|person_id| {
            let found = people.standings.iter().find(|standing| standing.person_id == person_id);
            match found {
                Some(standing) => Standing { as_of_position: now, ..standing.clone() },
                None => Standing { person_id, ..Standing::default() },
            }
        });
        Ok(Response::new(BatchGetStandingResponse { standings: standings.collect() }))
    }

    fn person(&self, asked: Request<GetPersonRequest>) -> Result<Response<GetPersonResponse>, Status> {
        let people = self.people.lock().unwrap();
        let person_id = asked.into_inner().person_id;
        let standing = people.standings.iter().find(|standing| standing.person_id == person_id);
        let standing = standing.ok_or_else(|| Status::not_found("nobody"))?;
        let sex = people.sexes.iter().find(|(one, _)| *one == person_id).map(|(_, sex)| *sex).unwrap();
        let person = Person {
            birth_day: standing.birth_day.clone(),
            person_id,
            masked_name: "张*芳".to_owned(),
            masked_id_number: "3201**********1234".to_owned(),
            sex: sex.into(),
            ..Person::default()
        };
        Ok(Response::new(GetPersonResponse { person: Some(person) }))
    }

    fn events(&self, asked: &Request<StreamEventsRequest>) -> Response<Events> {
        let from = usize::try_from(asked.get_ref().after_position).unwrap();
        let begin = (from, self.people.clone(), self.news.subscribe(), self.stop.clone());
        let pages = stream::unfold(begin, |(from, people, mut news, stop)| async move {
            // One page at once, so that a quiet stream is known to live; then as things happen.
            if people.lock().unwrap().events.len() == from && from > 0 {
                stop.run_until_cancelled(news.wait_for(|so_far| *so_far > from)).await?.ok()?;
            }
            let items: Vec<PersonEvent> = people.lock().unwrap().events[from..].to_vec();
            let to = from + items.len();
            if items.is_empty() {
                stop.run_until_cancelled(news.wait_for(|so_far| *so_far > from)).await?.ok()?;
                return Some((Ok(page(from, Vec::new())), (from, people, news, stop)));
            }
            Some((Ok(page(to, items)), (to, people, news, stop)))
        });
        Response::new(Box::pin(pages))
    }
}

fn page(to: usize, items: Vec<PersonEvent>) -> StreamEventsResponse {
    StreamEventsResponse {
        items,
        position: i64::try_from(to).unwrap(),
        hash: format!("{to:064x}"),
        complete_through: Some(earlier()),
        epoch: 1,
    }
}
