-- DuckDB holds 2,048 rows of a column in memory when it writes them out: a value must be small, or the store can be
-- neither written nor opened under its memory limit. What is longer than one value lies in several.
-- No DEFAULT in ALTER TABLE: DuckDB makes of it a change of a setting too, and settings are locked.
ALTER TABLE dead_letters ADD COLUMN size BIGINT;  -- bytes of the record; NULL of a tombstone and in rows of before

-- What follows the first 32 KiB of a record, which are dead_letters.raw. Rows of before have all of it there.
CREATE TABLE dead_letter_parts (
    record_id VARCHAR NOT NULL,
    part INTEGER NOT NULL,           -- from 1, without a gap
    raw BLOB NOT NULL                -- 32 KiB, the last one what is left
);
