//! Writes a history while a run goes on: a line per call, when it ends.
//!
//! A call that is given up without an end has an unknown outcome: it is written when it is dropped. What could
//! not be written is said at the end, for a history with holes proves nothing.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Instant, SystemTime},
};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Asked, Call, Moment, Operation, Outcome, Reply};

/// The code of a call that its caller gave up.
const CANCELLED: i32 = 1;

/// A history that is being written. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Recorder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    began: Instant,
    lines: Mutex<Lines>,
}

#[derive(Debug)]
struct Lines {
    file: BufWriter<File>,
    broken: Option<io::Error>,
}

/// A caller who calls one thing after the other.
#[derive(Clone, Debug)]
pub struct Process {
    recorder: Recorder,
    number: u32,
    calls: Arc<AtomicU64>,
}

/// A call that has not ended.
#[derive(Debug)]
pub struct Underway {
    recorder: Recorder,
    /// None once it is written.
    call: Option<Call>,
}

impl Recorder {
    /// A new history in a file, which is replaced.
    ///
    /// # Errors
    /// If the file cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        let lines = Lines { file: BufWriter::new(File::create(path)?), broken: None };
        Ok(Self(Arc::new(Inner { began: Instant::now(), lines: Mutex::new(lines) })))
    }

    /// The caller with this number.
    pub fn process(&self, number: u32) -> Process {
        Process { recorder: self.clone(), number, calls: Arc::default() }
    }

    /// Everything that ended so far is in the file.
    ///
    /// # Errors
    /// If a line could not be written, now or before.
    pub fn flush(&self) -> io::Result<()> {
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        match lines.broken.take() {
            Some(error) => Err(error),
            None => lines.file.flush(),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "what a caller saw is told in the machine's time")]
    fn now(&self) -> Moment {
        let micros = u64::try_from(self.0.began.elapsed().as_micros()).unwrap_or(u64::MAX);
        Moment { micros, wall: SystemTime::now().into() }
    }

    fn write(&self, call: &Call) {
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let line = serde_json::to_string(call).map_err(io::Error::other);
        if let Err(error) = line.and_then(|line| writeln!(lines.file, "{line}")) {
            lines.broken.get_or_insert(error);
        }
    }
}

impl Process {
    /// A call begins: under this id, with these bytes of the request.
    pub fn begin(&self, operation: Operation, key: Uuid, request: &[u8], asked: Asked) -> Underway {
        let invoked = self.recorder.now();
        let call = Call {
            process: self.number,
            number: self.calls.fetch_add(1, Ordering::Relaxed) + 1,
            operation,
            key,
            content: hex::encode(Sha256::digest(request)),
            asked,
            invoked,
            ended: invoked,
            outcome: Outcome::Unknown,
            code: CANCELLED,
            reason: String::new(),
            reply: None,
        };
        Underway { recorder: self.recorder.clone(), call: Some(call) }
    }
}

impl Underway {
    /// It was answered.
    pub fn answered(self, reply: Reply) {
        self.end(0, "", Some(reply));
    }

    /// It ended with an error: its gRPC code, and the reason if it is a refusal.
    pub fn failed(self, code: i32, reason: &str) {
        self.end(code, reason, None);
    }

    fn end(mut self, code: i32, reason: &str, reply: Option<Reply>) {
        if let Some(call) = self.call.take() {
            let (outcome, reason) = (Outcome::of_code(code), reason.to_owned());
            let ended = self.recorder.now();
            self.recorder.write(&Call { ended, outcome, code, reason, reply, ..call });
        }
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        if let Some(call) = self.call.take() {
            self.recorder.write(&Call { ended: self.recorder.now(), ..call });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again_and_a_call_without_an_end_is_unknown() {
        let file = std::env::temp_dir().join(format!("gongji-history-{}.jsonl", std::process::id()));
        let recorder = Recorder::create(&file).unwrap();
        let process = recorder.process(3);
        let asked = Asked { amount: Some(500), about: None };
        let begin = |operation, key| process.begin(operation, Uuid::from_u128(key), b"request", asked);
        let answer = Reply { id: Uuid::from_u128(1), amount: Some(500), ..Reply::default() };
        begin(Operation::Credit, 1).answered(answer.clone());
        begin(Operation::Payment, 2).failed(9, "WALLET_FROZEN");
        begin(Operation::Refund, 3).failed(14, "");
        drop(begin(Operation::Transfer, 4));
        recorder.flush().unwrap();
        let calls = super::super::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let ends: Vec<_> = calls.iter().map(|call| (call.number, call.outcome, call.code)).collect();
        let (ok, fail, unknown) = (Outcome::Ok, Outcome::Fail, Outcome::Unknown);
        assert_eq!(ends, [(1, ok, 0), (2, fail, 9), (3, unknown, 14), (4, unknown, CANCELLED)]);
        assert_eq!((calls[0].process, calls[0].reply.as_ref()), (3, Some(&answer)));
        assert!(calls.iter().all(|call| call.content == calls[0].content && call.asked == asked));
        assert!(calls.windows(2).all(|two| two[0].ended.micros <= two[1].invoked.micros));
        let open: Vec<Operation> = super::super::open(&calls).iter().map(|call| call.operation).collect();
        assert_eq!(open, [Operation::Transfer, Operation::Refund]);
    }
}
