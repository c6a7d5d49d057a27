"""Writes an export in a process of its own, so that its memory is no part of the listener's."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from sinks.exporting import Export, ExportFormat
from sinks.select import Child, child_process, killed_after, raised
from sinks.select_child import TooSlow
from voc.errors import FatalError

_SECONDS: Final = 300.0  # two million signals take half a minute
_ANSWER_BYTES: Final = 1 << 20


def export_apart(
    path: Path,
    asked: Export,
    out: Path,
    file_format: ExportFormat,
    *,
    memory_limit: str,
    seconds: float = _SECONDS,
    started: Callable[[Child], None] = lambda child: None,
) -> int:
    """Write what is asked of a store that nobody holds to a file, and give its rows. All of them: there is no bound.

    ``started`` is told the process, so that it can be killed. Raises TooSlow after ``seconds``, FatalError where the
    file can't be written, or would take more than half of what the disk has left.
    """
    question = {"path": str(path), "sql": asked.sql, "parameters": dict(asked.parameters)}
    question |= {"out": str(out), "format": file_format.value, "memory_limit": memory_limit}
    with child_process("sinks.export_child") as child:
        started(child)
        assert child.stdin is not None and child.stdout is not None
        with killed_after(child, seconds) as clock:
            with suppress(BrokenPipeError), child.stdin as there:
                there.write(json.dumps(question).encode())
            answer = child.stdout.read(_ANSWER_BYTES)
            code = child.wait()
        if not clock.is_alive():
            raise TooSlow(f"the export took longer than {seconds:g} s and was stopped; ask for less of it")
    try:
        found = json.loads(answer)
    except ValueError:
        raise FatalError(f"the process that writes an export ended with {code} and no answer") from None
    if "error" in found:
        raise raised(found)
    return int(found["rows"])
