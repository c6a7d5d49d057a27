-- Verdicts by promise, and by one more thing where asked. Every promise has a row, spoken about or not.
WITH counts AS (
    SELECT
        brand,
        promise_id,
        CASE $by
            WHEN 'region' THEN region WHEN 'product' THEN product WHEN 'channel' THEN channel WHEN 'kind' THEN kind
        END AS part,
        count(*) FILTER (verdict = 'broken') AS broken,
        count(*) FILTER (verdict = 'kept') AS kept,
        count(*) FILTER (verdict = 'exceeded') AS exceeded,
        count(*) FILTER (verdict = 'mentioned') AS mentioned
    FROM signals
    WHERE ($since IS NULL OR event_time >= $since::TIMESTAMP)
        AND ($until IS NULL OR event_time < $until::TIMESTAMP)
        AND NOT ($without_floods AND coalesce(suspect_flood, false))
    GROUP BY ALL
), latest AS (
    SELECT brand, promise_id, arg_max(statement, version) AS statement FROM promises GROUP BY ALL
)
SELECT
    brand,
    promise_id,
    statement,
    part,
    coalesce(broken, 0) AS broken,
    coalesce(kept, 0) AS kept,
    coalesce(exceeded, 0) AS exceeded,
    coalesce(mentioned, 0) AS mentioned
FROM latest
LEFT JOIN counts USING (brand, promise_id)
WHERE $brand IS NULL OR brand = $brand
ORDER BY brand, sum(coalesce(broken, 0)) OVER (PARTITION BY brand, promise_id) DESC, promise_id, part
