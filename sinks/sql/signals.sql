-- Signals in the order they were stored: the last $limit of them, or the first $limit after a key.
-- Each part of the place is sorted by alone: of a million rows that takes a tenth of what a struct of them takes.
WITH chosen AS (
    SELECT *
    FROM signals
    WHERE ($brand IS NULL OR brand = $brand)
        AND ($promise IS NULL OR promise_id = $promise)
        AND ($verdict IS NULL OR verdict = $verdict)
        AND ($region IS NULL OR region = $region)
        AND ($since IS NULL OR event_time >= $since::TIMESTAMP)
        AND confidence >= $min_confidence
        AND (
            $stored_at IS NULL
            OR stored_at >= $stored_at::TIMESTAMP AND (stored_at, event_time, record_id, promise_id)
                > ($stored_at::TIMESTAMP, $event_time::TIMESTAMP, $record_id::VARCHAR, $promise_id::VARCHAR)
        )
    ORDER BY
        CASE WHEN $stored_at IS NULL THEN stored_at END DESC,
        CASE WHEN $stored_at IS NULL THEN event_time END DESC,
        CASE WHEN $stored_at IS NULL THEN record_id END DESC,
        CASE WHEN $stored_at IS NULL THEN promise_id END DESC,
        CASE WHEN $stored_at IS NOT NULL THEN stored_at END,
        CASE WHEN $stored_at IS NOT NULL THEN event_time END,
        CASE WHEN $stored_at IS NOT NULL THEN record_id END,
        CASE WHEN $stored_at IS NOT NULL THEN promise_id END
    LIMIT $limit
)
SELECT
    chosen.stored_at,
    chosen.event_time,
    chosen.record_id,
    chosen.promise_id,
    chosen.promise_version,
    chosen.brand,
    chosen.verbatim_id,
    chosen.verdict,
    chosen.confidence,
    chosen.severity,
    chosen.kind,
    chosen.region,
    chosen.product,
    chosen.channel,
    chosen.journey_step,
    chosen.touchpoint,
    chosen.symptom,
    chosen.promised,
    chosen.experienced,
    chosen.evidence_start,
    chosen.evidence_end,
    substring(verbatims.text, evidence_start + 1, evidence_end - evidence_start) AS evidence,
    promises.statement,
    chosen.model_name,
    chosen.model_version
FROM chosen
JOIN verbatims
    ON verbatims.record_id = chosen.record_id
    AND verbatims.stored_at = chosen.stored_at -- the same transaction wrote both: only its rows need be looked at
LEFT JOIN promises
    ON promises.brand = chosen.brand
    AND promises.promise_id = chosen.promise_id
    AND promises.version = chosen.promise_version
ORDER BY chosen.stored_at, chosen.event_time, chosen.record_id, chosen.promise_id
