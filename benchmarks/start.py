"""From the start of `gapwatch run` to its first signal in the store."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Final

import duckdb
import orjson
import yaml

from benchmarks.bench import Bench
from benchmarks.generate import CATALOGUES
from benchmarks.report import Measure
from promises.catalogue import load_catalogue

GOAL_SECONDS: Final = 5.0
_GAPWATCH: Final = "from gapwatch.cli import main; main()"  # what the installed script says


def start(bench: Bench) -> list[Measure]:
    """The time of a whole process that reads one record: it ends as soon as its file is read and stored."""
    task = bench.progress.add_task("start to first signal", total=bench.sizes.starts)
    seconds = []
    for number in range(bench.sizes.starts):
        folder = bench.folder / f"start-{number}"
        folder.mkdir()
        seconds.append(_seconds(_settings(folder), folder))
        bench.progress.advance(task)
    middle = median(seconds)
    value = f"{middle:.1f} s (median of {len(seconds)}, slowest {max(seconds):.1f} s)"
    goal, details = f"< {GOAL_SECONDS:.0f} s", {"seconds": seconds}
    return [Measure("start to first signal, process ended", value, goal, middle < GOAL_SECONDS, details)]


def _settings(folder: Path) -> Path:
    promise = next(one for one in load_catalogue(CATALOGUES[0]).promises if one.broken_examples)
    record = {"id": "first", "text": promise.broken_examples[0], "brand": promise.brand}
    (folder / "one.jsonl").write_bytes(orjson.dumps({**record, "created_at": "2026-03-01T12:00:00Z"}) + b"\n")
    settings = {
        "catalogues": [str(path) for path in CATALOGUES],
        "sources": [{"kind": "jsonl", "path": "one.jsonl", "holds": "review"}],
        "store": {"path": "gapwatch.duckdb"},
        "http": {"port": 0},
    }
    path = folder / "gapwatch.yaml"
    path.write_text(yaml.safe_dump(settings))
    return path


def _seconds(settings: Path, folder: Path) -> float:
    command = [sys.executable, "-c", _GAPWATCH, "run", "--config", str(settings)]
    started = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"gapwatch run ended with {done.returncode}:\n{done.stderr[-2000:]}")
    with duckdb.connect(str(folder / "gapwatch.duckdb"), read_only=True) as store:
        row = store.execute("SELECT count(*) FROM signals").fetchone()
    if not row or not row[0]:
        raise RuntimeError("the store has no signal: what was measured is no start to a first signal")
    return seconds
