"""What the tables of the store have, for people who ask by SQL."""

from collections.abc import Mapping, Sequence
from typing import Final

import duckdb

_MEANINGS: Final[Mapping[str, str]] = {
    "verbatims": "Each customer text once, redacted.",
    "signals": "Each gap signal: what a verbatim says of a promise. No join is needed to group it.",
    "promise_scores": "How often each promise was kept, in all; a view.",
    "signals_flat": "Signals with the verbatim's words and the promise's wording beside them; a view.",
    "promises": "Each version of each promise, as it was remembered.",
    "dead_letters": "Records that could not be processed, with the first of their bytes.",
    "dead_letter_parts": "What follows the first 32 KiB of a dead letter.",
    "kafka_offsets": "How far each topic and file was read.",
    "access_log": "Who read which customers' words.",
    "alerts": "What people must hear of, one row an alert.",
    "alert_history": "What happened to alerts, one row a change.",
    "notifications": "How far each notifier was told.",
    "themes": "Complaint patterns found in negative verbatims.",
    "theme_members": "Each negative verbatim with the theme that it is of.",
    "theme_changes": "What happened to themes, one row a change.",
}
_COLUMNS: Final = """
SELECT table_name, list((column_name, data_type) ORDER BY column_index)
FROM duckdb_columns()
WHERE NOT internal AND database_name = current_database()
GROUP BY table_name
"""


def described(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, Sequence[tuple[str, str]]]]:
    """Each table with its meaning and its columns, those with a meaning first and in their order."""
    columns = dict(connection.execute(_COLUMNS).fetchall())
    names = [name for name in _MEANINGS if name in columns] + sorted(columns.keys() - _MEANINGS.keys())
    return [(name, _MEANINGS.get(name, ""), columns[name]) for name in names]
