-- The broken signals of a promise and scope over event times in [$since, $until): how many, the worst first, when, and
-- where they come from. Suspect floods are left out.
WITH counted AS MATERIALIZED (
    SELECT record_id, severity, confidence, event_time, region, product, channel FROM signals
    WHERE verdict = 'broken' AND brand = $brand AND promise_id = $promise_id AND suspect_flood IS NOT TRUE
        AND event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP
        AND ($region IS NULL OR region = $region)
        AND ($product IS NULL OR product = $product)
        AND ($channel IS NULL OR channel = $channel)
), sourced AS MATERIALIZED (
    SELECT counted.*, source
    FROM counted
    JOIN (
        SELECT record_id, source FROM verbatims
        WHERE event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP
    ) USING (record_id)
    WHERE $source IS NULL OR source = $source
), places AS (
    SELECT dimension, value, count(*) AS signals
    FROM (UNPIVOT (SELECT region, product, channel, source FROM sourced) ON COLUMNS(*) INTO NAME dimension VALUE value)
    GROUP BY ALL
    ORDER BY signals DESC, dimension, value
    LIMIT 20
)
SELECT
    count(*),
    arg_max(record_id, severity * 10 + confidence, 10),
    min(event_time),
    max(event_time),
    (SELECT list({'dimension': dimension, 'value': value, 'signals': signals} ORDER BY signals DESC) FROM places)
FROM sourced
