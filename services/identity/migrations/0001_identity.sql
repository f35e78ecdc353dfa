-- Marks the key by which this database's numbers are found: with another one, every known number would look new.
CREATE TABLE vault (
    one         boolean PRIMARY KEY DEFAULT true CONSTRAINT vault_is_one_row CHECK (one),
    index_check bytea   NOT NULL CONSTRAINT vault_check_is_sha256 CHECK (octet_length(index_check) = 32)
);

-- 参保人: whom identity knows. What names a person is sealed (AES-256-GCM-SIV, bound to table, column, row and key
-- version); the id number is found by a keyed hash, which is no use to whoever has the database alone.
CREATE TABLE person (
    person_id      uuid        PRIMARY KEY,
    -- HMAC of the id number: one row per number in the country.
    id_index       bytea       NOT NULL CONSTRAINT person_id_number_once UNIQUE
                               CONSTRAINT person_id_index_is_sha256 CHECK (octet_length(id_index) = 32),
    -- HMAC of number and name together: tells whether a counter was given the registered name.
    name_check     bytea       NOT NULL CONSTRAINT person_name_check_is_sha256 CHECK (octet_length(name_check) = 32),
    id_number      bytea       NOT NULL,
    name           bytea       NOT NULL,
    mobile         bytea       NOT NULL,
    address        bytea,
    psn_no         bytea,
    -- From the id number; many rules ask for it.
    birth_day      date        NOT NULL,
    registered_at  timestamptz NOT NULL,
    deceased_on    date        CONSTRAINT person_dies_after_birth CHECK (deceased_on >= birth_day),
    -- 医保码 activated.
    code_active    boolean     NOT NULL DEFAULT false,
    -- 省外购药开关; null while it was never set.
    out_of_province boolean,
    -- When contact data changed last, as the person says, and whether that was reported too late and is not confirmed.
    contact_changed_on date,
    contact_overdue boolean    NOT NULL DEFAULT false,
    -- Whether anything beside enrolments belongs to the person: most have nothing, and are read without looking.
    more           boolean     NOT NULL DEFAULT false,
    revision       bigint      NOT NULL CONSTRAINT person_revision_from_one CHECK (revision >= 1),
    -- Number of the last event about this person; events are numbered from 1 without gaps.
    events         bigint      NOT NULL CONSTRAINT person_events_from_one CHECK (events >= 1),
    -- 使用地 and the one wallet that has it; null together until a wallet service asks. The position is that of the
    -- record by which it was assigned.
    place_of_use   text        CONSTRAINT person_place_is_a_pool CHECK (place_of_use ~ '^[0-9]{6}$'),
    wallet_id      uuid        CONSTRAINT person_wallet_once UNIQUE,
    place_position bigint,
    CONSTRAINT person_place_is_whole
        CHECK (num_nulls(place_of_use, wallet_id, place_position) IN (0, 3))
) WITH (fillfactor = 80);

-- 参保关系: in which scheme and pooling area a person is enrolled, and from when to when.
CREATE TABLE enrolment (
    enrolment_id uuid   PRIMARY KEY,
    person_id    uuid   NOT NULL CONSTRAINT enrolment_of_person REFERENCES person,
    scheme       text   NOT NULL CONSTRAINT enrolment_scheme_known
                        CHECK (scheme IN ('EMPLOYEE', 'FLEXIBLE_EMPLOYEE', 'RESIDENT', 'RETIRED_CADRE')),
    -- 险种类型 of the national interface; two schemes may share one.
    insutype     text   NOT NULL CONSTRAINT enrolment_insutype_known CHECK (insutype IN ('310', '340', '390')),
    pooling_area text   NOT NULL CONSTRAINT enrolment_area_is_a_pool CHECK (pooling_area ~ '^[0-9]{6}$'),
    status       text   NOT NULL CONSTRAINT enrolment_status_known
                        CHECK (status IN ('NORMAL', 'SUSPENDED', 'IN_ARREARS', 'FROZEN', 'TERMINATED')),
    valid_from   date   NOT NULL,
    -- Inclusive; null while it goes on.
    valid_to     date   CONSTRAINT enrolment_ends_after_it_began CHECK (valid_to >= valid_from),
    revision     bigint NOT NULL CONSTRAINT enrolment_revision_from_one CHECK (revision >= 1)
) WITH (fillfactor = 80);
CREATE INDEX enrolment_by_person ON enrolment (person_id);
-- The fold refuses every overlap; this repeats the part that an index can say.
CREATE UNIQUE INDEX enrolment_one_open ON enrolment (person_id, insutype) WHERE valid_to IS NULL;

-- 待遇: a benefit that rules ask about.
CREATE TABLE benefit (
    benefit_id   uuid   PRIMARY KEY,
    person_id    uuid   NOT NULL CONSTRAINT benefit_of_person REFERENCES person,
    kind         text   NOT NULL CONSTRAINT benefit_kind_known
                        CHECK (kind IN ('CHRONIC_OUTPATIENT', 'SPECIAL_OUTPATIENT', 'RETIRED_CADRE',
                                        'DISABLED_SOLDIER_1_6', 'MEDICAL_ASSISTANCE', 'DESTITUTE', 'ORPHAN',
                                        'LOW_INCOME')),
    pooling_area text   NOT NULL CONSTRAINT benefit_area_is_a_pool CHECK (pooling_area ~ '^[0-9]{6}$'),
    reference    text   NOT NULL,
    valid_from   date   NOT NULL,
    valid_to     date   CONSTRAINT benefit_ends_after_it_began CHECK (valid_to >= valid_from)
);
CREATE INDEX benefit_by_person ON benefit (person_id);

