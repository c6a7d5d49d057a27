-- Verbatims of a theme day by day; days without any have no row.
SELECT event_time::DATE AS day, count(*) AS verbatims
FROM theme_members
WHERE theme_id = $theme_id
GROUP BY day
ORDER BY day
