//! One trace over several services: the id that comes in goes out with the next call.

use std::sync::{Arc, Mutex};

use chassis::telemetry;
use proto::dev::{GetClockRequest, clock_service_client::ClockServiceClient};
use tonic::Request;

use crate::support::{OPTIONS, at_once, start};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

#[tokio::test]
async fn the_trace_id_that_came_in_goes_out_and_into_what_is_stored() {
    let telemetry = telemetry::init("test", None).unwrap();
    let seen: Arc<Mutex<Vec<Option<String>>>> = Arc::default();
    let behind = {
        let seen = Arc::clone(&seen);
        start(OPTIONS, move |request| {
            let parent =
                request.metadata().get("traceparent").map(|value| value.to_str().unwrap().to_owned());
            seen.lock().unwrap().push(parent);
            at_once()
        })
        .await
    };
    let front = {
        let (seen, peer) = (Arc::clone(&seen), behind.client());
        start(OPTIONS, move |_| {
            let (seen, mut peer): (_, ClockServiceClient<_>) = (Arc::clone(&seen), peer.clone());
            Box::pin(async move {
                seen.lock().unwrap().push(telemetry::current_traceparent());
                assert_eq!(telemetry::current_trace_id().as_deref(), Some(TRACE));
                Ok(peer.get_clock(GetClockRequest {}).await?.into_inner())
            })
        })
        .await
    };
    let mut request = Request::new(GetClockRequest {});
    request.metadata_mut().insert("traceparent", format!("00-{TRACE}-{PARENT}-01").parse().unwrap());
    // A client of ours would replace the header by its own context, as it should.
    let channel = tonic::transport::Endpoint::from_shared(format!("http://{}", front.address)).unwrap();
    request.metadata_mut().insert("authorization", "Bearer dev:auditor".parse().unwrap());
    ClockServiceClient::new(channel.connect_lazy()).get_clock(request).await.unwrap();

    let seen = seen.lock().unwrap().clone();
    assert_eq!(seen.len(), 2);
    for parent in seen {
        let parent = parent.expect("a context was sent");
        assert_eq!(parent.split('-').nth(1), Some(TRACE), "{parent}");
        assert_ne!(parent.split('-').nth(2), Some(PARENT), "a span of ours lies between: {parent}");
    }

    let later = tracing::info_span!("a step taken later");
    telemetry::adopt(&later, &format!("00-{TRACE}-{PARENT}-01"));
    assert_eq!(later.in_scope(telemetry::current_trace_id).as_deref(), Some(TRACE));
    telemetry.shutdown();
}
