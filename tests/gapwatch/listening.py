"""`gapwatch run` as a process: its log, its metrics, its end."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

from prometheus_client.parser import text_string_to_metric_families

from tests.gapwatch.command import GAPWATCH, ROOT, environment

START_SECONDS = 120.0  # a busy machine loads libraries slowly


class Listener:
    """A context manager; killed on exit if it still runs."""

    program: ClassVar[Sequence[str]] = GAPWATCH

    def __init__(self, config: Path, **env: str) -> None:
        self.log: list[dict[str, Any]] = []
        self.other_lines: list[str] = []
        self._process = subprocess.Popen(
            [*self.program, "run", "--config", str(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(PYTHONPATH=str(ROOT), **env),
        )
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> "Listener":
        return self

    def __exit__(self, *exception: object) -> None:
        self.kill()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            try:
                self.log.append(json.loads(line))
            except ValueError:
                self.other_lines.append(line.rstrip("\n"))

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        return [line for line in list(self.log) if line.get("event") == name]

    def until(self, holds: Callable[[], object], what: str, seconds: float = START_SECONDS) -> None:
        """Wait for something; fails with the log if it does not come, or if the process ends before."""
        deadline = time.monotonic() + seconds
        while not holds():
            self.still_runs(f"before {what}")
            assert time.monotonic() < deadline, f"no {what} in {seconds} s: {self.log[-5:]}"
            time.sleep(0.05)

    def still_runs(self, when: str) -> None:
        """Fails with the log if the process has ended."""
        ended = self._process.poll()
        assert ended is None, f"ended with {ended} {when}: {self.log[-5:]} {self.other_lines[-20:]}"

    def started(self) -> "Listener":
        """Wait until it serves its metrics."""
        self.until(lambda: self.events("listener.started"), "start")
        return self

    def get(self, path: str, *, token: str | None = None) -> tuple[int, str]:
        """Status and text of a page."""
        [started] = self.events("listener.started")
        asked = urllib.request.Request(started["http"] + path)
        if token is not None:
            asked.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def ready(self) -> bool:
        """Whether it says that it is."""
        return self.get("/readyz")[0] == 200

    def count(self, name: str, **labels: str) -> int:
        """The sum of a metric over all series that have these labels."""
        return int(
            sum(
                sample.value
                for family in text_string_to_metric_families(self.get("/metrics")[1])
                for sample in family.samples
                if sample.name == name and labels.items() <= sample.labels.items()
            )
        )

    def records(self) -> int:
        """How many records it has stored, dead letters among them."""
        return self.count("gapwatch_records_total")

    def until_records(self, number: int, seconds: float = START_SECONDS) -> None:
        """Wait until so many are stored, and see that it is not one more."""
        self.until(lambda: self.records() >= number, f"record {number}", seconds)
        assert self.records() == number

    def ended(self, seconds: float = START_SECONDS) -> int:
        """Wait for it to end by itself; its exit code."""
        code = self._process.wait(seconds)
        self._reader.join(5)
        return code

    def stop(self, *, by: signal.Signals = signal.SIGTERM, seconds: float = 10.0) -> int:
        """Ask it to end, as Kubernetes does (or by SIGINT, as Ctrl-C does); its exit code."""
        self._process.send_signal(by)
        code = self.ended(seconds)
        if code != 0:  # which a test that expected another shows
            print(f"ended with {code}", *self.log[-10:], *self.other_lines[-20:], sep="\n")
        return code

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def freeze(self) -> None:
        """Keep it from doing anything, as a paused virtual machine is kept."""
        self._process.send_signal(signal.SIGSTOP)

    def wake(self) -> None:
        """Let it go on as if no time had passed."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word."""
        self._process.kill()
        self._process.wait()
        self._reader.join(5)
        if self._process.stderr is not None:
            self._process.stderr.close()


class CostlessListener(Listener):
    """One whose judge finds nothing and costs nothing: for load on a busy machine."""

    program = (sys.executable, "-m", "tests.gapwatch.costless")
