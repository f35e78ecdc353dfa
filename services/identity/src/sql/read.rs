//! What the read calls ask. Each answer is one statement and so one snapshot.

use sqlx::PgConnection;
use standards::{CodeProxyId, PersonId};
use time::Date;
use uuid::Uuid;

use super::{part::PartRow, place};
use crate::{
    person::{CodeProxy, Standing},
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
    /// 联系地址.
    pub address: Option<Sealed>,
    /// 人员编号 of the national interface.
    pub psn_no: Option<Sealed>,
    /// 死亡日.
    pub deceased_on: Option<Date>,
    /// 医保码 activated.
    pub code_active: bool,
    /// When contact data changed last, and whether that is overdue.
    pub contact: (Option<Date>, bool),
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
        SELECT p.id_number, p.name, p.mobile, p.address, p.psn_no, p.revision, p.deceased_on, p.code_active,
               p.contact_changed_on, p.contact_overdue,
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
        address: row.address.map(Sealed::stored),
        psn_no: row.psn_no.map(Sealed::stored),
        deceased_on: row.deceased_on,
        code_active: row.code_active,
        contact: (row.contact_changed_on, row.contact_overdue),
        revision: row.revision,
        pools: row.pools,
    }))
}

/// The standings of those who are known, with everything that belongs to them, and the stream's position up to which
/// they hold.
pub(crate) async fn standings(
    conn: &mut PgConnection,
    persons: &[Uuid],
) -> Result<Vec<(Standing, i64)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"-- standings
        SELECT p.person_id, p.birth_day, p.deceased_on, p.code_active, p.out_of_province, p.contact_overdue,
               p.place_of_use, p.wallet_id, p.place_position, (SELECT seq FROM head) AS "position!",
               x.kind AS "kind?", x.part_id AS "part_id?", x.word AS "word?", x.area AS "area?", x.note AS "note?",
               x.valid_from AS "valid_from?", x.valid_to AS "valid_to?", x.number AS "number?", x.other AS "other?",
               x.list AS "list?", x.open AS "open?"
        FROM person p LEFT JOIN LATERAL (
            SELECT 'ENROLMENT'::text AS kind, e.enrolment_id AS part_id, e.scheme AS word, e.pooling_area AS area,
                   e.status AS note, e.valid_from, e.valid_to, e.revision AS number, NULL::uuid AS other,
                   NULL::text[] AS list, true AS open
            FROM enrolment e WHERE e.person_id = p.person_id
            UNION ALL
            SELECT o.kind, o.part_id, o.word, o.area, o.note, o.valid_from, o.valid_to, o.number, o.other, o.list,
                   o.open
            FROM part o WHERE p.more AND o.person_id = p.person_id AND o.kind <> 'ENROLMENT'
        ) x ON true
        WHERE p.person_id = ANY($1)
        ORDER BY p.person_id"#,
        persons
    )
    .fetch_all(conn)
    .await?;
    let mut found: Vec<(Standing, i64)> = Vec::with_capacity(persons.len());
    for row in rows {
        let person = PersonId::new(row.person_id);
        if found.last().is_none_or(|(standing, _)| standing.person != person) {
            let standing = Standing {
                deceased_on: row.deceased_on,
                code_active: row.code_active,
                contact_overdue: row.contact_overdue,
                out_of_province: row.out_of_province,
                place: place(row.place_of_use.as_deref(), row.wallet_id, row.place_position)?,
                ..Standing::newborn(person, row.birth_day)
            };
            found.push((standing, row.position));
        }
        let part = PartRow {
            kind: row.kind,
            part_id: row.part_id,
            word: row.word,
            area: row.area,
            note: row.note,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            number: row.number,
            other: row.other,
            list: row.list,
            open: row.open,
        };
        if let Some((standing, _)) = found.last_mut() {
            part.add_to(standing)?;
        }
    }
    found.iter_mut().for_each(|(standing, _)| standing.sort());
    Ok(found)
}

/// The links by which somebody may show others' codes, with the owners of the codes.
pub(crate) async fn links_shown_by(
    conn: &mut PgConnection,
    shower: PersonId,
) -> Result<Vec<(PersonId, CodeProxy)>, sqlx::Error> {
    let rows = sqlx::query!(
        "-- links-shown-by
        SELECT code_proxy_id, person_id FROM code_proxy WHERE shower_id = $1 AND NOT unlinked",
        shower.uuid()
    )
    .fetch_all(conn)
    .await?;
    let link = |id| CodeProxy { id: CodeProxyId::new(id), shower, unlinked: false };
    Ok(rows.into_iter().map(|row| (PersonId::new(row.person_id), link(row.code_proxy_id))).collect())
}
