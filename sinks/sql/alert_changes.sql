-- What happened to alerts, in order.
SELECT number, alert_id, changed_at, change, who, detail
FROM alert_history
WHERE number > $after AND ($alert_id IS NULL OR alert_id = $alert_id)
ORDER BY number
LIMIT $limit
