"""Themes in a real store: what is asked about them, and what people do to them."""

import array
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sinks import one_theme, theme_acts, themes
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.one_theme import ThemePart
from sinks.theme_acts import ThemeAction
from sinks.theme_rows import FoundTheme, Shape, add_themes, assign
from sinks.themes import ThemeKey, ThemeState
from tests.sinks.samples import START, batch, judged, signal
from voc.errors import ConfigError
from voc.ports import Judged
from voc.themes import Embedded, Part
from voc.verdicts import Disconfirmation

QUEUE, NOISE = "queue", "noise"
EMBEDDING = array.array("b", [127, 0, 0]).tobytes()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DuckDBStore]:
    """Forty negative verbatims, one a day: 20 of a theme of queues that break a promise, 10 of noise, 10 of none."""
    with DuckDBStore(DuckDBSettings(path=tmp_path / "themes.duckdb")) as store:
        store.write(batch([complaint(number) for number in range(40)]))
        with store.changing() as connection:
            add_themes(
                connection,
                [found(QUEUE, range(20), "queue at the desk"), found(NOISE, range(20, 30), "noise at night")],
                START,
            )
            assign(connection, [(record(number), None, None) for number in range(30, 40)])
        yield store


def complaint(number: int) -> Judged:
    signals = [signal()] if number < 20 else []
    one = judged(number, *signals, at=START + timedelta(days=number), region="EU" if number % 2 else "US")
    judgement = replace(one.judgement, disconfirmation=Disconfirmation.NEGATIVE, embedding=EMBEDDING)
    return replace(one, judgement=judgement)


def record(number: int) -> str:
    return f"reviews/0/{number}"


def found(theme_id: str, numbers: Sequence[int], name: str) -> FoundTheme:
    nearest = [record(number) for number in numbers[:3]]
    centroid = (1.0, 0.0, 0.0) if theme_id == QUEUE else (0.0, 1.0, 0.0)
    members = [(record(number), 0.9) for number in numbers]
    return FoundTheme(Shape(theme_id, name, [name, "second"], nearest, centroid), "northwind", members)


def halves(verbatims: Sequence[Embedded], parts: int) -> list[Part]:
    assert parts == 2
    middle = len(verbatims) * 3 // 4
    return [part(name, numbers) for name, numbers in (("old", range(middle)), ("new", range(middle, len(verbatims))))]


def part(name: str, numbers: Sequence[int]) -> Part:
    return Part(name, (name,), (0.0, 0.0, 1.0), numbers, [0.8] * len(numbers), numbers[:2])


def listed(store: DuckDBStore, **options) -> list[str]:
    with store.reading() as connection:
        return [theme.theme_id for theme in themes.themes(connection, **options)]


def one(store: DuckDBStore, theme_id: str) -> themes.Theme:
    with store.reading() as connection:
        theme = themes.theme(connection, theme_id)
    assert theme is not None
    return theme


def test_a_theme_knows_its_promise_its_size_and_its_days(store):
    queue, noise = one(store, QUEUE), one(store, NOISE)
    assert (queue.promise_id, queue.verbatims, queue.unpromised) == ("bags-on-time", 20, False)
    assert (noise.promise_id, noise.verbatims, noise.unpromised) == (None, 10, True)
    assert (queue.first_event, queue.last_event) == (START, START + timedelta(days=19))
    assert [day.verbatims for day in noise.trend] == [1] * 10


def test_unpromised_expectations_are_listed_apart(store):
    assert listed(store) == [QUEUE, NOISE]
    assert listed(store, unpromised=True) == [NOISE]
    assert listed(store, unpromised=False) == [QUEUE]
    assert listed(store, brand="another") == []


def test_the_list_goes_on_after_a_key(store):
    assert listed(store, limit=1) == [QUEUE]
    assert listed(store, after=ThemeKey(20, QUEUE)) == [NOISE]


def test_the_share_left_unassigned_counts_what_was_tried(store):
    with store.reading() as connection:
        share = themes.assigned(connection)
    assert (share.verbatims, share.assigned, share.waiting, share.unassigned_share) == (40, 30, 0, 0.25)


def test_a_theme_that_nobody_speaks_of_any_more_fades(store):
    theme = one(store, NOISE)
    assert theme.recent == 0
    assert theme.expected == pytest.approx(10 * 7 / 28)
    assert theme.state is None  # 2.5 expected are too few to tell


def test_a_theme_emerges_when_its_share_grows_and_not_when_all_are_louder(store):
    late = START + timedelta(days=39)
    more = [
        replace(complaint(100 + n), verbatim=complaint(100 + n).verbatim._replace(created_at=late)) for n in range(30)
    ]
    store.write(batch(more))
    with store.changing() as connection:
        assign(connection, [(record(n), None, None) for n in range(23, 30)])  # three of noise are left
        assign(connection, [(record(100 + n), NOISE, 0.9) for n in range(30)])
    assert listed(store, state=ThemeState.EMERGING) == [NOISE]
    with store.changing() as connection:  # three of 28 were of noise before: four of 37 are no more
        assign(connection, [(record(100 + n), NOISE if n < 4 else None, 0.9) for n in range(30)])
    assert listed(store, state=ThemeState.EMERGING) == []


