-- What negative verbatims may be narrowed to, the most spoken of first.
WITH parts AS (
    SELECT brand, region, product, channel FROM verbatims WHERE disconfirmation = 'negative'
), counted AS (
    SELECT
        CASE
            WHEN grouping(brand) = 0 THEN 'brand'
            WHEN grouping(region) = 0 THEN 'region'
            WHEN grouping(product) = 0 THEN 'product'
            ELSE 'channel'
        END AS "by",
        coalesce(brand, region, product, channel) AS part,
        count(*) AS verbatims
    FROM parts
    GROUP BY GROUPING SETS ((brand), (region), (product), (channel))
)
SELECT "by", part
FROM counted
WHERE part IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY "by" ORDER BY verbatims DESC, part) <= $limit
ORDER BY "by", verbatims DESC, part
