-- Verbatims of a theme by region, product, channel, kind and source, each on its own, in one walk through the texts.
WITH said AS (
    SELECT region, product, channel, kind, source
    FROM theme_members AS members
    JOIN verbatims USING (record_id)
    WHERE members.theme_id = $theme_id
)
SELECT
    CASE
        WHEN grouping(region) = 0 THEN 'region'
        WHEN grouping(product) = 0 THEN 'product'
        WHEN grouping(channel) = 0 THEN 'channel'
        WHEN grouping(kind) = 0 THEN 'kind'
        ELSE 'source'
    END AS "by",
    coalesce(region, product, channel, kind, source) AS part,
    count(*) AS verbatims
FROM said
GROUP BY GROUPING SETS ((region), (product), (channel), (kind), (source))
ORDER BY "by", verbatims DESC, part
