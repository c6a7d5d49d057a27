"""`gapwatch verbatim`: one customer text with what was judged of it."""

from typing import Annotated, Final

import typer

from gapwatch.commands.options import AsJson, ConfigFile, StoreFile, examples, plain, print_json, store_path
from gapwatch.rendering import terminal, verbatim_panel
from sinks import queries
from sinks.access_log import Action, note_in_file
from sinks.reading import open_for_reading

EPILOG: Final = examples("gapwatch verbatim T-1042", "gapwatch verbatim reviews/0/17 --json")


def verbatim(
    verbatim_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the text, or topic/partition/offset.")],
    store: StoreFile = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show a verbatim as stored, its evidence highlighted, beside the promises it was held against."""
    path = store_path(store, config)
    note_in_file(path, Action.VERBATIMS, verbatim_id)
    with open_for_reading(path) as connection:
        found = [(one, queries.signals_of(connection, one)) for one in queries.verbatims(connection, verbatim_id)]
    if not found:
        terminal(stderr=True).print(f"no verbatim has the id {verbatim_id}", soft_wrap=True)
        raise typer.Exit(1)
    if as_json:
        print_json({"verbatim": plain(one), "signals": [plain(signal) for signal in signals]} for one, signals in found)
        return
    console = terminal()
    for one, signals in found:
        console.print(verbatim_panel(one, signals))
