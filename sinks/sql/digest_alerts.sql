-- Alerts that are not resolved and were raised by $until, the gravest and newest first.
SELECT
    alert_id,
    kind,
    state,
    severity,
    title,
    brand,
    promise_id,
    theme_id,
    region,
    product,
    channel,
    says,
    does,
    assignee,
    signals,
    opened_at
FROM alerts
WHERE state <> 'resolved' AND opened_at < $until::TIMESTAMP AND ($brand IS NULL OR brand = $brand)
ORDER BY severity DESC, opened_at DESC, alert_id
