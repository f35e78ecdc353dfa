-- What settlement knows of transfers, what pools owe each other, and which institutions may be paid. The
-- writer's tables (head, record, cursor ...) lie beside these. Amounts are whole fen.

-- One running process of this service. Its transfers are adopted by another one when it falls silent.
CREATE TABLE process (
    id           uuid        PRIMARY KEY,
    -- The name of the replica: a new process of the same name proves that the old one is gone.
    instance     text        NOT NULL,
    -- By the machine's clock, which nobody shifts.
    heartbeat_at timestamptz NOT NULL
) WITH (fillfactor = 50);

-- A transfer as it was accepted: everything that a later command contains. Never changed.
CREATE TABLE transfer (
    id              uuid        NOT NULL CONSTRAINT transfer_pk PRIMARY KEY,
    -- The record that accepted it; its facts are what the decision is judged from, now and for ever.
    sequence        bigint      NOT NULL CONSTRAINT transfer_sequence_is_positive CHECK (sequence > 0),
    programme       text        NOT NULL,
    source          text        NOT NULL,
    bond            uuid        NOT NULL,
    sharer          uuid        NOT NULL,
    beneficiary     uuid        NOT NULL,
    -- The debtor pool of what is spent, and the pool in which the beneficiary's wallet is kept.
    sharer_pool     integer     NOT NULL,
    place_of_use    integer     NOT NULL,
    amount          bigint      NOT NULL CONSTRAINT transfer_amount_is_positive CHECK (amount > 0),
    -- Money limits that the sharer's book enforces; null where no rule states one.
    min_left        bigint      CONSTRAINT transfer_min_left_not_negative CHECK (min_left >= 0),
    year_total      bigint      CONSTRAINT transfer_year_total_not_negative CHECK (year_total >= 0),
    civil_day       date        NOT NULL,
    -- The sharer's step-up assertion, shown to the book.
    assertion       text        NOT NULL,
    -- W3C traceparent of the call that created it: every later step belongs to the same trace.
    trace           text,
    accepted_at     timestamptz NOT NULL,
    claim_until     timestamptz NOT NULL,
    return_by       timestamptz NOT NULL,
    CONSTRAINT transfer_times_in_order CHECK (claim_until <= return_by)
);
CREATE INDEX transfer_by_sharer ON transfer (sharer, accepted_at);
CREATE INDEX transfer_by_beneficiary ON transfer (beneficiary, accepted_at);
CREATE INDEX transfer_by_bond ON transfer (bond);

-- Where a transfer stands: apart from it, so that a step touches none of its indexes. Each change of `state`
-- raises `version` by one.
CREATE TABLE progress (
    transfer        uuid        NOT NULL CONSTRAINT progress_pk PRIMARY KEY,
    -- The version of the saga under which it lives; a process that does not know it leaves the row alone.
    definition      smallint    NOT NULL,
    version         bigint      NOT NULL CONSTRAINT progress_version_is_positive CHECK (version > 0),
    -- The process that drives it while something is due.
    owner           uuid        NOT NULL,
    state_name      text        NOT NULL CONSTRAINT progress_state_is_known CHECK (state_name IN (
        'ACCEPTED', 'EARMARKED', 'PENDING_CLAIM', 'CLAIMING', 'CLAIMED', 'CLOSING', 'RELEASING', 'RETURNED',
        'REFUSED', 'PARKED')),
    -- The saga's state, JSON.
    state           text        NOT NULL,
    -- Whether a book must be sent something, and when the claim ends, where that matters to the state.
    due             boolean     NOT NULL,
    timer_at        timestamptz,
    -- The beneficiary's step-up assertion of the claim under way.
    claim_assertion text        NOT NULL,
    claimed_at      timestamptz,
    ended_at        timestamptz,
    parked_at       timestamptz,
    park_step       text,
    park_error      text,
    CONSTRAINT progress_park_is_whole CHECK ((parked_at IS NULL) = (park_error IS NULL))
) WITH (fillfactor = 60);
CREATE INDEX progress_due ON progress (owner, transfer) WHERE due;
CREATE INDEX progress_timer ON progress (timer_at) WHERE timer_at IS NOT NULL;
CREATE INDEX progress_parked ON progress (parked_at) WHERE parked_at IS NOT NULL;

