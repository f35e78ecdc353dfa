//! What every server shows beside its services: credentials asked for, both languages, health, both
//! versions of reflection, and the clock of local mode.

use std::time::Duration;

use chassis::{
    access::{self, Caller, Role, Scope},
    client::with_deadline,
    clock::Clock,
    serve::{self, Api, Health},
    status,
};
use prost_types::Timestamp;
use proto::dev::{GetClockRequest, SetClockRequest, clock_service_client::ClockServiceClient};
use tokio::net::TcpListener;
use tokio_stream::StreamExt as _;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tonic_reflection::pb::{v1, v1alpha};
use tonic_types::StatusExt as _;

use crate::support::{OPTIONS, at_once, start};

#[tokio::test]
async fn a_caller_without_a_credential_is_told_how_to_send_one_in_its_language() {
    let server = start(OPTIONS, |_| at_once()).await;
    let mut client = server.nobody();
    for (language, locale, word) in
        [(None, "zh-CN", "凭证"), (Some("en-GB"), "en", "credential"), (Some("zh"), "zh-CN", "凭证")]
    {
        let mut request = Request::new(GetClockRequest {});
        if let Some(language) = language {
            request.metadata_mut().insert("accept-language", language.parse().unwrap());
        }
        let refused = client.get_clock(request).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unauthenticated);
        let read = status::read(&refused).unwrap().refusal;
        assert_eq!(read.reason, "CALLER_UNKNOWN");
        assert!(read.what_to_do_en.contains("Bearer dev:<role>:<scope>"));
        let localized = refused.get_details_localized_message().unwrap();
        assert_eq!(localized.locale, locale);
        assert!(localized.message.contains(word), "{}", localized.message);
    }
}

#[tokio::test]
async fn a_handler_learns_who_calls_and_until_when() {
    let server = start(OPTIONS, |request| {
        let caller = access::caller(&request).unwrap();
        assert_eq!(caller, Caller::new(Role::Auditor, Scope::Country));
        let left = serve::deadline(&request).remaining();
        assert!(left > Duration::from_secs(4) && left <= Duration::from_secs(5), "{left:?}");
        at_once()
    })
    .await;
    let request = with_deadline(GetClockRequest {}, Duration::from_secs(5));
    server.client().get_clock(request).await.unwrap();
    let outside = access::caller(&Request::new(())).unwrap_err();
    assert_eq!(outside.code, Code::Unauthenticated);
}

#[tokio::test]
async fn health_needs_no_credential_and_says_what_the_service_says() {
    let server = start(OPTIONS, |_| at_once()).await;
    let mut client = HealthClient::new(server.peer(None));
    let mut changes = client.watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    let mut next = async || changes.next().await.unwrap().unwrap().status();
    assert_eq!(next().await, ServingStatus::NotServing);
    server.health.serving().await;
    assert_eq!(next().await, ServingStatus::Serving);
    server.shutdown.cancel();
    assert_eq!(next().await, ServingStatus::NotServing);
}

#[tokio::test]
async fn reflection_answers_in_v1_and_in_v1alpha() {
    let server = start(OPTIONS, |_| at_once()).await;
    let expected = [
        "gongji.dev.v1.ClockService",
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    ];

    use v1::{server_reflection_request::MessageRequest, server_reflection_response::MessageResponse};
    let ask = v1::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut client = v1::server_reflection_client::ServerReflectionClient::new(server.peer(None));
    let mut replies = client.server_reflection_info(tokio_stream::once(ask)).await.unwrap().into_inner();
    let Some(MessageResponse::ListServicesResponse(list)) =
        replies.next().await.unwrap().unwrap().message_response
    else {
        panic!("not a list");
    };
    let mut names: Vec<_> = list.service.into_iter().map(|service| service.name).collect();
    names.sort_unstable();
    assert_eq!(names, expected);

    use v1alpha::{
        server_reflection_request::MessageRequest as OldRequest,
        server_reflection_response::MessageResponse as OldResponse,
    };
    let symbol = "gongji.dev.v1.ClockService.SetClock".to_owned();
    let ask = v1alpha::ServerReflectionRequest {
        host: String::new(),
        message_request: Some(OldRequest::FileContainingSymbol(symbol)),
    };
    let mut client = v1alpha::server_reflection_client::ServerReflectionClient::new(server.peer(None));
    let mut replies = client.server_reflection_info(tokio_stream::once(ask)).await.unwrap().into_inner();
    let reply = replies.next().await.unwrap().unwrap().message_response;
    assert!(matches!(reply, Some(OldResponse::FileDescriptorResponse(_))), "{reply:?}");
}

#[tokio::test]
async fn the_clock_moves_forwards_over_grpc_and_refuses_the_rest() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (clock, shutdown) = (Clock::system(), CancellationToken::new());
    let api = Api::new().with(chassis::rpc::clock_server(clock.clone()));
    let serving = tokio::spawn({
        let (health, shutdown) = (Health::new().await, shutdown.clone());
        async move { serve::serve(listener, api, &health, OPTIONS, shutdown).await }
    });
    let token = secrecy::SecretString::from("dev:centre");
    let mut client = ClockServiceClient::new(chassis::client::peer(&address, Some(&token)).unwrap());

    // 2100-01-01 06:00 in China.
    let there = Timestamp { seconds: 4_102_437_600, nanos: 0 };
    let moved = client.set_clock(SetClockRequest { civil_time: Some(there) }).await.unwrap().into_inner();
    assert_eq!(moved.civil_time_local, "2100-01-01T06:00:00+08:00");
    assert!(clock.now().unix_timestamp() >= there.seconds);
    let read = client.get_clock(GetClockRequest {}).await.unwrap().into_inner();
    assert!(
        read.civil_time.unwrap().seconds >= there.seconds && read.wall_time.unwrap().seconds < there.seconds
    );

    let wrong = [
        (None, "MISSING"),
        (Some(Timestamp { seconds: 0, nanos: 0 }), "BEFORE_NOW"),
        (Some(Timestamp { seconds: i64::MAX, nanos: 0 }), "OUT_OF_RANGE"),
        (Some(Timestamp { seconds: there.seconds, nanos: -1 }), "OUT_OF_RANGE"),
    ];
    for (civil_time, reason) in wrong {
        let refused = client.set_clock(SetClockRequest { civil_time }).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument);
        let violations = status::read(&refused).unwrap().violations;
        assert_eq!((violations[0].0.as_str(), violations[0].1.as_str()), ("civil_time", reason));
    }
    shutdown.cancel();
    serving.await.unwrap().unwrap();
}
