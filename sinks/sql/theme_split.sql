-- Verbatims of a theme by region, product, channel and kind, each on its own, in one walk through the texts.
WITH said AS (
    SELECT region, product, channel, kind
    FROM theme_members AS members
    JOIN verbatims USING (record_id)
    WHERE members.theme_id = $theme_id
)
SELECT
    CASE
        WHEN grouping(region) = 0 THEN 'region'
        WHEN grouping(product) = 0 THEN 'product'
        WHEN grouping(channel) = 0 THEN 'channel'
        ELSE 'kind'
    END AS "by",
    coalesce(region, product, channel, kind) AS part,
    count(*) AS verbatims
FROM said
GROUP BY GROUPING SETS ((region), (product), (channel), (kind))
ORDER BY "by", verbatims DESC, part
