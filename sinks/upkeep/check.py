"""Checks a whole store: reads every row of every table, and looks for what no whole store has."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sinks.reading import no_store
from sinks.schema import NEWEST
from sinks.store_file import check_path
from sinks.transactions import StoreDamaged, StoreHeld
from sinks.upkeep.apart import Apart, Crashed
from sinks.upkeep.rules import RULES, TABLES

ROW_GROUP: Final = 122_880  # rows that DuckDB keeps together

Progress = Callable[[str, int, int], None]  # what is being done, how much of it, of how much


@dataclass(frozen=True, slots=True)
class TableFound:
    """A table: the rows that could be read, and why others could not."""

    name: str
    rows: int
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that rows break: how many, and the first of them."""

    rule: str
    count: int
    examples: tuple[str, ...]


@dataclass(slots=True)
class Found:
    """What a check found."""

    path: str
    schema: int | None = None
    tables: list[TableFound] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    offsets: Mapping[str, int] = field(default_factory=dict)  # by topic/partition
    problems: list[str] = field(default_factory=list)  # what kept the file or a table from being looked into

    @property
    def sound(self) -> bool:
        """Whether every row could be read and no rule is broken."""
        return not (self.faults or self.problems or any(table.unreadable for table in self.tables))

    @property
    def rows(self) -> Mapping[str, int]:
        """The rows of each table."""
        return {table.name: table.rows for table in self.tables}

    def told(self) -> str:
        """What is wrong, in one line."""
        unreadable = [f"{table.name}: {table.unreadable[0]}" for table in self.tables if table.unreadable]
        broken = [f"{fault.count} {fault.rule} ({', '.join(fault.examples)})" for fault in self.faults]
        return "; ".join([*self.problems, *unreadable, *broken])


def check(path: Path, *, progress: Progress = lambda what, done, total: None) -> Found:
    """Read all of a store, without changing it.

    Raises ConfigError where there is no store, StoreHeld where a listener has it. Damage is found, not raised.
    """
    found = Found(str(path))
    try:
        check_path(path)
    except StoreDamaged as error:
        found.problems.append(error.problem)
        return found
    if not path.is_file():
        raise no_store(path)
    with Apart(path) as apart:
        try:
            _look_into(apart, path, found, progress)
        except StoreDamaged as error:
            found.problems.append(error.problem)
    return found


def refuse_unreadable(path: Path) -> None:
    """Raise StoreDamaged for a store whose damage would end the process that opens it, or adds to it, without a word.

    Takes a fifth of a second, however large the store is: only a check finds all damage. A store that is held, or no
    store at all, is for the one who opens it to tell of.
    """
    if not path.is_file() or path.stat().st_size == 0:
        return
    with Apart(path) as apart, suppress(StoreHeld):
        apart.ask("open", path)
        apart.ask("read_last")


def _look_into(apart: Apart, path: Path, found: Found, progress: Progress) -> None:
    opened = apart.ask("open", path)
    found.schema = opened["schema"]
    found.problems += _about_schema(found.schema, opened["tables"])
    for table in opened["tables"]:
        found.tables.append(_read(apart, path, table, progress))
    if found.schema is None or any(table.unreadable for table in found.tables):
        return  # a rule over rows of which some can't be read finds what is not so
    rules = [name for name, rule in RULES.items() if rule.since <= found.schema]
    for number, rule in enumerate(rules):
        progress(rule, number, len(rules))
        broken = _reopened(apart, path).ask("broken", rule)
        if broken["count"]:
            found.faults.append(Fault(rule, broken["count"], tuple(broken["examples"])))
    found.offsets = {f"{one['topic']}/{one['partition']}": one["next_offset"] for one in apart.ask("offsets")}


def _about_schema(schema: int | None, tables: Sequence[str]) -> Iterator[str]:
    if schema is None:
        yield "it is a DuckDB file, but no gapwatch store"
    elif schema > NEWEST:
        yield f"it has schema {schema}, of a later gapwatch than this one, which knows schemas up to {NEWEST}"
    elif schema == NEWEST and set(tables) != set(TABLES):
        yield f"it has no table {', '.join(sorted(set(TABLES) - set(tables)))}"


def _read(apart: Apart, path: Path, table: str, progress: Progress) -> TableFound:
    """Read a table a row group at a time; what can't be read is passed over."""
    try:
        size = _reopened(apart, path).ask("size", table)
    except StoreDamaged as error:
        return TableFound(table, 0, (error.problem,))
    rows, unreadable = 0, []
    for start in range(0, size, ROW_GROUP):
        progress(f"reading {table}", start, size)
        try:
            rows += _reopened(apart, path).ask("read", table, start, start + ROW_GROUP)
        except Crashed as error:
            unreadable.append(f"rows {start} to {min(start + ROW_GROUP, size) - 1}: {error.problem}")
        except StoreDamaged as error:
            unreadable.append(error.problem)
    return TableFound(table, rows, tuple(unreadable))


def _reopened(apart: Apart, path: Path) -> Apart:
    if not apart.alive:
        apart.ask("open", path)
    return apart
