// Questions to begin with: what people ask first, and how the tables hang together.
export const EXAMPLES = [
  ["How well is each promise kept?", `SELECT brand, promise_id, kept + exceeded AS well, broken,
  round((kept + exceeded) / n, 3) AS rate, n
FROM promise_scores
WHERE n > 0
ORDER BY rate`],
  ["Broken promises by week", `SELECT date_trunc('week', event_time)::DATE AS week, count(*) AS broken
FROM signals
WHERE verdict = 'broken'
GROUP BY week
ORDER BY week`],
  ["Where is it worst?", `SELECT coalesce(region, 'unknown') AS region,
  count(*) FILTER (verdict = 'broken') AS broken, count(*) AS told
FROM signals
GROUP BY ALL
ORDER BY broken / told DESC`],
  ["What do the most severe say?", `SELECT v.event_time, s.promise_id, s.severity,
  substr(v.text, s.evidence_start + 1, s.evidence_end - s.evidence_start) AS evidence, v.text
FROM signals AS s JOIN verbatims AS v USING (record_id)
WHERE s.verdict = 'broken'
ORDER BY s.severity DESC, v.event_time DESC
LIMIT 20`],
  ["The largest themes", `SELECT name, count(*) AS verbatims, min(m.event_time)::DATE AS first, max(m.event_time)::DATE AS last
FROM themes JOIN theme_members AS m USING (theme_id)
GROUP BY name
ORDER BY verbatims DESC
LIMIT 20`],
  ["How long until an alert is acknowledged?", `SELECT a.title, min(h.changed_at) FILTER (h.change = 'opened') AS opened,
  min(h.changed_at) FILTER (h.change = 'acknowledged') AS acknowledged
FROM alerts AS a JOIN alert_history AS h USING (alert_id)
GROUP BY a.alert_id, a.title
ORDER BY opened DESC
LIMIT 20`],
];
