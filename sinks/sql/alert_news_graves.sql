-- Cases that can't wait, of some rows or of a span of event time: promises of the highest severities that are broken, and
-- complaints that are grave by their words, with the promise they break, if any. Copies of a text are left out.
WITH these AS (
    SELECT record_id, source, brand, event_time, region, product, channel, gravity FROM verbatims
    WHERE ($first IS NULL OR rowid BETWEEN $first AND $last)
        AND ($since IS NULL OR (event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP))
        AND duplicate_of IS NULL AND suspect_flood IS NOT TRUE
), broken AS MATERIALIZED (
    SELECT record_id, brand, promise_id, severity, confidence FROM signals
    WHERE verdict = 'broken' AND suspect_flood IS NOT TRUE
        AND ($signals IS NULL OR rowid BETWEEN $signals AND $last_signal)
        AND ($since IS NULL OR (event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP))
), worded AS (
    SELECT these.record_id, these.brand, max_by(promise_id, broken.severity * 10 + confidence) AS promise_id
    FROM these LEFT JOIN broken USING (record_id)
    WHERE gravity IS NOT NULL
    GROUP BY these.record_id, these.brand
), cases AS (
    SELECT record_id, brand, promise_id, severity FROM broken WHERE severity >= $severity
    UNION
    SELECT record_id, brand, promise_id, 5 FROM worded
)
SELECT
    record_id, cases.brand, promise_id, max(severity), event_time, source, region, product, channel, gravity
FROM cases JOIN these USING (record_id)
GROUP BY ALL
ORDER BY event_time, record_id, promise_id
LIMIT 1000
