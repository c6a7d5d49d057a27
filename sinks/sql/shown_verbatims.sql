-- Verbatims by record ids, in the order of these, each with its surest signal of a promise (NULL: of any), or without
-- one. Found by the ids alone: to look through a million texts with all their columns takes three times as long.
WITH wanted AS (
    SELECT unnest($records::VARCHAR[]) AS record_id, generate_subscripts($records::VARCHAR[], 1) AS place
), judged AS (
    SELECT
        record_id,
        arg_max(verdict, confidence) AS verdict,
        arg_max(evidence_start, confidence) AS evidence_start,
        arg_max(evidence_end, confidence) AS evidence_end,
        max(confidence) AS confidence
    FROM signals
    WHERE record_id IN (SELECT record_id FROM wanted)
        AND ($promise_id IS NULL OR promise_id = $promise_id)
        AND ($verdict IS NULL OR verdict = $verdict)
    GROUP BY record_id
), said AS (
    SELECT record_id, text, event_time, kind, region, product, channel
    FROM verbatims
    WHERE rowid IN (SELECT rowid FROM verbatims WHERE record_id IN (SELECT record_id FROM wanted))
)
SELECT
    record_id, text, event_time, kind, region, product, channel, evidence_start, evidence_end, verdict, confidence
FROM wanted
JOIN said USING (record_id)
LEFT JOIN judged USING (record_id)
ORDER BY place
