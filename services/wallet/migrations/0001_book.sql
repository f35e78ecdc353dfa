-- The book of one province: its accounts, what they belong to, and every posting between them. Written by the
-- batch writer only, which keeps its own tables (head, batch, record, request ...) beside these.
-- Amounts are fen. Places are the numbers record * 256 + ordinal. Pools and provinces are their codes.
-- Texts that are keys compare by their bytes, whatever the database's language is.

-- What shares one history and one running balance: a person's account in a pool, a person's wallet, or an
-- account that stands alone.
CREATE TABLE folio (
    no       bigint NOT NULL,
    key      text   COLLATE "C" NOT NULL,
    balance  bigint NOT NULL,
    -- Its last posting, the civil day of that, and its last posting of an earlier day.
    last     bigint NOT NULL,
    last_day date   NOT NULL,
    earlier  bigint,
    CONSTRAINT folio_pk PRIMARY KEY (no),
    CONSTRAINT folio_key_is_unique UNIQUE (key),
    CONSTRAINT folio_earlier_is_earlier CHECK (earlier < last)
) WITH (fillfactor = 50);

-- Balance = credits - debits. The key tells what it is; a wallet holds quota and never money.
CREATE TABLE account (
    no      bigint NOT NULL,
    key     text   COLLATE "C" NOT NULL,
    kind    text   NOT NULL GENERATED ALWAYS AS (split_part(key, '/', 1)) STORED,
    ledger  text   NOT NULL,
    folio   bigint NOT NULL,
    balance bigint NOT NULL,
    CONSTRAINT account_pk PRIMARY KEY (no),
    CONSTRAINT account_key_is_unique UNIQUE (key),
    CONSTRAINT account_kind_is_known CHECK (kind IN ('fund', 'pa.prior', 'pa.current', 'earmark', 'payable',
        'receivable', 'institution', 'suspense', 'quota', 'lot')),
    CONSTRAINT account_lots_are_quota CHECK (ledger = CASE WHEN kind IN ('quota', 'lot') THEN 'QUOTA' ELSE 'MONEY' END),
    CONSTRAINT account_personal_not_negative CHECK (kind NOT IN ('pa.prior', 'pa.current') OR balance >= 0),
    CONSTRAINT account_earmark_not_negative CHECK (kind <> 'earmark' OR balance >= 0),
    CONSTRAINT account_lot_not_negative CHECK (kind <> 'lot' OR balance >= 0),
    CONSTRAINT account_quota_not_positive CHECK (kind <> 'quota' OR balance <= 0)
) WITH (fillfactor = 50);

-- One row per posting; it cannot be unbalanced. Each side keeps the account's and the folio's balance after it
-- and the folio's posting before it, so a history is walked without an index of its own.
CREATE TABLE posting (
    seq                   bigint   NOT NULL,
    n                     smallint NOT NULL,
    ledger                text     NOT NULL,
    day                   date     NOT NULL,
    amount                bigint   NOT NULL,
    debit_account         bigint   NOT NULL,
    debit_balance         bigint   NOT NULL,
    debit_folio           bigint   NOT NULL,
    debit_folio_balance   bigint   NOT NULL,
    debit_previous        bigint,
    debit_previous_day    bigint,
    credit_account        bigint   NOT NULL,
    credit_balance        bigint   NOT NULL,
    credit_folio          bigint   NOT NULL,
    credit_folio_balance  bigint   NOT NULL,
    credit_previous       bigint,
    credit_previous_day   bigint,
    CONSTRAINT posting_pk PRIMARY KEY (seq, n),
    CONSTRAINT posting_n_fits_a_place CHECK (n BETWEEN 0 AND 255),
    CONSTRAINT posting_ledger_is_known CHECK (ledger IN ('MONEY', 'QUOTA')),
    CONSTRAINT posting_moves_something CHECK (amount > 0),
    CONSTRAINT posting_has_two_sides CHECK (debit_account <> credit_account)
) PARTITION BY RANGE (seq);

