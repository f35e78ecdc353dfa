-- 参保资格: how everybody stands whom identity's stream has told of. Ids and dates, and nothing that names a person.
CREATE TABLE person (
    person_id    uuid   NOT NULL,
    -- The event that told it.
    position     bigint NOT NULL,
    -- JSON: what identity said, and what was last made of it for bonds.
    stand        text   NOT NULL,
    situation    text   NOT NULL,
    deceased_day date,
    -- The civil day on which time alone may change the situation; null = never.
    review_day   date,

    CONSTRAINT person_pk PRIMARY KEY (person_id)
);

-- People whose day has come.
CREATE INDEX person_to_review ON person (review_day) WHERE review_day IS NOT NULL;

-- 亲属事实: what authorities stated about two persons. Nothing is ever taken away: a proof that does not hold is
-- revoked by a further fact.
CREATE TABLE family_fact (
    fact_id      uuid   NOT NULL,
    kind         text   NOT NULL,
    -- The parent or guardian; else either of the two.
    a            uuid   NOT NULL,
    -- The child or ward; else the other one.
    b            uuid   NOT NULL,
    on_day       date   NOT NULL,
    authority    text   NOT NULL,
    reference    text   NOT NULL,
    recorded_seq bigint NOT NULL,

    CONSTRAINT family_fact_pk PRIMARY KEY (fact_id),
    CONSTRAINT family_fact_one_per_record UNIQUE (recorded_seq),
    CONSTRAINT family_fact_is_about_two CHECK (a <> b),
    CONSTRAINT family_fact_kind_known
        CHECK (kind IN ('MARRIAGE', 'DIVORCE', 'PARENT_CHILD', 'GUARDIAN', 'PROOF_REVOKED')),
    CONSTRAINT family_fact_authority_named CHECK (authority <> '' AND reference <> '')
);

CREATE INDEX family_fact_of_a ON family_fact (a);
CREATE INDEX family_fact_of_b ON family_fact (b);

-- What is known of the people in those facts beside their standing.
CREATE TABLE relative (
    person_id uuid NOT NULL,
    born      date,
    sex       text,

    CONSTRAINT relative_pk PRIMARY KEY (person_id),
    CONSTRAINT relative_sex_known CHECK (sex IN ('MALE', 'FEMALE'))
);
