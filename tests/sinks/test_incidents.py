"""Incidents in stores whose days are written by hand."""

from datetime import date, timedelta

import pytest

from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.incidents import incidents, poisson_tail
from tests.sinks.samples import BAGS, START, batch, judged, signal


@pytest.fixture
def found_in(tmp_path):
    """Takes (broken, other verbatims) for each day in a row, and optionally of a second region."""

    def find(days, region="EU", **options):
        verbatims, offset = [], 0
        for number, (broken, others) in enumerate(days):
            for i in range(broken + others):
                at = START + timedelta(days=number)
                verbatims.append(judged(offset, *([signal()] if i < broken else []), at=at, region=region))
                offset += 1
        with DuckDBStore(DuckDBSettings(path=tmp_path / "store.duckdb")) as store:
            store.remember_promises([BAGS])
            store.write(batch(verbatims))
            with store.reading() as connection:
                return incidents(connection, **options)

    return find


def test_a_rise_above_a_calm_past_is_found_with_its_days_and_shares(found_in):
    [incident] = found_in([(1, 19)] * 14 + [(12, 8), (10, 10), (1, 19)])
    assert (incident.first_day, incident.last_day) == (date(2026, 1, 19), date(2026, 1, 20))
    assert (incident.promise_id, incident.region, incident.broken) == ("bags-on-time", "EU", 22)
    assert incident.usual_per_day == 1.0
    assert incident.share_before == pytest.approx(0.05)
    assert incident.share_during == pytest.approx(0.55)
    assert incident.probability < 1e-8


def test_more_letters_of_the_same_mood_are_no_incident(found_in):
    assert found_in([(1, 9)] * 14 + [(12, 108)]) == []


def test_a_few_more_than_usual_are_no_incident(found_in):
    assert found_in([(2, 18)] * 14 + [(5, 15)]) == []


def test_too_few_to_matter_are_no_incident(found_in):
    assert found_in([(0, 40)] * 20 + [(1, 39)]) == []


def test_without_a_week_of_past_nothing_is_unusual(found_in):
    assert found_in([(0, 20)] * 6 + [(15, 5)]) == []


def test_one_calm_day_inside_does_not_split_an_incident(found_in):
    [incident] = found_in([(1, 19)] * 14 + [(12, 8), (1, 19), (12, 8)])
    assert (incident.first_day, incident.last_day, incident.broken) == (date(2026, 1, 19), date(2026, 1, 21), 25)


def test_an_incident_does_not_become_its_own_past(found_in):
    [incident] = found_in([(1, 19)] * 14 + [(12, 8)] * 20)
    assert (incident.last_day - incident.first_day).days == 19


def test_a_region_that_is_not_known_is_a_region(found_in):
    [incident] = found_in([(1, 19)] * 14 + [(12, 8)], region=None)
    assert incident.region is None


@pytest.mark.parametrize(
    ("count", "mean", "expected"),
    [(0, 3.0, 1.0), (1, 1.0, 0.6321205588), (5, 10.0, 0.9707473119), (10, 1.0, 1.1142548e-7), (40, 2.0, 1.9171e-37)],
)
def test_poisson_tails_are_right_far_out_too(count, mean, expected):
    assert poisson_tail(count, mean) == pytest.approx(expected, rel=1e-3)


def test_a_warm_day_beside_a_hot_one_belongs_to_the_incident(found_in):
    [incident] = found_in([(1, 19)] * 14 + [(4, 16), (12, 8), (1, 19)])
    assert (incident.first_day, incident.last_day) == (date(2026, 1, 19), date(2026, 1, 20))


def test_warm_days_alone_are_no_incident(found_in):
    assert found_in([(1, 19)] * 14 + [(4, 16), (5, 15)]) == []
