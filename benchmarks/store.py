"""A made-up store of any size, the same each time: ``python -m benchmarks.store PATH --signals 1000000``.

What two made-up brands hear in 90 days: reviews, tickets and posts with the rhythm of days and weeks, an incident that
goes on at the end and one that is over, a promise that gets worse, one that nobody speaks of any more; alerts in all
states, themes, dead letters. The texts are short, and their evidence is where the signals say.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TimeElapsedColumn

from benchmarks.course import KINDS, PARTITIONS, Course, course
from benchmarks.generate import CATALOGUES
from benchmarks.store_alerts import write_alerts
from benchmarks.store_rows import RowWriter
from benchmarks.store_themes import Encode, middles, theme_ids, write_themes
from benchmarks.stories import stock
from nlp.encoder import Encoder
from promises.catalogue import load_catalogue
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.rows import OFFSETS, Rows, insert

UNTIL: Final = datetime(2026, 11, 25, tzinfo=UTC)  # eight weeks after a wording of the catalogues changes
_DAYS: Final = 90
_ALERTS: Final = 60
_CHUNK: Final = 10_000  # records a transaction: within the memory that a store has by default


@dataclass(frozen=True, slots=True)
class Filled:
    """How much was written."""

    records: int
    signals: int
    themes: int
    alerts: int


def fill(
    store: DuckDBStore,
    *,
    signals: int,
    seed: int = 1,
    until: datetime = UNTIL,
    days: int = _DAYS,
    alerts: int = _ALERTS,
    encode: Encode | None = None,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Filled:
    """Fill a new store with ``signals`` signals and what belongs to them, over ``days`` days up to ``until``.

    With ``encode`` (``Encoder.encode_whole``) themes lie where the encoder puts what is said in them, so that they are
    found by meaning, and by texts that come later. ``on_progress`` hears how many records are written, of how many.
    """
    promises = [promise for path in CATALOGUES for promise in load_catalogue(path).promises]
    store.remember_promises(promises)
    words = stock(promises)
    drawn = course(words, promises, signals=signals, seed=seed, until=until, days=days)
    centres = middles(words, encode, seed=seed)
    rows = RowWriter(words, promises, drawn, theme_ids=theme_ids(words.patterns), middles=centres, seed=seed)
    total = len(drawn.created)
    for start in range(0, total, _CHUNK):
        stop = min(start + _CHUNK, total)
        written = rows.rows(start, stop)
        with store.changing() as connection:
            for table, some in written.tables():
                insert(connection, table, some)
        on_progress(stop, total)
    with store.changing() as connection:
        insert(connection, "kafka_offsets", _offsets(drawn))
        themes = write_themes(connection, words.patterns, centres, until)
        made = write_alerts(connection, promises, number=alerts, seed=seed, until=until)
    return Filled(total, signals, themes, made)


def _offsets(drawn: Course) -> Rows:
    """Where a listener would go on."""
    next_offsets = [
        (f"{kind}s", partition, int(np.max(drawn.offset[here], initial=-1)) + 1)
        for number, kind in enumerate(KINDS)
        for partition in range(PARTITIONS)
        if (here := (drawn.kind == number) & (drawn.partition == partition)).any()
    ]
    return Rows(OFFSETS, next_offsets)


def main(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The store to make; it must not be there yet.")],
    signals: Annotated[int, typer.Option(min=1, help="Gap signals.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Another seed gives another store.")] = 1,
    alerts: Annotated[int, typer.Option(min=1, help="Alerts.")] = _ALERTS,
) -> None:
    """Make a store of signals that nobody gave."""
    if path.exists():
        raise typer.BadParameter(f"{path} is there already")
    console = Console(stderr=True)
    columns = ("{task.description}", MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress, DuckDBStore(DuckDBSettings(path=path)) as store:
        task = progress.add_task("records", total=None)
        filled = fill(
            store,
            signals=signals,
            seed=seed,
            alerts=alerts,
            encode=Encoder().encode_whole,
            on_progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
    console.print(
        f"{path}: {filled.records:,} records, {filled.signals:,} signals, "
        f"{filled.themes} themes, {filled.alerts} alerts"
    )


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        typer.run(main)
