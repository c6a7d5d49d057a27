-- How many negative verbatims there are, are of a theme, and were not held against the themes yet; over the last $weeks
-- weeks, and of a scope, as in themes.sql.
WITH "end" AS (
    SELECT max(event_time) AS latest FROM theme_members
)
SELECT
    count(*) AS verbatims,
    count(theme_id) AS assigned,
    count(*) FILTER (NOT tried) AS waiting,
    any_value(latest) AS latest
FROM theme_members, "end"
WHERE ($brand IS NULL OR brand = $brand)
    AND ($since IS NULL OR event_time >= $since::TIMESTAMP)
    AND ($weeks IS NULL OR event_time > latest - $weeks * INTERVAL 7 DAY)
    AND (
        NOT $narrowed::BOOLEAN
        OR record_id IN (
            SELECT record_id
            FROM verbatims
            WHERE $narrowed::BOOLEAN
                AND disconfirmation = 'negative'
                AND ($region IS NULL OR region = $region)
                AND ($product IS NULL OR product = $product)
                AND ($channel IS NULL OR channel = $channel)
        )
    )
