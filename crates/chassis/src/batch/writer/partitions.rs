//! The partitions that the next records and ids need, made ahead of need by the writer itself.

use super::{Keeper, Task};
use crate::{batch::round::bucket, sql};

/// Records in one partition.
const PARTITION: i64 = 1 << 23;

/// How far partitions are known to be there; nowhere at first.
#[derive(Default)]
pub(super) struct Partitions {
    records_to: i64,
    bucket_to: i32,
}

impl<K: Keeper> Task<K> {
    /// Makes partitions ahead of need; does nothing most of the time.
    pub(super) async fn make_partitions(&mut self) -> Result<(), sqlx::Error> {
        let next = self.last.map_or(self.announce.borrow().head(), |last| last.seq) + 1;
        let month = bucket(uuid::Uuid::new_v7(uuid_time(self.clock.wall())));
        if next + PARTITION / 2 < self.partitions.records_to && month + 1 < self.partitions.bucket_to {
            return Ok(());
        }
        let mut conn = self.connected().await?;
        let first = next / PARTITION * PARTITION;
        let tables = ["record"].into_iter().chain(self.keeper.partitioned().iter().copied());
        for table in tables {
            for from in [first, first + PARTITION] {
                sql::make_partition(&mut conn, table, from, from + PARTITION).await?;
            }
        }
        for month in month..month + 3 {
            sql::make_partition(&mut conn, "request", i64::from(month), i64::from(month) + 1).await?;
        }
        self.conn = Some(conn);
        self.partitions = Partitions { records_to: first + 2 * PARTITION, bucket_to: month + 3 };
        Ok(())
    }
}

fn uuid_time(at: time::OffsetDateTime) -> uuid::Timestamp {
    let seconds = u64::try_from(at.unix_timestamp()).unwrap_or(0);
    uuid::Timestamp::from_unix(uuid::NoContext, seconds, at.nanosecond())
}
