//! 人脸核验 with identity and the development matcher, over gRPC: what it finds, and what a person does when it is
//! unsure, wrong or slow.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise, in its helpers too")]

use std::{fs, net::SocketAddr, time::Duration};

use chassis::{
    client::{self, Peer},
    clock::Clock,
    status,
    token::{Signer, Use},
};
use clap::Parser as _;
use local::matcher::{self, features::Features};
use proto::{
    common::Operation,
    dev::{EnrolFaceRequest, FaceMood, SetMoodRequest, face_lab_service_client::FaceLabServiceClient},
    identity::{
        BeginVerificationRequest, CompleteVerificationRequest, FaceOutcome, MatchRequest, MatchResponse,
        RegisterPersonRequest, VerificationMethod, complete_verification_request::Proof,
        face_matcher_service_client::FaceMatcherServiceClient,
        identity_service_client::IdentityServiceClient,
        verification_service_client::VerificationServiceClient,
    },
};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use time::macros::datetime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tonic::Status;
use uuid::Uuid;

/// Identity and a matcher that it trusts, and somebody whose face is enrolled.
struct Stack {
    identity: SocketAddr,
    matcher: SocketAddr,
    person: String,
    _keys: TempDir,
}

/// A face, a little different with each picture.
fn picture(of: i16, picture: i16) -> String {
    let feature = |at: i16| 100 * ((at * of) % 17 - 8) + 7 * ((at + picture) % 3);
    Features::of(&(0..64).map(feature).collect::<Vec<_>>()).unwrap().token()
}

async fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

impl Stack {
    async fn start() -> Self {
        let keys = tempfile::tempdir().unwrap();
        let file = |name: &str| keys.path().join(name);
        let url = testkit::database::fresh("identity").await.unwrap();
        identity::keys::generate(&file("keys.toml")).unwrap();
        identity::verification::signing::generate(&file("signing.toml")).unwrap();
        fs::write(file("matcher.seed"), "9f".repeat(32)).unwrap();
        let signer = Signer::from_file(&file("matcher.seed"), Use::FaceMatch).unwrap();
        let clock = Clock::starting_at(datetime!(2026-01-15 09:00 +8));
        let config = identity::Config::try_parse_from([
            "identity".to_owned(),
            format!("--database-url={}", url.expose_secret()),
            format!("--key-file={}", file("keys.toml").display()),
            format!("--signing-key-file={}", file("signing.toml").display()),
            format!("--face-matcher-key={}", hex::encode(signer.public(clock.now(), None).bytes)),
        ]);
        let (listens, at_identity) = listener().await;
        tokio::spawn(identity::serve(config.unwrap(), listens, clock.clone(), CancellationToken::new()));
        let seed = file("matcher.seed").display().to_string();
        let config = matcher::Config::try_parse_from(["face-matcher", "--signing-key-file", &seed]).unwrap();
        let (listens, at_matcher) = listener().await;
        tokio::spawn(async move { matcher::serve(&config, listens, clock, CancellationToken::new()).await });
        let mut stack =
            Self { identity: at_identity, matcher: at_matcher, person: String::new(), _keys: keys };
        stack.person = stack.somebody().await;
        let enrolment = EnrolFaceRequest { person_id: stack.person.clone(), sample_token: picture(3, 0) };
        stack.lab().enrol_face(enrolment).await.unwrap();
        stack
    }

    fn peer(at: SocketAddr, token: &str) -> Peer {
        client::peer(&at.to_string(), Some(&SecretString::from(token))).unwrap()
    }

    fn app(&self) -> String {
        format!("dev:citizen:{}", self.person)
    }

    fn lab(&self) -> FaceLabServiceClient<Peer> {
        FaceLabServiceClient::new(Self::peer(self.matcher, "dev:centre"))
    }

    async fn mood(&self, mood: FaceMood, delay_ms: i64) {
        self.lab().set_mood(SetMoodRequest { mood: mood.into(), delay_ms }).await.unwrap();
    }

    async fn somebody(&self) -> String {
        let mut identity = IdentityServiceClient::new(Self::peer(self.identity, "dev:operator:320100"));
        let request = RegisterPersonRequest {
            request_id: Uuid::now_v7().to_string(),
            id_number: "34052419800101001X".to_owned(),
            name: "张桂芳".to_owned(),
            mobile: "13812345678".to_owned(),
            ..Default::default()
        };
        identity.register_person(request).await.unwrap().into_inner().person.unwrap().person_id
    }

    /// Begins a verification by face; its id and nonce.
    async fn begin(&self) -> (String, String) {
        let verification_id = Uuid::now_v7().to_string();
        let operation = Operation {
            kind: "ClaimTransfer".to_owned(),
            operation_id: Uuid::now_v7().to_string(),
            actor_person_id: self.person.clone(),
            ..Default::default()
        };
        let request = BeginVerificationRequest {
            verification_id: verification_id.clone(),
            subject_person_id: self.person.clone(),
            operation: Some(operation),
            method: VerificationMethod::Face.into(),
        };
        let mut identity = VerificationServiceClient::new(Self::peer(self.identity, &self.app()));
        (verification_id, identity.begin_verification(request).await.unwrap().into_inner().nonce)
    }

