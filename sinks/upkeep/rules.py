"""What holds in every whole store, as SELECTs that find what breaks it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

# In the order in which they are copied by a repair. Views and the schema's version are made anew.
TABLES: Final = (
    "schema_version",
    "kafka_offsets",
    "kafka_topics",
    "promises",
    "access_log",
    "dead_letters",
    "dead_letter_parts",
    "verbatims",
    "signals",
    "alerts",
    "alert_history",
    "notifications",
    "alert_watch",
    "themes",
    "theme_members",
    "theme_changes",
    "theme_spaces",
)


class Rule(NamedTuple):
    """A SELECT of one text column, the record's id or what else names a row that breaks it.

    It names only tables and columns of schema ``since``, so that a store of an older gapwatch can be checked before
    it is upgraded.
    """

    breaks: str
    since: int = 1


_INCOMPLETE: Final = (
    "SELECT record_id FROM dead_letters LEFT JOIN "
    "(SELECT record_id, sum(octet_length(raw)) AS rest FROM dead_letter_parts GROUP BY record_id) USING (record_id) "
    "WHERE size <> octet_length(raw) + coalesce(rest, 0)"
)

RULES: Final[Mapping[str, Rule]] = {
    "record ids stand in verbatims twice": Rule(
        "SELECT record_id FROM verbatims GROUP BY record_id HAVING count(*) > 1"
    ),
    "record ids stand in dead_letters twice": Rule(
        "SELECT record_id FROM dead_letters GROUP BY record_id HAVING count(*) > 1"
    ),
    "records are a verbatim and a dead letter": Rule(
        "SELECT record_id FROM verbatims SEMI JOIN dead_letters USING (record_id)"
    ),
    "records have signals but no verbatim": Rule(
        "SELECT DISTINCT record_id FROM signals ANTI JOIN verbatims USING (record_id)"
    ),
    "signals have evidence outside their text": Rule(
        "SELECT record_id FROM signals JOIN verbatims USING (record_id) "
        "WHERE evidence_start < 0 OR evidence_end < evidence_start OR evidence_end > length(text)"
    ),
    "records have parts of a dead letter but none": Rule(
        "SELECT DISTINCT record_id FROM dead_letter_parts ANTI JOIN dead_letters USING (record_id)", since=4
    ),
    "dead letters have parts that are not numbered from 1 without a gap": Rule(
        "SELECT record_id FROM dead_letter_parts GROUP BY record_id "
        "HAVING min(part) <> 1 OR max(part) <> count(*) OR count(DISTINCT part) <> count(*)",
        since=4,
    ),
    "dead letters have not all of their bytes, or too many": Rule(_INCOMPLETE, since=4),
    "record ids stand in theme_members twice": Rule(
        "SELECT record_id FROM theme_members GROUP BY record_id HAVING count(*) > 1", since=6
    ),
    "members of themes have no verbatim": Rule(
        "SELECT record_id FROM theme_members ANTI JOIN verbatims USING (record_id)", since=6
    ),
    "themes have verbatims but are not there": Rule(
        "SELECT DISTINCT theme_id FROM theme_members ANTI JOIN themes USING (theme_id) WHERE theme_id IS NOT NULL",
        since=6,
    ),
    "rows lie at or past the next offset of their partition": Rule(
        'SELECT record_id FROM (SELECT record_id, topic, partition, "offset" FROM verbatims '
        'UNION ALL SELECT record_id, topic, partition, "offset" FROM dead_letters) AS stored '
        'LEFT JOIN kafka_offsets USING (topic, partition) WHERE next_offset IS NULL OR "offset" >= next_offset'
    ),
    "partitions have two next offsets": Rule(
        "SELECT topic || '/' || partition FROM kafka_offsets GROUP BY topic, partition HAVING count(*) > 1"
    ),
}

ORPHANS: Final = "DELETE FROM signals WHERE record_id NOT IN (SELECT record_id FROM verbatims)"
MEMBERS_OF_NOTHING: Final = "DELETE FROM theme_members WHERE record_id NOT IN (SELECT record_id FROM verbatims)"
# Held against the themes that are left as if they were new.
MEMBERS_OF_NO_THEME: Final = (
    "UPDATE theme_members SET theme_id = NULL, similarity = NULL, tried = false "
    "WHERE theme_id NOT IN (SELECT theme_id FROM themes)"
)

# Half a record is worth nothing to a replay, and a row of it would hide that the record is lost.
INCOMPLETE_LETTERS: Final = f"DELETE FROM dead_letters WHERE record_id IN ({_INCOMPLETE})"
PARTS_OF_NOTHING: Final = "DELETE FROM dead_letter_parts WHERE record_id NOT IN (SELECT record_id FROM dead_letters)"

# Before the first row of a partition it is not known what was there: retention may have begun later.
LOST_OFFSETS: Final = """
WITH places AS (
    SELECT topic, partition, "offset" AS place FROM verbatims
    UNION ALL
    SELECT topic, partition, "offset" FROM dead_letters
    UNION ALL
    SELECT topic, partition, next_offset FROM kafka_offsets
    UNION ALL
    SELECT topic, partition, -1 FROM kafka_offsets
), steps AS (
    SELECT topic, partition, place, lead(place) OVER (PARTITION BY topic, partition ORDER BY place) AS next FROM places
)
SELECT topic, partition, place + 1, next - 1 FROM steps WHERE next - place > 1 ORDER BY ALL
"""
