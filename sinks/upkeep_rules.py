"""What holds in every whole store, as SELECTs that find what breaks it."""

from collections.abc import Mapping
from typing import Final

# In the order in which they are copied by a repair. Views and the schema's version are made anew.
TABLES: Final = (
    "schema_version",
    "kafka_offsets",
    "kafka_topics",
    "promises",
    "access_log",
    "dead_letters",
    "verbatims",
    "signals",
)

# A text is one column, the record's id or what else names the row. Only columns of the first schema are named, so that
# a store of an older gapwatch can be checked before it is upgraded.
RULES: Final[Mapping[str, str]] = {
    "record ids stand in verbatims twice": "SELECT record_id FROM verbatims GROUP BY record_id HAVING count(*) > 1",
    "record ids stand in dead_letters twice": (
        "SELECT record_id FROM dead_letters GROUP BY record_id HAVING count(*) > 1"
    ),
    "records are a verbatim and a dead letter": (
        "SELECT record_id FROM verbatims SEMI JOIN dead_letters USING (record_id)"
    ),
    "records have signals but no verbatim": (
        "SELECT DISTINCT record_id FROM signals ANTI JOIN verbatims USING (record_id)"
    ),
    "signals have evidence outside their text": (
        "SELECT record_id FROM signals JOIN verbatims USING (record_id) "
        "WHERE evidence_start < 0 OR evidence_end < evidence_start OR evidence_end > length(text)"
    ),
    "rows lie at or past the next offset of their partition": (
        'SELECT record_id FROM (SELECT record_id, topic, partition, "offset" FROM verbatims '
        'UNION ALL SELECT record_id, topic, partition, "offset" FROM dead_letters) AS stored '
        'LEFT JOIN kafka_offsets USING (topic, partition) WHERE next_offset IS NULL OR "offset" >= next_offset'
    ),
    "partitions have two next offsets": (
        "SELECT topic || '/' || partition FROM kafka_offsets GROUP BY topic, partition HAVING count(*) > 1"
    ),
}

ORPHANS: Final = "DELETE FROM signals WHERE record_id NOT IN (SELECT record_id FROM verbatims)"

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
