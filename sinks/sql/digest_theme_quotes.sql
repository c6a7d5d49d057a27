-- The verbatims nearest to the middle of each theme.
WITH chosen AS (
    SELECT record_id, theme_id, promise_id, similarity
    FROM theme_members
    WHERE theme_id IS NOT NULL
        AND event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP
        AND ($brand IS NULL OR brand = $brand)
    QUALIFY row_number() OVER (PARTITION BY theme_id ORDER BY similarity DESC, record_id) <= $limit
), evidence AS (
    SELECT record_id, promise_id, min(evidence_start) AS evidence_start, min(evidence_end) AS evidence_end
    FROM signals
    WHERE verdict = 'broken' AND event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP
    GROUP BY record_id, promise_id
)
SELECT
    verbatims.brand,
    chosen.promise_id,
    chosen.theme_id,
    NULL AS verdict,
    verbatims.id AS verbatim_id,
    verbatims.text,
    evidence.evidence_start,
    evidence.evidence_end,
    verbatims.event_time,
    verbatims.kind,
    verbatims.region,
    verbatims.product,
    verbatims.channel
FROM chosen
JOIN verbatims USING (record_id)
LEFT JOIN evidence ON evidence.record_id = chosen.record_id AND evidence.promise_id = chosen.promise_id
WHERE duplicate_of IS NULL
ORDER BY chosen.similarity DESC, record_id
