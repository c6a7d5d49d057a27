-- How many negative verbatims there are, are of a theme, and were not held against the themes yet.
SELECT count(*) AS verbatims, count(theme_id) AS assigned, count(*) FILTER (NOT tried) AS waiting
FROM theme_members
WHERE ($brand IS NULL OR brand = $brand) AND ($since IS NULL OR event_time >= $since::TIMESTAMP)
