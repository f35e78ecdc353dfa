//! What the writer does while this host's clock and the database's disagree: nothing, and it says so.
//!
//! Book time is the later of clock and head, so a batch decided while the clock ran ahead would drag the whole
//! book's time with it for ever, and one decided while it lagged would be judged by yesterday's rules.

use std::time::Duration;

use tracing::{error, warn};

use super::{Keeper, Task, partitions::Partitions};
use crate::{batch::Busy, clock::ClockOff, sql};

/// Pause between two looks at a clock that is wrong.
const PAUSE: Duration = Duration::from_millis(500);

impl<K: Keeper> Task<K> {
    /// Refuses all work until this host's clock agrees with the database's again, or the writer is closed.
    pub(super) async fn until_the_clock_is_right(&mut self, off: ClockOff) {
        error!(writer = %self.settings.name, %off, "no work is taken until the clock is right");
        self.trust.send_replace(false);
        self.queue.refuse(Busy::ClockOff);
        loop {
            if self.queue.is_closed() {
                return;
            }
            tokio::time::sleep(PAUSE).await;
            let wall = self.clock.wall();
            let Ok(mut conn) = self.connected().await else { continue };
            let Ok(head) = sql::head(&mut conn).await else { continue };
            self.conn = Some(conn);
            if self.clock.compare(wall, head.now).is_ok() {
                warn!(writer = %self.settings.name, "the clock is right again");
                break;
            }
        }
        // Months were made ahead of a time that was not true.
        self.partitions = Partitions::default();
        // Commands first: whoever hears that the clock is right may send one at once, from another thread.
        self.queue.admit();
        self.trust.send_replace(true);
    }
}
