-- Every promise with its verdicts in [$since, $until) and in the span of the same length before, [$before, $since).
WITH latest AS (
    SELECT
        brand,
        promise_id,
        arg_max(statement, version) AS statement,
        arg_max(says, version) AS says,
        arg_max(does, version) AS does,
        arg_max(kept_at_least, version) AS kept_at_least,
        arg_max(severity, version) AS severity
    FROM promises
    WHERE ($brand IS NULL OR brand = $brand)
        AND (valid_from IS NULL OR valid_from < $until::TIMESTAMP)
        AND (valid_until IS NULL OR valid_until >= $before::TIMESTAMP)
    GROUP BY brand, promise_id
), counts AS (
    SELECT
        brand,
        promise_id,
        count(*) FILTER (verdict = 'broken' AND event_time >= $since::TIMESTAMP) AS broken,
        count(*) FILTER (verdict = 'kept' AND event_time >= $since::TIMESTAMP) AS kept,
        count(*) FILTER (verdict = 'exceeded' AND event_time >= $since::TIMESTAMP) AS exceeded,
        count(*) FILTER (verdict = 'mentioned' AND event_time >= $since::TIMESTAMP) AS mentioned,
        count(*) FILTER (verdict = 'broken' AND event_time < $since::TIMESTAMP) AS broken_before,
        count(*) FILTER (verdict = 'kept' AND event_time < $since::TIMESTAMP) AS kept_before,
        count(*) FILTER (verdict = 'exceeded' AND event_time < $since::TIMESTAMP) AS exceeded_before
    FROM signals
    WHERE event_time >= $before::TIMESTAMP AND event_time < $until::TIMESTAMP
    GROUP BY brand, promise_id
)
SELECT
    latest.*,
    coalesce(broken, 0) AS broken,
    coalesce(kept, 0) AS kept,
    coalesce(exceeded, 0) AS exceeded,
    coalesce(mentioned, 0) AS mentioned,
    coalesce(broken_before, 0) AS broken_before,
    coalesce(kept_before, 0) AS kept_before,
    coalesce(exceeded_before, 0) AS exceeded_before
FROM latest
LEFT JOIN counts USING (brand, promise_id)
ORDER BY broken DESC, brand, promise_id
