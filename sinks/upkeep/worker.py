"""The process that looks into a store which may be damaged: a question a line on standard input, an answer on output.

DuckDB's checksums do not cover all of a file: damage in the rest ends the process that meets it (a segmentation fault,
on 1.5), and must not end the command or the listener that asked.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

import duckdb
import orjson

from sinks.schema import migrate, stored_version
from sinks.store_file import logs_of
from sinks.transactions import StoreDamaged, StoreHeld, TooLittleMemory, transaction, translated_errors
from sinks.upkeep.rules import (
    INCOMPLETE_LETTERS,
    LOST_OFFSETS,
    MEMBERS_OF_NO_THEME,
    MEMBERS_OF_NOTHING,
    ORPHANS,
    PARTS_OF_NOTHING,
    RULES,
    TABLES,
)
from voc.errors import GapwatchError

_WHEN_HELD: Final = "stop the listener first; a backup alone can be made while it runs (by --config, over HTTP)"
_EXAMPLES: Final = 5
_DUCKDB_GAVE_UP: Final = 70  # exit code

# What DuckDB may take at first, and what where that is too little: 2,048 records in a row are in memory together, and
# in rows of before dead letters lay in parts each may be a megabyte.
_MEMORY: Final = ("256MB", "1GB", "4GB")

# Only our own SQL runs here. What a query needs beyond the memory goes to a temporary folder beside the file.
_CONFIG: Final[Mapping[str, Any]] = {
    "threads": 2,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}


class Worker:
    """Holds the connection between questions; each public method answers one."""

    def __init__(self, memory: Sequence[str] = _MEMORY) -> None:
        self._connection = duckdb.connect()
        self._memory = list(memory)
        self._old = ""  # what names of tables of the file looked into begin with

    def settle(self, path: str) -> None:
        """Move what the log of a file holds into the file, and end its log."""
        with duckdb.connect(path, config=self._config) as connection:
            connection.execute("CHECKPOINT")
        for log in logs_of(Path(path)):
            log.unlink()

    def open(self, path: str) -> dict[str, Any]:
        """Open a file read-only; its schema and its tables."""
        self._connection = duckdb.connect(path, read_only=True, config=self._config)
        return {"schema": stored_version(self._connection), "tables": self._tables()}

    def open_beside(self, path: str, fresh: str) -> dict[str, Any]:
        """Open a damaged file read-only and a new store to copy to; the damaged file's tables."""
        self._connection.close()  # one opened in vain has another limit, and would hold the file
        self._connection = duckdb.connect(fresh, config=self._config)
        migrate(self._connection, fresh)
        quoted = path.replace("'", "''")
        self._connection.execute(f"ATTACH '{quoted}' AS old (READ_ONLY)")
        self._old = "old."
        return {"tables": self._tables()}

    def read_last(self) -> None:
        """Read the last row of each table, and with it what describes the rows that new ones go beside."""
        for table in self._tables():
            size = self.size(table)
            self.read(table, size - 1, size)

    def size(self, table: str) -> int:
        """One more than the largest row number of a table."""
        [[last]] = self._connection.execute(f'SELECT coalesce(max(rowid), -1) FROM {self._old}"{table}"').fetchall()
        return int(last) + 1

    def read(self, table: str, start: int, stop: int) -> int:
        """Read every column of the rows from ``start`` to before ``stop``; how many rows there are."""
        # a hash, because a count alone reads no block of a column
        names = ", ".join(f'"{name}"' for name in self._columns(table))
        sql = f'SELECT count(*), bit_xor(hash({names})) FROM {self._old}"{table}" WHERE rowid >= $1 AND rowid < $2'
        [[rows, _]] = self._connection.execute(sql, [start, stop]).fetchall()
        return int(rows)

    def copy(self, table: str, start: int, stop: int) -> int:
        """Copy rows into the new store, by the names of their columns."""
        with transaction(self._connection):
            return self._count(
                f'INSERT INTO "{table}" BY NAME SELECT * FROM old."{table}" WHERE rowid >= $1 AND rowid < $2',
                [start, stop],
            )

    def broken(self, rule: str) -> dict[str, Any]:
        """How many rows break a rule, and the first of them."""
        found = f"({RULES[rule].breaks}) AS found(example)"
        [[count, examples]] = self._connection.execute(
            f"SELECT count(*), list(example ORDER BY example)[:{_EXAMPLES}] FROM {found}"
        ).fetchall()
        return {"count": count, "examples": examples or []}

    def offsets(self) -> list[dict[str, Any]]:
        """Where reading goes on."""
        names = ("topic", "partition", "next_offset")
        found = self._connection.execute(f"SELECT {', '.join(names)} FROM kafka_offsets ORDER BY ALL").fetchall()
        return [dict(zip(names, row, strict=True)) for row in found]

    def tidy(self) -> int:
        """Take signals out of the new store whose verbatim could not be copied, how many; members of themes, too."""
        with transaction(self._connection):
            self._connection.execute(MEMBERS_OF_NOTHING)
            self._connection.execute(MEMBERS_OF_NO_THEME)
            return self._count(ORPHANS, [])

    def tidy_letters(self) -> int:
        """Take dead letters out of the new store that could not be copied whole, and parts without one; how many."""
        with transaction(self._connection):
            letters = self._count(INCOMPLETE_LETTERS, [])
            self._connection.execute(PARTS_OF_NOTHING)
        return letters

    def derive_offsets(self) -> int:
        """Where offsets were lost: one more than the largest offset copied, so that nothing is stored twice."""
        return self._count(
            'INSERT INTO kafka_offsets SELECT topic, partition, max("offset") + 1 FROM '
            '(SELECT topic, partition, "offset" FROM verbatims '
            'UNION ALL SELECT topic, partition, "offset" FROM dead_letters) AS copied '
            "ANTI JOIN kafka_offsets USING (topic, partition) GROUP BY ALL",
            [],
        )

    def gaps(self) -> list[str]:
        """Runs of offsets below the next one that have no row in the new store."""
        found = self._connection.execute(LOST_OFFSETS).fetchall()
        return [f"{topic}/{partition}: {first} to {last}" for topic, partition, first, last in found]

    def take_more_memory(self) -> bool:
        """Whether there is more to be had; the question that had too little may then be asked again."""
        if len(self._memory) == 1:
            return False
        del self._memory[0]
        try:
            self._connection.execute(f"SET memory_limit = '{self._memory[0]}'")
        except duckdb.FatalException:  # it failed half way through a commit, and answers nothing more
            return False
        return True

    @property
    def _config(self) -> dict[str, Any]:
        return {**_CONFIG, "memory_limit": self._memory[0]}

    def _tables(self) -> list[str]:
        database = "old" if self._old else None
        found = self._connection.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = coalesce($1, current_database())", [database]
        ).fetchall()
        there = {name for (name,) in found}
        return [table for table in TABLES if table in there]

    def _columns(self, table: str) -> list[str]:
        return [row[0] for row in self._connection.execute(f'DESCRIBE {self._old}"{table}"').fetchall()]

    def _count(self, sql: str, parameters: list[object]) -> int:
        [[rows]] = self._connection.execute(sql, parameters).fetchall()
        return int(rows)


