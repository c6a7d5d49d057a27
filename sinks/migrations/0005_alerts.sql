-- What people must hear of. Both tables are small: one row an alert, one a change of it.
CREATE TABLE alerts (
    alert_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,           -- burst | budget_burn | grave_case | emerging_theme | silence
    cause VARCHAR NOT NULL,          -- kind, what it is about and scope, as one text; at most one alert of a cause is not resolved
    state VARCHAR NOT NULL,          -- open | acknowledged | snoozed | resolved
    severity INTEGER NOT NULL,       -- 1 (slight) .. 5 (safety, legal), as that of promises
    title VARCHAR NOT NULL,          -- one sentence for people
    brand VARCHAR,
    promise_id VARCHAR,              -- what it is about: a promise, a theme, or else a source
    theme_id VARCHAR,
    source VARCHAR,
    region VARCHAR,                  -- its scope; NULL is not limited
    product VARCHAR,
    channel VARCHAR,
    says VARCHAR,                    -- the owners it is routed to; NULL is not routed to that one
    does VARCHAR,
    assignee VARCHAR,
    signals BIGINT NOT NULL,         -- what it counts (of a silence: 0)
    expected DOUBLE,                 -- what its own past explains of them
    figures JSON NOT NULL,           -- what else the detector judged by
    worst VARCHAR[] NOT NULL,        -- record ids of the worst verbatims, worst first, ten at most
    scopes STRUCT(dimension VARCHAR, value VARCHAR, signals BIGINT)[] NOT NULL, -- where they come from, most first
    first_event TIMESTAMP,           -- event times of what it counts
    last_event TIMESTAMP,
    opened_at TIMESTAMP NOT NULL,    -- event time at which it was raised; the clock's is in alert_history
    updated_at TIMESTAMP NOT NULL,   -- by the clock, as the times below
    snoozed_until TIMESTAMP,
    resolved_at TIMESTAMP,
    resolved_by VARCHAR,             -- a person's name, or 'recovery'
    reopened INTEGER NOT NULL,       -- how often
    calm_since TIMESTAMP,            -- event time from which its cause is gone, while it waits to be resolved by recovery
    ended_at TIMESTAMP               -- event time at which it was resolved
);

CREATE TABLE alert_history (
    number BIGINT NOT NULL,          -- from 1, one more a change of any alert: where a stream goes on
    alert_id VARCHAR NOT NULL,
    changed_at TIMESTAMP NOT NULL,           -- by the clock
    change VARCHAR NOT NULL,         -- opened | updated | acknowledged | assigned | snoozed | resolved | reopened | noted
    who VARCHAR NOT NULL,            -- 'gapwatch', or a person's name
    detail VARCHAR NOT NULL          -- what was changed, for people
);

-- How far each notifier was told, in the order of alert_history; what comes after is told once it answers.
CREATE TABLE notifications (
    notifier VARCHAR NOT NULL,
    told BIGINT NOT NULL,            -- number of alert_history
    attempts INTEGER NOT NULL,       -- that failed since
    next_try_at TIMESTAMP,           -- by the clock; NULL is at once
    error VARCHAR
);

-- How far event time was watched; one row once it was.
CREATE TABLE alert_watch (
    watched_until TIMESTAMP NOT NULL
);
