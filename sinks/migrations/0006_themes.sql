-- Complaint patterns found in negative verbatims.
CREATE TABLE themes (
    theme_id VARCHAR NOT NULL,       -- stays as long as people speak of it, whatever is rebuilt
    brand VARCHAR,
    name VARCHAR NOT NULL,
    named_by VARCHAR NOT NULL,       -- 'gapwatch', or a person's name; a person's name for it stays
    phrases VARCHAR[] NOT NULL,      -- the key phrases, strongest first
    promise_id VARCHAR,              -- the promise that most of its verbatims break; NULL is an unpromised expectation
    verbatims BIGINT NOT NULL,
    representatives VARCHAR[] NOT NULL, -- record ids of what is nearest to its middle
    first_event TIMESTAMP NOT NULL,
    last_event TIMESTAMP NOT NULL,
    pinned BOOLEAN NOT NULL,
    muted BOOLEAN NOT NULL,
    merged_into VARCHAR,             -- the theme that it is part of since a person merged them
    made_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    centroid FLOAT[] NOT NULL        -- mean of the vectors, each of length 1
);

-- Each negative verbatim once; those of no theme are the share left unassigned.
CREATE TABLE theme_members (
    record_id VARCHAR NOT NULL,
    theme_id VARCHAR,
    brand VARCHAR,
    event_time TIMESTAMP NOT NULL,
    promise_id VARCHAR,              -- the promise that it breaks, or else speaks of, most surely; NULL is unpromised
    similarity DOUBLE,               -- cosine with the theme's middle
    tried BOOLEAN NOT NULL,          -- whether it was held against the themes there were
    embedding BLOB NOT NULL          -- int8 values of the text's vector, the largest of them 127 or -127
);

CREATE TABLE theme_changes (
    changed_at TIMESTAMP NOT NULL,
    theme_id VARCHAR NOT NULL,
    change VARCHAR NOT NULL,         -- found | renamed | merged | split | pinned | unpinned | muted | unmuted
    who VARCHAR NOT NULL,
    detail VARCHAR NOT NULL
);

-- By what verbatims of a brand are held against its themes; one row a brand, written by each rebuild.
CREATE TABLE theme_spaces (
    brand VARCHAR,
    centre FLOAT[] NOT NULL,         -- mean vector of its negative verbatims: what all of them have in common
    nearness DOUBLE NOT NULL,        -- cosine with a theme's middle, both less the centre, from which a verbatim is of it
    verbatims BIGINT NOT NULL,       -- how many negative ones there were then
    rebuilt_at TIMESTAMP NOT NULL
);
