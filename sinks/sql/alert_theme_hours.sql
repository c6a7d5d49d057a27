-- Complaints of some themes by the hour and place. Suspect floods are left out.
SELECT
    epoch(theme_members.event_time)::BIGINT // 3600 AS hour,
    theme_members.brand,
    theme_id AS promise_id,
    'broken' AS verdict,
    source,
    region,
    product,
    channel,
    count(*) AS number
FROM theme_members JOIN verbatims USING (record_id)
WHERE list_contains($themes, theme_id) AND suspect_flood IS NOT TRUE
    AND theme_members.event_time >= $since::TIMESTAMP AND theme_members.event_time < $until::TIMESTAMP
    AND verbatims.event_time >= $since::TIMESTAMP AND verbatims.event_time < $until::TIMESTAMP
GROUP BY ALL
