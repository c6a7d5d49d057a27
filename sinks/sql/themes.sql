-- Themes with their trend, of the verbatims of a scope ($narrowed: by region, product, channel), over the last $weeks
-- weeks (NULL: all, and weeks of a quarter) up to $until, or else the last negative verbatim. Weeks are counted back from
-- that end: 0 is the last. It is held against the four weeks before it: `expected` is what the theme would have if its
-- share of all negative verbatims had stayed. Where little was said before, little can be told: `surprise` is in standard
-- deviations of the week's part of the theme's verbatims, which would be the week's part of all (`q`).
WITH "end" AS (
    SELECT coalesce($until::TIMESTAMP, max(event_time)) AS latest FROM theme_members
), spoken AS (
    SELECT brand, theme_id, event_time::DATE AS day, floor(epoch(latest - event_time) / 604800)::INTEGER AS week
    FROM theme_members, "end"
    WHERE event_time <= latest
        AND ($counted::BOOLEAN OR event_time > latest - 13 * INTERVAL 7 DAY)
        AND (
            NOT $narrowed::BOOLEAN
            OR record_id IN (
                SELECT record_id
                FROM verbatims
                WHERE $narrowed::BOOLEAN
                    AND disconfirmation = 'negative'
                    AND ($region IS NULL OR region = $region)
                    AND ($product IS NULL OR product = $product)
                    AND ($channel IS NULL OR channel = $channel)
            )
        )
), grid AS MATERIALIZED ( -- one walk through the members; all figures are sums of it
    SELECT brand, theme_id, week, day, count(*) AS verbatims FROM spoken GROUP BY ALL
), volume AS (
    SELECT
        brand,
        sum(verbatims) FILTER (week = 0)::BIGINT AS recent,
        sum(verbatims) FILTER (week BETWEEN 1 AND 4)::BIGINT AS before
    FROM grid
    GROUP BY brand
), counts AS (
    SELECT
        theme_id,
        sum(verbatims) FILTER ($weeks IS NULL OR week < $weeks)::BIGINT AS verbatims,
        coalesce(sum(verbatims) FILTER (week = 0), 0)::BIGINT AS recent,
        coalesce(sum(verbatims) FILTER (week BETWEEN 1 AND 4), 0)::BIGINT AS before
    FROM grid
    WHERE theme_id IS NOT NULL
    GROUP BY theme_id
), daily AS (
    SELECT theme_id, day, sum(verbatims)::BIGINT AS verbatims
    FROM grid
    WHERE theme_id IS NOT NULL AND week < 5
    GROUP BY ALL
), trends AS (
    SELECT theme_id, list({'day': day, 'verbatims': verbatims} ORDER BY day) AS trend FROM daily GROUP BY theme_id
), weekly AS (
    SELECT theme_id, week, sum(verbatims)::BIGINT AS verbatims
    FROM grid
    WHERE theme_id IS NOT NULL AND week < coalesce($weeks, 13)
    GROUP BY ALL
), courses AS (
    SELECT theme_id, list({'back': week, 'verbatims': verbatims}) AS weeks FROM weekly GROUP BY theme_id
), judged AS (
    SELECT
        themes.* REPLACE (if($counted::BOOLEAN, coalesce(counts.verbatims, 0), themes.verbatims) AS verbatims),
        coalesce(trends.trend, []) AS trend,
        coalesce(courses.weeks, []) AS weeks,
        coalesce(counts.recent, 0) AS recent,
        coalesce(counts.before, 0) * coalesce(volume.recent, 0) / nullif(volume.before, 0) AS expected,
        coalesce(volume.recent, 0) / nullif(coalesce(volume.recent, 0) + volume.before, 0) AS q,
        (counts.recent - (counts.recent + counts.before) * q)
            / nullif(sqrt((counts.recent + counts.before) * q * (1 - q)), 0) AS surprise,
        list_cosine_similarity(centroid, $vector::FLOAT[]) AS closeness,
        $search IS NOT NULL AND list_bool_and([
            contains(lower(name || ' ' || array_to_string(phrases, ' ')), word)
            FOR word IN regexp_split_to_array(lower(trim($search::VARCHAR)), '\s+')
        ]) AS said
    FROM themes
    LEFT JOIN counts USING (theme_id)
    LEFT JOIN trends USING (theme_id)
    LEFT JOIN courses USING (theme_id)
    LEFT JOIN volume ON volume.brand IS NOT DISTINCT FROM themes.brand
    WHERE merged_into IS NULL
        AND ($theme_ids IS NULL OR list_contains($theme_ids::VARCHAR[], themes.theme_id))
        AND ($brand IS NULL OR themes.brand = $brand)
        AND ($unpromised IS NULL OR (promise_id IS NULL) = $unpromised)
), told AS (
    SELECT
        * EXCLUDE (centroid, merged_into, q, surprise),
        recent / nullif(expected, 0) AS change,
        CASE
            WHEN recent >= 5 AND recent >= 2 * expected AND surprise >= 3 THEN 'emerging'
            WHEN expected >= 5 AND recent <= expected / 2 AND surprise <= -2 THEN 'fading'
        END AS state
    FROM judged
)
SELECT
    told.*,
    (
        SELECT arg_max(statement, version) FROM promises
        WHERE promises.brand = told.brand AND promises.promise_id = told.promise_id
    ) AS statement
FROM told
WHERE ($theme_ids IS NOT NULL OR coalesce($state, '') = 'all' OR muted = (coalesce($state, '') = 'muted'))
    AND (coalesce($state, '') NOT IN ('emerging', 'fading') OR state = $state)
    AND ($search IS NULL OR said OR closeness >= $close)
    AND (NOT $counted::BOOLEAN OR verbatims > 0 OR $theme_ids IS NOT NULL)
    AND (
        $after_verbatims IS NULL
        OR (pinned, verbatims, theme_id) < ($after_pinned::BOOLEAN, $after_verbatims::BIGINT, $after_id::VARCHAR)
    )
ORDER BY
    CASE WHEN $search IS NOT NULL THEN said::INTEGER END DESC,
    CASE WHEN $search IS NOT NULL THEN closeness END DESC NULLS LAST,
    pinned DESC,
    verbatims DESC,
    theme_id DESC
LIMIT $limit
