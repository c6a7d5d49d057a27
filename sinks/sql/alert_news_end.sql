-- The last row of the next $limit verbatims.
SELECT max(row) FROM (SELECT rowid AS row FROM verbatims WHERE rowid >= $first ORDER BY rowid LIMIT $limit)
