//! Who stands on which side of a bond, as the registry's stream told.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::command::BondItem;

/// The two sides of a bond.
pub(crate) struct Sides {
    pub sharer: Uuid,
    pub beneficiary: Uuid,
}

/// The sides of a bond, once the stream has told of it.
pub(crate) async fn sides(conn: &mut PgConnection, bond: Uuid) -> Result<Option<Sides>, sqlx::Error> {
    sqlx::query_as!(Sides, "-- bond-sides\nSELECT sharer, beneficiary FROM bond WHERE id = $1", bond)
        .fetch_optional(conn)
        .await
}

/// Stores bonds; an older revision changes nothing.
pub(crate) async fn upsert(conn: &mut PgConnection, bonds: &[&BondItem]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = bonds.iter().map(|item| item.bond.uuid()).collect();
    let sharers: Vec<Uuid> = bonds.iter().map(|item| item.sharer.uuid()).collect();
    let others: Vec<Uuid> = bonds.iter().map(|item| item.beneficiary.uuid()).collect();
    let revisions: Vec<i64> = bonds.iter().map(|item| item.revision).collect();
    sqlx::query!(
        "-- upsert-bonds
        INSERT INTO bond AS b (id, sharer, beneficiary, revision)
        SELECT * FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[])
        ON CONFLICT ON CONSTRAINT bond_pk DO UPDATE SET sharer = excluded.sharer,
            beneficiary = excluded.beneficiary, revision = excluded.revision
        WHERE b.revision < excluded.revision",
        &ids,
        &sharers,
        &others,
        &revisions
    )
    .execute(conn)
    .await
    .map(|_| ())
}
