-- The signals of one verbatim, in the order of the text.
SELECT
    stored_at, event_time, record_id, promise_id, promise_version, brand, verbatim_id, verdict, confidence, severity,
    kind, region, product, channel, journey_step, touchpoint, symptom, promised, experienced, evidence_start,
    evidence_end, evidence, statement, model_name, model_version
FROM signals_flat
WHERE record_id = $record_id
ORDER BY evidence_start, promise_id
