//! What the keeper writes of the parts of standings, kind by kind.

use sqlx::PgConnection;
use standards::PersonId;
use time::Date;
use uuid::Uuid;

use crate::{
    person::{Benefit, CodeProxy, Enrolment, Filing, Sanction, insutype},
    state::Changes,
};

/// Writes every kind of part that changed.
pub(super) async fn parts(conn: &mut PgConnection, changes: &Changes) -> Result<(), sqlx::Error> {
    if !changes.enrolments.is_empty() {
        put_enrolments(conn, &changes.enrolments).await?;
    }
    if !changes.benefits.is_empty() {
        put_benefits(conn, &changes.benefits).await?;
    }
    if !changes.sanctions.is_empty() {
        put_sanctions(conn, &changes.sanctions).await?;
    }
    if !changes.filings.is_empty() {
        put_filings(conn, &changes.filings).await?;
    }
    if !changes.proxies.is_empty() {
        put_proxies(conn, &changes.proxies).await?;
    }
    Ok(())
}

fn persons<T>(parts: &[(PersonId, T)]) -> Vec<Uuid> {
    parts.iter().map(|(person, _)| person.uuid()).collect()
}

async fn put_enrolments(conn: &mut PgConnection, enrolments: &[Enrolment]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = enrolments.iter().map(|enrolment| enrolment.id.uuid()).collect();
    let persons: Vec<Uuid> = enrolments.iter().map(|enrolment| enrolment.person.uuid()).collect();
    let schemes: Vec<&str> = enrolments.iter().map(|enrolment| enrolment.scheme.name()).collect();
    let types: Vec<&str> = enrolments.iter().map(|enrolment| insutype(enrolment.scheme)).collect();
    let pools: Vec<String> = enrolments.iter().map(|enrolment| enrolment.pool.to_string()).collect();
    let statuses: Vec<&str> = enrolments.iter().map(|enrolment| enrolment.status.name()).collect();
    let from: Vec<Date> = enrolments.iter().map(|enrolment| enrolment.valid_from).collect();
    let to: Vec<Option<Date>> = enrolments.iter().map(|enrolment| enrolment.valid_to).collect();
    let revisions: Vec<i64> = enrolments.iter().map(|enrolment| enrolment.revision).collect();
    sqlx::query!(
        "-- put-enrolments
        INSERT INTO enrolment AS e (enrolment_id, person_id, scheme, insutype, pooling_area, status, valid_from,
                                    valid_to, revision)
        SELECT enrolment_id, person_id, scheme, insutype, pool, status, valid_from, valid_to, revision
        FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $8::date[],
                    $9::bigint[])
            AS new (enrolment_id, person_id, scheme, insutype, pool, status, valid_from, valid_to, revision)
        ON CONFLICT (enrolment_id) DO UPDATE
        SET status = excluded.status, valid_to = excluded.valid_to, revision = excluded.revision",
        &ids,
        &persons,
        &schemes as &[&str],
        &types as &[&str],
        &pools,
        &statuses as &[&str],
        &from,
        &to as &[Option<Date>],
        &revisions
    )
    .execute(conn)
    .await
    .map(|_| ())
}

