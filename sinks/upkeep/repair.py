"""Saves what can be read of a damaged store into a whole one; the damaged one is kept as it was."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sinks.store_file import logs_of, passing_file
from sinks.transactions import StoreDamaged
from sinks.upkeep.apart import Apart, Crashed
from sinks.upkeep.check import ROW_GROUP, Found, Progress, check
from sinks.upkeep.swapping import copy_from, disk_faults, locked, put_in_place, settle
from voc.errors import FatalError

# DuckDB reads a column that many rows at a time: where a block of it is damaged, none of them can be read.
_VECTOR: Final = 2048

_CUT: Final = re.compile(r"entry at byte position (\d+)")
_UNSAVED: Final = (
    "nothing was changed; put a backup in its place by `gapwatch store restore`, or take the file away, so that "
    "`gapwatch run` makes a new store and reads again what Kafka still has"
)


@dataclass(slots=True)
class Repaired:
    """What was saved and what was not."""

    path: str
    rows: dict[str, int] = field(default_factory=dict)
    lost_rows: dict[str, list[str]] = field(default_factory=dict)  # by table, runs of row numbers
    lost_log: str | None = None
    lost_signals: int = 0  # that could be read, but not their verbatim
    lost_letters: int = 0  # dead letters that could be read, but not all of their bytes
    derived_offsets: int = 0  # partitions whose next offset was lost, and taken from the rows saved
    offsets_without_row: list[str] = field(default_factory=list)
    faults: str = ""  # rules that rows still break
    kept: list[str] = field(default_factory=list)

    @property
    def needed(self) -> bool:
        """Whether there was anything to repair."""
        return bool(self.kept)


def repair(path: Path, *, progress: Progress = lambda what, done, total: None) -> Repaired:
    """Replace a damaged store by what can be read of it.

    Works on a copy, and touches the store only when that is whole. Raises ConfigError where there is no store,
    StoreHeld while a listener has it, FatalError where nothing can be saved or there is no room for the copies.
    """
    found = check(path, progress=progress)
    path = path.resolve()
    repaired = Repaired(str(path), dict(found.rows), faults=found.told())
    if not path.exists() or path.stat().st_size == 0:
        raise FatalError(f"{path}: can't be repaired: {found.told()}; {_UNSAVED}")
    if found.sound or _only_breaks_rules(found):
        return repaired
    with disk_faults(), locked(path) as file, passing_file(path, "part") as part, passing_file(path, "new") as fresh:
        copy_from(file, path, part)
        repaired.lost_log = _mend_log(part)
        found = check(part, progress=progress)
        if found.problems:
            raise FatalError(f"{path}: can't be repaired: {found.told()}; {_UNSAVED}")
        whole = not any(table.unreadable for table in found.tables)
        if not whole:
            _save(part, fresh, [table.name for table in found.tables], repaired, progress)
            settle(fresh)
            found = check(fresh, progress=progress)
        repaired.rows, repaired.faults = dict(found.rows), found.told()
        repaired.kept = [str(one) for one in put_in_place(part if whole else fresh, path)]
    return repaired


def _only_breaks_rules(found: Found) -> bool:
    return not found.problems and not any(table.unreadable for table in found.tables)


def _mend_log(part: Path) -> str | None:
    """Move what can be read of the log into the copy; what was lost of it, in words.

    Each entry has a checksum: up to the damaged one the log is good, and DuckDB applies whole transactions only.
    """
    log = next(iter(logs_of(part)), None)
    try:
        settle(part)
    except StoreDamaged as error:
        if log is None:
            return None
        size = log.stat().st_size
        found = _CUT.search(error.problem)
        if found and int(found[1]) < size and _settles_when_cut(part, log, int(found[1])):
            return f"its log is damaged: what it held after byte {found[1]} of {size} is lost"
        for left in logs_of(part):
            left.unlink()
        return f"its log is damaged: all {size} bytes of it are lost"
    return None


def _settles_when_cut(part: Path, log: Path, size: int) -> bool:
    with log.open("r+b") as file:
        file.truncate(size)
    try:
        settle(part)
    except StoreDamaged:
        return False
    return True


def _save(part: Path, fresh: Path, tables: list[str], repaired: Repaired, progress: Progress) -> None:
    with Apart(part) as apart:
        for table in tables:
            if table != "schema_version":
                lost = list(_runs(_copied(apart, part, fresh, table, progress)))
                if lost:
                    repaired.lost_rows[table] = lost
        _reopened(apart, part, fresh)
        repaired.lost_signals = apart.ask("tidy")
        repaired.lost_letters = apart.ask("tidy_letters")
        repaired.derived_offsets = apart.ask("derive_offsets")
        repaired.offsets_without_row = apart.ask("gaps")


def _copied(apart: Apart, part: Path, fresh: Path, table: str, progress: Progress) -> Iterator[tuple[int, int]]:
    """Copy a table by row groups, and those that can't be read by ever smaller ranges; yields what was lost."""
    try:
        size = _reopened(apart, part, fresh).ask("size", table)
    except StoreDamaged:
        yield 0, -1
        return
    ranges = deque((start, min(start + ROW_GROUP, size)) for start in range(0, size, ROW_GROUP))
    while ranges:
        start, stop = ranges.popleft()
        progress(f"saving {table}", start, size)
        try:
            _reopened(apart, part, fresh).ask("copy", table, start, stop)
        except Crashed:
            yield start, stop  # what describes the row group is damaged, and smaller ranges would end in the same way
        except StoreDamaged:
            smaller = _smaller(apart, table, start, stop)
            if not smaller:
                yield start, stop
            ranges.extendleft(reversed(smaller))


def _smaller(apart: Apart, table: str, start: int, stop: int) -> list[tuple[int, int]]:
    if stop - start > _VECTOR:
        middle = start + max(1, (stop - start) // (2 * _VECTOR)) * _VECTOR
        return [(start, middle), (middle, stop)]
    # A long text lies in blocks of its own, so that a row may be lost without its neighbours. Where three rows of the
    # vector can't be read one by one either, none can.
    if stop - start > 1 and any(_readable(apart, table, row) for row in (start, (start + stop) // 2, stop - 1)):
        return [(row, row + 1) for row in range(start, stop)]
    return []


def _readable(apart: Apart, table: str, row: int) -> bool:
    try:
        apart.ask("read", table, row, row + 1)
    except StoreDamaged:
        return False
    return True


def _reopened(apart: Apart, part: Path, fresh: Path) -> Apart:
    if not apart.alive:
        apart.ask("open_beside", part, fresh)
    return apart


def _runs(lost: Iterator[tuple[int, int]]) -> Iterator[str]:
    """Neighbouring ranges as one: "rows 0 to 4095"."""
    runs: list[list[int]] = []
    for start, stop in lost:
        if runs and runs[-1][1] == start:
            runs[-1][1] = stop
        else:
            runs.append([start, stop])
    for start, stop in runs:
        yield "all rows" if stop < start else f"rows {start} to {stop - 1}"
