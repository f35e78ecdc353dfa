//! Reading and writing bonds. A row that cannot be read as a bond is an error, never a guess.

use std::{collections::BTreeSet, str::FromStr};

use bond::{Bond, BondState, Commitment, SharingMode};
use money::Yuan;
use policy::Programme;
use sqlx::PgConnection;
use standards::{BondId, PersonId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{propose::in_bonds, registered::Registered};

/// A row of `bond`.
struct Row {
    bond_id: Uuid,
    programme: String,
    sharer: Uuid,
    beneficiary: Uuid,
    relation: String,
    state: String,
    suspended_by: String,
    sharing_amount: Option<i64>,
    channel: String,
    operator: Option<String>,
    commitment_version: String,
    commitment_sha256: Vec<u8>,
    commitment_at: OffsetDateTime,
    consent_version: Option<String>,
    consent_sha256: Option<Vec<u8>>,
    consent_at: Option<OffsetDateTime>,
    evidence: String,
    created_at: OffsetDateTime,
    answer_until: OffsetDateTime,
    active_at: Option<OffsetDateTime>,
    ended_at: Option<OffsetDateTime>,
    dissolve_reason: Option<String>,
    revision: i64,
    proposed_seq: i64,
    changed_seq: i64,
    decision: String,
    judged_id: Uuid,
}

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

/// The bonds with these ids, and every bond of these persons that has not ended.
///
/// The states are those of an end: said the other way round, a plan made while the table is small would walk the
/// partial index of all open bonds, and the writer keeps its plans.
pub(crate) async fn load(
    conn: &mut PgConnection,
    ids: &[Uuid],
    persons: &[Uuid],
) -> Result<Vec<Registered>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        "-- bonds-by-id-and-person
        SELECT bond_id, programme, sharer, beneficiary, relation, state, suspended_by, sharing_amount, channel,
            operator, commitment_version, commitment_sha256, commitment_at, consent_version, consent_sha256,
            consent_at, evidence, created_at, answer_until, active_at, ended_at, dissolve_reason, revision,
            proposed_seq, changed_seq, decision, judged_id
        FROM bond
        WHERE bond_id = ANY($1)
            OR ((sharer = ANY($2) OR beneficiary = ANY($2))
                AND state NOT IN ('DISSOLVED', 'REJECTED', 'EXPIRED', 'WITHDRAWN'))",
        ids,
        persons
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
            operator, commitment_version, commitment_sha256, commitment_at, consent_version, consent_sha256,
            consent_at, evidence, created_at, answer_until, active_at, ended_at, dissolve_reason, revision,
            proposed_seq, changed_seq, decision, judged_id
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
pub(crate) async fn store(conn: &mut PgConnection, changed: Vec<Registered>) -> Result<(), sqlx::Error> {
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
            sharing_amount, channel, operator, commitment_version, commitment_sha256, commitment_at,
            consent_version, consent_sha256, consent_at, evidence, created_at, answer_until, active_at,
            ended_at, dissolve_reason, revision, proposed_seq, changed_seq, decision, judged_id)
        SELECT * FROM UNNEST($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[],
            $8::bigint[], $9::text[], $10::text[], $11::text[], $12::bytea[], $13::timestamptz[],
            $14::text[], $15::bytea[], $16::timestamptz[], $17::text[], $18::timestamptz[],
            $19::timestamptz[], $20::timestamptz[], $21::timestamptz[], $22::text[], $23::bigint[],
            $24::bigint[], $25::bigint[], $26::text[], $27::uuid[])
        ON CONFLICT (bond_id) DO UPDATE SET
            state = EXCLUDED.state,
            suspended_by = EXCLUDED.suspended_by,
            sharing_amount = EXCLUDED.sharing_amount,
            consent_version = EXCLUDED.consent_version,
            consent_sha256 = EXCLUDED.consent_sha256,
            consent_at = EXCLUDED.consent_at,
            active_at = EXCLUDED.active_at,
            ended_at = EXCLUDED.ended_at,
            dissolve_reason = EXCLUDED.dissolve_reason,
            revision = EXCLUDED.revision,
            changed_seq = EXCLUDED.changed_seq,
            decision = EXCLUDED.decision,
            judged_id = EXCLUDED.judged_id",
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
        &new.judged_id
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// Bonds as columns.
#[derive(Default)]
struct Columns {
    bond_id: Vec<Uuid>,
    programme: Vec<String>,
    sharer: Vec<Uuid>,
    beneficiary: Vec<Uuid>,
    relation: Vec<String>,
    state: Vec<String>,
    suspended_by: Vec<String>,
    sharing_amount: Vec<Option<i64>>,
    channel: Vec<String>,
    operator: Vec<Option<String>>,
    commitment_version: Vec<String>,
    commitment_sha256: Vec<Vec<u8>>,
    commitment_at: Vec<OffsetDateTime>,
    consent_version: Vec<Option<String>>,
    consent_sha256: Vec<Option<Vec<u8>>>,
    consent_at: Vec<Option<OffsetDateTime>>,
    evidence: Vec<String>,
    created_at: Vec<OffsetDateTime>,
    answer_until: Vec<OffsetDateTime>,
    active_at: Vec<Option<OffsetDateTime>>,
    ended_at: Vec<Option<OffsetDateTime>>,
    dissolve_reason: Vec<Option<String>>,
    revision: Vec<i64>,
    proposed_seq: Vec<i64>,
    changed_seq: Vec<i64>,
    decision: Vec<String>,
    judged_id: Vec<Uuid>,
}

impl Columns {
    fn push(&mut self, registered: Registered) -> Result<(), sqlx::Error> {
        let bond = registered.bond;
        let reasons: Vec<String> = bond.suspended_by.iter().map(|reason| reason.to_string()).collect();
        self.bond_id.push(bond.id.uuid());
        self.programme.push(registered.programme.name().to_owned());
        self.sharer.push(bond.sharer.uuid());
        self.beneficiary.push(bond.beneficiary.uuid());
        self.relation.push(bond.relation.name().to_owned());
        self.state.push(bond.state.name().to_owned());
        self.suspended_by.push(reasons.join(","));
        self.sharing_amount.push(bond.sharing.amount().map(Yuan::fen));
        self.channel.push(bond.channel.name().to_owned());
        self.operator.push(bond.operator);
        self.commitment_version.push(bond.commitment.text_version);
        self.commitment_sha256.push(bond.commitment.text_sha256.to_vec());
        self.commitment_at.push(bond.commitment.accepted_at);
        self.consent_sha256.push(bond.consent.as_ref().map(|consent| consent.text_sha256.to_vec()));
        self.consent_at.push(bond.consent.as_ref().map(|consent| consent.accepted_at));
        self.consent_version.push(bond.consent.map(|consent| consent.text_version));
        self.evidence.push(json(&registered.evidence)?);
        self.created_at.push(bond.created_at);
        self.answer_until.push(bond.answer_until);
        self.active_at.push(bond.active_at);
        self.ended_at.push(bond.ended_at);
        self.dissolve_reason.push(bond.dissolve_reason.map(|reason| reason.name().to_owned()));
        self.revision.push(bond.revision);
        self.proposed_seq.push(registered.proposed_seq);
        self.changed_seq.push(registered.changed_seq);
        self.decision.push(json(&registered.decision)?);
        self.judged_id.push(registered.judged_id);
        Ok(())
    }
}

impl TryFrom<Row> for Registered {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let state: BondState = named("state", &row.state)?;
        let reasons = row.suspended_by.split(',').filter(|name| !name.is_empty());
        let consent = match (row.consent_version, row.consent_sha256, row.consent_at) {
            (Some(version), Some(sha256), Some(at)) => Some(commitment(version, &sha256, at)?),
            _ => None,
        };
        let kind = programme(&row.programme)?;
        let bond = Bond {
            id: BondId::new(row.bond_id),
            programme: in_bonds(kind),
            sharer: PersonId::new(row.sharer),
            beneficiary: PersonId::new(row.beneficiary),
            relation: named("relation", &row.relation)?,
            state,
            suspended_by: reasons
                .map(|name| named("suspended_by", name))
                .collect::<Result<BTreeSet<_>, _>>()?,
            sharing: row
                .sharing_amount
                .map_or(SharingMode::All, |fen| SharingMode::Fixed(Yuan::from_fen(fen))),
            channel: named("channel", &row.channel)?,
            operator: row.operator,
            // No bond is registered at the counter yet, and only there a form is signed.
            form: None,
            commitment: commitment(row.commitment_version, &row.commitment_sha256, row.commitment_at)?,
            consent,
            created_at: row.created_at,
            answer_until: row.answer_until,
            active_at: row.active_at,
            ended_at: row.ended_at,
            dissolve_reason: row.dissolve_reason.map(|name| named("dissolve_reason", &name)).transpose()?,
            revision: row.revision,
        };
        Ok(Self {
            bond,
            programme: kind,
            evidence: read("evidence", &row.evidence)?,
            proposed_seq: row.proposed_seq,
            changed_seq: row.changed_seq,
            decision: read("decision", &row.decision)?,
            judged_id: row.judged_id,
        })
    }
}

fn commitment(
    text_version: String,
    sha256: &[u8],
    accepted_at: OffsetDateTime,
) -> Result<Commitment, sqlx::Error> {
    let text_sha256 = sha256.try_into().map_err(|error| decode("commitment", error))?;
    Ok(Commitment { text_version, text_sha256, accepted_at })
}

pub(super) fn programme(name: &str) -> Result<Programme, sqlx::Error> {
    Programme::parse(name).ok_or_else(|| unreadable("programme", name))
}

pub(super) fn named<T: FromStr>(column: &'static str, name: &str) -> Result<T, sqlx::Error> {
    name.parse().map_err(|_| unreadable(column, name))
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

fn read<T: serde::de::DeserializeOwned>(column: &'static str, text: &str) -> Result<T, sqlx::Error> {
    serde_json::from_str(text).map_err(|error| decode(column, error))
}

fn decode(column: &str, error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) }
}

fn unreadable(column: &'static str, name: &str) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("{name:?} is no known name").into(),
    }
}