async fn put_benefits(conn: &mut PgConnection, benefits: &[(PersonId, Benefit)]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = benefits.iter().map(|(_, benefit)| benefit.id.uuid()).collect();
    let kinds: Vec<&str> = benefits.iter().map(|(_, benefit)| benefit.kind.name()).collect();
    let pools: Vec<String> = benefits.iter().map(|(_, benefit)| benefit.pool.to_string()).collect();
    let references: Vec<&str> = benefits.iter().map(|(_, benefit)| benefit.reference.as_str()).collect();
    let from: Vec<Date> = benefits.iter().map(|(_, benefit)| benefit.valid_from).collect();
    let to: Vec<Option<Date>> = benefits.iter().map(|(_, benefit)| benefit.valid_to).collect();
    sqlx::query!(
        "-- put-benefits
        INSERT INTO benefit (benefit_id, person_id, kind, pooling_area, reference, valid_from, valid_to)
        SELECT benefit_id, person_id, kind, pool, reference, valid_from, valid_to
        FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[])
            AS new (benefit_id, person_id, kind, pool, reference, valid_from, valid_to)
        ON CONFLICT (benefit_id) DO UPDATE SET valid_to = excluded.valid_to",
        &ids,
        &persons(benefits),
        &kinds as &[&str],
        &pools,
        &references as &[&str],
        &from,
        &to as &[Option<Date>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}

async fn put_sanctions(
    conn: &mut PgConnection,
    sanctions: &[(PersonId, Sanction)],
) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = sanctions.iter().map(|(_, sanction)| sanction.id.uuid()).collect();
    let cases: Vec<&str> = sanctions.iter().map(|(_, sanction)| sanction.case_reference.as_str()).collect();
    let from: Vec<Date> = sanctions.iter().map(|(_, sanction)| sanction.from).collect();
    let to: Vec<Option<Date>> = sanctions.iter().map(|(_, sanction)| sanction.to).collect();
    let imposed: Vec<&str> = sanctions.iter().map(|(_, sanction)| sanction.imposed_by.as_str()).collect();
    let lifted: Vec<Option<&str>> =
        sanctions.iter().map(|(_, sanction)| sanction.lifted_by.as_deref()).collect();
    sqlx::query!(
        "-- put-sanctions
        INSERT INTO sanction (sanction_id, person_id, case_reference, from_day, to_day, imposed_by, lifted_by)
        SELECT sanction_id, person_id, case_reference, from_day, to_day, imposed_by, lifted_by
        FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::date[], $6::text[], $7::text[])
            AS new (sanction_id, person_id, case_reference, from_day, to_day, imposed_by, lifted_by)
        ON CONFLICT (sanction_id) DO UPDATE SET lifted_by = excluded.lifted_by",
        &ids,
        &persons(sanctions),
        &cases as &[&str],
        &from,
        &to as &[Option<Date>],
        &imposed as &[&str],
        &lifted as &[Option<&str>]
    )
    .execute(conn)
    .await
    .map(|_| ())
}

/// The codes of a filing go as one text, for arrays of arrays have one length.
async fn put_filings(conn: &mut PgConnection, filings: &[(PersonId, Filing)]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = filings.iter().map(|(_, filing)| filing.id.uuid()).collect();
    let kinds: Vec<&str> = filings.iter().map(|(_, filing)| filing.kind.name()).collect();
    let pools: Vec<String> = filings.iter().map(|(_, filing)| filing.pool.to_string()).collect();
    let codes =
        |filing: &Filing| filing.institutions.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let institutions: Vec<String> = filings.iter().map(|(_, filing)| codes(filing)).collect();
    let from: Vec<Date> = filings.iter().map(|(_, filing)| filing.valid_from).collect();
    let to: Vec<Option<Date>> = filings.iter().map(|(_, filing)| filing.valid_to).collect();
    let withdrawn: Vec<bool> = filings.iter().map(|(_, filing)| filing.withdrawn).collect();
    sqlx::query!(
        "-- put-filings
        INSERT INTO remote_care (filing_id, person_id, kind, pooling_area, institutions, valid_from, valid_to,
                                 withdrawn)
        SELECT filing_id, person_id, kind, pool, string_to_array(institutions, ','), valid_from, valid_to, withdrawn
        FROM UNNEST($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::date[], $7::date[], $8::boolean[])
            AS new (filing_id, person_id, kind, pool, institutions, valid_from, valid_to, withdrawn)
        ON CONFLICT (filing_id) DO UPDATE SET withdrawn = excluded.withdrawn",
        &ids,
        &persons(filings),
        &kinds as &[&str],
        &pools,
        &institutions,
        &from,
        &to as &[Option<Date>],
        &withdrawn
    )
    .execute(conn)
    .await
    .map(|_| ())
}

async fn put_proxies(conn: &mut PgConnection, proxies: &[(PersonId, CodeProxy)]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = proxies.iter().map(|(_, proxy)| proxy.id.uuid()).collect();
    let showers: Vec<Uuid> = proxies.iter().map(|(_, proxy)| proxy.shower.uuid()).collect();
    let unlinked: Vec<bool> = proxies.iter().map(|(_, proxy)| proxy.unlinked).collect();
    sqlx::query!(
        "-- put-code-proxies
        INSERT INTO code_proxy (code_proxy_id, person_id, shower_id, unlinked)
        SELECT code_proxy_id, person_id, shower_id, unlinked
        FROM UNNEST($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[])
            AS new (code_proxy_id, person_id, shower_id, unlinked)
        ON CONFLICT (code_proxy_id) DO UPDATE SET unlinked = excluded.unlinked",
        &ids,
        &persons(proxies),
        &showers,
        &unlinked
    )
    .execute(conn)
    .await
    .map(|_| ())
}