-- A person's account in one pool; its two pots and its earmarks are accounts of its folio.
CREATE TABLE personal (
    person         uuid    NOT NULL,
    pool           integer NOT NULL,
    -- The civil year of the current pot; it rolls with the first posting of a new year.
    year           integer NOT NULL,
    year_start     bigint  NOT NULL,
    shared_in_year bigint  NOT NULL,
    CONSTRAINT personal_pk PRIMARY KEY (person, pool),
    CONSTRAINT personal_year_start_not_negative CHECK (year_start >= 0),
    CONSTRAINT personal_shared_not_negative CHECK (shared_in_year >= 0)
) WITH (fillfactor = 50);

-- One per person; that no other book has one is identity's to ensure.
CREATE TABLE wallet (
    wallet        uuid    NOT NULL,
    person        uuid    NOT NULL,
    place_of_use  integer NOT NULL,
    state         text    NOT NULL,
    auto_claim    boolean NOT NULL,
    mobile_masked text    NOT NULL,
    opened_by     uuid,
    terms_version text    NOT NULL,
    opened_seq    bigint  NOT NULL,
    revision      bigint  NOT NULL,
    content       bytea   NOT NULL,
    CONSTRAINT wallet_pk PRIMARY KEY (wallet),
    CONSTRAINT wallet_one_per_person UNIQUE (person),
    CONSTRAINT wallet_state_is_known CHECK (state IN ('ACTIVE', 'FROZEN')),
    CONSTRAINT wallet_mobile_is_masked CHECK (mobile_masked ~ '^[0-9]{3}\*{4}[0-9]{4}$'),
    CONSTRAINT wallet_revision_from_one CHECK (revision >= 1),
    CONSTRAINT wallet_content_is_sha256 CHECK (octet_length(content) = 32)
) WITH (fillfactor = 80);

-- What a transfer has set aside here, refused and undone ones included: the row is what makes a repeat harmless.
CREATE TABLE earmark (
    transfer     uuid    NOT NULL,
    state        text    NOT NULL,
    sharer       uuid,
    pool         integer,
    beneficiary  uuid,
    bond         uuid,
    amount       bigint,
    from_prior   bigint  NOT NULL,
    from_current bigint  NOT NULL,
    year         integer NOT NULL,
    returned     bigint  NOT NULL,
    content      bytea   NOT NULL,
    refusal      text,
    seq          bigint  NOT NULL,
    CONSTRAINT earmark_pk PRIMARY KEY (transfer),
    CONSTRAINT earmark_state_is_known CHECK (state IN ('OPEN', 'CLOSED', 'REFUSED', 'UNDONE')),
    CONSTRAINT earmark_terms_whole CHECK (num_nulls(sharer, pool, beneficiary, bond, amount) = CASE state WHEN 'UNDONE' THEN 5 ELSE 0 END),
    CONSTRAINT earmark_parts_not_negative CHECK (from_prior >= 0 AND from_current >= 0),
    CONSTRAINT earmark_parts_make_amount CHECK (state NOT IN ('OPEN', 'CLOSED') OR from_prior + from_current = amount),
    CONSTRAINT earmark_returned_in_range CHECK (returned BETWEEN 0 AND from_prior + from_current),
    CONSTRAINT earmark_refusal_kept CHECK ((refusal IS NULL) = (state <> 'REFUSED')),
    CONSTRAINT earmark_content_is_sha256 CHECK (octet_length(content) = 32)
) WITH (fillfactor = 80);

-- What is known here of each lot of a transfer, as of record at_seq of the book that keeps the lot.
CREATE TABLE hop (
    transfer uuid     NOT NULL,
    hop      integer  NOT NULL,
    province smallint NOT NULL,
    granted  bigint   NOT NULL,
    consumed bigint   NOT NULL,
    at_seq   bigint   NOT NULL,
    state    text     NOT NULL,
    CONSTRAINT hop_pk PRIMARY KEY (transfer, hop),
    CONSTRAINT hop_state_is_known CHECK (state IN ('OPEN', 'CLOSED', 'MOVED')),
    CONSTRAINT hop_consumed_in_range CHECK (consumed BETWEEN 0 AND granted)
) WITH (fillfactor = 70);

