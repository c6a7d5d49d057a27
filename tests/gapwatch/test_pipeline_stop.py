"""Told to stop, or failing, while a part is stuck: what is finished is kept, what is not is left to the next run."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.gapwatch.command import ROOT, environment, rows, write_lines, write_settings
from tests.gapwatch.parts import PLACE, Listening, ScriptedSource, WaitingJudge, giving, offsets, raising, record
from voc.errors import ConfigError, FatalError

# `gapwatch run` on a judge that sticks in its second batch: it says so, and never comes back
STUCK = """
import sys, time
from gapwatch import wiring
from gapwatch.cli import main
from tests.gapwatch.parts import WaitingJudge

class StuckJudge(WaitingJudge):
    def judge(self, verbatims, promises):
        if self.batches:
            print("stuck", flush=True)
            time.sleep(3600)
        return super().judge(verbatims, promises)

wiring.build_judge = lambda settings=None: StuckJudge()
sys.argv = ["gapwatch", "run", "--config", sys.argv[1]]
main()
"""


class StuckJudge(WaitingJudge):
    """Does not come back from its second batch until it is let go."""

    def judge(self, verbatims, promises):
        if self.batches:
            self.go.clear()
        return super().judge(verbatims, promises)


def test_a_batch_stuck_in_the_judge_is_abandoned_and_what_is_finished_is_kept(store):
    judge, kept = StuckJudge(), store()
    source = ScriptedSource(giving(*[record(n) for n in range(6)]), endless=True)
    listening = Listening(kept, source, judge=judge, batch_records=2, stop_seconds=0.3)
    runner = threading.Thread(target=listening.run, daemon=True)
    runner.start()
    while not listening.counted or judge.go.is_set():
        time.sleep(0.005)
    listening.stop.set()
    runner.join(60)
    assert not runner.is_alive()
    assert listening.pipeline.abandoned and source.closed
    judge.go.set()
    while any(thread.name.startswith("store") for thread in threading.enumerate()):
        time.sleep(0.005)
    assert kept.tries == 1 and offsets(kept.rows()) == [0, 1], "nothing of what was given up is stored afterwards"
    assert source.commits == [{PLACE: 2}]


def test_nothing_is_abandoned_when_the_batches_in_hand_are_finished_in_time(store):
    source = ScriptedSource(giving(*[record(n) for n in range(3)]))
    listening = Listening(store(), source, batch_records=1)
    listening.run()
    assert not listening.pipeline.abandoned


def test_an_error_ends_the_listener_even_while_the_judge_is_stuck(store):
    judge = StuckJudge()

    def fail_once_it_is_stuck(listener):
        if judge.go.is_set():
            source.steps.append(fail_once_it_is_stuck)
            return []
        raise ConfigError("the broker refused to let 'gapwatch' sign in")

    source = ScriptedSource(giving(record(0), record(1)), fail_once_it_is_stuck, endless=True)
    listening = Listening(store(), source, judge=judge, batch_records=1, stop_seconds=0.3)
    with pytest.raises(ConfigError, match="sign in"):
        listening.run()
    assert listening.pipeline.abandoned
    judge.go.set()


def test_a_store_that_fails_ends_the_listener_even_while_the_judge_is_stuck_in_the_next_batch(store):
    judge, failing = StuckJudge(), store(FatalError("the disk is full"))

    def wait_until_it_is_stuck() -> None:
        while judge.go.is_set():
            time.sleep(0.005)

    failing.before_write = wait_until_it_is_stuck
    source = ScriptedSource(giving(record(0), record(1)), raising(FatalError("no more")), endless=True)
    listening = Listening(failing, source, judge=judge, batch_records=1, stop_seconds=0.3)
    with pytest.raises(FatalError, match="disk is full"):
        listening.run()
    assert listening.pipeline.abandoned
    judge.go.set()


def test_a_process_whose_judge_is_stuck_ends_within_ten_seconds_of_sigterm_with_finished_work_stored(tmp_path: Path):
    write_lines(tmp_path / "reviews.jsonl", *[{"text": f"Sofa {n} came a week late."} for n in range(6)])
    config = write_settings(
        tmp_path,
        "sources: [{kind: jsonl, path: reviews.jsonl, holds: review}]",
        f"store: {{path: {tmp_path / 'gapwatch.duckdb'}}}",
        "listener: {batch_records: 2, cache_texts: 0}",
    )
    with subprocess.Popen(
        [sys.executable, "-c", STUCK, str(config)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        env=environment(PYTHONPATH=str(ROOT)),
    ) as listener:
        assert listener.stdout is not None and listener.stdout.readline() == b"stuck\n"
        started = time.monotonic()
        os.kill(listener.pid, signal.SIGTERM)
        _, errors = listener.communicate(timeout=30)
        seconds = time.monotonic() - started
    events = [json.loads(line)["event"] for line in errors.decode().splitlines() if line.startswith("{")]
    assert (listener.returncode, seconds < 10) == (0, True), errors.decode()
    assert "batches.abandoned" in events and "listener.stopped" in events
    assert rows(tmp_path / "gapwatch.duckdb", 'SELECT "offset" FROM verbatims ORDER BY 1') == [(0,), (1,)]
