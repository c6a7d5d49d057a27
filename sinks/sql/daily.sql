-- For each (brand, promise, region) that was ever broken: broken signals and verbatims of the region, day by day.
-- Days on which the region said nothing have no row. A verbatim without a brand counts for every brand.
WITH broken AS (
    SELECT brand, promise_id, region, event_time::DATE AS day, count(*) AS broken
    FROM signals
    WHERE verdict = 'broken' AND ($brand IS NULL OR brand = $brand)
    GROUP BY ALL
), cells AS (
    SELECT DISTINCT brand, promise_id, region FROM broken
), volume AS (
    SELECT brand, region, event_time::DATE AS day, count(*) AS verbatims FROM verbatims WHERE judged GROUP BY ALL
)
SELECT
    cells.brand,
    cells.promise_id,
    cells.region,
    volume.day,
    coalesce(any_value(broken.broken), 0) AS broken,
    sum(volume.verbatims)::BIGINT AS verbatims
FROM cells
JOIN volume
    ON volume.region IS NOT DISTINCT FROM cells.region AND (volume.brand IS NULL OR volume.brand = cells.brand)
LEFT JOIN broken
    ON broken.brand = cells.brand
    AND broken.promise_id = cells.promise_id
    AND broken.region IS NOT DISTINCT FROM cells.region
    AND broken.day = volume.day
GROUP BY cells.brand, cells.promise_id, cells.region, volume.day
ORDER BY cells.brand, cells.promise_id, cells.region, volume.day
