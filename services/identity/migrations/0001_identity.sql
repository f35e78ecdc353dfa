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
    registered_at  timestamptz NOT NULL,
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
