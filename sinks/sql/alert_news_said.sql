-- Verbatims by the hour and place, of some rows or of a span of event time.
SELECT epoch(event_time)::BIGINT // 3600 AS hour, brand, source, region, product, channel, count(*) AS number
FROM verbatims
WHERE ($first IS NULL OR rowid BETWEEN $first AND $last)
    AND ($since IS NULL OR (event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP))
    AND suspect_flood IS NOT TRUE
GROUP BY ALL
