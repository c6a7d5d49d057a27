"""`gapwatch verbatim`: one customer text with what was judged of it."""

from typing import TYPE_CHECKING, Annotated, Final, NamedTuple
from urllib.parse import quote

import typer
from pydantic import TypeAdapter

from gapwatch.asking import answered, look
from gapwatch.commands.options import AsJson, ConfigFile, StoreFile, examples, plain, print_json, store_path
from gapwatch.rendering import terminal, verbatim_panel
from sinks import queries
from sinks.access_log import Action, note_in_file
from sinks.answers import Signal, StoredVerbatim
from sinks.reading import open_for_reading

if TYPE_CHECKING:
    from gapwatch.settings import Settings

EPILOG: Final = examples("gapwatch verbatim T-1042", "gapwatch verbatim reviews/0/17 --json")


class _Found(NamedTuple):
    verbatim: StoredVerbatim
    signals: list[Signal]


def verbatim(
    verbatim_id: Annotated[str, typer.Argument(metavar="ID", help="The id of the text, or topic/partition/offset.")],
    store: StoreFile = None,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show a verbatim as stored, its evidence highlighted, beside the promises it was held against.

    While a listener holds the store, --config asks the listener.
    """
    path = store_path(store, config)

    def from_store() -> list[_Found]:
        note_in_file(path, Action.VERBATIMS, verbatim_id)
        with open_for_reading(path) as connection:
            verbatims = queries.verbatims(connection, verbatim_id)
            return [_Found(one, queries.signals_of(connection, one)) for one in verbatims]

    found = answered(config, from_store, lambda settings: [_asked_of_the_listener(settings, verbatim_id)])
    if not found:
        terminal(stderr=True).print(f"no verbatim has the id {verbatim_id}", soft_wrap=True)
        raise typer.Exit(1)
    if as_json:
        print_json({"verbatim": plain(one), "signals": [plain(signal) for signal in signals]} for one, signals in found)
        return
    console = terminal()
    for one, signals in found:
        console.print(verbatim_panel(one, signals))


def _asked_of_the_listener(settings: "Settings", verbatim_id: str) -> _Found:
    answer = look(settings.http, f"/api/v1/verbatims/{quote(verbatim_id)}", {}, seconds=settings.sql.seconds)
    return TypeAdapter(_Found).validate_python((answer["verbatim"], answer["signals"]))
