"""A store of some megabytes, and ways to damage its file and its log at places drawn by a seed."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.sinks.samples import BAGS, REFUND, batch, dead, judged, signal

ROOT = Path(__file__).parents[2]
HEADER = 12_288  # bytes before the first block
BLOCK = 262_144
RECORDS = 12_000
HIDDEN = 100  # words, of some 20,000


def fill(path: Path, records: int = RECORDS) -> DuckDBStore:
    """Verbatims with texts that do not compress, one dead letter in fifty; left open."""
    chance = random.Random(7)
    store = DuckDBStore(DuckDBSettings(path=path, threads=1))
    store.remember_promises([BAGS, REFUND])
    for first in range(0, records, 1000):
        offsets = range(first, first + 1000)
        store.write(
            batch(
                [judged(n, signal(), text=judged_text(chance)) for n in offsets if n % 50],
                [dead(n) for n in offsets if n % 50 == 0],
            )
        )
    return store


def judged_text(chance: random.Random) -> str:
    """Long enough for the evidence of ``samples.signal``."""
    return chance.randbytes(120).hex()


def fill_and_die(path: Path, records: int = RECORDS) -> None:
    """The same, by a process that is killed: what it stored is in the log."""
    code = "import os, sys; from pathlib import Path; from tests.sinks.damage import fill; "
    code += "store = fill(Path(sys.argv[1]), int(sys.argv[2])); os._exit(9)"
    done = subprocess.run([sys.executable, "-c", code, str(path), str(records)], cwd=ROOT, check=False)
    assert done.returncode == 9
    assert log_of(path).stat().st_size > 1_000_000


def log_of(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def flip_bits(path: Path, seed: int) -> None:
    """Up to six, anywhere."""
    with _content(path, seed) as (content, chance):
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)


def zero(path: Path, seed: int) -> None:
    """Up to three places, as a disk gives back pages that it never wrote."""
    with _content(path, seed) as (content, chance):
        for _ in range(chance.randint(1, 3)):
            start = chance.randrange(len(content))
            size = min(chance.choice((16, 512, 4096, 65_536)), len(content) - start)
            content[start : start + size] = bytes(size)


def garble(path: Path, seed: int) -> None:
    """One page of nonsense."""
    with _content(path, seed) as (content, chance):
        start = chance.randrange(len(content))
        size = min(4096, len(content) - start)
        content[start : start + size] = chance.randbytes(size)


def cut(path: Path, seed: int) -> None:
    """The end is missing, as after a copy that ran out of room."""
    with _content(path, seed) as (content, chance):
        del content[chance.randrange(len(content)) :]


def garble_texts(path: Path, seed: int) -> None:
    """A block that holds texts of verbatims and nothing else."""
    blocks = _ask(
        path,
        "SELECT block_id FROM pragma_storage_info('verbatims') WHERE block_id >= 0 GROUP BY block_id "
        "HAVING list_distinct(list(column_name)) = ['text'] ORDER BY 1",
    )
    with _content(path, seed) as (content, chance):
        start = HEADER + BLOCK * chance.choice(blocks) + 5000
        content[start : start + 4000] = chance.randbytes(4000)


def hide(path: Path, seed: int) -> None:
    """In what describes the tables' columns, so that DuckDB's checksum, a XOR over words, is the same: it crashes."""
    blocks = _ask(path, "SELECT block_id FROM pragma_metadata_info()")
    with _content(path, seed) as (content, chance):
        words = [
            word for block in blocks for word in range(HEADER + BLOCK * block + 8000, HEADER + BLOCK * (block + 1), 16)
        ]
        equal = [word for word in words if content[word : word + 8] == content[word + 8 : word + 16]]
        for word in chance.sample(equal, HIDDEN):
            content[word : word + 16] = chance.randbytes(8) * 2


@contextmanager
def _content(path: Path, seed: int) -> Iterator[tuple[bytearray, random.Random]]:
    content = bytearray(path.read_bytes())
    yield content, random.Random(seed)
    path.write_bytes(content)


def _ask(path: Path, sql: str) -> list[int]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return [block for (block,) in connection.execute(sql).fetchall()]
