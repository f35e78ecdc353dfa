-- 身份核验: what was begun, until its time is over; agreements themselves stand in the chain of records.
CREATE TABLE verification (
    verification_id uuid        PRIMARY KEY,
    content         bytea       NOT NULL CONSTRAINT verification_content_is_sha256 CHECK (octet_length(content) = 32),
    person_id       uuid        NOT NULL CONSTRAINT verification_of_person REFERENCES person,
    -- Role and scope of whoever began.
    party           text        NOT NULL,
    kind            text        NOT NULL,
    digest          text        NOT NULL CONSTRAINT verification_digest_is_sha256 CHECK (digest ~ '^[0-9a-f]{64}$'),
    method          text        NOT NULL CONSTRAINT verification_method_known
                                CHECK (method IN ('FACE', 'PASSWORD', 'COUNTER')),
    nonce           bytea       NOT NULL CONSTRAINT verification_nonce_is_whole CHECK (octet_length(nonce) = 16),
    open_until      timestamptz NOT NULL,
    done_at         timestamptz
) WITH (fillfactor = 80);
CREATE INDEX verification_by_end ON verification (open_until);

-- Wrong proofs, of a person and of a caller, by method; decided in code, counted here.
CREATE TABLE tries (
    -- person:<id>, or role and scope of a caller.
    subject      text        NOT NULL,
    method       text        NOT NULL CONSTRAINT tries_method_known
                             CHECK (method IN ('FACE', 'PASSWORD', 'COUNTER')),
    failed       bigint      NOT NULL CONSTRAINT tries_failed_from_zero CHECK (failed >= 0),
    first_at     timestamptz,
    locks        bigint      NOT NULL CONSTRAINT tries_locks_from_zero CHECK (locks >= 0),
    locked_until timestamptz,
    CONSTRAINT tries_key PRIMARY KEY (subject, method)
) WITH (fillfactor = 80);

-- 医保码密码: argon2id with a salt of its own and a pepper that is not in this database.
CREATE TABLE password (
    person_id  uuid        PRIMARY KEY CONSTRAINT password_of_person REFERENCES person,
    revision   bigint      NOT NULL CONSTRAINT password_revision_from_one CHECK (revision >= 1),
    memory_kib bigint      NOT NULL,
    passes     bigint      NOT NULL,
    lanes      bigint      NOT NULL,
    salt       bytea       NOT NULL CONSTRAINT password_salt_is_whole CHECK (octet_length(salt) = 16),
    hash       bytea       NOT NULL CONSTRAINT password_hash_is_whole CHECK (octet_length(hash) = 32),
    set_at     timestamptz NOT NULL
);
