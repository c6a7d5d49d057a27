-- The complaints of a theme and scope over event times in [$since, $until): how many, the worst first, when, and where they
-- come from. Suspect floods are left out.
WITH sourced AS MATERIALIZED (
    SELECT record_id, severity, similarity, theme_members.event_time, region, product, channel, source
    FROM theme_members JOIN verbatims USING (record_id)
    WHERE theme_id = $theme_id AND suspect_flood IS NOT TRUE
        AND theme_members.event_time >= $since::TIMESTAMP AND theme_members.event_time < $until::TIMESTAMP
        AND verbatims.event_time >= $since::TIMESTAMP AND verbatims.event_time < $until::TIMESTAMP
        AND ($region IS NULL OR region = $region)
        AND ($product IS NULL OR product = $product)
        AND ($channel IS NULL OR channel = $channel)
        AND ($source IS NULL OR source = $source)
), places AS (
    SELECT dimension, value, count(*) AS signals
    FROM (UNPIVOT (SELECT region, product, channel, source FROM sourced) ON COLUMNS(*) INTO NAME dimension VALUE value)
    GROUP BY ALL
    ORDER BY signals DESC, dimension, value
    LIMIT 20
)
SELECT
    count(*),
    arg_max(record_id, severity * 10 + coalesce(similarity, 0), 10),
    min(event_time),
    max(event_time),
    (SELECT list({'dimension': dimension, 'value': value, 'signals': signals} ORDER BY signals DESC) FROM places)
FROM sourced
