//! The matcher's two services: comparing, and being told what it knows and how to behave.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use border::{
    fields::Fields,
    tokens::{FACE_FOR, FaceResult, Found},
    wire,
};
use chassis::{access, clock::Clock, status::Refusal, token::Signer};
use proto::{
    dev::{
        EnrolFaceRequest, EnrolFaceResponse, FaceMood, SetMoodRequest, SetMoodResponse,
        face_lab_service_server::{FaceLabService, FaceLabServiceServer},
    },
    identity::{
        FaceOutcome, MatchRequest, MatchResponse,
        face_matcher_service_server::{FaceMatcherService, FaceMatcherServiceServer},
    },
};
use standards::PersonId;
use tonic::{Request, Response, Status};

use super::features::{Features, Likeness};

/// The longest that an answer may be put off.
const LONGEST: u64 = 60_000;

/// What the matcher knows, and how it behaves.
pub(super) struct Lab {
    signer: Signer,
    clock: Clock,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    templates: HashMap<PersonId, Features>,
    mood: FaceMood,
    delay: Duration,
}

struct Shared(Arc<Lab>);

pub(super) fn matcher_server(lab: Arc<Lab>) -> FaceMatcherServiceServer<impl FaceMatcherService> {
    FaceMatcherServiceServer::new(Shared(lab))
}

pub(super) fn lab_server(lab: Arc<Lab>) -> FaceLabServiceServer<impl FaceLabService> {
    FaceLabServiceServer::new(Shared(lab))
}

impl Lab {
    pub(super) fn new(signer: Signer, clock: Clock) -> Self {
        Self { signer, clock, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn features(fields: &mut Fields, token: &str) -> Option<Features> {
    let features = Features::parse(token);
    if features.is_none() {
        let english = "face1. and 16 to 512 features in base64url, not all of them zero";
        fields.refuse("sample_token", "MALFORMED", english, "采样令牌格式不正确");
    }
    features
}

/// What was found, under a mood.
fn found(likeness: Likeness, mood: FaceMood) -> Found {
    match (mood, likeness) {
        (FaceMood::Unsure, _) | (_, Likeness::Unclear) => Found::Unsure,
        (FaceMood::Wrong, Likeness::Same) => Found::NoMatch,
        (FaceMood::Wrong, Likeness::Other) | (_, Likeness::Same) => Found::Match,
        (_, Likeness::Other) => Found::NoMatch,
    }
}

const fn hints(found: Found) -> (&'static str, &'static str) {
    match found {
        Found::Match => ("", ""),
        Found::NoMatch => ("请由本人正对镜头重试", "let the person look straight into the camera"),
        Found::Unsure => (
            "请在光线充足处露出完整面部,或更换手机;照片模糊请到公安机关更新",
            "find better light, show the whole face, or use another phone; a blurred template is renewed by the police",
        ),
    }
}

#[tonic::async_trait]
impl FaceMatcherService for Shared {
    async fn r#match(&self, request: Request<MatchRequest>) -> Result<Response<MatchResponse>, Status> {
        let caller = access::caller(&request)?;
        let request = request.get_ref();
        let mut fields = Fields::new();
        let person = fields.take("person_id", PersonId::parse(&request.person_id));
        let sample = features(&mut fields, &request.sample_token);
        if request.nonce.len() != 32 || !request.nonce.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let english = "the nonce of BeginVerification, 32 hex digits";
            fields.refuse("nonce", "MALFORMED", english, "随机数格式不正确");
        }
        let (person, sample) = fields.finish(person.zip(sample))?;
        caller.acts_for(person.uuid())?;
        let (template, mood, delay) = {
            let known = self.0.known();
            (known.templates.get(&person).cloned(), known.mood, known.delay)
        };
        tokio::time::sleep(delay).await;
        let template = template.ok_or_else(|| {
            Refusal::not_found("PERSON_UNKNOWN", "no face is enrolled for this person", "该人员未采集人脸")
                .what_to_do("verify by another method", "请使用其他核验方式")
        })?;
        let found = found(template.likeness(&sample), mood);
        let now = self.0.clock.now();
        let (hint_zh, hint_en) = hints(found);
        let outcome = match found {
            Found::Match => FaceOutcome::Match,
            Found::NoMatch => FaceOutcome::NoMatch,
            Found::Unsure => FaceOutcome::Unsure,
        };
        Ok(Response::new(MatchResponse {
            face_result_token: FaceResult::new(&request.nonce, person, found, now).sign(&self.0.signer),
            outcome: outcome.into(),
            hint_zh: hint_zh.to_owned(),
            hint_en: hint_en.to_owned(),
            expire_time: Some(wire::timestamp(now + FACE_FOR)),
        }))
    }
}

#[tonic::async_trait]
impl FaceLabService for Shared {
    async fn enrol_face(
        &self,
        request: Request<EnrolFaceRequest>,
    ) -> Result<Response<EnrolFaceResponse>, Status> {
        let mut fields = Fields::new();
        let person = fields.take("person_id", PersonId::parse(&request.get_ref().person_id));
        let template = features(&mut fields, &request.get_ref().sample_token);
        let (person, template) = fields.finish(person.zip(template))?;
        self.0.known().templates.insert(person, template);
        Ok(Response::new(EnrolFaceResponse {}))
    }

    async fn set_mood(&self, request: Request<SetMoodRequest>) -> Result<Response<SetMoodResponse>, Status> {
        let mut fields = Fields::new();
        let delay = u64::try_from(request.get_ref().delay_ms).ok().filter(|delay| *delay <= LONGEST);
        if delay.is_none() {
            fields.refuse("delay_ms", "OUT_OF_RANGE", "0 to 60000 milliseconds", "延迟应为0至60000毫秒");
        }
        let delay = fields.finish(delay)?;
        let mut known = self.0.known();
        (known.mood, known.delay) = (request.get_ref().mood(), Duration::from_millis(delay));
        Ok(Response::new(SetMoodResponse {}))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mood_changes_what_is_said() {
        let table = [
            (FaceMood::Honest, Likeness::Same, Found::Match),
            (FaceMood::Honest, Likeness::Other, Found::NoMatch),
            (FaceMood::Honest, Likeness::Unclear, Found::Unsure),
            (FaceMood::Wrong, Likeness::Same, Found::NoMatch),
            (FaceMood::Wrong, Likeness::Other, Found::Match),
            (FaceMood::Wrong, Likeness::Unclear, Found::Unsure),
            (FaceMood::Unsure, Likeness::Same, Found::Unsure),
        ];
        for (mood, likeness, expected) in table {
            assert_eq!(found(likeness, mood), expected, "{mood:?} {likeness:?}");
        }
    }
}
