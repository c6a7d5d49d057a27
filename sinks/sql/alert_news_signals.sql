-- The last row of the signals of some verbatims. Both tables have their rows in the same order.
SELECT max(signals.rowid)
FROM (SELECT rowid, record_id FROM signals WHERE rowid >= $signals) AS signals
SEMI JOIN (SELECT record_id FROM verbatims WHERE rowid BETWEEN $first AND $last) AS these USING (record_id)
