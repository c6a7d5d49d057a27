"""The console benchmark's listener: `gapwatch run`, which tells how long each of its inserts took.

``python -m benchmarks.console_listener SETTINGS FILE`` writes a JSON line a batch to FILE: when it was stored (seconds
by the clock), how long `DuckDBStore.write` took, waiting for its turn included, and how many records it had.
"""

import sys
import time
from pathlib import Path
from typing import BinaryIO

import orjson

from gapwatch.commands.run import listen
from gapwatch.logs import set_up_logs
from gapwatch.settings import load_settings
from sinks.duckdb import DuckDBStore
from voc.ports import Batch, Written


def main(settings: Path, timings: Path) -> None:
    """Listen until told to stop."""
    set_up_logs()
    with timings.open("wb", buffering=0) as file:
        _tell_of_writes(file)
        listen(load_settings(settings))


def _tell_of_writes(file: BinaryIO) -> None:
    untold = DuckDBStore.write

    def told(store: DuckDBStore, batch: Batch) -> Written:
        started = time.perf_counter()
        written = untold(store, batch)
        line = {"at": time.time(), "seconds": time.perf_counter() - started, "records": len(batch.judged)}
        file.write(orjson.dumps(line) + b"\n")
        return written

    DuckDBStore.write = told  # type: ignore[assignment, method-assign]


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
