//! Deadlines, shedding, panics and the end of a process.

use std::{
    future::pending,
    sync::Arc,
    time::{Duration, Instant},
};

use chassis::{
    client::with_deadline,
    serve::{self, Gate, Options},
    status::{self, Certainty},
};
use futures::StreamExt as _;
use proto::dev::GetClockRequest;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, body::Body, codegen::Service as _};
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::support::{Answer, OPTIONS, at_once, start};

fn hangs() -> Answer {
    Box::pin(pending())
}

fn reason(status: &Status) -> String {
    status::reason(status).unwrap_or_else(|| panic!("no reason of ours: {status:?}"))
}

#[tokio::test]
async fn a_late_answer_is_deadline_exceeded_with_details() {
    let server = start(Options { request_timeout: Duration::from_millis(40), ..OPTIONS }, |_| hangs()).await;
    let late = server.client().get_clock(GetClockRequest {}).await.unwrap_err();
    assert_eq!(late.code(), Code::DeadlineExceeded);
    assert_eq!(reason(&late), "DEADLINE_EXCEEDED");
    assert_eq!(status::read(&late).unwrap().refusal.limit, "40 ms");
    assert_eq!(status::certainty(&late), Certainty::Unknown);
}

#[tokio::test]
async fn the_callers_own_deadline_counts_when_it_is_shorter() {
    let inner = tower::service_fn(|_: http::Request<Body>| pending());
    let mut gate = Gate::new(inner, OPTIONS, CancellationToken::new());
    let request = http::Request::post("/gongji.dev.v1.ClockService/GetClock")
        .header("authorization", "Bearer dev:auditor")
        .header("grpc-timeout", "30m")
        .body(Body::empty())
        .unwrap();
    let started = Instant::now();
    let response = gate.call(request).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(30));
    let status = Status::from_header_map(response.headers()).unwrap();
    assert_eq!((status.code(), reason(&status)), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".into()));
}

#[tokio::test]
async fn a_client_gives_up_at_its_deadline_even_if_the_server_does_not() {
    let server = start(OPTIONS, |_| hangs()).await;
    let request = with_deadline(GetClockRequest {}, Duration::from_millis(40));
    let late = server.client().get_clock(request).await.unwrap_err();
    assert_eq!(status::certainty(&late), Certainty::Unknown);
}

#[tokio::test]
async fn more_calls_than_allowed_are_shed_with_retry_info_and_health_still_answers() {
    let (entered, release) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let server = {
        let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
        start(Options { max_in_flight: 1, ..OPTIONS }, move |_| {
            let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
            Box::pin(async move {
                entered.add_permits(1);
                release.acquire().await.unwrap().forget();
                at_once().await
            })
        })
        .await
    };
    server.health.serving().await;
    let mut first = server.client();
    let running = tokio::spawn(async move { first.get_clock(GetClockRequest {}).await });
    entered.acquire().await.unwrap().forget();

    let shed = server.client().get_clock(GetClockRequest {}).await.unwrap_err();
    assert_eq!((shed.code(), reason(&shed)), (Code::ResourceExhausted, "QUEUE_FULL".into()));
    assert_eq!(status::read(&shed).unwrap().retry_after(), Some(Duration::from_secs(1)));
    let mut health = HealthClient::new(server.peer(None));
    health.check(HealthCheckRequest::default()).await.unwrap();

    release.add_permits(2);
    running.await.unwrap().unwrap();
    server.client().get_clock(GetClockRequest {}).await.unwrap();
}

#[tokio::test]
async fn a_panic_is_internal_with_details_and_the_next_call_is_answered() {
    let server = start(Options { max_in_flight: 1, ..OPTIONS }, |_| panic!("on purpose")).await;
    for _ in 0..2 {
        let fault = server.client().get_clock(GetClockRequest {}).await.unwrap_err();
        assert_eq!((fault.code(), reason(&fault)), (Code::Internal, "INTERNAL".into()));
        assert!(!format!("{fault:?}").contains("on purpose"));
        assert_eq!(status::certainty(&fault), Certainty::Unknown);
    }
}

