-- Verdicts on each promise by where they come from.
WITH said AS (
    SELECT brand, promise_id, verdict, unnest([
        {'dimension': 'region', 'part': region},
        {'dimension': 'product', 'part': product},
        {'dimension': 'channel', 'part': channel}
    ], recursive := true)
    FROM signals
    WHERE event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP
        AND ($brand IS NULL OR brand = $brand)
        AND verdict <> 'mentioned'
)
SELECT brand, promise_id, dimension, part, count(*) FILTER (verdict = 'broken') AS broken, count(*) AS n
FROM said
WHERE part IS NOT NULL
GROUP BY brand, promise_id, dimension, part
ORDER BY ALL
