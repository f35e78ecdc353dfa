-- The table of the writer's tests; 666 is what a poisonous command would store.
CREATE TABLE tally (
    tally integer PRIMARY KEY,
    total bigint  NOT NULL CONSTRAINT tally_is_not_poison CHECK (total % 1000 <> 666)
);
