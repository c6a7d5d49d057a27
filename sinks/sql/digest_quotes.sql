-- What speaks most plainly of each promise, the gravest and surest first. Repeats and floods speak for nobody.
WITH chosen AS (
    SELECT brand, promise_id, verdict, record_id, evidence_start, evidence_end, severity, confidence
    FROM signals
    WHERE verdict IN ('broken', 'exceeded')
        AND event_time >= $since::TIMESTAMP AND event_time < $until::TIMESTAMP
        AND ($brand IS NULL OR brand = $brand)
        AND NOT coalesce(suspect_flood, false)
    QUALIFY row_number() OVER (
        PARTITION BY brand, promise_id, verdict ORDER BY severity DESC, confidence DESC, event_time DESC, record_id
    ) <= $limit
)
SELECT
    chosen.brand,
    chosen.promise_id,
    NULL AS theme_id,
    chosen.verdict,
    verbatims.id AS verbatim_id,
    verbatims.text,
    chosen.evidence_start,
    chosen.evidence_end,
    verbatims.event_time,
    verbatims.kind,
    verbatims.region,
    verbatims.product,
    verbatims.channel
FROM chosen
JOIN verbatims USING (record_id)
WHERE duplicate_of IS NULL
ORDER BY chosen.severity DESC, chosen.confidence DESC, verbatims.event_time DESC, record_id
