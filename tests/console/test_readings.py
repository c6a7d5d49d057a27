"""A question to the store beside the writing is bounded in time, and ends when the server stops."""

import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from console.readings import Readings
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from voc.errors import TransientError

ENDLESS = "SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    with DuckDBStore(DuckDBSettings(path=tmp_path / "gapwatch.duckdb")) as opened:
        yield opened


def test_a_question_that_takes_too_long_is_ended(store: DuckDBStore):
    readings = Readings(store.reading, seconds=0.2)
    with pytest.raises(TransientError, match=r"did not answer in 0\.2 s"), readings.one() as connection:
        connection.execute(ENDLESS)
    with readings.one() as connection:
        assert connection.execute("SELECT 1").fetchall() == [(1,)]


def test_closing_ends_the_questions_under_way_and_answers_no_more(store: DuckDBStore):
    readings = Readings(store.reading, seconds=3600)
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            with readings.one() as connection:
                connection.execute(ENDLESS)
        except TransientError as error:
            ended.append(error)

    asking = Thread(target=ask, daemon=True)
    asking.start()
    while not readings._open:
        time.sleep(0.01)
    given_up = time.monotonic() + 60
    while asking.is_alive() and time.monotonic() < given_up:  # it may not have begun to answer yet
        readings.close()
        asking.join(0.05)
    assert len(ended) == 1
    with pytest.raises(TransientError, match="is stopping"), readings.one():
        pass
