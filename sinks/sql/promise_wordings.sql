-- The versions of a promise, the newest first.
SELECT version, statement, source_url, valid_from, valid_until, says, does, kept_at_least, severity
FROM promises
WHERE brand = $brand AND promise_id = $promise_id
ORDER BY version DESC
