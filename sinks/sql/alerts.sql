-- Alerts, the newest first, with the newest wording of their promise and the name of their theme.
SELECT
    alerts.*,
    (
        SELECT arg_max(statement, version) FROM promises
        WHERE promises.brand = alerts.brand AND promises.promise_id = alerts.promise_id
    ) AS statement,
    (SELECT any_value(name) FROM themes WHERE themes.theme_id = alerts.theme_id) AS theme
FROM alerts
WHERE ($alert_id IS NULL OR alert_id = $alert_id)
    AND ($states IS NULL OR list_contains($states, state))
    AND ($kind IS NULL OR kind = $kind)
    AND ($brand IS NULL OR brand = $brand)
    AND ($promise_id IS NULL OR promise_id = $promise_id)
    AND ($region IS NULL OR region = $region)
    AND ($owner IS NULL OR says = $owner OR does = $owner OR assignee = $owner)
    AND ($cause IS NULL OR cause = $cause)
    AND (
        $after_opened IS NULL
        OR opened_at < $after_opened::TIMESTAMP
        OR (opened_at = $after_opened::TIMESTAMP AND alert_id > $after_id)
    )
ORDER BY opened_at DESC, alert_id
LIMIT $limit
