-- Signals by the hour, promise, verdict and place, of some rows or of a span of event time.
WITH these AS (
    SELECT record_id, source FROM verbatims
    WHERE ($first IS NULL OR rowid BETWEEN $first AND $last)
        AND ($since IS NULL OR (event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP))
)
SELECT
    epoch(event_time)::BIGINT // 3600 AS hour,
    brand,
    promise_id,
    verdict,
    source,
    region,
    product,
    channel,
    count(*) AS number
FROM (
    SELECT * FROM signals
    WHERE ($signals IS NULL OR rowid BETWEEN $signals AND $last_signal)
        AND ($since IS NULL OR (event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP))
        AND suspect_flood IS NOT TRUE
)
JOIN these USING (record_id)
GROUP BY ALL
