-- All times are TIMESTAMP without zone and mean UTC. No table has an index or UNIQUE besides the primary key of
-- kafka_offsets: DuckDB 1.5 can lose rows of indexed tables when a process is killed. Repeats are kept out by offset.

CREATE TABLE verbatims (
    record_id VARCHAR NOT NULL,      -- topic/partition/offset
    source VARCHAR NOT NULL,
    topic VARCHAR NOT NULL,          -- of a file: its path
    partition INTEGER NOT NULL,
    "offset" BIGINT NOT NULL,        -- of a file: the line, from 0
    id VARCHAR NOT NULL,             -- the customer system's own id; two topics may use the same
    kind VARCHAR NOT NULL,
    brand VARCHAR,
    text VARCHAR NOT NULL,           -- redacted
    created_at TIMESTAMP NOT NULL,
    experienced_at TIMESTAMP,
    event_time TIMESTAMP NOT NULL,   -- experienced_at, else created_at
    region VARCHAR,
    product VARCHAR,
    channel VARCHAR,
    author_key VARCHAR,              -- keyed hash, never the author
    rating DOUBLE,
    language VARCHAR NOT NULL,
    judged BOOLEAN NOT NULL,         -- false where the model does not read the language
    disconfirmation VARCHAR,
    severity INTEGER,
    redactions STRUCT("start" INTEGER, "end" INTEGER, kind VARCHAR)[] NOT NULL,  -- places in the text as it came
    model_name VARCHAR NOT NULL,
    model_version VARCHAR NOT NULL,
    stored_at TIMESTAMP NOT NULL
);

-- What a question groups or filters by is repeated here, so that a score needs no join.
CREATE TABLE signals (
    record_id VARCHAR NOT NULL,
    verbatim_id VARCHAR NOT NULL,
    brand VARCHAR NOT NULL,
    promise_id VARCHAR NOT NULL,
    promise_version INTEGER NOT NULL,
    verdict VARCHAR NOT NULL,
    confidence DOUBLE NOT NULL,
    evidence_start INTEGER NOT NULL, -- characters of verbatims.text, from 0
    evidence_end INTEGER NOT NULL,   -- one past the last
    severity INTEGER NOT NULL,
    journey_step VARCHAR,
    touchpoint VARCHAR,
    symptom VARCHAR,
    promised VARCHAR,
    experienced VARCHAR,
    kind VARCHAR NOT NULL,
    region VARCHAR,
    product VARCHAR,
    channel VARCHAR,
    event_time TIMESTAMP NOT NULL,
    model_name VARCHAR NOT NULL,
    model_version VARCHAR NOT NULL,
    stored_at TIMESTAMP NOT NULL
);

CREATE TABLE promises (
    brand VARCHAR NOT NULL,
    promise_id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    statement VARCHAR NOT NULL,
    source_url VARCHAR,
    source_citation VARCHAR,
    source_seen DATE,
    valid_from DATE,
    valid_until DATE,
    regions VARCHAR[] NOT NULL,
    products VARCHAR[] NOT NULL,
    channels VARCHAR[] NOT NULL,
    touchpoint VARCHAR,
    journey VARCHAR[] NOT NULL,
    says VARCHAR,
    does VARCHAR,
    measure_quantity VARCHAR,
    measure_at_most VARCHAR,
    measure_at_least VARCHAR,
    kept_at_least DOUBLE,
    window_seconds BIGINT,
    severity INTEGER NOT NULL,
    remembered_at TIMESTAMP NOT NULL
);

CREATE TABLE dead_letters (
    record_id VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    topic VARCHAR NOT NULL,
    partition INTEGER NOT NULL,
    "offset" BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    detail VARCHAR NOT NULL,
    raw BLOB,                        -- NULL is a Kafka tombstone
    received_at TIMESTAMP NOT NULL,
    stored_at TIMESTAMP NOT NULL,
    replayed_at TIMESTAMP
);

-- Named after Kafka, whose consumer position it replaces; a file has a row too, with its path as the topic.
CREATE TABLE kafka_offsets (
    topic VARCHAR NOT NULL,
    partition INTEGER NOT NULL,
    next_offset BIGINT NOT NULL,
    PRIMARY KEY (topic, partition)
);
