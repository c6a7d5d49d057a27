"""Runs the command line as a user does: a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "configs" / "catalogues" / "shop.yaml"
AIRLINE = ROOT / "configs" / "catalogues" / "airline.yaml"
GAPWATCH = (sys.executable, "-c", "from gapwatch.cli import main; main()")


def environment(**more: str) -> dict[str, str]:
    """That of the test, wide enough that no table is cut, without settings of its own."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GAPWATCH_")}
    return plain | {"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"} | more


def gapwatch(
    *arguments: object, stdin: bytes = b"", cwd: Path | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    done = subprocess.run(
        [*GAPWATCH, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=120,
        cwd=cwd,
        env=environment(PYTHONPATH=str(ROOT), **env),
        check=False,
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())


def rows(store: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a store that nobody holds answers."""
    with duckdb.connect(str(store), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@contextmanager
def holding(store: Path) -> Iterator[int]:
    """Another process that has a store open; its number."""
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, str(store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        yield holder.pid
        holder.communicate()


def json_lines(text: str) -> list[dict[str, Any]]:
    """One object a line."""
    return [json.loads(line) for line in text.splitlines()]


def write_lines(path: Path, *lines: object) -> Path:
    """A JSONL file; bytes are written as they are."""
    encoded = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    path.write_bytes(b"".join(line + b"\n" for line in encoded))
    return path


def write_settings(folder: Path, *lines: str, catalogues: Sequence[Path] = (SHOP,)) -> Path:
    """A settings file on a free port, its store beside it."""
    path = folder / "gapwatch.yaml"
    named = ", ".join(map(str, catalogues))
    path.write_text("\n".join((f"catalogues: [{named}]", "http: {port: 0}", *lines)) + "\n")
    return path
