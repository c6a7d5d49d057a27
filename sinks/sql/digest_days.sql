-- Verdicts on each promise day by day; days without any have no row.
SELECT brand, promise_id, event_time::DATE AS day, count(*) FILTER (verdict = 'broken') AS broken, count(*) AS n
FROM signals
WHERE event_time >= $before::TIMESTAMP AND event_time < $until::TIMESTAMP
    AND ($brand IS NULL OR brand = $brand)
    AND verdict <> 'mentioned'
GROUP BY brand, promise_id, day
ORDER BY ALL
