"""`gapwatch access-log`: who read customers' words."""

from typing import Annotated, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gapwatch.commands.options import AsJson, ConfigFile, Since, StoreFile, examples, in_utc, print_json, store_path
from gapwatch.rendering import terminal, visible
from sinks.access_log import Action, note_in_file, readings
from sinks.reading import open_for_reading

EPILOG: Final = examples(
    "gapwatch access-log --since 2026-11-01", "gapwatch access-log --json | jq 'select(.action == \"export\")'"
)


def access_log(
    store: StoreFile = None,
    config: ConfigFile = None,
    since: Since = None,
    limit: Annotated[int, typer.Option(min=1, help="The last so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List who read customers' words, by HTTP or by a command, the newest at the end. This reading is listed too."""
    path = store_path(store, config)
    note_in_file(path, Action.ACCESS_LOG, f"since={since}" if since else "")
    with open_for_reading(path) as connection:
        found = readings(connection, since=in_utc(since), limit=limit)
    if as_json:
        print_json(found)
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("Read at", "Who", "Role", "Via", "What"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Detail", overflow="fold")
    for one in found:
        words = (f"{one.read_at:%Y-%m-%d %H:%M:%S}", visible(one.who), one.role, one.via, one.action)
        table.add_row(*words, Text(visible(one.detail)))
    terminal().print(table)
