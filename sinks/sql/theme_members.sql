-- Verbatims of a theme ($theme_id NULL: of none), the newest first; of $records only, where they are given.
SELECT
    members.record_id,
    members.event_time,
    verbatims.text,
    members.similarity,
    members.promise_id,
    members.brand,
    verbatims.kind,
    verbatims.source,
    verbatims.region,
    verbatims.product,
    verbatims.channel,
    verbatims.severity
FROM theme_members AS members
JOIN verbatims USING (record_id)
WHERE members.theme_id IS NOT DISTINCT FROM $theme_id
    AND ($records IS NULL OR list_contains($records::VARCHAR[], members.record_id))
    AND (
        $event_time IS NULL
        OR (members.event_time, members.record_id) < ($event_time::TIMESTAMP, $record_id::VARCHAR)
    )
ORDER BY members.event_time DESC, members.record_id DESC
LIMIT $limit
