//! Reading and writing bonds, by lists.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::row::{Columns, Row};
use crate::registered::Registered;

/// Which of a person's bonds are wanted.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Whose bonds.
    pub(crate) person: Uuid,
    /// Those in which the person shares.
    pub(crate) as_sharer: bool,
    /// Those in which the person may use.
    pub(crate) as_beneficiary: bool,
    /// Only these states; all if empty.
    pub(crate) states: Vec<String>,
    /// Only bonds proposed before this record.
    pub(crate) before: i64,
    /// At most so many.
    pub(crate) size: i64,
}

/// The bonds with these ids, every bond of these persons that has not ended, and those in which they share that were
/// dissolved since then: rules count changes within a year.
///
/// The states are those of an end: said the other way round, a plan made while the table is small would walk the
/// partial index of all open bonds, and the writer keeps its plans.
pub(crate) async fn load(
    conn: &mut PgConnection,
    ids: &[Uuid],
    persons: &[Uuid],
    since: OffsetDateTime,
) -> Result<Vec<Registered>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "-- bonds-by-id-and-person
        SELECT bond_id, programme, sharer, beneficiary, relation, state, suspended_by, sharing_amount, channel,
            operator, form, guardian, commitment_version, commitment_sha256, commitment_at, consent_version,
            consent_sha256, consent_at, evidence, created_at, answer_until, active_at, ended_at, dissolve_reason,
            revision, proposed_seq, changed_seq, decision, judged_id, sharer_seen, beneficiary_seen
        FROM bond
        WHERE bond_id = ANY($1)
            OR ((sharer = ANY($2) OR beneficiary = ANY($2))
                AND state NOT IN ('DISSOLVED', 'REJECTED', 'EXPIRED', 'WITHDRAWN'))
            OR (sharer = ANY($2) AND state = 'DISSOLVED' AND ended_at >= $3)",
        ids,
        persons,
        since
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Registered::try_from).collect()
}

/// A page of a person's bonds, newest first.
pub(crate) async fn list(conn: &mut PgConnection, page: &Page) -> Result<Vec<Registered>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "-- bonds-of-person
        SELECT bond_id, programme, sharer, beneficiary, relation, state, suspended_by, sharing_amount, channel,
            operator, form, guardian, commitment_version, commitment_sha256, commitment_at, consent_version,
            consent_sha256, consent_at, evidence, created_at, answer_until, active_at, ended_at, dissolve_reason,
            revision, proposed_seq, changed_seq, decision, judged_id, sharer_seen, beneficiary_seen
        FROM bond
        WHERE ((sharer = $1 AND $2) OR (beneficiary = $1 AND $3))
            AND (cardinality($4::text[]) = 0 OR state = ANY($4))
            AND proposed_seq < $5
        ORDER BY proposed_seq DESC
        LIMIT $6",
        page.person,
        page.as_sharer,
        page.as_beneficiary,
        &page.states,
        page.before,
        page.size
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Registered::try_from).collect()
}

/// Invitations whose time to answer is over, the oldest first.
pub(crate) async fn late(
    conn: &mut PgConnection,
    now: OffsetDateTime,
    most: i64,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "-- late-invitations
        SELECT bond_id FROM bond
        WHERE state = 'PENDING_CONSENT' AND answer_until <= $1
        ORDER BY answer_until
        LIMIT $2",
        now,
        most
    )
    .fetch_all(conn)
    .await
}

/// Writes new bonds and new states of known ones.
pub(super) async fn store(conn: &mut PgConnection, changed: Vec<Registered>) -> Result<(), sqlx::Error> {
    let mut columns = Columns::default();
    for registered in changed {
        columns.push(registered)?;
    }
    if columns.bond_id.is_empty() { Ok(()) } else { upsert(conn, &columns).await }
}

async fn upsert(conn: &mut PgConnection, new: &Columns) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "-- store-bonds
        INSERT INTO bond (bond_id, programme, sharer, beneficiary, relation, state, suspended_by,
            sharing_amount, channel, operator, form, guardian, commitment_version, commitment_sha256,
            commitment_at, consent_version, consent_sha256, consent_at, evidence, created_at, answer_until,
            active_at, ended_at, dissolve_reason, revision, proposed_seq, changed_seq, decision, judged_id,
            sharer_seen, beneficiary_seen)
        SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
            $8::bigint[], $9::text[], $10::text[], $11::text[], $12::uuid[], $13::text[], $14::bytea[],
            $15::timestamptz[], $16::text[], $17::bytea[], $18::timestamptz[], $19::text[], $20::timestamptz[],
            $21::timestamptz[], $22::timestamptz[], $23::timestamptz[], $24::text[], $25::bigint[],
            $26::bigint[], $27::bigint[], $28::text[], $29::uuid[], $30::bigint[], $31::bigint[])
        ON CONFLICT (bond_id) DO UPDATE SET
            state = EXCLUDED.state,
            suspended_by = EXCLUDED.suspended_by,
            sharing_amount = EXCLUDED.sharing_amount,
            guardian = EXCLUDED.guardian,
            consent_version = EXCLUDED.consent_version,
            consent_sha256 = EXCLUDED.consent_sha256,
            consent_at = EXCLUDED.consent_at,
            evidence = EXCLUDED.evidence,
            active_at = EXCLUDED.active_at,
            ended_at = EXCLUDED.ended_at,
            dissolve_reason = EXCLUDED.dissolve_reason,
            revision = EXCLUDED.revision,
            changed_seq = EXCLUDED.changed_seq,
            decision = EXCLUDED.decision,
            judged_id = EXCLUDED.judged_id,
            sharer_seen = EXCLUDED.sharer_seen,
            beneficiary_seen = EXCLUDED.beneficiary_seen",
        &new.bond_id,
        &new.programme,
        &new.sharer,
        &new.beneficiary,
        &new.relation,
        &new.state,
        &new.suspended_by,
        &new.sharing_amount as &[Option<i64>],
        &new.channel,
        &new.operator as &[Option<String>],
        &new.form as &[Option<String>],
        &new.guardian as &[Option<Uuid>],
        &new.commitment_version,
        &new.commitment_sha256,
        &new.commitment_at,
        &new.consent_version as &[Option<String>],
        &new.consent_sha256 as &[Option<Vec<u8>>],
        &new.consent_at as &[Option<OffsetDateTime>],
        &new.evidence,
        &new.created_at,
        &new.answer_until,
        &new.active_at as &[Option<OffsetDateTime>],
        &new.ended_at as &[Option<OffsetDateTime>],
        &new.dissolve_reason as &[Option<String>],
        &new.revision,
        &new.proposed_seq,
        &new.changed_seq,
        &new.decision,
        &new.judged_id,
        &new.sharer_seen,
        &new.beneficiary_seen
    )
    .execute(conn)
    .await
    .map(|_| ())
}
