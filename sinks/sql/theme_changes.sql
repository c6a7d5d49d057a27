-- What happened to a theme and to those that became part of it.
SELECT changed_at, change, who, detail
FROM theme_changes
WHERE theme_id = $theme_id
ORDER BY changed_at, rowid
