//! Bonds as rows and as columns. A row that cannot be read as a bond is an error, never a guess.

use std::{collections::BTreeSet, str::FromStr};

use bond::{Bond, BondState, Commitment, SharingMode};
use money::Yuan;
use policy::Programme;
use standards::{BondId, PersonId};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::registered::{Registered, Seen};

/// A row of `bond`.
pub(super) struct Row {
    pub(super) bond_id: Uuid,
    pub(super) programme: String,
    pub(super) sharer: Uuid,
    pub(super) beneficiary: Uuid,
    pub(super) relation: String,
    pub(super) state: String,
    pub(super) suspended_by: String,
    pub(super) sharing_amount: Option<i64>,
    pub(super) channel: String,
    pub(super) operator: Option<String>,
    pub(super) form: Option<String>,
    pub(super) guardian: Option<Uuid>,
    pub(super) commitment_version: String,
    pub(super) commitment_sha256: Vec<u8>,
    pub(super) commitment_at: OffsetDateTime,
    pub(super) consent_version: Option<String>,
    pub(super) consent_sha256: Option<Vec<u8>>,
    pub(super) consent_at: Option<OffsetDateTime>,
    pub(super) evidence: String,
    pub(super) created_at: OffsetDateTime,
    pub(super) answer_until: OffsetDateTime,
    pub(super) active_at: Option<OffsetDateTime>,
    pub(super) ended_at: Option<OffsetDateTime>,
    pub(super) dissolve_reason: Option<String>,
    pub(super) revision: i64,
    pub(super) proposed_seq: i64,
    pub(super) changed_seq: i64,
    pub(super) decision: String,
    pub(super) judged_id: Uuid,
    pub(super) sharer_seen: i64,
    pub(super) beneficiary_seen: i64,
}

/// Bonds as columns.
#[derive(Default)]
pub(super) struct Columns {
    pub(super) bond_id: Vec<Uuid>,
    pub(super) programme: Vec<String>,
    pub(super) sharer: Vec<Uuid>,
    pub(super) beneficiary: Vec<Uuid>,
    pub(super) relation: Vec<String>,
    pub(super) state: Vec<String>,
    pub(super) suspended_by: Vec<String>,
    pub(super) sharing_amount: Vec<Option<i64>>,
    pub(super) channel: Vec<String>,
    pub(super) operator: Vec<Option<String>>,
    pub(super) form: Vec<Option<String>>,
    pub(super) guardian: Vec<Option<Uuid>>,
    pub(super) commitment_version: Vec<String>,
    pub(super) commitment_sha256: Vec<Vec<u8>>,
    pub(super) commitment_at: Vec<OffsetDateTime>,
    pub(super) consent_version: Vec<Option<String>>,
    pub(super) consent_sha256: Vec<Option<Vec<u8>>>,
    pub(super) consent_at: Vec<Option<OffsetDateTime>>,
    pub(super) evidence: Vec<String>,
    pub(super) created_at: Vec<OffsetDateTime>,
    pub(super) answer_until: Vec<OffsetDateTime>,
    pub(super) active_at: Vec<Option<OffsetDateTime>>,
    pub(super) ended_at: Vec<Option<OffsetDateTime>>,
    pub(super) dissolve_reason: Vec<Option<String>>,
    pub(super) revision: Vec<i64>,
    pub(super) proposed_seq: Vec<i64>,
    pub(super) changed_seq: Vec<i64>,
    pub(super) decision: Vec<String>,
    pub(super) judged_id: Vec<Uuid>,
    pub(super) sharer_seen: Vec<i64>,
    pub(super) beneficiary_seen: Vec<i64>,
}

impl Columns {
    pub(super) fn push(&mut self, registered: Registered) -> Result<(), sqlx::Error> {
        let bond = registered.bond;
        let reasons: Vec<String> = bond.suspended_by.iter().map(|reason| reason.to_string()).collect();
        self.bond_id.push(bond.id.uuid());
        self.programme.push(bond.programme.name().to_owned());
        self.sharer.push(bond.sharer.uuid());
        self.beneficiary.push(bond.beneficiary.uuid());
        self.relation.push(bond.relation.name().to_owned());
        self.state.push(bond.state.name().to_owned());
        self.suspended_by.push(reasons.join(","));
        self.sharing_amount.push(bond.sharing.amount().map(Yuan::fen));
        self.channel.push(bond.channel.name().to_owned());
        self.operator.push(bond.operator);
        self.form.push(bond.form.map(|form| form.to_string()));
        self.guardian.push(registered.guardian.map(PersonId::uuid));
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
        self.sharer_seen.push(registered.seen.sharer);
        self.beneficiary_seen.push(registered.seen.beneficiary);
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
        let bond = Bond {
            id: BondId::new(row.bond_id),
            programme: named("programme", &row.programme)?,
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
            form: row.form.map(|form| named("form", &form)).transpose()?,
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
            guardian: row.guardian.map(PersonId::new),
            evidence: read("evidence", &row.evidence)?,
            proposed_seq: row.proposed_seq,
            changed_seq: row.changed_seq,
            decision: read("decision", &row.decision)?,
            judged_id: row.judged_id,
            seen: Seen { sharer: row.sharer_seen, beneficiary: row.beneficiary_seen },
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

pub(super) fn json<T: serde::Serialize>(value: &T) -> Result<String, sqlx::Error> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(Box::new(error)))
}

pub(super) fn read<T: serde::de::DeserializeOwned>(
    column: &'static str,
    text: &str,
) -> Result<T, sqlx::Error> {
    serde_json::from_str(text).map_err(|error| decode(column, error))
}

fn decode(column: &str, error: impl std::error::Error + Send + Sync + 'static) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: column.to_owned(), source: Box::new(error) }
}

pub(super) fn unreadable(column: &'static str, name: &str) -> sqlx::Error {
    sqlx::Error::ColumnDecode {
        index: column.to_owned(),
        source: format!("{name:?} is no known name").into(),
    }
}
