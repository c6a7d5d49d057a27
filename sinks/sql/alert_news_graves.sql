-- Broken promises of the highest severities, of some rows or of a span of event time; copies of a text are left out.
WITH grave AS MATERIALIZED (
    SELECT * FROM signals
    WHERE verdict = 'broken' AND severity >= $severity AND suspect_flood IS NOT TRUE
        AND ($signals IS NULL OR rowid BETWEEN $signals AND $last_signal)
        AND ($since IS NULL OR (event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP))
), these AS (
    SELECT record_id, source, duplicate_of FROM verbatims
    WHERE ($first IS NULL OR rowid BETWEEN $first AND $last)
        AND ($since IS NULL OR (event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP))
)
SELECT record_id, brand, promise_id, severity, event_time, source, region, product, channel
FROM grave
JOIN these USING (record_id)
WHERE duplicate_of IS NULL
ORDER BY event_time, record_id
LIMIT 1000
