-- Verbatims of a theme by what they are split by.
SELECT
    CASE $by
        WHEN 'region' THEN region
        WHEN 'product' THEN product
        WHEN 'channel' THEN channel
        WHEN 'kind' THEN kind
        WHEN 'source' THEN source
        WHEN 'promise_id' THEN members.promise_id
    END AS part,
    count(*) AS verbatims,
    min(members.event_time) AS first_event,
    max(members.event_time) AS last_event
FROM theme_members AS members
JOIN verbatims USING (record_id)
WHERE members.theme_id = $theme_id
    AND ($since IS NULL OR members.event_time >= $since::TIMESTAMP)
    AND ($until IS NULL OR members.event_time < $until::TIMESTAMP)
GROUP BY part
ORDER BY verbatims DESC, part
