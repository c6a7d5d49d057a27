-- Themes with more complaints in the last 3, 12 or 24 hours than their four weeks before would give so many hours.
WITH counted AS (
    SELECT
        theme_id,
        count(*) FILTER (event_time >= $until::TIMESTAMP - INTERVAL 3 HOUR) AS in_3,
        count(*) FILTER (event_time >= $until::TIMESTAMP - INTERVAL 12 HOUR) AS in_12,
        count(*) FILTER (event_time >= $until::TIMESTAMP - INTERVAL 24 HOUR) AS in_24,
        count(*) FILTER (event_time < $until::TIMESTAMP - INTERVAL 24 HOUR) AS before
    FROM theme_members
    WHERE theme_id IS NOT NULL AND event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP
    GROUP BY theme_id
)
SELECT themes.theme_id, brand, name, promise_id
FROM themes JOIN counted USING (theme_id)
WHERE NOT muted AND merged_into IS NULL
    AND (
        (in_3 >= $least AND in_3 * 27 * 8 > $times * before)
        OR (in_12 >= $least AND in_12 * 27 * 2 > $times * before)
        OR (in_24 >= $least AND in_24 * 27 > $times * before)
        OR list_contains($raised, themes.theme_id)
    )
ORDER BY list_contains($raised, themes.theme_id) DESC, in_24 DESC, themes.theme_id
LIMIT 40
