-- What was stored in each minute since, by the clock; minutes in which nothing came are left out.
SELECT minute, sum(verbatims)::BIGINT AS verbatims, sum(dead_letters)::BIGINT AS dead_letters
FROM (
    SELECT date_trunc('minute', stored_at) AS minute, 1 AS verbatims, 0 AS dead_letters
    FROM verbatims
    WHERE stored_at > $since::TIMESTAMP
    UNION ALL
    SELECT date_trunc('minute', stored_at), 0, 1
    FROM dead_letters
    WHERE stored_at > $since::TIMESTAMP
)
GROUP BY minute
ORDER BY minute