-- What the beneficiary's book last said about a lot, and how far the sharer's book was told. Absolute figures:
-- the newest replaces all older ones. An open lot from which nothing was ever spent needs no row: its transfer says
-- that it is claimed.
CREATE TABLE lot (
    transfer_id     uuid        NOT NULL,
    hop             smallint    NOT NULL CONSTRAINT lot_hop_not_negative CHECK (hop >= 0),
    at_sequence     bigint      NOT NULL,
    consumed        bigint      NOT NULL CONSTRAINT lot_consumed_not_negative CHECK (consumed >= 0),
    state           text        NOT NULL CONSTRAINT lot_state_is_known CHECK (state IN ('OPEN', 'CLOSED', 'MOVED')),
    -- The report that the sharer's book acknowledged; 0 before the first.
    drawn_sequence  bigint      NOT NULL CONSTRAINT lot_drawn_is_a_report CHECK (drawn_sequence >= 0),
    drawn_consumed  bigint      NOT NULL CONSTRAINT lot_drawn_not_negative CHECK (drawn_consumed >= 0),
    version         bigint      NOT NULL CONSTRAINT lot_version_is_positive CHECK (version > 0),
    owner           uuid        NOT NULL,
    due             boolean     NOT NULL,
    -- Set when the sharer's book cannot accept what is true: a person must look.
    stuck_at        timestamptz,
    stuck_error     text,
    CONSTRAINT lot_pk PRIMARY KEY (transfer_id, hop),
    CONSTRAINT lot_stuck_is_whole CHECK ((stuck_at IS NULL) = (stuck_error IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX lot_due ON lot (owner, transfer_id) WHERE due;
CREATE INDEX lot_stuck ON lot (stuck_at) WHERE stuck_at IS NOT NULL;

-- A person's wish to claim, so that a repeat hears what became of it.
CREATE TABLE claim (
    request     uuid NOT NULL CONSTRAINT claim_pk PRIMARY KEY,
    transfer_id uuid NOT NULL,
    -- The book's refusal, JSON; null while undecided and when it was granted.
    refusal     text
);

-- How many transfers of a sharer count on a civil day of acceptance (R-078).
CREATE TABLE day_slot (
    sharer    uuid    NOT NULL,
    civil_day date    NOT NULL,
    n         integer NOT NULL CONSTRAINT day_slot_not_negative CHECK (n >= 0),
    -- The limit that held when the last slot was taken.
    day_limit integer NOT NULL,
    CONSTRAINT day_slot_pk PRIMARY KEY (sharer, civil_day),
    CONSTRAINT day_slot_within_limit CHECK (n <= day_limit)
) WITH (fillfactor = 70);

-- The one transfer of a pair that is neither claimed nor back (R-103).
CREATE TABLE open_pair (
    sharer      uuid NOT NULL,
    beneficiary uuid NOT NULL,
    transfer_id uuid NOT NULL,
    CONSTRAINT open_pair_pk PRIMARY KEY (sharer, beneficiary)
) WITH (fillfactor = 70);

-- Bonds as kinship-registry's stream told them: who stands on which side. Whether one is active is asked there.
CREATE TABLE bond (
    id          uuid   NOT NULL CONSTRAINT bond_pk PRIMARY KEY,
    sharer      uuid   NOT NULL,
    beneficiary uuid   NOT NULL,
    revision    bigint NOT NULL
);

-- Bonds and persons that have ended: facts fetched before cannot bring them back.
CREATE TABLE tombstone (
    kind     text        NOT NULL CONSTRAINT tombstone_kind_is_known CHECK (kind IN ('BOND', 'PERSON')),
    id       uuid        NOT NULL,
    -- Position in the stream that told of the end.
    position bigint      NOT NULL,
    at       timestamptz NOT NULL,
    cause    text        NOT NULL,
    CONSTRAINT tombstone_pk PRIMARY KEY (kind, id)
);

-- Months in which obligations are counted. One is open at a time.
CREATE TABLE period (
    id         text        NOT NULL CONSTRAINT period_pk PRIMARY KEY,
    state      text        NOT NULL CONSTRAINT period_state_is_known CHECK (state IN (
        'OPEN', 'CUT_OFF', 'CLEARED', 'NOTICES_ISSUED', 'CONFIRMED', 'FUNDED', 'PAID', 'CLOSED')),
    opened_at  timestamptz NOT NULL,
    cut_off_at timestamptz
);
CREATE UNIQUE INDEX period_one_is_open ON period ((true)) WHERE state = 'OPEN';

-- One leg that one pool owes another. Never changed: a refund is another one, with a negative amount.
CREATE TABLE obligation (
    period    text     NOT NULL,
    book      text     NOT NULL,
    sequence  bigint   NOT NULL CONSTRAINT obligation_sequence_is_positive CHECK (sequence > 0),
    leg_no    smallint NOT NULL,
    -- P payment, R refund, V reversal; with the book, the id and leg_no it names the leg.
    kind      text     NOT NULL CONSTRAINT obligation_kind_is_known CHECK (kind IN ('P', 'R', 'V')),
    source    uuid     NOT NULL,
    debtor    integer  NOT NULL,
    creditor  integer  NOT NULL,
    amount    bigint   NOT NULL,
    category  text     NOT NULL,
    civil_day date     NOT NULL,
    -- A leg is owed once, in whichever period. The source decides the partition, so that two rows of one leg meet
    -- in the same one and this holds over all of them.
    CONSTRAINT obligation_leg_is_owed_once PRIMARY KEY (source, book, kind, leg_no),
    CONSTRAINT obligation_pools_differ CHECK (debtor <> creditor),
    CONSTRAINT obligation_sign_fits CHECK ((kind = 'P') = (amount > 0) AND amount <> 0)
) PARTITION BY RANGE (source);
-- A version-7 id begins with its time, so a range of ids is a span of time and ages as one.
CREATE TABLE obligation_default PARTITION OF obligation DEFAULT;
CREATE INDEX obligation_by_record ON obligation (period, book, sequence, leg_no);

-- What pools owe each other in a period: the only stored sum, every level follows from it.
CREATE TABLE position (
    period    text    NOT NULL,
    debtor    integer NOT NULL,
    creditor  integer NOT NULL,
    gross     bigint  NOT NULL CONSTRAINT position_gross_not_negative CHECK (gross >= 0),
    refunded  bigint  NOT NULL CONSTRAINT position_refunded_not_negative CHECK (refunded >= 0),
    leg_count bigint  NOT NULL CONSTRAINT position_has_legs CHECK (leg_count > 0),
    CONSTRAINT position_pk PRIMARY KEY (period, debtor, creditor),
    CONSTRAINT position_pools_differ CHECK (debtor <> creditor)
) WITH (fillfactor = 50);

-- The directory of designated institutions.
CREATE TABLE institution (
    code                      text    NOT NULL CONSTRAINT institution_pk PRIMARY KEY,
    name                      text    NOT NULL,
    pool                      integer NOT NULL,
    uscc                      text,
    wallet_supported          boolean NOT NULL,
    remote_outpatient         boolean NOT NULL,
    remote_special_outpatient boolean NOT NULL,
    internet_hospital         boolean NOT NULL,
    designated_from           date    NOT NULL,
    designated_to             date,
    suspended                 boolean NOT NULL,
    revision                  bigint  NOT NULL CONSTRAINT institution_revision_is_positive CHECK (revision > 0),
    CONSTRAINT institution_days_in_order CHECK (designated_to IS NULL OR designated_to >= designated_from)
);
CREATE INDEX institution_by_pool ON institution (pool, code);
