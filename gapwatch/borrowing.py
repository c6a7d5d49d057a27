"""Lends a command a store to read: the file itself, or a copy that the listener which holds it makes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from gapwatch.asking import ask
from gapwatch.rendering import terminal
from gapwatch.settings import load_settings
from sinks.access_log import Action, note_in_file
from sinks.transactions import StoreHeld
from voc.errors import FatalError

_COPY_SECONDS: Final = 600.0


@contextmanager
def readable(path: Path, config: Path | None, *, action: Action, detail: str, name: str) -> Iterator[Path]:
    """The store, with the reading noted in its access log.

    Where a listener holds it and ``config`` tells which one, the listener makes a copy beside it, which is thrown away
    in the end; its access log has the copy under its name, ``name`` and a number. Raises as ``note_in_file`` and
    ``gapwatch.asking.ask``.
    """
    try:
        note_in_file(path, action, detail)
    except StoreHeld as held:
        if config is None:
            raise FatalError(f"{held}; with --config the listener is asked for a copy") from held
        copy = _copied(config, f"{name}-{os.getpid()}.duckdb")
    else:
        yield path
        return
    try:
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def _copied(config: Path, name: str) -> Path:
    with terminal(stderr=True).status("The listener copies its store"):
        made = ask(load_settings(config).http, "/api/v1/store/backup", {"to": name}, seconds=_COPY_SECONDS)
    return Path(made["path"])
