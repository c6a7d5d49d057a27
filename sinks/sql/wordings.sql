-- Every wording of every promise that was ever judged against, without the example phrasings, which are not kept.
SELECT
    brand, promise_id, version, statement, source_url, source_citation, source_seen, valid_from, valid_until, regions,
    products, channels, touchpoint, journey, says, does, measure_quantity, measure_at_most, measure_at_least,
    kept_at_least, window_seconds, severity
FROM promises
ORDER BY brand, remembered_at, promise_id, version