-- 共济额度: what one transfer brought into a wallet here, refused and undone ones included.
CREATE TABLE lot (
    transfer    uuid    NOT NULL,
    hop         integer NOT NULL,
    state       text    NOT NULL,
    beneficiary uuid,
    sharer      uuid,
    bond        uuid,
    origin      integer,
    granted     bigint  NOT NULL,
    consumed    bigint  NOT NULL,
    granted_seq bigint  NOT NULL,
    opened_seq  bigint,
    at_seq      bigint  NOT NULL,
    closed_by   text,
    content     bytea   NOT NULL,
    refusal     text,
    -- A column of its own, so that spending part of a lot touches no index.
    spendable   boolean NOT NULL GENERATED ALWAYS AS (state IN ('PENDING', 'OPEN') AND consumed < granted) STORED,
    CONSTRAINT lot_pk PRIMARY KEY (transfer, hop),
    CONSTRAINT lot_state_is_known CHECK (state IN ('PENDING', 'OPEN', 'CLOSED', 'MOVED', 'REFUSED', 'UNDONE')),
    CONSTRAINT lot_terms_whole CHECK (num_nulls(beneficiary, sharer, bond, origin) = CASE state WHEN 'UNDONE' THEN 4 ELSE 0 END),
    CONSTRAINT lot_consumed_in_range CHECK (consumed BETWEEN 0 AND granted),
    CONSTRAINT lot_pending_is_unspent CHECK (state <> 'PENDING' OR consumed = 0),
    CONSTRAINT lot_open_was_opened CHECK (state <> 'OPEN' OR opened_seq IS NOT NULL),
    CONSTRAINT lot_closed_by_is_known CHECK (closed_by IN ('RETURN', 'DECLINE', 'REVOKE')),
    CONSTRAINT lot_refusal_kept CHECK ((refusal IS NULL) = (state <> 'REFUSED')),
    CONSTRAINT lot_content_is_sha256 CHECK (octet_length(content) = 32)
) WITH (fillfactor = 70);
CREATE INDEX lot_spendable ON lot (beneficiary) WHERE spendable;
CREATE INDEX lot_of_beneficiary ON lot (beneficiary, granted_seq);

-- 结算, and payments that were reversed before they came. What else the institution sent stands in the record.
CREATE TABLE payment (
    payment          uuid    NOT NULL,
    state            text    NOT NULL,
    institution      text    COLLATE "C" NOT NULL,
    serial           text    COLLATE "C" NOT NULL,
    patient          uuid,
    institution_pool integer,
    category         text,
    total            bigint,
    fund             bigint,
    institution_part bigint,
    personal         bigint,
    eligible         bigint,
    refunded         bigint  NOT NULL,
    day              date    NOT NULL,
    seq              bigint  NOT NULL,
    content          bytea   NOT NULL,
    -- An institution's serial names one payment that stands: a bill sent again under a new id is not charged twice.
    -- A column of its own, so that no other index can be taken for a look-up.
    standing_serial  text    COLLATE "C" GENERATED ALWAYS AS (
        CASE WHEN state NOT IN ('REVERSED', 'UNDONE') THEN institution || '/' || serial END) STORED,
    CONSTRAINT payment_serial_once UNIQUE (standing_serial),
    CONSTRAINT payment_pk PRIMARY KEY (payment),
    CONSTRAINT payment_state_is_known CHECK (state IN ('PAID', 'PARTLY_REFUNDED', 'REFUNDED', 'REVERSED', 'UNDONE')),
    CONSTRAINT payment_terms_whole CHECK (num_nulls(patient, institution_pool, category, total, fund, institution_part,
        personal, eligible) = CASE state WHEN 'UNDONE' THEN 8 ELSE 0 END),
    CONSTRAINT payment_adds_up CHECK (total = fund + institution_part + personal),
    CONSTRAINT payment_eligible_in_range CHECK (eligible BETWEEN 0 AND personal),
    CONSTRAINT payment_refunded_in_range CHECK (refunded BETWEEN 0 AND coalesce(personal, 0)),
    CONSTRAINT payment_content_is_sha256 CHECK (octet_length(content) = 32)
) WITH (fillfactor = 80);
CREATE INDEX payment_of_patient ON payment (patient, seq);
CREATE INDEX payment_of_institution ON payment (institution, seq);

