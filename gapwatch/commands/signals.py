"""`gapwatch signals`: the gap signals, filtered, and followed as they come."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from pydantic import TypeAdapter

from gapwatch.asking import answered, look
from gapwatch.commands.options import (
    AsJson,
    Brand,
    ConfigFile,
    Since,
    StoreFile,
    examples,
    in_utc,
    print_json,
    store_path,
)
from gapwatch.rendering import signal_line, terminal
from sinks import queries
from sinks.access_log import Action, note_in_file
from sinks.answers import Signal, SignalKey
from sinks.reading import open_for_reading
from sinks.transactions import StoreHeld
from voc.errors import ConfigError
from voc.verdicts import Verdict

if TYPE_CHECKING:
    from gapwatch.settings import Settings

EPILOG: Final = examples(
    "gapwatch signals --promise bags-on-time --verdict broken --region EU",
    "gapwatch signals --since 2026-01-01 --min-confidence 0.8 --limit 20",
    "gapwatch signals -f --json --config gapwatch.yaml",
)
_FOLLOW_SECONDS: Final = 2.0
_MOST_OF_A_LISTENER: Final = 1000  # rows of one answer

Ask = Callable[[SignalKey | None], list[Signal]]


def signals(
    store: StoreFile = None,
    config: ConfigFile = None,
    brand: Brand = None,
    promise: Annotated[str | None, typer.Option(metavar="ID", help="Only this promise.")] = None,
    verdict: Annotated[Verdict | None, typer.Option(help="Only this verdict.")] = None,
    region: Annotated[str | None, typer.Option(help="Only this region.")] = None,
    since: Since = None,
    min_confidence: Annotated[float, typer.Option(min=0, max=1, help="Only signals at least this sure.")] = 0.0,
    limit: Annotated[int, typer.Option(min=1, help="The last so many.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on and show new ones as they are stored.")] = False,
    as_json: AsJson = False,
) -> None:
    """List gap signals in the order they were stored, the newest at the end.

    --follow looks into the store every two seconds. While a listener holds the store, --config asks the listener, for
    at most 1000 at once.
    """
    path = store_path(store, config)
    filters: dict[str, Any] = {"brand": brand, "promise": promise, "verdict": verdict, "region": region}
    filters["since"] = in_utc(since)
    to_note = ["signals " + " ".join(f"{name}={value}" for name, value in filters.items() if value is not None)]
    filters |= {"min_confidence": min_confidence, "limit": limit}

    def ask(after: SignalKey | None) -> list[Signal]:
        def from_store() -> list[Signal]:
            while to_note:  # following is one reading
                note_in_file(path, Action.VERBATIMS, to_note[0])
                to_note.clear()
            with open_for_reading(path) as connection:
                return queries.signals(connection, **filters, after=after)

        return answered(config, from_store, lambda settings: _asked_of_the_listener(settings, filters, after))

    with suppress(KeyboardInterrupt):  # how following ends
        for found in followed(ask) if follow else [ask(None)]:
            show(found, as_json=as_json)


def _asked_of_the_listener(
    settings: "Settings", filters: Mapping[str, object], after: SignalKey | None
) -> list[Signal]:
    from console import cursors  # only here: it loads the web framework

    if int(str(filters["limit"])) > _MOST_OF_A_LISTENER:
        raise ConfigError("asked of a listener", key="--limit", allowed=f"at most {_MOST_OF_A_LISTENER}")
    place = {"after": cursors.written(after)} if after is not None else {"newest": True}
    answer = look(settings.http, "/api/v1/signals", {**filters, **place}, seconds=settings.sql.seconds)
    return TypeAdapter(list[Signal]).validate_python(answer["signals"])


def show(found: list[Signal], *, as_json: bool) -> None:
    """One line a signal; never cut, so that it can be searched."""
    if as_json:
        print_json(found)
        return
    console = terminal()
    for signal in found:
        console.print(signal_line(signal), soft_wrap=True)


def followed(ask: Ask, *, rounds: int | None = None, seconds: float = _FOLLOW_SECONDS) -> Iterator[list[Signal]]:
    """What is there, then what is new, looking again every few seconds; ``rounds`` ends it after so many looks."""
    after: SignalKey | None = None
    held = False
    for turn in count(1):
        try:
            found = ask(after)
            held = False
        except StoreHeld as error:
            if not held:
                terminal(stderr=True).print(f"waiting: {error}", soft_wrap=True)
            found, held = [], True
        if found:
            after = found[-1].key
            yield found
        if turn == rounds:
            return
        time.sleep(seconds)
