"""Catalogues load: defaults, versions, and YAML without surprises."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from promises.catalogue import load_catalogue
from voc.errors import ConfigError
from voc.promises import JourneyStep, Measure, TouchPoint

SHIPPED = Path(__file__).parents[2] / "configs" / "catalogues"


@pytest.fixture
def load(tmp_path: Path):
    def write_and_load(content: str):
        path = tmp_path / "promises.yaml"
        path.write_text(content, encoding="utf-8")
        return load_catalogue(path)

    return write_and_load


def test_brand_id_and_statement_are_enough(load):
    (promise,) = load("brand: Inn\npromises: [{id: clean_rooms, statement: 'Clean rooms, every time.'}]").promises
    assert (promise.brand, promise.id, promise.statement) == ("Inn", "clean_rooms", "Clean rooms, every time.")
    assert promise.version == 1
    assert promise.severity == 3
    assert promise.in_force_on(date(1999, 1, 1))
    assert promise.covers(region="EU", product=None, channel="app")
    assert (promise.source_url, promise.says, promise.measure, promise.kept_at_least, promise.window) == (None,) * 5


def test_every_field_arrives(load):
    (promise,) = load(
        """
brand: Inn
promises:
  - id: quiet
    statement: Quiet from 10 pm,
      or the night is free.
    source: {url: https://inn.example/quiet, citation: page 2, seen: 2026-01-02}
    valid: {from: 2026-01-01, until: 2026-12-31}
    scope: {regions: [NO, DE], products: [suite], channels: [app]}
    touchpoint: human
    journey: [usage, service]
    owners: {says: marketing, does: night-porters}
    measure: {quantity: duration, at_least: 8 h}
    budget: {kept_at_least: 0.9, window: 2w}
    severity: 4
    examples: {broken: [Loud all night], kept: [Slept well], exceeded: [They moved us to a quieter room]}
"""
    ).promises
    assert promise.statement == "Quiet from 10 pm, or the night is free."
    assert (promise.source_url, promise.source_citation) == ("https://inn.example/quiet", "page 2")
    assert (promise.source_seen, promise.valid_from, promise.valid_until) == (
        date(2026, 1, 2),
        date(2026, 1, 1),
        date(2026, 12, 31),
    )
    assert (promise.regions, promise.products, promise.channels) == (("NO", "DE"), ("suite",), ("app",))
    assert promise.touchpoint is TouchPoint.HUMAN
    assert promise.journey == (JourneyStep.USAGE, JourneyStep.SERVICE)
    assert (promise.says, promise.does) == ("marketing", "night-porters")
    assert promise.measure == Measure("duration", at_least="8 h")
    assert (promise.kept_at_least, promise.window, promise.severity) == (0.9, timedelta(days=14), 4)
    assert promise.broken_examples == ("Loud all night",)
    assert promise.kept_examples == ("Slept well",)
    assert promise.exceeded_examples == ("They moved us to a quieter room",)


def test_the_shipped_airline_has_one_promise_for_each_point_of_the_regulation():
    catalogue = load_catalogue(SHIPPED / "airline.yaml")
    points = dict.fromkeys((promise.id, promise.source_citation) for promise in catalogue.promises)
    assert [citation for _, citation in points] == [f"14 CFR 259.5(b)({point})" for point in range(1, 13)]


@pytest.mark.parametrize("name", ["airline", "shop"])
def test_shipped_promises_carry_everything_but_what_they_can_do_without(name: str):
    for promise in load_catalogue(SHIPPED / f"{name}.yaml").promises:
        assert promise.source_url is not None
        assert promise.says and promise.does and promise.journey and promise.touchpoint and promise.window
        for examples in (promise.broken_examples, promise.kept_examples, promise.exceeded_examples):
            assert 3 <= len(examples) <= 5


def test_a_new_wording_takes_over_the_day_after_the_old_one_ends():
    bags = [p for p in load_catalogue(SHIPPED / "airline.yaml").promises if p.id == "bags-on-time"]
    in_force = {day: [p.version for p in bags if p.in_force_on(day)] for day in (date(2026, 9, 30), date(2026, 10, 1))}
    assert in_force == {date(2026, 9, 30): [1], date(2026, 10, 1): [2]}


def test_versions_count_by_first_day_and_not_by_place_in_the_file(load):
    catalogue = load(
        """
brand: Inn
promises:
  - {id: quiet, statement: Third, valid: {from: 2026-03-01}}
  - {id: quiet, statement: First, valid: {until: 2026-01-31}}
  - {id: quiet, statement: Second, valid: {from: 2026-02-01, until: 2026-02-28}}
"""
    )
    assert [(p.statement, p.version) for p in catalogue.promises] == [("Third", 3), ("First", 1), ("Second", 2)]


@pytest.mark.parametrize(
    "valid", ["{}", "{from: 2026-01-01}", "{until: 2026-03-01}", "{from: 2026-03-01, until: 2026-04-01}"]
)
def test_an_id_may_not_stand_twice_with_a_day_in_common(load, valid: str):
    with pytest.raises(ConfigError, match="two equal ids"):
        load(
            f"""
brand: Inn
promises:
  - {{id: quiet, statement: One, valid: {{from: 2026-02-01, until: 2026-03-01}}}}
  - {{id: quiet, statement: Two, valid: {valid}}}
"""
        )


@pytest.mark.parametrize("day", ["2026", "20260110", "2026-1-10", "2026-01-10T00:00:00", "soon", "true"])
def test_a_day_is_written_in_one_way_only(load, day: str):
    with pytest.raises(ConfigError, match="allowed: a day as YYYY-MM-DD"):
        load(f"brand: Inn\npromises: [{{id: quiet, statement: Quiet, valid: {{from: {day}}}}}]")


@pytest.mark.parametrize("window", ["30", "0d", "30 d", "1y", "99999w", "-3d", "null"])
def test_a_window_is_a_whole_number_with_its_unit(load, window: str):
    with pytest.raises(ConfigError, match=r"budget\.window"):
        load(f"brand: Inn\npromises: [{{id: q, statement: Q, budget: {{kept_at_least: 0.9, window: {window}}}}}]")


def test_a_bound_that_is_a_bare_number_is_kept_as_written(load):
    (promise,) = load(
        "brand: Inn\npromises: [{id: q, statement: Q, measure: {quantity: money, at_least: 400}}]"
    ).promises
    assert str(promise.measure) == "400"


@settings(deadline=None)  # a slow disk is no fault
@given(st.binary(max_size=200))
def test_any_bytes_load_or_raise_a_config_error(tmp_path_factory, content: bytes):
    path = tmp_path_factory.mktemp("bytes") / "promises.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError):
        load_catalogue(path)


TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["source", "valid", "scope", "journey", "owners", "measure", "budget", "severity", "examples"])


@settings(deadline=None)
@given(st.dictionaries(KEYS, TREES, max_size=3))
def test_any_wrong_value_raises_a_config_error_and_nothing_else(tmp_path_factory, extra):
    path = tmp_path_factory.mktemp("trees") / "promises.yaml"
    path.write_text(yaml.safe_dump({"brand": "Inn", "promises": [{"id": "q", "statement": "Q"} | extra]}), "utf-8")
    try:
        load_catalogue(path)
    except ConfigError as refused:
        assert str(refused).startswith(f"{path}: ")


@pytest.mark.parametrize(
    "content",
    [
        "brand: !!timestamp x",
        "brand: !!bool maybe",
        "brand: !!int x",
        "brand: !!int ''",
        "a: !!python/object:os.system x",
        "? [a]\n: b",
        "b: \x00",
        "a: &a [*a]",
    ],
)
def test_odd_yaml_raises_a_config_error(load, content: str):
    with pytest.raises(ConfigError):
        load(content)
