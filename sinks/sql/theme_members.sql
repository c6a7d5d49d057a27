-- Verbatims of a theme ($theme_id NULL: of none), the newest first; of $records only, where they are given, or of a
-- part ($narrowed). Texts are fetched of those alone that are shown: of a million rows that takes half as long.
WITH chosen AS (
    SELECT record_id, event_time, similarity, promise_id, brand
    FROM theme_members
    WHERE theme_id IS NOT DISTINCT FROM $theme_id
        AND ($records IS NULL OR list_contains($records::VARCHAR[], record_id))
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
                    AND ($kind IS NULL OR kind = $kind)
                    AND ($source IS NULL OR source = $source)
            )
        )
        AND (
            $event_time IS NULL
            OR (event_time, record_id) < ($event_time::TIMESTAMP, $record_id::VARCHAR)
        )
    ORDER BY event_time DESC, record_id DESC
    LIMIT $limit
)
SELECT
    chosen.record_id,
    chosen.event_time,
    verbatims.text,
    chosen.similarity,
    chosen.promise_id,
    chosen.brand,
    verbatims.kind,
    verbatims.source,
    verbatims.region,
    verbatims.product,
    verbatims.channel,
    verbatims.severity
FROM chosen
JOIN verbatims USING (record_id, event_time) -- of the same time, so that only texts of that time are looked through
ORDER BY chosen.event_time DESC, chosen.record_id DESC
