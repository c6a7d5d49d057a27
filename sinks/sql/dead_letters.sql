-- Dead letters: the last $limit stored, the newest at the end.
SELECT * FROM (
    SELECT record_id, source, topic, partition, "offset", reason, detail,
        coalesce(size, octet_length(raw)) AS size,  -- rows of before there were parts have all bytes in raw
        CASE WHEN $with_bytes THEN raw END AS raw, received_at, stored_at, replayed_at
    FROM dead_letters
    WHERE ($record_id IS NULL OR record_id = $record_id)
        AND ($source IS NULL OR source = $source)
        AND ($reason IS NULL OR reason = $reason)
    ORDER BY stored_at DESC, topic DESC, partition DESC, "offset" DESC
    LIMIT $limit
)
ORDER BY stored_at, topic, partition, "offset"
