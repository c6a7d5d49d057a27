-- Marks of texts that were cut or that repeat others, the broker's own ids of topics, and who read what.
-- No DEFAULT in ALTER TABLE: DuckDB makes of it a change of a setting too, and settings are locked.
ALTER TABLE verbatims ADD COLUMN cut_from INTEGER;       -- characters before an oversized text was cut; else NULL
ALTER TABLE verbatims ADD COLUMN duplicate_of VARCHAR;   -- record_id of an earlier verbatim that says nearly the same
ALTER TABLE verbatims ADD COLUMN suspect_flood BOOLEAN; -- one of many such from few authors; NULL in rows of before
ALTER TABLE signals ADD COLUMN suspect_flood BOOLEAN;   -- as its verbatim

-- A topic that is deleted and made again has the same name and another id: its offsets start anew.
CREATE TABLE kafka_topics (
    topic VARCHAR NOT NULL,
    topic_id VARCHAR NOT NULL
);

CREATE TABLE access_log (
    read_at TIMESTAMP NOT NULL,
    who VARCHAR NOT NULL,            -- the name of a token, of a proxy's user, or of the operating system's user
    role VARCHAR NOT NULL,           -- reader | operator
    via VARCHAR NOT NULL,            -- http | command
    action VARCHAR NOT NULL,         -- what was read: verbatims | sql | export | dead_letters | backup
    detail VARCHAR NOT NULL          -- the SQL, the filter, the record
);

-- a view's columns are fixed when it is made: it must be made again to show the new ones
CREATE OR REPLACE VIEW signals_flat AS
SELECT
    signals.*,
    substring(verbatims.text, evidence_start + 1, evidence_end - evidence_start) AS evidence,
    verbatims.text,
    verbatims.source,
    verbatims.language,
    verbatims.disconfirmation,
    verbatims.rating,
    verbatims.author_key,
    verbatims.created_at,
    verbatims.cut_from,
    verbatims.duplicate_of,
    promises.statement,
    promises.says,
    promises.does
FROM signals
JOIN verbatims USING (record_id)
LEFT JOIN promises
    ON promises.brand = signals.brand
    AND promises.promise_id = signals.promise_id
    AND promises.version = signals.promise_version;
