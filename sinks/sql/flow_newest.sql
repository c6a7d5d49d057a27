-- The verbatims that were stored last, without their words.
WITH newest AS (
    SELECT record_id, source, kind, brand, language, judged, disconfirmation, event_time, stored_at
    FROM verbatims
    ORDER BY stored_at DESC, "offset" DESC
    LIMIT $limit
)
SELECT newest.*, count(signals.record_id) AS signals
FROM newest LEFT JOIN signals USING (record_id)
GROUP BY ALL
ORDER BY newest.stored_at DESC, newest.record_id DESC
