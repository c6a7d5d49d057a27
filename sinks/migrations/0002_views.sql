-- Every promise with its counts over all wordings and all time. A promise nobody spoke about has n = 0 and no
-- rate: silence is not keeping.
CREATE VIEW promise_scores AS
WITH latest AS (
    SELECT brand, promise_id, arg_max(statement, version) AS statement FROM promises GROUP BY ALL
), counts AS (
    SELECT
        brand,
        promise_id,
        count(*) FILTER (verdict = 'broken') AS broken,
        count(*) FILTER (verdict = 'kept') AS kept,
        count(*) FILTER (verdict = 'exceeded') AS exceeded,
        count(*) FILTER (verdict = 'mentioned') AS mentioned
    FROM signals
    GROUP BY ALL
)
SELECT
    brand,
    promise_id,
    statement,
    coalesce(broken, 0) AS broken,
    coalesce(kept, 0) AS kept,
    coalesce(exceeded, 0) AS exceeded,
    coalesce(mentioned, 0) AS mentioned,
    coalesce(broken + kept + exceeded, 0) AS n,
    (kept + exceeded) / nullif(broken + kept + exceeded, 0) AS keeping_rate
FROM latest
LEFT JOIN counts USING (brand, promise_id);

-- Every signal with the words it rests on and the wording it was judged against.
CREATE VIEW signals_flat AS
SELECT
    signals.*,
    substring(verbatims.text, evidence_start + 1, evidence_end - evidence_start) AS evidence,
    verbatims.text,
    verbatims.source,
    verbatims.language,
    verbatims.disconfirmation,
    verbatims.rating,
    verbatims.author_key,
    verbatims.created_at,
    promises.statement,
    promises.says,
    promises.does
FROM signals
JOIN verbatims USING (record_id)
LEFT JOIN promises
    ON promises.brand = signals.brand
    AND promises.promise_id = signals.promise_id
    AND promises.version = signals.promise_version;
