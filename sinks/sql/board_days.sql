-- Verdicts on each promise day by day; days without any have no row.
SELECT
    brand,
    promise_id,
    event_time::DATE AS day,
    count(*) FILTER (verdict = 'broken') AS broken,
    count(*) FILTER (verdict = 'kept') AS kept,
    count(*) FILTER (verdict = 'exceeded') AS exceeded,
    count(*) FILTER (verdict = 'mentioned') AS mentioned
FROM signals
WHERE ($brand IS NULL OR brand = $brand)
    AND ($promise_id IS NULL OR promise_id = $promise_id)
    AND ($since IS NULL OR event_time >= $since::TIMESTAMP)
    AND ($until IS NULL OR event_time < $until::TIMESTAMP)
GROUP BY brand, promise_id, day
ORDER BY brand, promise_id, day
