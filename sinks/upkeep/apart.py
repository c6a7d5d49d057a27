"""Asks a process of its own about a store that may be damaged, and outlives it when that ends or hangs."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from select import select
from types import TracebackType
from typing import Any, Final, Self

import orjson

from sinks.transactions import StoreDamaged, StoreHeld
from voc.errors import FatalError

_QUIET_SECONDS: Final = 600.0  # a rule over a hundred million rows takes minutes; a question never takes longer


class Crashed(StoreDamaged):
    """DuckDB's process ended, or did not answer."""


class Apart:
    """A context manager; the process is started by the first question, and again after it has ended."""

    def __init__(self, path: Path, *, quiet_seconds: float = _QUIET_SECONDS) -> None:
        self._path = path
        self._quiet_seconds = quiet_seconds
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    @property
    def alive(self) -> bool:
        """Whether what was opened is still open."""
        return self._process is not None

    def ask(self, question: str, *arguments: object) -> Any:  # noqa: ANN401 - each question has an answer of its own
        """The answer of ``Worker``'s method of that name.

        Raises StoreHeld, StoreDamaged, or Crashed where the question ended the process; the next one starts another.
        """
        process = self._process = self._process or _start()
        assert process.stdin is not None and process.stdout is not None
        asked = {"do": question, "path": str(self._path), "arguments": [_plain(one) for one in arguments]}
        with suppress(BrokenPipeError):  # its answer is missing, too
            process.stdin.write(orjson.dumps(asked) + b"\n")
            process.stdin.flush()
        answered, _, _ = select([process.stdout], [], [], self._quiet_seconds)
        line = process.stdout.readline() if answered else b""
        if not line.endswith(b"\n"):
            code = self._end()
            raise Crashed(
                self._path, _ending(code) if answered else f"DuckDB did not answer in {self._quiet_seconds:g} s"
            )
        return self._understood(orjson.loads(line))

    def _understood(self, answer: dict[str, Any]) -> object:
        if "held" in answer:
            raise StoreHeld(answer["held"])
        if "damaged" in answer:
            raise StoreDamaged(self._path, answer["damaged"])
        if "failed" in answer:
            raise FatalError(answer["failed"])
        return answer["answer"]

    def _end(self) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        if process.stdin is not None:
            with suppress(BrokenPipeError):  # the rest of a question that it did not live to read
                process.stdin.close()
        try:
            code = process.wait(1)  # of itself, when there are no more questions
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        if process.stdout is not None:
            process.stdout.close()
        return code


def _start() -> subprocess.Popen[bytes]:
    command: Sequence[str] = (sys.executable, "-P", "-m", "sinks.upkeep.worker")
    # what it says on standard error is DuckDB's last word before it ends, which helps nobody who reads the message
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
        start_new_session=True,  # Ctrl-C is the parent's to handle
    )


def _ending(code: int) -> str:
    what = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return f"DuckDB ended with {what} while it was read"


def _plain(argument: object) -> object:
    return str(argument) if isinstance(argument, Path) else argument
