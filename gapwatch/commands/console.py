"""`gapwatch console`: the pages and the API over a store that no listener holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from prometheus_client import CollectorRegistry

from gapwatch import doors, wiring
from gapwatch.commands.options import ConfigFile, StoreFile, examples, store_path
from gapwatch.rendering import terminal
from gapwatch.settings import Settings, load_settings
from gapwatch.stopping import stopped_by_signals
from nlp.config import MiniLMSettings
from sinks.config import DuckDBSettings
from sinks.reading import no_store
from sinks.transactions import StoreHeld
from voc.errors import FatalError

EPILOG: Final = examples("gapwatch console --store gapwatch-demo.duckdb", "gapwatch console --config gapwatch.yaml")
_STOP_SECONDS: Final = 2.0
_Place = doors.Alone | Settings


def console(
    store: StoreFile = None,
    config: ConfigFile = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port, instead of 8601 or the settings'.")] = None,
) -> None:
    """Serve the pages and the API over a store that no listener holds, until stopped; a listener serves its own.

    With --config it is served to whom `http` lets in; with --store to this machine alone.
    """
    place = _place(store_path(store, config), config, port)
    if not place.store.path.exists():
        raise no_store(place.store.path)
    doors.refuse_unusable_tokens(place.http)
    with stopped_by_signals(_STOP_SECONDS) as stop, served(place) as address:
        terminal().print(f"{address}  (Ctrl-C ends it)")
        stop.wait()


@contextmanager
def served(place: _Place) -> Iterator[str]:
    """The console over a store that nobody else holds, as long as the block runs; gives its address."""
    try:
        opened = wiring.build_store(place.store)
    except StoreHeld as held:
        raise FatalError(f"{held}; a listener serves the console itself, at its `http` address") from held
    with opened as store:
        model = place.model if isinstance(place, Settings) else MiniLMSettings()
        with doors.opened(place, store, CollectorRegistry(), judge=wiring.build_judge(model)) as address:
            yield address


def _place(path: Path, config: Path | None, port: int | None) -> _Place:
    if config is not None:
        return load_settings(config, {} if port is None else {"http": {"port": port}})
    alone = doors.Alone(DuckDBSettings(path=path))
    return alone if port is None else doors.Alone(alone.store, alone.http.model_copy(update={"port": port}))
