//! What the read calls ask. Each answer is one statement and so one snapshot.

use sqlx::PgConnection;
use standards::{EnrolmentId, PersonId};
use time::Date;
use uuid::Uuid;

use super::{EnrolmentRow, place, unreadable};
use crate::{
    person::{Enrolment, Standing},
    vault::Sealed,
};

/// A person's row as it is stored: sealed.
pub(crate) struct StoredPerson {
    /// Who.
    pub person: PersonId,
    /// 公民身份号码.
    pub id_number: Sealed,
    /// 姓名.
    pub name: Sealed,
    /// 手机号码.
    pub mobile: Sealed,
    /// 人员编号 of the national interface.
    pub psn_no: Option<Sealed>,
    /// Revision of the person's message.
    pub revision: i64,
    /// Pooling areas of all enrolments.
    pub pools: Vec<String>,
}

/// The mark of the index key with which this database was filled; the first start leaves its own.
pub(crate) async fn index_check(conn: &mut PgConnection, own: &[u8]) -> Result<Vec<u8>, sqlx::Error> {
    sqlx::query_scalar!(
        "-- index-check
        INSERT INTO vault (index_check) VALUES ($1) ON CONFLICT (one) DO UPDATE SET one = true RETURNING index_check",
        own
    )
    .fetch_one(conn)
    .await
}

/// One person.
pub(crate) async fn person(
    conn: &mut PgConnection,
    id: PersonId,
) -> Result<Option<StoredPerson>, sqlx::Error> {
    let row = sqlx::query!(
        r#"-- person
        SELECT p.id_number, p.name, p.mobile, p.psn_no, p.revision,
               ARRAY(SELECT DISTINCT e.pooling_area FROM enrolment e WHERE e.person_id = p.person_id) AS "pools!"
        FROM person p WHERE p.person_id = $1"#,
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| StoredPerson {
        person: id,
        id_number: Sealed::stored(row.id_number),
        name: Sealed::stored(row.name),
        mobile: Sealed::stored(row.mobile),
        psn_no: row.psn_no.map(Sealed::stored),
        revision: row.revision,
        pools: row.pools,
    }))
}

/// One enrolment.
pub(crate) async fn enrolment(
    conn: &mut PgConnection,
    id: EnrolmentId,
) -> Result<Option<Enrolment>, sqlx::Error> {
    let row = sqlx::query_as!(
        EnrolmentRow,
        "-- enrolment
        SELECT enrolment_id, person_id, scheme, pooling_area, status, valid_from, valid_to, revision
        FROM enrolment WHERE enrolment_id = $1",
        id.uuid()
    )
    .fetch_optional(conn)
    .await?;
    row.map(Enrolment::try_from).transpose()
}

/// A person's place and one enrolment, or none.
struct StandingRow {
    person_id: Uuid,
    place_of_use: Option<String>,
    wallet_id: Option<Uuid>,
    place_position: Option<i64>,
    position: i64,
    enrolment_id: Option<Uuid>,
    scheme: Option<String>,
    pooling_area: Option<String>,
    status: Option<String>,
    valid_from: Option<Date>,
    valid_to: Option<Date>,
    revision: Option<i64>,
}

/// The standings of those who are known, with the enrolments that hold on `day`, and the stream's position up to
/// which they hold.
pub(crate) async fn standings(
    conn: &mut PgConnection,
    persons: &[Uuid],
    day: Date,
) -> Result<Vec<(Standing, i64)>, sqlx::Error> {
    let rows = sqlx::query_as!(
        StandingRow,
        r#"-- standings
        SELECT p.person_id, p.place_of_use, p.wallet_id, p.place_position,
               (SELECT seq FROM head) AS "position!",
               e.enrolment_id AS "enrolment_id?", e.scheme AS "scheme?", e.pooling_area AS "pooling_area?",
               e.status AS "status?", e.valid_from AS "valid_from?", e.valid_to, e.revision AS "revision?"
        FROM person p
        LEFT JOIN enrolment e ON e.person_id = p.person_id AND e.valid_from <= $2
                             AND (e.valid_to IS NULL OR e.valid_to >= $2)
        WHERE p.person_id = ANY($1)
        ORDER BY p.person_id, e.valid_from, e.enrolment_id"#,
        persons,
        day
    )
    .fetch_all(conn)
    .await?;
    let mut found: Vec<(Standing, i64)> = Vec::with_capacity(persons.len());
    for row in rows {
        let person = PersonId::new(row.person_id);
        if found.last().is_none_or(|(standing, _)| standing.person != person) {
            let place = place(row.place_of_use.as_deref(), row.wallet_id, row.place_position)?;
            found.push((Standing { person, enrolments: Vec::new(), place }, row.position));
        }
        if let (Some((standing, _)), Some(enrolment)) = (found.last_mut(), row.enrolment()?) {
            standing.enrolments.push(enrolment);
        }
    }
    Ok(found)
}

impl StandingRow {
    /// The enrolment of the joined row, if it has one.
    fn enrolment(self) -> Result<Option<Enrolment>, sqlx::Error> {
        let Some(enrolment_id) = self.enrolment_id else { return Ok(None) };
        let missing = || unreadable("a column of enrolment");
        let row = EnrolmentRow {
            enrolment_id,
            person_id: self.person_id,
            scheme: self.scheme.ok_or_else(missing)?,
            pooling_area: self.pooling_area.ok_or_else(missing)?,
            status: self.status.ok_or_else(missing)?,
            valid_from: self.valid_from.ok_or_else(missing)?,
            valid_to: self.valid_to,
            revision: self.revision.ok_or_else(missing)?,
        };
        Enrolment::try_from(row).map(Some)
    }
}
