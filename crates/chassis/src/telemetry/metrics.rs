//! The few numbers that every service reports. Durations are in seconds, with bounds from 0.1 ms to 30 s.
//!
//! Without an OTLP endpoint all of this does nothing.

use std::{sync::OnceLock, time::Duration};

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Gauge, Histogram},
};

const SECONDS: [f64; 16] =
    [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
const SIZES: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

struct Instruments {
    queue: Gauge<u64>,
    batch_size: Histogram<u64>,
    batch_seconds: Histogram<f64>,
    step_seconds: Histogram<f64>,
    call_seconds: Histogram<f64>,
    shed: Counter<u64>,
    set_aside: Counter<u64>,
    forked: Gauge<u64>,
    left_alone: Gauge<u64>,
}

/// Made at the first use, which is after [`super::init`] has chosen the exporter.
fn instruments() -> &'static Instruments {
    static MADE: OnceLock<Instruments> = OnceLock::new();
    MADE.get_or_init(|| {
        let meter = global::meter("gongji");
        let seconds = |name: &'static str, description: &'static str| {
            meter
                .f64_histogram(name)
                .with_unit("s")
                .with_description(description)
                .with_boundaries(SECONDS.to_vec())
                .build()
        };
        Instruments {
            queue: meter
                .u64_gauge("gongji.writer.queue")
                .with_unit("{command}")
                .with_description("Commands that wait for the writer")
                .build(),
            batch_size: meter
                .u64_histogram("gongji.writer.batch.size")
                .with_unit("{command}")
                .with_description("Commands in one batch")
                .with_boundaries(SIZES.to_vec())
                .build(),
            batch_seconds: seconds("gongji.writer.batch.duration", "From the first statement to the commit"),
            step_seconds: seconds("gongji.saga.step.duration", "From sending a step to its outcome"),
            call_seconds: seconds("gongji.call.duration", "Answering one call, to its head"),
            shed: meter
                .u64_counter("gongji.call.shed")
                .with_unit("{call}")
                .with_description("Calls refused because too many were running")
                .build(),
            set_aside: meter
                .u64_counter("gongji.feed.set_aside")
                .with_unit("{item}")
                .with_description("Items of a followed stream that could not be read")
                .build(),
            forked: meter
                .u64_gauge("gongji.feed.forked")
                .with_description("1 once a source was found restored to an earlier state")
                .build(),
            left_alone: meter
                .u64_gauge("gongji.rows.left_alone")
                .with_unit("{row}")
                .with_description("Rows with work that another version of this service wrote")
                .build(),
        }
    })
}

/// A writer took a batch of `commands` and left `waiting` commands in its queue.
pub fn batch_taken(writer: &str, commands: usize, waiting: usize) {
    let of = [KeyValue::new("writer", writer.to_owned())];
    instruments().batch_size.record(commands as u64, &of);
    instruments().queue.record(waiting as u64, &of);
}

/// A writer's batch was committed.
pub fn batch_done(writer: &str, took: Duration) {
    instruments().batch_seconds.record(took.as_secs_f64(), &[KeyValue::new("writer", writer.to_owned())]);
}

/// A saga's step came back with an outcome.
pub fn step_done(step: &'static str, outcome: &'static str, took: Duration) {
    let of = [KeyValue::new("step", step), KeyValue::new("outcome", outcome)];
    instruments().step_seconds.record(took.as_secs_f64(), &of);
}

/// A call was answered; `method` has a row in the access table or is `other`, so that callers cannot
/// invent label values.
pub fn call_done(method: &'static str, code: i32, took: Duration) {
    let of = [KeyValue::new("rpc.method", method), KeyValue::new("code", i64::from(code))];
    instruments().call_seconds.record(took.as_secs_f64(), &of);
}

/// A call was shed.
pub fn call_shed() {
    instruments().shed.add(1, &[]);
}

/// Items of a followed stream were set aside with their bytes.
pub fn set_aside(feed: &str, items: usize) {
    instruments().set_aside.add(items as u64, &[KeyValue::new("feed", feed.to_owned())]);
}

/// The source of a feed was restored to an earlier state.
pub fn feed_forked(feed: &str) {
    instruments().forked.record(1, &[KeyValue::new("feed", feed.to_owned())]);
}

/// So many rows have work that only another version of this service understands.
pub fn left_alone(rows: u64) {
    instruments().left_alone.record(rows, &[]);
}