    async fn compare(
        &self,
        nonce: &str,
        sample_token: String,
        limit: Duration,
    ) -> Result<MatchResponse, Status> {
        let request = MatchRequest { nonce: nonce.to_owned(), person_id: self.person.clone(), sample_token };
        let mut matcher = FaceMatcherServiceClient::new(Self::peer(self.matcher, &self.app()));
        Ok(matcher.r#match(client::with_deadline(request, limit)).await?.into_inner())
    }

    async fn complete(&self, verification_id: String, token: String) -> Result<String, Status> {
        let request =
            CompleteVerificationRequest { verification_id, proof: Some(Proof::FaceResultToken(token)) };
        let mut identity = VerificationServiceClient::new(Self::peer(self.identity, &self.app()));
        Ok(identity.complete_verification(request).await?.into_inner().assertion)
    }

    /// Shows a face: what the matcher found, and what identity made of it.
    async fn show(&self, sample: String) -> (FaceOutcome, Result<String, Status>) {
        let (verification, nonce) = self.begin().await;
        let found = self.compare(&nonce, sample, Duration::from_secs(5)).await.unwrap();
        (found.outcome(), self.complete(verification, found.face_result_token).await)
    }
}

#[tokio::test]
async fn r_033_the_own_face_is_recognised_and_another_one_is_not() {
    let stack = Stack::start().await;
    let (outcome, assertion) = stack.show(picture(3, 1)).await;
    assert_eq!(outcome, FaceOutcome::Match);
    assert!(assertion.is_ok());
    let (outcome, refused) = stack.show(picture(5, 1)).await;
    assert_eq!(outcome, FaceOutcome::NoMatch);
    assert_eq!(status::reason(&refused.unwrap_err()).as_deref(), Some("AUTH_FAILED"));
}

#[tokio::test]
async fn r_032_an_unsure_matcher_gives_hints_and_may_be_asked_again() {
    let stack = Stack::start().await;
    stack.mood(FaceMood::Unsure, 0).await;
    for _ in 0..6 {
        let (outcome, refused) = stack.show(picture(3, 1)).await;
        assert_eq!(outcome, FaceOutcome::Unsure);
        let refusal = status::read(&refused.unwrap_err()).unwrap().refusal;
        assert!(refusal.what_to_do_zh.contains("家人手机") && refusal.what_to_do_zh.contains("窗口"));
    }
    stack.mood(FaceMood::Honest, 0).await;
    assert!(stack.show(picture(3, 2)).await.1.is_ok());
}

#[tokio::test]
async fn a_wrong_matcher_locks_the_person_out_of_faces_after_five() {
    let stack = Stack::start().await;
    stack.mood(FaceMood::Wrong, 0).await;
    for _ in 0..5 {
        let refused = stack.show(picture(3, 1)).await.1.unwrap_err();
        assert_eq!(status::reason(&refused).as_deref(), Some("AUTH_FAILED"));
    }
    stack.mood(FaceMood::Honest, 0).await;
    let verification_id = Uuid::now_v7().to_string();
    let operation =
        Operation { kind: "READ".to_owned(), actor_person_id: stack.person.clone(), ..Default::default() };
    let request = BeginVerificationRequest {
        verification_id,
        subject_person_id: stack.person.clone(),
        operation: Some(operation),
        method: VerificationMethod::Face.into(),
    };
    let mut identity = VerificationServiceClient::new(Stack::peer(stack.identity, &stack.app()));
    let refused = identity.begin_verification(request).await.unwrap_err();
    assert_eq!(status::reason(&refused).as_deref(), Some("FACTOR_LOCKED"));
    assert!(status::read(&refused).unwrap().refusal.possible_again.is_some());
}

#[tokio::test]
async fn a_slow_matcher_is_given_up_and_the_same_verification_goes_on() {
    let stack = Stack::start().await;
    stack.mood(FaceMood::Honest, 30_000).await;
    let (verification, nonce) = stack.begin().await;
    let late = stack.compare(&nonce, picture(3, 1), Duration::from_millis(300)).await;
    assert!(late.is_err());
    stack.mood(FaceMood::Honest, 20).await;
    let found = stack.compare(&nonce, picture(3, 1), Duration::from_secs(5)).await.unwrap();
    assert!(stack.complete(verification, found.face_result_token).await.is_ok());
}

#[tokio::test]
async fn nobody_is_compared_with_somebody_elses_face() {
    let stack = Stack::start().await;
    let (_, nonce) = stack.begin().await;
    let request = MatchRequest { nonce, person_id: stack.person.clone(), sample_token: picture(3, 1) };
    let stranger = format!("dev:citizen:{}", Uuid::now_v7());
    let mut matcher = FaceMatcherServiceClient::new(Stack::peer(stack.matcher, &stranger));
    let refused = matcher.r#match(request).await.unwrap_err();
    assert_eq!(status::reason(&refused).as_deref(), Some("OUT_OF_SCOPE"));
}
