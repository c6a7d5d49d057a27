"""Mutated records through decoding, redaction and store: none ends the listener, none takes long, all are kept."""

import importlib.util
import random
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import orjson

from tests.gapwatch.command import ROOT, environment
from tests.harm.result import Harm

_HOW: Final = ("grammar", "coverage")
_TAIL: Final = 4_000  # characters of what a fuzzer says when it has found something
_SECONDS: Final = 3600.0  # far more than a million records take


def fuzz(folder: Path, *, records: int, seed: int) -> list[Harm]:
    """Half of the records are good ones spoiled by rule, half come from libFuzzer, which looks for ways into new code.

    Each half runs in a process of its own, both at once. AssertionError names the record at which one failed.
    """
    how = _HOW if importlib.util.find_spec("atheris") else _HOW[:1]  # atheris is for Linux only
    with ExitStack() as stack:
        running = [stack.enter_context(_Fuzzer(name, records // len(how), seed, folder / name)) for name in how]
        return [fuzzer.harm() for fuzzer in running]


class _Fuzzer:
    """A context manager: one fuzzer's process; killed on exit if it still runs."""

    def __init__(self, how: str, records: int, seed: int, folder: Path) -> None:
        folder.mkdir(parents=True)
        self._how, self._seed, self._folder = how, seed, folder
        command = [sys.executable, "-m", "tests.harm.fuzz_target", how, str(records), str(seed), str(folder)]
        with self._said.open("wb") as said:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd=ROOT, env=environment()
            )

    def __enter__(self) -> "_Fuzzer":
        return self

    def __exit__(self, *exception: object) -> None:
        self._process.kill()
        self._process.wait()

    def harm(self) -> Harm:
        """Wait for its end; what it counted."""
        code = self._process.wait(_SECONDS)
        if code != 0:
            raise AssertionError(f"{self._how} fuzzer, seed {self._seed}: ended with {code}: {self._found()}")
        tally = orjson.loads((self._folder / "tally.json").read_bytes())
        assert tally["judged"] + tally["dead"] == tally["taken"], f"counted otherwise than taken: {tally}"
        note = (
            f"{tally['judged']:,} judged, {tally['dead']:,} dead letters, slowest {tally['slowest'] * 1000:.0f} ms, "
            f"seed {self._seed}"
        )
        lost, twice = tally["taken"] - tally["distinct"], tally["stored"] - tally["distinct"]
        return Harm(f"mutated record ({self._how})", tally["taken"], lost, twice, None, note)

    def _found(self) -> str:
        """The error that ended it, then all that was said about it."""
        said = self._said.read_text(errors="replace")[-_TAIL:]
        errors = [line for line in said.splitlines() if "Error: " in line]
        return "\n".join((*errors[-1:], said))

    @property
    def _said(self) -> Path:
        return self._folder / "said.txt"


def _fault(folder: Path, times: int) -> list[Harm]:
    return fuzz(folder, records=times, seed=random.randrange(10_000))


FAULTS: Final = (_fault,)
