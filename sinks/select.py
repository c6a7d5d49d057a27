"""Answers SQL of strangers' making from a store, and does nothing else whatever the SQL says.

The SELECT runs in a process of its own (``sinks.select_child``), since DuckDB's memory limit and its faults are those
of a whole process: a hog starves and a crash ends the reader alone, never the listener that writes.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import Any, Final

from sinks.config import SqlSettings
from sinks.select_child import TOO_SLOW, TooSlow
from sinks.transactions import StoreHeld
from voc.errors import ConfigError, FatalError, GapwatchError, TransientError

_GRACE_SECONDS: Final = 10.0  # to start Python and open the file, before the child's own clock begins
_ENVELOPE_BYTES: Final = 1 << 20  # what an answer has beside its rows: the columns, a message

Child = subprocess.Popen[bytes]


@dataclass(frozen=True, slots=True)
class Table:
    """What a SELECT answered, in JSON's types; ``more`` says that rows were left out."""

    columns: Sequence[str]
    rows: Sequence[tuple[object, ...]]
    more: bool


def select(
    path: Path, sql: str, bounds: SqlSettings | None = None, *, started: Callable[[Child], None] = lambda child: None
) -> Table:
    """The first rows that one SELECT on the store answers, within the bounds.

    ``started`` is told the process, so that it can be killed. Raises ConfigError for SQL that is refused, wrong or
    too large, TooSlow when it takes longer than ``bounds.seconds``, StoreHeld or FatalError for a store that can't be
    read.
    """
    bounds = bounds or SqlSettings()
    asked = {"path": str(path), "sql": sql, **bounds.model_dump(exclude={"snapshot_seconds"})}
    with child_process("sinks.select_child") as child:
        started(child)
        assert child.stdin is not None and child.stdout is not None
        with killed_after(child, bounds.seconds + _GRACE_SECONDS) as clock:
            with suppress(BrokenPipeError), child.stdin as question:  # broken: it has ended; its exit code tells why
                question.write(json.dumps(asked).encode())
            answer = child.stdout.read(bounds.bytes + _ENVELOPE_BYTES)
            code = child.wait()
        if code == TOO_SLOW or not clock.is_alive() or code == -signal.SIGXCPU:
            raise TooSlow(f"the SELECT took longer than {bounds.seconds:g} s and was stopped")
    return _understood(answer, code)


@contextmanager
def child_process(module: str) -> Iterator[Child]:
    """A process that reads a store, ended in any case on leaving. It inherits neither secrets nor settings."""
    environment = {
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "PATH": os.defpath,
        "HOME": "/nonexistent",  # where DuckDB would look for stored secrets
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    with subprocess.Popen(
        [sys.executable, "-P", "-s", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        cwd="/",
        start_new_session=True,  # a Ctrl-C at the terminal is the parent's to handle
    ) as child:
        try:
            yield child
        finally:
            child.kill()


@contextmanager
def killed_after(child: Child, seconds: float) -> Iterator[Timer]:
    """A clock that ends the process; it lives no more when it has."""
    clock = Timer(seconds, child.kill)
    clock.daemon = True
    clock.start()
    try:
        yield clock
    finally:
        clock.cancel()


def _understood(answer: bytes, code: int) -> Table:
    try:
        found = json.loads(answer)
    except ValueError:
        if code >= 0:
            raise FatalError(f"the process that reads for a SELECT ended with {code} and no answer") from None
        raise ConfigError(
            f"this SELECT ended the process that read for it (signal {-code}): it asks for more memory than it may "
            "have, or for what breaks DuckDB"
        ) from None
    if "error" in found:
        raise raised(found)
    return Table(found["columns"], [tuple(row) for row in found["rows"]], found["more"])


def raised(found: Mapping[str, Any]) -> GapwatchError:
    """The error that a process told of."""
    kinds: dict[str, type[GapwatchError]] = {
        kind.__name__: kind for kind in (ConfigError, TransientError, TooSlow, StoreHeld)
    }
    return kinds.get(found["error"], FatalError)(found["message"])
