-- Every promise in its newest wording.
SELECT brand, promise_id, statement, says, does, touchpoint, journey, severity, kept_at_least, window_seconds
FROM promises
WHERE ($brand IS NULL OR brand = $brand) AND ($promise_id IS NULL OR promise_id = $promise_id)
QUALIFY row_number() OVER (PARTITION BY brand, promise_id ORDER BY version DESC) = 1
ORDER BY brand, promise_id
