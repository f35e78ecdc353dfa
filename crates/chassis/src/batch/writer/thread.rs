//! The writer's own thread. A batch is a dozen short waits for the database, one after the other, and everybody waits
//! for the batch: on the threads that serve calls each of them would also wait for the calls that are due.
//!
//! Like any task it ends with the runtime that started it.

use std::{io, thread};

use tokio::{runtime::Builder, sync::oneshot};
use tokio_util::sync::CancellationToken;

/// Runs `work` on a thread of this name until it is done, or until the runtime that this is called on has gone.
pub(super) fn run(name: &str, work: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let gone = CancellationToken::new();
    let guard = gone.clone().drop_guard();
    let (ends, ended) = oneshot::channel::<()>();
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _ends = ends;
        runtime.block_on(gone.run_until_cancelled(work));
    })?;
    tokio::spawn(async move {
        let _guard = guard;
        // Nothing is ever sent: it ends when the thread does.
        let _ = ended.await;
    });
    Ok(())
}
