//! Reading no more of a bond than a check needs: transfers ask often.

use bond::Suspension;
use sqlx::PgConnection;
use standards::{BondId, PersonId};
use uuid::Uuid;

use super::row::{named, programme};
use crate::check::Standing;

/// How the bonds with these ids stand.
pub(crate) async fn standings(conn: &mut PgConnection, ids: &[Uuid]) -> Result<Vec<Standing>, sqlx::Error> {
    let rows = sqlx::query!(
        "-- bonds-to-check
        SELECT bond_id, programme, sharer, beneficiary, relation, state, suspended_by, active_at, ended_at, revision
        FROM bond
        WHERE bond_id = ANY($1)",
        ids
    )
    .fetch_all(conn)
    .await?;
    let standing = rows.into_iter().map(|row| {
        let first = row.suspended_by.split(',').find(|name| !name.is_empty());
        Ok(Standing {
            bond_id: BondId::new(row.bond_id),
            programme: programme(&row.programme)?,
            sharer: PersonId::new(row.sharer),
            beneficiary: PersonId::new(row.beneficiary),
            relation: named("relation", &row.relation)?,
            state: named("state", &row.state)?,
            suspended_by: first
                .map(|name| named::<Suspension>("suspended_by", name))
                .transpose()?
                .map(|one| one.why),
            active_at: row.active_at,
            ended_at: row.ended_at,
            revision: row.revision,
        })
    });
    standing.collect()
}
