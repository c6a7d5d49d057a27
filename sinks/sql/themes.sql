-- Themes with their trend. The last week is held against the four weeks before it, up to $until or else the last
-- negative verbatim: `expected` is what the theme would have if its share of all negative verbatims had stayed. Where
-- little was said before, little can be told: `surprise` is in standard deviations of the week's part of the theme's
-- verbatims, which would be the week's part of all (`q`).
WITH "end" AS (
    SELECT coalesce($until::TIMESTAMP, max(event_time)) AS latest FROM theme_members
), seen AS (
    SELECT brand, theme_id, event_time, event_time > latest - INTERVAL 7 DAY AS recent
    FROM theme_members, "end"
    WHERE event_time > latest - INTERVAL 35 DAY AND event_time <= latest
), volume AS (
    SELECT brand, count(*) FILTER (recent) AS recent, count(*) FILTER (NOT recent) AS before FROM seen GROUP BY ALL
), daily AS (
    SELECT theme_id, event_time::DATE AS day, count(*) AS verbatims FROM seen WHERE theme_id IS NOT NULL GROUP BY ALL
), counts AS (
    SELECT
        theme_id, any_value(brand) AS brand, count(*) FILTER (recent) AS recent, count(*) FILTER (NOT recent) AS before
    FROM seen
    WHERE theme_id IS NOT NULL
    GROUP BY theme_id
), trends AS (
    SELECT theme_id, list({'day': day, 'verbatims': verbatims} ORDER BY day) AS trend FROM daily GROUP BY theme_id
), judged AS (
    SELECT
        themes.*,
        coalesce(trends.trend, []) AS trend,
        coalesce(counts.recent, 0) AS recent,
        coalesce(counts.before, 0) * volume.recent / nullif(volume.before, 0) AS expected,
        volume.recent / nullif(volume.recent + volume.before, 0) AS q,
        (counts.recent - (counts.recent + counts.before) * q)
            / nullif(sqrt((counts.recent + counts.before) * q * (1 - q)), 0) AS surprise,
        list_cosine_similarity(centroid, $vector::FLOAT[]) AS closeness,
        contains(lower(name || ' ' || array_to_string(phrases, ' ')), lower($search)) AS said
    FROM themes
    LEFT JOIN counts USING (theme_id)
    LEFT JOIN trends USING (theme_id)
    LEFT JOIN volume ON volume.brand IS NOT DISTINCT FROM themes.brand
    WHERE merged_into IS NULL
        AND ($theme_id IS NULL OR themes.theme_id = $theme_id)
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
SELECT * EXCLUDE (said)
FROM told
WHERE ($theme_id IS NOT NULL OR coalesce($state, '') = 'all' OR muted = (coalesce($state, '') = 'muted'))
    AND (coalesce($state, '') NOT IN ('emerging', 'fading') OR state = $state)
    AND ($search IS NULL OR said OR closeness >= $close)
    AND ($after_verbatims IS NULL OR (verbatims, theme_id) < ($after_verbatims::BIGINT, $after_id::VARCHAR))
ORDER BY
    CASE WHEN $search IS NOT NULL THEN said::INTEGER END DESC,
    CASE WHEN $search IS NOT NULL THEN closeness END DESC NULLS LAST,
    verbatims DESC,
    theme_id DESC
LIMIT $limit
