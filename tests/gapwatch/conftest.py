"""A real store in a folder of the test's own, with faults on demand."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tenacity import wait_none

from gapwatch import retries, wiring
from gapwatch.cli import main
from tests.gapwatch.parts import FaultyStore, WaitingJudge


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Callable[..., FaultyStore]]:
    """``store(fault, ...)``: a store whose first writes raise the faults; closed after the test."""
    made: list[FaultyStore] = []

    def make(*faults: BaseException) -> FaultyStore:
        made.append(FaultyStore(tmp_path / "gapwatch.duckdb", *faults))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def no_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries come at once."""
    monkeypatch.setattr(retries, "_BACK_OFF", wait_none())


@pytest.fixture
def costless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run in this process judge by a model that finds nothing and loads nothing."""
    monkeypatch.setattr(wiring, "build_judge", lambda settings=None: WaitingJudge())


class Ended(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """``command("check", "--config", path)``: a command run in this process, which is faster than in one of its own."""

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr("sys.argv", ["gapwatch", *map(str, arguments)])
        with pytest.raises(SystemExit) as exited:
            main()
        code = exited.value.code
        return Ended(code if isinstance(code, int) else 0, *capsys.readouterr())

    monkeypatch.setenv("COLUMNS", "200")
    return run