def main() -> None:
    """Answer until the questions end."""
    with suppress(OSError):  # not Linux, or a sandbox without /proc
        Path("/proc/self/oom_score_adj").write_text(
            "1000"
        )  # where memory runs out, this process goes, not the listener
    worker = Worker()
    for line in sys.stdin.buffer:
        asked = orjson.loads(line)
        question = partial(getattr(worker, asked["do"]), *asked["arguments"])
        answer = _answer(question, asked["path"], more_memory=worker.take_more_memory)
        sys.stdout.buffer.write(orjson.dumps(answer) + b"\n")
        sys.stdout.buffer.flush()


def _answer(question: Callable[[], object], path: str, *, more_memory: Callable[[], bool]) -> dict[str, object]:
    try:
        with translated_errors(path, when_held=_WHEN_HELD):
            return {"answer": question()}
    except TooLittleMemory as error:
        if more_memory():
            return _answer(question, path, more_memory=more_memory)
        return {"failed": f"{path}: looking into it takes more memory than DuckDB may have: {error.__cause__}"}
    except StoreHeld as error:
        return {"held": str(error)}
    except StoreDamaged as error:
        return {"damaged": error.problem}
    except GapwatchError as error:
        if isinstance(error.__cause__, duckdb.InternalException | duckdb.FatalException):
            os._exit(_DUCKDB_GAVE_UP)  # it answers nothing more in this process
        return {"failed": str(error)}
    except duckdb.Error as error:  # a table that lacks what our SQL names, or damage in words that we do not know
        return {"damaged": " ".join(str(error).split())}


if __name__ == "__main__":
    main()
