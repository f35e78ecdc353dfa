-- The tables of the batch writer, the same in every database. A service adds its own beside them and never
-- changes these.

-- Where the book stands: one row, locked by the first statement of each batch.
CREATE TABLE head (
    one   boolean     PRIMARY KEY DEFAULT true CONSTRAINT head_is_one_row CHECK (one),
    seq   bigint      NOT NULL CONSTRAINT head_seq_not_negative CHECK (seq >= 0),
    hash  bytea       NOT NULL CONSTRAINT head_hash_is_sha256 CHECK (octet_length(hash) = 32),
    -- Book time: the time of the last batch; it never runs backwards.
    at    timestamptz NOT NULL,
    -- The microsecond in which the database was made, so that a follower notices one that was made anew.
    epoch bigint      NOT NULL CONSTRAINT head_epoch_is_positive CHECK (epoch > 0)
) WITH (fillfactor = 50);
INSERT INTO head (seq, hash, at, epoch)
VALUES (0, decode(repeat('00', 32), 'hex'), '1970-01-01T00:00:00Z', floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint);

-- One row per batch that recorded something: the links of the chain. A follower's cursor is (last_seq, hash).
CREATE TABLE batch (
    last_seq  bigint      PRIMARY KEY,
    first_seq bigint      NOT NULL CONSTRAINT batch_is_not_empty CHECK (first_seq <= last_seq),
    -- Merkle root over the batch's records, and the chain hash that follows from it and the hash before.
    root      bytea       NOT NULL CONSTRAINT batch_root_is_sha256 CHECK (octet_length(root) = 32),
    hash      bytea       NOT NULL CONSTRAINT batch_hash_is_sha256 CHECK (octet_length(hash) = 32),
    at        timestamptz NOT NULL
);

-- Every command that was decided, refusals included, with its outcome. Numbered without gaps, never changed.
CREATE TABLE record (
    seq     bigint      NOT NULL,
    label   text        NOT NULL,
    -- The client's id and the hash of what it asked; null where rows of the service are the barrier.
    id      uuid,
    content bytea       CONSTRAINT record_content_is_sha256 CHECK (octet_length(content) = 32),
    -- JSON {"command", "outcome"}, as it was hashed.
    body    text        NOT NULL,
    at      timestamptz NOT NULL,
    CONSTRAINT record_pk PRIMARY KEY (seq),
    CONSTRAINT record_id_has_content CHECK ((id IS NULL) = (content IS NULL))
) PARTITION BY RANGE (seq);

-- Which id was decided where; the content stands in the record. The bucket is the month inside a version-7 id
-- (year * 12 + month), or 0.
CREATE TABLE request (
    bucket  integer NOT NULL,
    id      uuid    NOT NULL,
    seq     bigint  NOT NULL,
    CONSTRAINT request_pk PRIMARY KEY (bucket, id)
) PARTITION BY RANGE (bucket);
CREATE TABLE request_default PARTITION OF request DEFAULT;

-- Commands that no batch could store; a person looks at each.
CREATE TABLE quarantine (
    number bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL,
    label  text        NOT NULL,
    body   text        NOT NULL,
    error  text        NOT NULL
);

-- How far this database has followed others: (sequence, hash), advanced by compare-and-set in the
-- transaction that stores what was read.
CREATE TABLE cursor (
    feed text        PRIMARY KEY,
    seq  bigint      NOT NULL CONSTRAINT cursor_seq_not_negative CHECK (seq >= 0),
    hash bytea       NOT NULL CONSTRAINT cursor_hash_is_sha256 CHECK (octet_length(hash) = 32)
) WITH (fillfactor = 50);

-- Items of a feed that could not be read: kept with their bytes, never blocking what follows.
CREATE TABLE unreadable (
    feed  text        NOT NULL,
    seq   bigint      NOT NULL,
    at    timestamptz NOT NULL,
    bytes bytea       NOT NULL,
    error text        NOT NULL,
    CONSTRAINT unreadable_pk PRIMARY KEY (feed, seq)
);

-- A writer found here less than it had answered: the database was restored to an earlier state. While a row
-- stands here no writer starts; a person compares with the followers, repairs, and deletes it.
CREATE TABLE stopped (
    at       timestamptz NOT NULL,
    expected bigint      NOT NULL,
    found    bigint      NOT NULL
);
