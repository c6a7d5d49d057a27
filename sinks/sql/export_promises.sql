-- The promise board: each promise in its newest wording with its verdicts, its keeping rate and the rate's 95 % Wilson
-- interval, as promises.scoring has it. Where nobody spoke there is neither: silence is not keeping.
WITH newest AS (
    SELECT brand, promise_id, statement, says, does, touchpoint, journey, severity, kept_at_least, window_seconds
    FROM promises
    WHERE $brand IS NULL OR brand = $brand
    QUALIFY row_number() OVER (PARTITION BY brand, promise_id ORDER BY version DESC) = 1
), verdicts AS (
    SELECT
        brand,
        promise_id,
        count(*) FILTER (verdict = 'broken') AS broken,
        count(*) FILTER (verdict = 'kept') AS kept,
        count(*) FILTER (verdict = 'exceeded') AS exceeded,
        count(*) FILTER (verdict = 'mentioned') AS mentioned
    FROM signals
    WHERE ($since IS NULL OR event_time >= $since::TIMESTAMP) AND ($until IS NULL OR event_time < $until::TIMESTAMP)
    GROUP BY ALL
), counted AS (
    SELECT
        newest.*,
        coalesce(broken, 0) AS broken,
        coalesce(kept, 0) AS kept,
        coalesce(exceeded, 0) AS exceeded,
        coalesce(mentioned, 0) AS mentioned,
        coalesce(broken + kept + exceeded, 0) AS n,
        (kept + exceeded) / nullif(broken + kept + exceeded, 0) AS rate,
        1.959964::DOUBLE AS z
    FROM newest
    LEFT JOIN verdicts USING (brand, promise_id)
), bounded AS (
    SELECT
        *,
        (rate + z * z / (2 * n)) / (1 + z * z / n) AS middle,
        z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / (1 + z * z / n) AS half
    FROM counted
)
SELECT
    * EXCLUDE (z, middle, half, kept_at_least, window_seconds),
    CASE WHEN n > 0 THEN least(greatest(middle - half, 0), rate) END AS low,
    CASE WHEN n > 0 THEN greatest(least(middle + half, 1), rate) END AS high,
    kept_at_least,
    window_seconds
FROM bounded
ORDER BY brand, promise_id
