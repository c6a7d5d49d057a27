-- How much was said in the span and in the one before.
WITH said AS (
    SELECT *, event_time >= $since::TIMESTAMP AS now
    FROM verbatims
    WHERE event_time >= $before::TIMESTAMP AND event_time < $until::TIMESTAMP AND ($brand IS NULL OR brand = $brand)
)
SELECT
    count(*) FILTER (now) AS verbatims,
    count(*) FILTER (NOT now) AS verbatims_before,
    count(*) FILTER (now AND disconfirmation = 'negative') AS negative,
    count(*) FILTER (NOT now AND disconfirmation = 'negative') AS negative_before,
    count(*) FILTER (now AND disconfirmation = 'positive') AS positive,
    count(*) FILTER (now AND NOT judged) AS not_judged,
    count(*) FILTER (now AND coalesce(suspect_flood, false)) AS suspect_floods,
    (
        SELECT count(*)
        FROM theme_members
        WHERE theme_id IS NULL AND event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP
            AND ($brand IS NULL OR brand = $brand)
    ) AS in_no_theme
FROM said
