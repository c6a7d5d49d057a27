"""A loop that stands still is told of once, with the stacks of all threads, and fails /healthz."""

import re
import sys
import time
from pathlib import Path
from threading import Event, Thread

import structlog

from gapwatch.watchdog import Watchdog
from tests.gapwatch.command import write_lines, write_settings
from tests.gapwatch.listening import Listener

# A store that gives its offsets, on the loop's own thread, when a file is there: the rest is the real command.
BLOCKED = """
import os, sys, time
from sinks.duckdb import DuckDBStore

def next_offsets(self, partitions, known=DuckDBStore.next_offsets):
    while not os.path.exists(os.environ["GO_ON"]):
        time.sleep(0.05)
    return known(self, partitions)

DuckDBStore.next_offsets = next_offsets
from gapwatch.cli import main
main()
"""


class _Blocked(Listener):
    program = (sys.executable, "-c", BLOCKED)


def _until(holds, what: str) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def test_a_stall_is_logged_once_and_its_end_too_though_nobody_asks():
    turned = [time.monotonic()]
    with (
        structlog.testing.capture_logs() as logged,
        Watchdog(lambda: turned[0], seconds=0.2) as watchdog,
    ):
        _until(lambda: logged, "a stall is told")
        assert not watchdog.healthy()
        time.sleep(0.3)  # a second telling would come meanwhile
        assert [line["event"] for line in logged] == ["listener.stalled"]
        turned[0] = time.monotonic() + 60
        _until(lambda: len(logged) == 2, "its end is told")
        assert watchdog.healthy()
        turned[0] = time.monotonic() - 1
        _until(lambda: len(logged) == 3, "the next stall is told")
    assert [line["event"] for line in logged] == ["listener.stalled", "listener.turns_again", "listener.stalled"]


def test_the_stacks_are_those_of_all_threads_and_hold_places_only():
    go_on = Event()

    def stuck_in_here(password: str) -> None:
        go_on.wait()

    stuck = Thread(target=stuck_in_here, args=("hunter2",), name="stuck")
    stuck.start()
    try:
        with structlog.testing.capture_logs() as logged, Watchdog(lambda: 0.0, seconds=0.1):
            _until(lambda: logged, "a stall is told")
    finally:
        go_on.set()
        stuck.join()
    stacks = logged[0]["stacks"]
    assert {"MainThread", "watchdog", "stuck"} <= {name.split(" (")[0] for name in stacks}
    [own] = [frames for name, frames in stacks.items() if name.startswith("stuck")]
    assert any(re.fullmatch(r".*test_watchdog\.py:\d+ stuck_in_here", frame) for frame in own)
    assert "hunter2" not in str(stacks)


def test_a_listener_whose_loop_is_blocked_says_where_and_fails_its_health_until_it_turns(tmp_path: Path):
    write_lines(tmp_path / "reviews.jsonl", {"id": "1", "text": "Late again."})
    config = write_settings(
        tmp_path,
        "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}]",
        "listener: {stall_seconds: 4, revoke_seconds: 1}",
    )
    with _Blocked(config, GO_ON=str(tmp_path / "go")) as listener:
        listener.started()
        assert listener.get("/readyz")[0] == 503
        listener.until(lambda: listener.events("listener.stalled"), "a stall")
        assert listener.get("/healthz") == (503, "not yet\n")
        [stalled] = listener.events("listener.stalled")
        [main] = [frames for name, frames in stalled["stacks"].items() if name.startswith("MainThread")]
        assert any("<string>" in frame and frame.endswith(" next_offsets") for frame in main)
        assert any("pipeline.py" in frame for frame in main)
        (tmp_path / "go").touch()
        assert listener.ended() == 0, "the file was read to its end"
        assert len(listener.events("listener.stalled")) == 1
