"""`gapwatch sql`: one SELECT on the store."""

from typing import Annotated, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gapwatch.commands.options import AsJson, ConfigFile, StoreFile, examples, print_json, store_path
from gapwatch.rendering import terminal, visible
from sinks.config import SqlSettings
from sinks.select import select

EPILOG: Final = examples(
    'gapwatch sql "SELECT * FROM promise_scores"',
    "gapwatch sql \"SELECT region, count(*) FROM signals_flat WHERE verdict = 'broken' GROUP BY ALL\"",
    'gapwatch sql --json "SELECT day, n FROM (SELECT event_time::DATE AS day, count(*) AS n FROM signals GROUP BY 1)"',
)
_ANSWER_BYTES: Final = 64 << 20  # the caller's own machine


def sql(
    query: Annotated[str, typer.Argument(metavar="SELECT", help="One SELECT statement.")],
    store: StoreFile = None,
    config: ConfigFile = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Show so many rows at most.")] = 1000,
    seconds: Annotated[float, typer.Option(min=0.1, max=3600, help="Stop a SELECT that takes longer.")] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Answer one SELECT. It can read the store and nothing else: no file, no network, no change.

    Tables: verbatims, signals, promises, dead_letters, kafka_offsets. Views: promise_scores, signals_flat.
    Times are UTC.
    """
    bounds = SqlSettings(seconds=seconds, rows=limit, bytes=_ANSWER_BYTES)
    answer = select(store_path(store, config), query, bounds)
    if as_json:
        print_json(dict(zip(answer.columns, row, strict=True)) for row in answer.rows)
    else:
        table = Table(*map(str, answer.columns), box=SIMPLE_HEAD, pad_edge=False)
        for row in answer.rows:
            table.add_row(*(Text("" if value is None else visible(str(value))) for value in row))
        terminal().print(table)
    if answer.more:
        terminal(stderr=True).print(f"only the first {limit} rows are shown; --limit shows more")