-- 暂停联网结算: imposed by one credential, lifted by another.
CREATE TABLE sanction (
    sanction_id    uuid PRIMARY KEY,
    person_id      uuid NOT NULL CONSTRAINT sanction_of_person REFERENCES person,
    case_reference text NOT NULL,
    from_day       date NOT NULL,
    to_day         date CONSTRAINT sanction_ends_after_it_began CHECK (to_day >= from_day),
    imposed_by     text NOT NULL,
    lifted_by      text CONSTRAINT sanction_lifted_by_another CHECK (lifted_by <> imposed_by)
);
CREATE INDEX sanction_by_person ON sanction (person_id);

-- 异地就医备案.
CREATE TABLE remote_care (
    filing_id    uuid    PRIMARY KEY,
    person_id    uuid    NOT NULL CONSTRAINT remote_care_of_person REFERENCES person,
    kind         text    NOT NULL CONSTRAINT remote_care_kind_known CHECK (kind IN ('LONG_TERM', 'TEMPORARY')),
    pooling_area text    NOT NULL CONSTRAINT remote_care_area_is_a_pool CHECK (pooling_area ~ '^[0-9]{6}$'),
    institutions text[]  NOT NULL CONSTRAINT remote_care_at_most_twenty CHECK (cardinality(institutions) <= 20),
    valid_from   date    NOT NULL,
    valid_to     date    CONSTRAINT remote_care_ends_after_it_began CHECK (valid_to >= valid_from),
    withdrawn    boolean NOT NULL
);
CREATE INDEX remote_care_by_person ON remote_care (person_id);

-- 亲情账户: who may show whose code.
CREATE TABLE code_proxy (
    code_proxy_id uuid    PRIMARY KEY,
    person_id     uuid    NOT NULL CONSTRAINT code_proxy_of_owner REFERENCES person,
    shower_id     uuid    NOT NULL CONSTRAINT code_proxy_of_shower REFERENCES person,
    unlinked      boolean NOT NULL,
    CONSTRAINT code_proxy_of_two CHECK (person_id <> shower_id)
);
CREATE INDEX code_proxy_by_owner ON code_proxy (person_id);
CREATE INDEX code_proxy_by_shower ON code_proxy (shower_id);
CREATE UNIQUE INDEX code_proxy_linked_once ON code_proxy (person_id, shower_id) WHERE NOT unlinked;

-- Everything that belongs to a person's standing, in one shape, so that one statement reads all of it in one snapshot.
CREATE VIEW part AS
    SELECT person_id, 'ENROLMENT'::text AS kind, enrolment_id AS part_id, scheme AS word, pooling_area AS area,
           status AS note, valid_from, valid_to, revision AS number, NULL::uuid AS other, NULL::text[] AS list,
           true AS open
    FROM enrolment
    UNION ALL
    SELECT person_id, 'BENEFIT'::text, benefit_id, kind, pooling_area, reference, valid_from, valid_to, 0::bigint,
           NULL::uuid, NULL::text[], true
    FROM benefit
    UNION ALL
    SELECT person_id, 'SANCTION'::text, sanction_id, imposed_by, NULL::text, case_reference, from_day, to_day,
           0::bigint, NULL::uuid, NULL::text[], lifted_by IS NULL
    FROM sanction
    UNION ALL
    SELECT person_id, 'FILING'::text, filing_id, kind, pooling_area, NULL::text, valid_from, valid_to, 0::bigint,
           NULL::uuid, institutions, NOT withdrawn
    FROM remote_care
    UNION ALL
    SELECT person_id, 'CODE_PROXY'::text, code_proxy_id, NULL::text, NULL::text, NULL::text, NULL::date, NULL::date,
           0::bigint, shower_id, NULL::text[], NOT unlinked
    FROM code_proxy;

-- Who looked somebody up by number, and what came of it. The number is kept as a keyed hash only, the caller's words
-- are sealed: they may name somebody.
CREATE TABLE inquiry (
    inquiry_id uuid        PRIMARY KEY,
    asked_by   text        NOT NULL,
    asked_at   timestamptz NOT NULL,
    purpose    text        NOT NULL,
    reason     bytea,
    id_index   bytea       NOT NULL CONSTRAINT inquiry_index_is_sha256 CHECK (octet_length(id_index) = 32),
    found      uuid
);

-- How often somebody looked up by name and number on a civil day: answered, and refused as too often.
CREATE TABLE inquiry_count (
    asked_by  text   NOT NULL,
    civil_day date   NOT NULL,
    answered  bigint NOT NULL CONSTRAINT inquiry_count_answered_from_zero CHECK (answered >= 0),
    refused   bigint NOT NULL CONSTRAINT inquiry_count_refused_from_zero CHECK (refused >= 0),
    PRIMARY KEY (asked_by, civil_day)
) WITH (fillfactor = 80);
