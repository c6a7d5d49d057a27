-- Themes with their verbatims in the span and in the one before; muted ones are left out.
WITH counts AS (
    SELECT
        theme_id,
        count(*) FILTER (event_time >= $since::TIMESTAMP) AS verbatims,
        count(*) FILTER (event_time < $since::TIMESTAMP) AS verbatims_before
    FROM theme_members
    WHERE theme_id IS NOT NULL AND event_time >= $before::TIMESTAMP AND event_time < $until::TIMESTAMP
    GROUP BY theme_id
)
SELECT theme_id, brand, name, phrases, promise_id, counts.verbatims, verbatims_before
FROM counts
JOIN themes USING (theme_id)
WHERE merged_into IS NULL AND NOT muted AND ($brand IS NULL OR brand = $brand)
ORDER BY counts.verbatims DESC, theme_id
