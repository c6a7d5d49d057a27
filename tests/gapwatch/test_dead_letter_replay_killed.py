"""A replay that is killed, and run again, has each record once."""

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gapwatch.commands.run import listen
from gapwatch.settings import load_settings
from tests.gapwatch.command import ROOT, environment, rows, write_lines, write_settings

LETTERS = 640  # ten batches of a replay
TABLES = 'SELECT "offset" FROM verbatims UNION ALL SELECT "offset" FROM dead_letters ORDER BY ALL'
# A replay with a judge that costs nothing, says when it has a batch, and goes on when told: byte by byte.
REPLAY = """
import os, signal, sys
from pathlib import Path
from gapwatch import wiring
from gapwatch.replay import replay
from gapwatch.settings import load_settings
from tests.gapwatch.parts import WaitingJudge

class Told(WaitingJudge):
    def judge(self, verbatims, promises):
        sys.stdout.write(f"{len(verbatims)}\\n")
        sys.stdout.flush()
        sys.stdin.read(1)
        return super().judge(verbatims, promises)

wiring.build_judge = lambda settings=None: Told()
if sys.argv[2:]:  # a step of the third batch's transaction, at which it dies
    module, name = sys.argv[2].rsplit(".", 1)
    step, left = getattr(sys.modules[module], name), [int(sys.argv[3])]

    def dying(*arguments):
        left[0] -= 1
        if not left[0]:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(*arguments)

    setattr(sys.modules[module], name, dying)
outcome = replay(load_settings(Path(sys.argv[1])), source=None, reason=None, dry_run=False)
print("mended", outcome.mended, flush=True)
"""


@pytest.fixture
def mended(tmp_path: Path, costless: None) -> Path:
    """Settings that can read what is all dead letters in their store."""
    write_lines(tmp_path / "reviews.jsonl", *({"body": f"Parcel {n} was late."} for n in range(LETTERS)))
    unlimited = "dead_letters: {most_in_a_row: null, most_share: null}"
    broken = "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}]"
    listen(load_settings(write_settings(tmp_path, broken, unlimited)))
    assert rows(tmp_path / "gapwatch.duckdb", "SELECT count(*) FROM dead_letters") == [(LETTERS,)]
    right = "sources: [{kind: jsonl, path: reviews.jsonl, holds: review, fields: {text: body}}]"
    # limits that the letters in the store are far past, and that are none of a replay's business
    return write_settings(tmp_path, right, "dead_letters: {most_in_a_row: 1, most_share: 0.01}")


def _replaying(config: Path, *death: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", REPLAY, str(config), *map(str, death)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(PYTHONPATH=str(ROOT)),
    )


def _killed(config: Path, batches: int, seconds: float) -> None:
    """Let it store so many batches, give it a moment on the next one, and kill it."""
    with _replaying(config) as process:
        assert process.stdin is not None and process.stdout is not None
        for _ in range(batches):
            assert process.stdout.readline() == b"64\n"
            process.stdin.write(b".")
            process.stdin.flush()
        assert process.stdout.readline() == b"64\n"
        process.stdin.write(b".")
        process.stdin.flush()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()


@pytest.mark.parametrize(
    ("step", "call"),
    [
        ("sinks.replaying.remove", 3),
        ("sinks.duckdb.insert", 7),  # verbatims, then signals, then members of themes: three a batch
        ("sinks.duckdb.insert", 8),
        ("sinks.duckdb.insert", 9),
        ("sinks.replaying.keep", 3),
    ],
)
def test_a_replay_that_dies_inside_a_transaction_leaves_nothing_half_done(mended: Path, tmp_path: Path, step, call):
    store = tmp_path / "gapwatch.duckdb"
    with _replaying(mended, step, call) as process:
        process.communicate(b"." * 20)
    assert process.returncode == -signal.SIGKILL
    assert rows(store, TABLES) == [(n,) for n in range(LETTERS)]
    assert rows(store, "SELECT count(*) FROM verbatims") == [(2 * 64,)], "two batches, and nothing of the third"
    with _replaying(mended) as process:
        out, _ = process.communicate(b"." * 20)
    assert out.splitlines()[-1] == f"mended {LETTERS - 2 * 64}".encode()
    assert rows(store, "SELECT count(*), count(DISTINCT record_id) FROM verbatims") == [(LETTERS, LETTERS)]


def test_after_a_kill_in_the_middle_a_second_replay_mends_the_rest(mended: Path, tmp_path: Path):
    store, seed = tmp_path / "gapwatch.duckdb", random.randrange(10_000)
    moments = random.Random(seed)
    stored = 0
    for batches in (1, 2, 3):
        _killed(mended, batches, moments.uniform(0, 0.03))
        assert rows(store, TABLES) == [(n,) for n in range(LETTERS)], f"seed {seed}"
        [(verbatims,)] = rows(store, "SELECT count(*) FROM verbatims")
        assert verbatims % 64 == 0, f"whole batches only; seed {seed}"
        assert stored + 64 * batches <= verbatims <= stored + 64 * (batches + 2), f"seed {seed}"
        stored = verbatims
    with _replaying(mended) as process:
        out, _ = process.communicate(b"." * 20)
    assert out.splitlines()[-1] == f"mended {LETTERS - stored}".encode()
    assert rows(store, "SELECT count(*), count(DISTINCT record_id) FROM verbatims") == [(LETTERS, LETTERS)]
    assert rows(store, "SELECT count(*) FROM dead_letters") == [(0,)]


def test_a_listener_after_a_killed_replay_reads_nothing_twice(mended: Path, tmp_path: Path):
    _killed(mended, 2, 0.01)
    store = tmp_path / "gapwatch.duckdb"
    before = rows(store, "SELECT (SELECT count(*) FROM verbatims), (SELECT count(*) FROM dead_letters)")
    listen(load_settings(mended))
    assert rows(store, "SELECT (SELECT count(*) FROM verbatims), (SELECT count(*) FROM dead_letters)") == before
    assert rows(store, TABLES) == [(n,) for n in range(LETTERS)]
