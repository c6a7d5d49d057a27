-- Themes whose verbatims break a promise, the largest first.
SELECT theme_id, name, verbatims
FROM themes
WHERE merged_into IS NULL AND NOT muted AND brand = $brand AND promise_id = $promise_id
ORDER BY verbatims DESC, theme_id
LIMIT 20
