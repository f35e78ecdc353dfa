//! What an acceptance is judged by under the lock, all in one statement: the sharer's counts and pairs, and which
//! bonds and persons have ended. It decides nothing.

use sqlx::PgConnection;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

/// Whose rows are asked for. One that is named twice is found once.
pub(crate) struct Asked<'a> {
    pub sharers: &'a [Uuid],
    /// Counts from this civil day on.
    pub since: Date,
    pub bonds: &'a [Uuid],
    pub persons: &'a [Uuid],
}

/// One row, of whichever kind.
pub(crate) enum Guard {
    Slot { sharer: Uuid, civil_day: Date, n: i32 },
    Pair { sharer: Uuid, beneficiary: Uuid, holder: Uuid },
    Bond(Uuid, End),
    Person(Uuid, End),
}

/// A tombstone as it is stored.
pub(crate) struct End {
    pub position: i64,
    pub at: OffsetDateTime,
    pub cause: String,
}

/// A row of any kind; columns that the kind does not have are null.
struct GuardRow {
    kind: String,
    id: Uuid,
    civil_day: Option<Date>,
    n: Option<i32>,
    beneficiary: Option<Uuid>,
    holder: Option<Uuid>,
    position: Option<i64>,
    at: Option<OffsetDateTime>,
    cause: Option<String>,
}

impl GuardRow {
    fn read(self) -> Option<Guard> {
        let id = self.id;
        Some(match self.kind.as_str() {
            "SLOT" => Guard::Slot { sharer: id, civil_day: self.civil_day?, n: self.n? },
            "PAIR" => Guard::Pair { sharer: id, beneficiary: self.beneficiary?, holder: self.holder? },
            kind => {
                let end = End { position: self.position?, at: self.at?, cause: self.cause? };
                if kind == "BOND" { Guard::Bond(id, end) } else { Guard::Person(id, end) }
            }
        })
    }
}

/// The counts and pairs of these sharers, and the tombstones of these bonds and persons as far as there are any.
pub(crate) async fn guards(conn: &mut PgConnection, asked: Asked<'_>) -> Result<Vec<Guard>, sqlx::Error> {
    let rows = sqlx::query_as!(
        GuardRow,
        r#"-- guards
        SELECT 'SLOT' AS "kind!", sharer AS "id!", civil_day, n, NULL::uuid AS beneficiary, NULL::uuid AS holder,
            NULL::bigint AS position, NULL::timestamptz AS at, NULL::text AS cause
        FROM day_slot WHERE sharer = ANY($1) AND civil_day >= $2
        UNION ALL
        SELECT 'PAIR', sharer, NULL, NULL, beneficiary, transfer_id, NULL, NULL, NULL
        FROM open_pair WHERE sharer = ANY($1)
        UNION ALL
        SELECT kind, id, NULL, NULL, NULL, NULL, position, at, cause
        FROM tombstone WHERE kind = 'BOND' AND id = ANY($3)
        UNION ALL
        SELECT kind, id, NULL, NULL, NULL, NULL, position, at, cause
        FROM tombstone WHERE kind = 'PERSON' AND id = ANY($4)"#,
        asked.sharers,
        asked.since,
        asked.bonds,
        asked.persons
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| row.read().ok_or_else(|| sqlx::Error::Decode("a column of a guard is null".into())))
        .collect()
}
