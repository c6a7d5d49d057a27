-- The verbatims with a given id, their own or the record's. Two topics may use one id; a thousand are enough to see it.
-- Found by the ids alone: to look through a million texts with all their columns takes three times as long.
SELECT
    record_id, source, id, kind, brand, text, created_at, experienced_at, event_time, region, product, channel,
    rating, language, judged, disconfirmation, severity, redactions, model_name, model_version, stored_at,
    cut_from, duplicate_of, coalesce(suspect_flood, false) AS suspect_flood, gravity
FROM verbatims
WHERE rowid IN (SELECT rowid FROM verbatims WHERE id = $id OR record_id = $id)
ORDER BY stored_at, record_id
LIMIT 1000