def test_where_little_was_said_before_nothing_emerges(store):
    with store.changing() as connection:  # a feed that starts: one verbatim before the last week
        connection.execute("DELETE FROM theme_members WHERE record_id <> 'reviews/0/5'")
    late = START + timedelta(days=39)
    new = [
        replace(complaint(200 + n), verbatim=complaint(200 + n).verbatim._replace(created_at=late)) for n in range(30)
    ]
    store.write(batch(new))
    with store.changing() as connection:
        assign(connection, [(record(200 + n), NOISE, 0.9) for n in range(30)])
    assert listed(store, state=ThemeState.EMERGING) == []


def test_the_words_of_a_search_come_before_what_is_near_in_meaning(store):
    assert listed(store, search="NIGHT") == [NOISE]
    assert listed(store, search="night", vector=[0.9, 0.3, 0.0]) == [NOISE, QUEUE]
    assert listed(store, search="airport", vector=[0.9, 0.3, 0.0]) == [QUEUE]


def test_members_are_paged_from_the_newest(store):
    with store.reading() as connection:
        first = one_theme.members(connection, NOISE, limit=6)
        rest = one_theme.members(connection, NOISE, limit=6, after=first[-1].key)
        nobody = one_theme.members(connection, None, limit=100)
    assert [m.record_id for m in first + rest] == [record(n) for n in range(29, 19, -1)]
    assert [m.record_id for m in nobody] == [record(n) for n in range(39, 29, -1)]


def test_representatives_come_with_the_nearest_first(store):
    with store.reading() as connection:
        assert [m.record_id for m in one_theme.representatives(connection, NOISE)] == [record(n) for n in (20, 21, 22)]


def test_a_theme_is_split_by_region(store):
    with store.reading() as connection:
        parts = one_theme.parts(connection, QUEUE, by=ThemePart.REGION, since=START + timedelta(days=1))
    assert [(p.part, p.verbatims) for p in parts] == [("EU", 10), ("US", 9)]


def test_a_name_that_a_person_gave_stays(store):
    with store.changing() as connection:
        theme_acts.rename(connection, NOISE, name="  Loud   rooms ", who="ada", now=START)
    theme = one(store, NOISE)
    assert (theme.name, theme.named_by) == ("Loud rooms", "ada")
    with store.reading() as connection:
        assert [(c.change, c.who, c.detail) for c in one_theme.changes(connection, NOISE)] == [
            ("renamed", "ada", "Loud rooms")
        ]


def test_a_merged_theme_gives_its_verbatims_away_and_leads_to_the_other(store):
    with store.changing() as connection:
        theme_acts.merge(connection, NOISE, into=QUEUE, who="ada", now=START)
    assert listed(store, state=ThemeState.ALL) == [QUEUE]
    theme = one(store, NOISE)
    assert (theme.theme_id, theme.verbatims, theme.last_event) == (QUEUE, 30, START + timedelta(days=29))
    with pytest.raises(ConfigError, match="same theme"), store.changing() as connection:
        theme_acts.merge(connection, NOISE, into=QUEUE, who="ada", now=START)


def test_a_split_theme_keeps_its_largest_part(store):
    with store.reading() as connection:
        division = theme_acts.divided(connection, QUEUE, divide=halves)
    with store.changing() as connection:
        (new,) = theme_acts.split(connection, division, who="ada", now=START)
    assert (one(store, QUEUE).verbatims, one(store, new).verbatims) == (15, 5)
    assert one(store, new).promise_id == "bags-on-time"
    with store.reading() as connection:
        assert [c.change for c in one_theme.changes(connection, new)] == ["found"]
        assert [c.change for c in one_theme.changes(connection, QUEUE)] == ["split"]


def test_marks_are_kept_and_muted_themes_are_not_listed(store):
    with store.changing() as connection:
        theme_acts.mark(connection, QUEUE, ThemeAction.MUTE, who="ada", now=START)
        theme_acts.mark(connection, NOISE, ThemeAction.PIN, who="ada", now=START)
    assert listed(store) == [NOISE]
    assert listed(store, state=ThemeState.MUTED) == [QUEUE]
    assert one(store, NOISE).pinned
    with store.changing() as connection:
        theme_acts.mark(connection, QUEUE, ThemeAction.UNMUTE, who="ada", now=START)
    assert listed(store) == [NOISE, QUEUE], "what is pinned comes first"
    assert listed(store, after=ThemeKey(10, NOISE, pinned=True)) == [QUEUE]


@pytest.mark.parametrize("action", ["rename", "merge", "divided", "mark"])
def test_what_is_done_to_no_theme_is_refused(store, action):
    person = {"who": "ada", "now": START}
    options = {
        "rename": {"name": "x", **person},
        "merge": {"into": QUEUE, **person},
        "divided": {"divide": halves},
        "mark": {"action": ThemeAction.PIN, **person},
    }
    with pytest.raises(ConfigError, match="no such theme"), store.changing() as connection:
        getattr(theme_acts, action)(connection, "nowhere", **options[action])
