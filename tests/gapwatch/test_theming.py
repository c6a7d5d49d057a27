"""Negative verbatims get their themes beside the listener, themes stay over rebuilds, and no fault stops anything."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from gapwatch.theme_turns import ThemeTurns
from gapwatch.theming import Theming
from nlp import theme_process
from nlp.config import ThemeSettings
from nlp.embedding import packed
from nlp.themes import rebuild
from sinks import one_theme, theme_acts, themes
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.theme_acts import ThemeAction
from sinks.theme_metrics import ThemeMetrics
from sinks.themes import ThemeState
from tests.sinks.samples import START, batch, judged, signal
from voc.errors import FatalError
from voc.ports import Judged
from voc.verdicts import Disconfirmation

WIDTH = 64
TEXTS = (
    "We waited in a queue, visit {}.",
    "Noise at night kept us awake, stay {}.",
    "Where is my deposit refund, booking {}?",
)
SETTINGS = ThemeSettings(first=30, rebuild_seconds=3600, seconds=0.05)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    with DuckDBStore(DuckDBSettings(path=tmp_path / "themes.duckdb")) as store:
        yield store


@pytest.fixture(autouse=True)
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process of its own has tests of its own; here the two seconds of its start are spared each time."""
    monkeypatch.setattr(theme_process, "rebuild", lambda *recent, stopped, **options: rebuild(*recent, **options))


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def turns(store: DuckDBStore, registry: CollectorRegistry) -> ThemeTurns:
    return ThemeTurns(store, SETTINGS, ThemeMetrics(registry))


def said(subject: int, offsets: Sequence[int]) -> list[Judged]:
    """Negative verbatims of one subject, with vectors near each other and something common to all."""
    rng = np.random.default_rng(subject)
    found = []
    for offset in offsets:
        row = rng.normal(0, 0.35 / np.sqrt(WIDTH), WIDTH)
        row[subject] += 1.0
        row[-1] += 1.5
        signals = [signal()] if subject == 0 else []
        one = judged(offset, *signals, at=START + timedelta(hours=offset), text=TEXTS[subject].format(offset))
        judgement = replace(
            one.judgement,
            disconfirmation=Disconfirmation.NEGATIVE,
            signals=tuple(replace(s, start=0, end=5) for s in one.judgement.signals),
            embedding=packed(row.astype(np.float32)),
        )
        found.append(replace(one, judgement=judgement))
    return found


def names(store: DuckDBStore) -> dict[str, tuple[str, int]]:
    with store.reading() as connection:
        return {t.theme_id: (t.name, t.verbatims) for t in themes.themes(connection, state=ThemeState.ALL)}


def theme_of(store: DuckDBStore, offset: int) -> str | None:
    with store.reading() as connection:
        found = connection.execute(
            "SELECT theme_id FROM theme_members WHERE record_id = $1", [f"reviews/0/{offset}"]
        ).fetchone()
    assert found is not None
    return found[0]


def two_subjects(store: DuckDBStore, turns: ThemeTurns) -> tuple[str, str]:
    """The themes of queues and of noise, of twenty verbatims each."""
    store.write(batch([*said(0, range(20)), *said(1, range(20, 40))]))
    turns.turn()
    queue, noise = theme_of(store, 0), theme_of(store, 20)
    assert queue is not None and noise is not None and queue != noise
    return queue, noise


def test_themes_are_found_when_enough_was_said(store, turns):
    store.write(batch(said(0, range(10))))
    turns.turn()
    assert names(store) == {}
    queue, noise = two_subjects_after(store, turns)
    assert "queue" in names(store)[queue][0]
    assert "noise" in names(store)[noise][0]
    with store.reading() as connection:
        assert themes.theme(connection, queue).promise_id == "bags-on-time"
        assert themes.theme(connection, noise).unpromised
        assert [change.change for change in one_theme.changes(connection, queue)] == ["found"]
        assert len(one_theme.representatives(connection, queue)) == 5


def two_subjects_after(store: DuckDBStore, turns: ThemeTurns) -> tuple[str, str]:
    store.write(batch([*said(0, range(10, 20)), *said(1, range(20, 40))]))
    turns.turn()
    return theme_of(store, 0), theme_of(store, 20)


def test_later_verbatims_go_to_the_themes_there_are_and_are_counted(store, turns):
    queue, _ = two_subjects(store, turns)
    before = names(store)[queue][1]
    store.write(batch(said(0, range(40, 45))))
    turns.turn()
    assert {theme_of(store, offset) for offset in range(40, 45)} == {queue}
    assert names(store)[queue][1] == before + 5
    with store.reading() as connection:
        assert themes.theme(connection, queue).last_event == START + timedelta(hours=44)


def test_a_theme_is_the_same_row_after_a_rebuild_and_after_a_restart(store, turns, registry):
    queue, noise = two_subjects(store, turns)
    before = names(store)
    store.write(batch([*said(0, range(40, 60)), *said(1, range(60, 80))]))
    turns.finish()
    again = ThemeTurns(store, SETTINGS, ThemeMetrics(CollectorRegistry()))
    store.write(batch([*said(0, range(80, 100)), *said(1, range(100, 140))]))
    again.finish()
    after = names(store)
    assert set(after) == {queue, noise}
    assert {theme: name for theme, (name, _) in after.items()} == {theme: name for theme, (name, _) in before.items()}
    assert sum(number for _, number in after.values()) == 140


