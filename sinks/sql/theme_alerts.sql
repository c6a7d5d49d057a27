-- Alerts on a theme, those not resolved first, then the newest.
SELECT alert_id, kind, state, severity, title, opened_at
FROM alerts
WHERE theme_id = $theme_id
ORDER BY state = 'resolved', opened_at DESC, alert_id
LIMIT 50