#[tokio::test]
async fn a_stopping_server_answers_what_is_running_and_ends() {
    let (entered, release) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let server = {
        let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
        start(OPTIONS, move |_| {
            let (entered, release) = (Arc::clone(&entered), Arc::clone(&release));
            Box::pin(async move {
                entered.add_permits(1);
                release.acquire().await.unwrap().forget();
                at_once().await
            })
        })
        .await
    };
    let mut client = server.client();
    let running = tokio::spawn(async move { client.get_clock(GetClockRequest {}).await });
    entered.acquire().await.unwrap().forget();
    server.shutdown.cancel();
    release.add_permits(1);
    running.await.unwrap().unwrap();
    server.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_call_that_never_ends_does_not_hold_the_process_beyond_the_drain_time() {
    let entered = Arc::new(Semaphore::new(0));
    let server = {
        let entered = Arc::clone(&entered);
        start(Options { drain: Duration::from_millis(50), ..OPTIONS }, move |_| {
            entered.add_permits(1);
            hangs()
        })
        .await
    };
    let mut client = server.client();
    let running = tokio::spawn(async move { client.get_clock(GetClockRequest {}).await });
    entered.acquire().await.unwrap().forget();
    server.shutdown.cancel();
    server.ended.await.unwrap().unwrap();
    running.abort();
}

#[tokio::test]
async fn an_absent_peer_is_unavailable_and_used_when_it_comes() {
    let reserved = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = reserved.local_addr().unwrap();
    drop(reserved);
    let token = secrecy::SecretString::from("dev:auditor");
    let peer = chassis::client::peer(&address.to_string(), Some(&token)).unwrap();
    let mut client = proto::dev::clock_service_client::ClockServiceClient::new(peer);
    let absent = client.get_clock(GetClockRequest {}).await.unwrap_err();
    assert_eq!((absent.code(), status::certainty(&absent)), (Code::Unavailable, Certainty::Unknown));

    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let (health, shutdown) = (serve::Health::new().await, CancellationToken::new());
    let api = serve::Api::new().with(chassis::rpc::clock_server(chassis::clock::Clock::system()));
    let serving = tokio::spawn(async move { serve::serve(listener, api, &health, OPTIONS, shutdown).await });
    client.get_clock(GetClockRequest {}).await.unwrap();
    serving.abort();
}

#[tokio::test]
async fn an_open_stream_ends_with_draining_when_the_process_stops() {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<u32, Status>>(4);
    let (told, mut streams) = tokio::sync::mpsc::channel(1);
    let receiver = Arc::new(std::sync::Mutex::new(Some(receiver)));
    let server = start(OPTIONS, move |request| {
        let items = tokio_stream::wrappers::ReceiverStream::new(receiver.lock().unwrap().take().unwrap());
        told.try_send(serve::until_draining(&request, items).boxed()).unwrap_or_else(|_| unreachable!());
        at_once()
    })
    .await;
    server.client().get_clock(GetClockRequest {}).await.unwrap();
    let mut stream = streams.recv().await.unwrap();
    sender.send(Ok(1)).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), 1);
    server.shutdown.cancel();
    let end = stream.next().await.unwrap().unwrap_err();
    assert_eq!((end.code(), reason(&end)), (Code::Unavailable, "DRAINING".into()));
    assert!(stream.next().await.is_none());
    server.ended.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_stream_that_ends_by_itself_ends_without_a_status() {
    let request = tonic::Request::new(());
    let stream = serve::until_draining(&request, futures::stream::iter([Ok::<_, Status>(1), Ok(2)]));
    assert_eq!(stream.map(Result::unwrap).collect::<Vec<_>>().await, [1, 2]);
}