def test_what_is_new_becomes_a_theme_beside_the_old_ones(store, turns):
    queue, noise = two_subjects(store, turns)
    store.write(batch(said(2, range(40, 70))))
    turns.finish()
    refund = theme_of(store, 50)
    assert refund not in (None, queue, noise)
    assert "refund" in names(store)[refund][0]


def test_what_people_did_is_remembered_by_rebuilds(store, turns):
    queue, noise = two_subjects(store, turns)
    with store.changing() as connection:
        theme_acts.rename(connection, queue, name="Desks", who="ada", now=START)
        theme_acts.merge(connection, noise, into=queue, who="ada", now=START)
        theme_acts.mark(connection, queue, ThemeAction.MUTE, who="ada", now=START)
    store.write(batch([*said(0, range(40, 60)), *said(1, range(60, 90))]))
    turns.finish()
    assert names(store) == {queue: ("Desks", 90)}
    with store.reading() as connection:
        assert themes.theme(connection, queue).muted


def test_a_theme_that_a_person_split_stays_so(store, turns):
    queue, noise = two_subjects(store, turns)
    with store.changing() as connection:
        theme_acts.merge(connection, noise, into=queue, who="ada", now=START)
    with store.reading() as connection:
        division = theme_acts.divided(connection, queue, divide=theme_process.divide)
    with store.changing() as connection:
        (new,) = theme_acts.split(connection, division, who="ada", now=START)
    store.write(batch([*said(0, range(40, 60)), *said(1, range(60, 80))]))
    turns.finish()
    sizes = {theme: number for theme, (_, number) in names(store).items()}
    assert set(sizes) == {queue, new}
    assert min(sizes.values()) >= 20


def test_brands_have_themes_of_their_own(store, turns):
    ours, theirs = [*said(0, range(20)), *said(1, range(20, 40))], [*said(0, range(40, 60)), *said(1, range(60, 80))]
    store.write(batch([*ours, *(replace(one, verbatim=one.verbatim._replace(brand="harbour")) for one in theirs)]))
    turns.turn()
    assert None not in (theme_of(store, 0), theme_of(store, 40))
    assert theme_of(store, 0) != theme_of(store, 40)
    with store.reading() as connection:
        assert {theme.brand for theme in themes.themes(connection, brand="harbour")} == {"harbour"}


def test_metrics_show_what_is_of_no_theme(store, turns, registry):
    two_subjects(store, turns)
    store.write(batch(said(2, range(40, 43))))
    turns.turn()
    shown = {
        (sample.name, *sample.labels.values()): sample.value
        for metric in registry.collect()
        for sample in metric.samples
    }
    assert shown["gapwatch_theme_verbatims", "assigned"] == 40
    assert shown["gapwatch_theme_verbatims", "unassigned"] == 3
    assert shown["gapwatch_themes", "promise"] == 1
    assert shown["gapwatch_themes", "unpromised"] == 1
    assert shown["gapwatch_theme_rebuild_seconds",] > 0


def test_the_thread_gives_themes_while_others_write(store, registry):
    with Theming(store, SETTINGS, ThemeMetrics(registry), stop=lambda: False):
        store.write(batch([*said(0, range(20)), *said(1, range(20, 40))]))
        wait_for(lambda: len(names(store)) == 2)


def test_left_in_peace_it_finishes_and_told_to_stop_it_does_not(store, registry):
    store.write(batch([*said(0, range(20)), *said(1, range(20, 40))]))
    with Theming(store, SETTINGS, ThemeMetrics(registry), stop=lambda: True):
        pass
    assert names(store) == {}
    with Theming(store, SETTINGS, ThemeMetrics(CollectorRegistry()), stop=lambda: False):
        pass
    assert len(names(store)) == 2


def test_a_fault_is_logged_without_its_words_and_tried_again(store, registry, monkeypatch):
    monkeypatch.setattr("gapwatch.theming._AFTER_A_FAULT", 0.01)
    fails = [FatalError("Ms. Secret said so")] * 2
    whole = ThemeTurns.turn

    def turn(self: ThemeTurns) -> int:
        if fails:
            raise fails.pop()
        return whole(self)

    monkeypatch.setattr(ThemeTurns, "turn", turn)
    store.write(batch([*said(0, range(20)), *said(1, range(20, 40))]))
    with capture_logs() as logs, Theming(store, SETTINGS, ThemeMetrics(registry), stop=lambda: False):
        wait_for(lambda: len(names(store)) == 2)
    failed = [entry for entry in logs if entry["event"] == "themes.failed"]
    assert [entry["kind"] for entry in failed] == ["FatalError"] * 2
    assert "Secret" not in str(logs)
    assert registry.get_sample_value("gapwatch_theme_failures_total") == 2


def wait_for(done: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, [thread.name for thread in threading.enumerate()]
        time.sleep(0.05)


def test_a_rebuild_is_due_when_much_more_was_said(store):
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    rules = ThemeSettings(first=30, rebuild_seconds=100)
    turns = ThemeTurns(store, rules, ThemeMetrics(CollectorRegistry()), clock=lambda: now[0])
    two_subjects(store, turns)
    assert not turns._is_due("northwind", 100)  # soon after the last
    assert turns._is_due("northwind", 160)  # four times as much
    now[0] += timedelta(seconds=101)
    assert turns._is_due("northwind", 80)
    assert not turns._is_due("northwind", 55)  # little was said
    now[0] += timedelta(seconds=500)
    assert turns._is_due("northwind", 55)
    assert not turns._is_due("northwind", 41)
