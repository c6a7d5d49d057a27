-- Verdicts on each promise by one more thing; NULL where it is not known.
SELECT
    brand,
    promise_id,
    CASE $by
        WHEN 'region' THEN region
        WHEN 'product' THEN product
        WHEN 'channel' THEN channel
        WHEN 'kind' THEN kind
        WHEN 'touchpoint' THEN touchpoint
        WHEN 'journey_step' THEN journey_step
    END AS part,
    count(*) FILTER (verdict = 'broken') AS broken,
    count(*) FILTER (verdict = 'kept') AS kept,
    count(*) FILTER (verdict = 'exceeded') AS exceeded,
    count(*) FILTER (verdict = 'mentioned') AS mentioned
FROM signals
WHERE ($brand IS NULL OR brand = $brand)
    AND ($promise_id IS NULL OR promise_id = $promise_id)
    AND ($since IS NULL OR event_time >= $since::TIMESTAMP)
    AND ($until IS NULL OR event_time < $until::TIMESTAMP)
GROUP BY brand, promise_id, part
ORDER BY brand, promise_id, count(*) DESC, part
