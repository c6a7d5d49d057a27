"""`gapwatch sql`: one SELECT on the store."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gapwatch.asking import answered, ask
from gapwatch.commands.options import AsJson, ConfigFile, StoreFile, examples, print_json, store_path
from gapwatch.rendering import terminal, visible
from sinks.access_log import Action, note_in_file
from sinks.config import SqlSettings
from sinks.select import Table as Answer
from sinks.select import select

if TYPE_CHECKING:
    from gapwatch.settings import Settings

EPILOG: Final = examples(
    'gapwatch sql "SELECT * FROM promise_scores"',
    "gapwatch sql \"SELECT region, count(*) FROM signals_flat WHERE verdict = 'broken' GROUP BY ALL\"",
    'gapwatch sql --json "SELECT day, n FROM (SELECT event_time::DATE AS day, count(*) AS n FROM signals GROUP BY 1)"',
    'gapwatch sql --config gapwatch.yaml "SELECT count(*) FROM verbatims"',
)
_ANSWER_BYTES: Final = 64 << 20  # the caller's own machine


class _Found(NamedTuple):
    answer: Answer
    as_of: str | None = None  # of a listener's copy


def sql(
    query: Annotated[str, typer.Argument(metavar="SELECT", help="One SELECT statement.")],
    store: StoreFile = None,
    config: ConfigFile = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000_000, help="Show so many rows at most.")] = 1000,
    seconds: Annotated[float, typer.Option(min=0.1, max=3600, help="Stop a SELECT that takes longer.")] = 30.0,
    as_json: AsJson = False,
) -> None:
    """Answer one SELECT. It can read the store and nothing else: no file, no network, no change.

    Tables: verbatims, signals, promises, dead_letters, dead_letter_parts, kafka_offsets, access_log. Views:
    promise_scores, signals_flat. Times are UTC. While a listener holds the store, --config asks the listener, within
    its own limits.
    """
    found = _found(
        store_path(store, config), config, query, SqlSettings(seconds=seconds, rows=limit, bytes=_ANSWER_BYTES)
    )
    answer = found.answer
    if as_json:
        print_json(dict(zip(answer.columns, row, strict=True)) for row in answer.rows)
    else:
        table = Table(*map(str, answer.columns), box=SIMPLE_HEAD, pad_edge=False)
        for row in answer.rows:
            table.add_row(*(Text("" if value is None else visible(str(value))) for value in row))
        terminal().print(table)
    if found.as_of is not None:
        terminal(stderr=True).print(f"answered by the listener, as of {found.as_of}")
    if answer.more:
        terminal(stderr=True).print(f"only the first {len(answer.rows)} rows are shown; --limit shows more")


def _found(path: Path, config: Path | None, query: str, bounds: SqlSettings) -> _Found:
    def from_store() -> _Found:
        note_in_file(path, Action.SQL, query)
        return _Found(select(path, query, bounds))

    def from_listener(settings: "Settings") -> _Found:
        question = {"sql": query, "limit": bounds.rows}
        answer = ask(settings.http, "/api/sql", question, seconds=settings.sql.seconds)
        rows = [tuple(row) for row in answer["rows"]]
        return _Found(Answer(answer["columns"], rows, answer["more"]), answer["as_of"])

    return answered(config, from_store, from_listener)
