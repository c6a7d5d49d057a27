"""Bursts, budgets and silences over made-up weeks: what is raised, and what is not."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from alerts.budgets import budgets
from alerts.bursts import bursts
from alerts.cases import emerging
from alerts.config import AlertSettings
from alerts.counts import Counts
from alerts.findings import Level, hour_of
from alerts.shares import Share, tail
from alerts.silences import quiet_feeds, silent_promises
from alerts.theme_bursts import theme_bursts
from alerts.view import View, newest_wordings
from voc.promises import Promise
from voc.watching import EmergingTheme, Judged, Said, WatchedTheme

START = datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
DAYS = 21
NOW = START + timedelta(days=DAYS, hours=-1, minutes=30)  # in the last hour of the last day
BAGS = Promise(
    brand="northwind", id="bags", statement="Bags in 20 minutes.", kept_at_least=0.8, window=timedelta(days=30)
)
PROMISES = newest_wordings([BAGS])


def said(counts: Counts, hour: int, number: int, broken: int, *, source: str = "posts", region: str = "EU") -> None:
    """Verbatims of an hour, some of which break the promise, as many keep it."""
    at = hour_of(START) + hour
    place = (source, region, None, None)
    verdicts = [("broken", broken), ("kept", number // 5)]
    judged = [Judged(at, "northwind", "bags", verdict, *place, n) for verdict, n in verdicts if n]
    counts.add([Said(at, "Northwind", *place, number)] if number else [], judged)


def usual(*, days: int = DAYS, volume: int = 20, source: str = "posts", since: int = 0) -> Counts:
    """Weeks in which one in twenty breaks it, with quiet nights."""
    chance, counts = np.random.default_rng(7), Counts()
    for hour in range(since, days * 24):
        number = volume if 7 <= hour % 24 <= 22 else volume // 10
        said(counts, hour, number, int(chance.binomial(number, 0.05)), source=source)
    return counts


def view(counts: Counts, *, now: datetime = NOW, feeds: tuple[str, ...] = ()) -> View:
    return View(now, counts, PROMISES, AlertSettings(), feeds=feeds)


def test_usual_weeks_raise_nothing_at_any_hour():
    counts = usual()
    raised = [
        hour for hour in range(72, DAYS * 24, 5) if bursts(view(counts, now=START + timedelta(hours=hour, minutes=30)))
    ]
    assert raised == []


def test_a_share_far_above_its_past_is_a_burst_in_the_place_where_it_is():
    counts = usual()
    for hour in range(DAYS * 24 - 3, DAYS * 24):
        said(counts, hour, 10, 6, region="US")
        said(counts, hour - 240, 10, 0, region="US")
        said(counts, hour - 480, 10, 0, region="US")
    found = bursts(view(counts))
    assert [(one.level, one.subject.promise_id) for one in found] == [(Level.FIRING, "bags")]
    assert found[0].subject.region in ("US", None)
    assert found[0].figures["share"] > 3 * found[0].figures["share_before"]


def test_a_loud_day_with_the_usual_share_is_no_burst():
    counts = usual()
    for hour in range(DAYS * 24 - 12, DAYS * 24):
        said(counts, hour, 200, 10)
    assert bursts(view(counts)) == []


def test_a_feed_that_starts_is_no_burst_however_much_it_complains():
    counts = usual()
    for hour in range(DAYS * 24 - 6, DAYS * 24):
        said(counts, hour, 50, 25, source="tickets")
    assert bursts(view(counts)) == []


def test_few_verbatims_raise_nothing_though_all_of_them_complain():
    counts = usual(volume=10)
    said(counts, DAYS * 24 - 1, 3, 3)
    assert bursts(view(counts)) == []


def test_the_tail_of_a_share_that_varies_is_wider_than_that_of_one_that_does_not():
    assert tail(20, 100, Share(0.1, 0.05)) > 10 * tail(20, 100, Share(0.1, 0.0005))
    assert tail(0, 100, Share(0.1, 0.05)) == 1


def test_a_budget_burns_where_a_promise_is_broken_far_faster_than_tolerated():
    counts = usual()
    assert budgets(view(counts)) == []  # one in five, as many as are tolerated
    for hour in range(DAYS * 24 - 72, DAYS * 24):
        said(counts, hour, 20, 12)
    found = budgets(view(counts))
    assert [one.level for one in found] == [Level.FIRING]
    assert found[0].figures["burn_rate"] > found[0].figures["burn_rate_allowed"]


def test_a_promise_that_nobody_speaks_of_any_more_is_silent_if_enough_else_is_said():
    counts = usual(days=DAYS - 5)
    for hour in range((DAYS - 5) * 24, DAYS * 24):
        counts.add([Said(hour_of(START) + hour, "northwind", "posts", "EU", None, None, 10)], [])
    found = silent_promises(view(counts))
    assert [(one.level, one.subject.promise_id) for one in found] == [(Level.FIRING, "bags")]
    assert found[0].expected > 20


def test_a_promise_is_not_silent_where_nothing_is_said_at_all():
    assert silent_promises(view(usual(days=DAYS - 5))) == []


@pytest.mark.parametrize(("hours", "quiet"), [(6, False), (30, True)])
def test_a_feed_is_quiet_after_a_pause_longer_than_any_before(hours: int, quiet: bool):
    found = quiet_feeds(view(usual(), now=NOW + timedelta(hours=hours), feeds=("posts",)))
    assert [one.subject.source for one in found] == (["posts"] if quiet else [])


def test_a_promise_out_of_force_may_be_silent():
    over = newest_wordings([Promise(brand="northwind", id="bags", statement="Bags.", valid_until=date(2026, 3, 10))])
    counts = usual(days=DAYS - 5)
    for hour in range((DAYS - 5) * 24, DAYS * 24):
        counts.add([Said(hour_of(START) + hour, "northwind", "posts", "EU", None, None, 10)], [])
    assert silent_promises(View(NOW, counts, over, AlertSettings())) == []


def complaints(
    theme: str, hours: dict[int, int], *, region: str | None = "EU", promise: str | None = None
) -> WatchedTheme:
    """A theme with so many complaints in some hours, and one every sixth hour of the weeks before."""
    usually = {hour: 1 for hour in range(0, DAYS * 24 - 24, 6)}
    of_hours = (usually | hours).items()
    told = [
        Judged(hour_of(START) + hour, "Northwind", theme, "broken", "posts", region, None, None, n)
        for hour, n in of_hours
    ]
    return WatchedTheme(theme, "Northwind", "no vegan meal", promise, told)


BUSY = {DAYS * 24 - 2: 6, DAYS * 24 - 1: 7}


def test_a_theme_bursts_as_a_promise_does_though_nobody_promised_it():
    here = view(usual())
    (one,) = theme_bursts(here, [complaints("t1", BUSY), complaints("t2", {})], [])
    assert (one.kind, one.level, one.subject.theme_id, one.subject.promise_id) == ("burst", Level.FIRING, "t1", None)
    assert one.title.startswith("“no vegan meal” complained of 13 times in 3 hours")
    assert one.severity == 2 and one.figures["share"] > 3 * one.figures["share_before"]


def test_a_loud_day_is_no_burst_of_a_theme():
    counts = usual()
    for hour in range(DAYS * 24 - 3, DAYS * 24):
        said(counts, hour, 2000, 100)
    assert theme_bursts(view(counts), [complaints("t1", BUSY)], []) == []


def test_one_cause_has_one_alert():
    here = view(usual())
    mine = complaints("t1", BUSY, promise="bags")
    assert len(theme_bursts(here, [mine], [])) == 1
    loud = usual()
    for hour in range(DAYS * 24 - 3, DAYS * 24):
        said(loud, hour, 20, 15)
    promised = bursts(view(loud))
    assert theme_bursts(view(loud), [mine], promised) == [], "its promise bursts"
    (burst,) = theme_bursts(here, [mine], [])
    growing = EmergingTheme("t1", "Northwind", "no vegan meal", None, 20, 3.0, (), NOW)
    assert len(emerging(here, [growing])) == 1
    assert emerging(here, [growing], [burst]) == [], "it bursts"
