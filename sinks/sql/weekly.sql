-- Verdicts by promise (and by one more thing where asked) and week; a week is named by its Monday.
SELECT
    brand,
    promise_id,
    CASE $by
        WHEN 'region' THEN region WHEN 'product' THEN product WHEN 'channel' THEN channel WHEN 'kind' THEN kind
    END AS part,
    date_trunc('week', event_time)::DATE AS week,
    count(*) FILTER (verdict = 'broken') AS broken,
    count(*) FILTER (verdict = 'kept') AS kept,
    count(*) FILTER (verdict = 'exceeded') AS exceeded
FROM signals
WHERE verdict <> 'mentioned'
    AND ($brand IS NULL OR brand = $brand)
    AND ($since IS NULL OR event_time >= $since::TIMESTAMP)
    AND ($until IS NULL OR event_time < $until::TIMESTAMP)
    AND NOT ($without_floods AND coalesce(suspect_flood, false))
GROUP BY ALL
ORDER BY brand, promise_id, part, week
