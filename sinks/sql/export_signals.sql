-- Signals as the list of them shows them, all at once. As they lie in the store: to sort a million takes longer than to
-- write them.
SELECT
    stored_at,
    event_time,
    record_id,
    promise_id,
    promise_version,
    brand,
    verbatim_id,
    verdict,
    confidence,
    severity,
    kind,
    region,
    product,
    channel,
    journey_step,
    touchpoint,
    symptom,
    promised,
    experienced,
    evidence_start,
    evidence_end,
    evidence,
    statement,
    model_name,
    model_version
FROM signals_flat
WHERE ($brand IS NULL OR brand = $brand)
    AND ($promise IS NULL OR promise_id = $promise)
    AND ($verdict IS NULL OR verdict = $verdict)
    AND ($region IS NULL OR region = $region)
    AND ($since IS NULL OR event_time >= $since::TIMESTAMP)
    AND confidence >= $min_confidence