-- 支付明细: one source of a payment, numbered from 1 in funding order.
CREATE TABLE leg (
    payment      uuid     NOT NULL,
    leg          smallint NOT NULL,
    kind         text     NOT NULL,
    owner        uuid     NOT NULL,
    amount       bigint   NOT NULL,
    refunded     bigint   NOT NULL,
    year         integer  NOT NULL,
    debtor       integer,
    creditor     integer  NOT NULL,
    transfer     uuid,
    hop          integer,
    bond         uuid,
    lot_consumed bigint,
    CONSTRAINT leg_pk PRIMARY KEY (payment, leg),
    CONSTRAINT leg_kind_is_known CHECK (kind IN ('OWN_PRIOR_YEAR', 'OWN_CURRENT_YEAR', 'LOT', 'CASH')),
    CONSTRAINT leg_amount_positive CHECK (amount > 0),
    CONSTRAINT leg_refunded_in_range CHECK (refunded BETWEEN 0 AND amount),
    CONSTRAINT leg_cash_owes_nobody CHECK ((debtor IS NULL) = (kind = 'CASH')),
    CONSTRAINT leg_lot_is_named CHECK (num_nulls(transfer, hop, bond, lot_consumed) = CASE kind WHEN 'LOT' THEN 0 ELSE 4 END)
) WITH (fillfactor = 80);
CREATE INDEX leg_of_sharer ON leg (owner) WHERE kind = 'LOT';

-- 退费 and 冲正; of a reversal the id is the institution's request.
CREATE TABLE refund (
    refund  uuid   NOT NULL,
    payment uuid   NOT NULL,
    kind    text   NOT NULL,
    amount  bigint NOT NULL,
    day     date   NOT NULL,
    seq     bigint NOT NULL,
    content bytea  NOT NULL,
    CONSTRAINT refund_pk PRIMARY KEY (refund),
    CONSTRAINT refund_kind_is_known CHECK (kind IN ('GOODS_RETURNED', 'SETTLEMENT_CANCELLED', 'MANUAL_REIMBURSEMENT', 'REVERSAL')),
    CONSTRAINT refund_amount_not_negative CHECK (amount >= 0),
    CONSTRAINT refund_content_is_sha256 CHECK (octet_length(content) = 32)
);
CREATE INDEX refund_of_payment ON refund (payment);

-- What a refund took back of one leg; never changed.
CREATE TABLE refund_leg (
    refund       uuid     NOT NULL,
    leg          smallint NOT NULL,
    payment      uuid     NOT NULL,
    amount       bigint   NOT NULL,
    lot_consumed bigint,
    lot_state    text,
    CONSTRAINT refund_leg_pk PRIMARY KEY (refund, leg),
    CONSTRAINT refund_leg_amount_positive CHECK (amount > 0),
    CONSTRAINT refund_leg_lot_whole CHECK ((lot_consumed IS NULL) = (lot_state IS NULL))
);

-- What identity has told: who is known, alive, enrolled where, suspended, treated elsewhere with which filing, and where
-- the wallet is kept. Nothing that names the person. Read as a whole, by the person.
CREATE TABLE known_person (
    person uuid NOT NULL,
    -- JSON of the service's KnownPerson; what is empty is left out.
    facts  text NOT NULL,
    CONSTRAINT known_person_pk PRIMARY KEY (person)
) WITH (fillfactor = 80);

-- What settlement has told: which institutions may be paid.
CREATE TABLE known_institution (
    code             text    COLLATE "C" NOT NULL,
    pool             integer NOT NULL,
    wallet_supported boolean NOT NULL,
    designated_from  date    NOT NULL,
    designated_to    date,
    suspended        boolean NOT NULL,
    -- 支持异地门诊慢特病.
    special_outpatient boolean NOT NULL,
    CONSTRAINT known_institution_pk PRIMARY KEY (code)
) WITH (fillfactor = 80);

-- Who froze a wallet: whoever did may not thaw it alone.
CREATE TABLE freezing (
    wallet uuid   NOT NULL,
    by     text   NOT NULL,
    seq    bigint NOT NULL,
    CONSTRAINT freezing_pk PRIMARY KEY (wallet)
);
