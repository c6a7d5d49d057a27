-- What became of the last $limit records of a source, in the order they were stored: the reason of a dead letter,
-- NULL of a verbatim. Within a batch, which has one stored_at, the order is that of partitions and offsets.
WITH outcomes AS (
    SELECT stored_at, topic, partition, "offset", NULL AS reason FROM verbatims WHERE source = $source
    UNION ALL
    SELECT stored_at, topic, partition, "offset", reason FROM dead_letters WHERE source = $source
), newest AS (
    SELECT * FROM outcomes
    ORDER BY stored_at DESC, topic DESC, partition DESC, "offset" DESC
    LIMIT $limit
)
SELECT reason FROM newest ORDER BY stored_at, topic, partition, "offset"
