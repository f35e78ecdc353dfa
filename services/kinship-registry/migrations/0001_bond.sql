-- 共济关系: every bond that was ever proposed with success; a proposal that was refused is a record only.
-- Persons are known by their id and by nothing else.
CREATE TABLE bond (
    bond_id            uuid        NOT NULL,
    programme          text        NOT NULL,
    sharer             uuid        NOT NULL,
    beneficiary        uuid        NOT NULL,
    -- What the beneficiary is to the sharer.
    relation           text        NOT NULL,
    state              text        NOT NULL,
    -- Sides and reasons, such as SHARER:SANCTION, with commas between them; empty unless suspended.
    suspended_by       text        NOT NULL,
    -- 共享额度 in fen; null = all.
    sharing_amount     bigint,
    channel            text        NOT NULL,
    -- The operator who served at the counter.
    operator           text,
    -- 登记表 that both signed at the counter.
    form               text,
    -- 监护人 who consented for a minor.
    guardian           uuid,
    commitment_version text        NOT NULL,
    commitment_sha256  bytea       NOT NULL,
    commitment_at      timestamptz NOT NULL,
    consent_version    text,
    consent_sha256     bytea,
    consent_at         timestamptz,
    -- JSON list of {"kind", "reference"}: references to documents, never documents.
    evidence           text        NOT NULL,
    created_at         timestamptz NOT NULL,
    answer_until       timestamptz NOT NULL,
    active_at          timestamptz,
    ended_at           timestamptz,
    dissolve_reason    text,
    revision           bigint      NOT NULL,
    -- The record that made it, and the one that changed it last.
    proposed_seq       bigint      NOT NULL,
    changed_seq        bigint      NOT NULL,
    -- 核验决定 of the latest step as it was written, and the id of the operation that it judged.
    decision           text        NOT NULL,
    judged_id          uuid        NOT NULL,
    -- Positions of identity's stream up to which the facts about the two were judged.
    sharer_seen        bigint      NOT NULL,
    beneficiary_seen   bigint      NOT NULL,

    CONSTRAINT bond_pk PRIMARY KEY (bond_id),
    CONSTRAINT bond_one_per_record UNIQUE (proposed_seq),
    CONSTRAINT bond_joins_two_persons CHECK (sharer <> beneficiary),
    CONSTRAINT bond_programme_known
        CHECK (programme IN ('LOCAL_REALTIME', 'LOCAL_ALLOCATION', 'WALLET', 'PREMIUM')),
    -- Relatives by marriage and other relatives are refused by name and never stored (R-042).
    CONSTRAINT bond_relation_is_near CHECK (relation IN (
        'SPOUSE', 'PARENT', 'CHILD', 'SIBLING', 'PATERNAL_GRANDPARENT', 'MATERNAL_GRANDPARENT', 'CHILD_OF_SON',
        'CHILD_OF_DAUGHTER')),
    CONSTRAINT bond_state_known CHECK (state IN (
        'PENDING_CONSENT', 'ACTIVE', 'SUSPENDED', 'DISSOLVED', 'REJECTED', 'EXPIRED', 'WITHDRAWN')),
    CONSTRAINT bond_suspended_for_a_reason CHECK ((state = 'SUSPENDED') = (suspended_by <> '')),
    CONSTRAINT bond_active_since_when CHECK (state NOT IN ('ACTIVE', 'SUSPENDED') OR active_at IS NOT NULL),
    CONSTRAINT bond_ended_since_when
        CHECK ((state IN ('DISSOLVED', 'REJECTED', 'EXPIRED', 'WITHDRAWN')) = (ended_at IS NOT NULL)),
    CONSTRAINT bond_dissolved_for_a_reason CHECK ((state = 'DISSOLVED') = (dissolve_reason IS NOT NULL)),
    CONSTRAINT bond_sharing_amount_positive CHECK (sharing_amount > 0),
    CONSTRAINT bond_commitment_is_sha256 CHECK (octet_length(commitment_sha256) = 32),
    CONSTRAINT bond_consent_is_whole CHECK (
        (consent_version IS NULL) = (consent_sha256 IS NULL) AND (consent_version IS NULL) = (consent_at IS NULL)),
    CONSTRAINT bond_consent_is_sha256 CHECK (octet_length(consent_sha256) = 32),
    CONSTRAINT bond_revision_positive CHECK (revision > 0),
    CONSTRAINT bond_changed_after_proposed CHECK (changed_seq >= proposed_seq)
);

-- One bond that has not ended per programme and ordered pair.
CREATE UNIQUE INDEX bond_one_open_per_pair ON bond (programme, sharer, beneficiary)
    WHERE state IN ('PENDING_CONSENT', 'ACTIVE', 'SUSPENDED');

-- A person's bonds, newest first.
CREATE INDEX bond_of_sharer ON bond (sharer, proposed_seq DESC);
CREATE INDEX bond_of_beneficiary ON bond (beneficiary, proposed_seq DESC);

-- Invitations by the time until which they may be answered.
CREATE INDEX bond_invitations ON bond (answer_until) WHERE state = 'PENDING_CONSENT';
