//! Logs, traces and metrics of a process: JSON lines on standard error, OTLP if an endpoint is set, and the
//! W3C trace context that makes one transfer one trace over all services.
//!
//! Without an endpoint the trace id still travels, nothing is exported. No log line holds an id number or a
//! full name: that is the callers' part.

pub mod metrics;
mod propagate;

use anyhow::Context as _;
use opentelemetry::{KeyValue, global, trace::TracerProvider as _};
use opentelemetry_otlp::WithExportConfig as _;
use opentelemetry_sdk::{
    Resource,
    metrics::SdkMeterProvider,
    propagation::TraceContextPropagator,
    trace::{Sampler, SdkTracerProvider},
};
use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

pub use self::propagate::{adopt, current_trace_id, current_traceparent, inject, server_span};

/// What is logged when `RUST_LOG` says nothing.
const QUIET: &str = "info,opentelemetry=warn,opentelemetry_sdk=warn,opentelemetry-otlp=warn,h2=warn,hyper=warn,tower=warn,sqlx=warn";

/// Keeps the exporters alive; [`Telemetry::shutdown`] sends what is left.
#[must_use]
pub struct Telemetry {
    traces: SdkTracerProvider,
    metrics: Option<SdkMeterProvider>,
}

/// Sets up the process's telemetry. Call it inside the runtime, before the first span or metric.
///
/// # Errors
/// If the endpoint is not usable, or logging was set up before.
pub fn init(service: &str, otlp_endpoint: Option<&str>) -> anyhow::Result<Telemetry> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let resource = Resource::builder()
        .with_service_name(service.to_owned())
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let (traces, metrics) = match otlp_endpoint {
        Some(endpoint) => exporting(endpoint, resource)?,
        None => (silent(resource), None),
    };
    global::set_tracer_provider(traces.clone());
    if let Some(metrics) = &metrics {
        global::set_meter_provider(metrics.clone());
    }
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(QUIET));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .with_writer(std::io::stderr);
    let spans = tracing_opentelemetry::layer()
        // Every poll of a call enters its span. The context is only read through the span, and what is not exported
        // need not be known.
        .with_context_activation(false)
        .with_tracked_inactivity(otlp_endpoint.is_some())
        .with_location(otlp_endpoint.is_some())
        .with_threads(otlp_endpoint.is_some())
        .with_tracer(traces.tracer(service.to_owned()));
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .with(spans)
        .try_init()
        .context("logging is set up once per process")?;
    Ok(Telemetry { traces, metrics })
}

/// Keeps the caller's decision to sample, and starts unsampled traces of its own: ids travel, nothing else.
fn silent(resource: Resource) -> SdkTracerProvider {
    let sampler = Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
    SdkTracerProvider::builder().with_sampler(sampler).with_resource(resource).build()
}

fn exporting(
    endpoint: &str,
    resource: Resource,
) -> anyhow::Result<(SdkTracerProvider, Option<SdkMeterProvider>)> {
    let spans = opentelemetry_otlp::SpanExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .context("the OTLP endpoint for traces")?;
    let points = opentelemetry_otlp::MetricExporter::builder()
        .with_tonic()
        .with_endpoint(endpoint)
        .build()
        .context("the OTLP endpoint for metrics")?;
    let traces =
        SdkTracerProvider::builder().with_batch_exporter(spans).with_resource(resource.clone()).build();
    let metrics = SdkMeterProvider::builder().with_periodic_exporter(points).with_resource(resource).build();
    Ok((traces, Some(metrics)))
}

impl Telemetry {
    /// Sends what is left and stops. Takes up to the exporters' own time limit if the collector is away.
    pub fn shutdown(self) {
        if let Err(error) = self.traces.shutdown() {
            tracing::warn!(%error, "traces were not flushed");
        }
        if let Some(metrics) = self.metrics
            && let Err(error) = metrics.shutdown()
        {
            tracing::warn!(%error, "metrics were not flushed");
        }
    }
}
