"""Each deliberately wrong catalogue of configs/invalid is refused with its one message."""

from pathlib import Path

import pytest

from promises.catalogue import load_catalogue
from voc.errors import ConfigError

FOLDER = Path(__file__).parents[2] / "configs" / "invalid"

TWICE = (
    "'bags-on-time': two equal ids: promises[0] has it too, and both are in force at the same time; "
    "allowed: the same id again only with valid dates of its own that do not overlap"
)
STEPS = (
    "awareness, interest, information, intent, evaluation, negotiation, order, delivery, usage, service, "
    "recommendation, repurchase_or_disposal"
)
PROMISE_KEYS = "id, statement, source, valid, scope, touchpoint, journey, owners, measure, budget, severity, examples"
ONE_BOUND = "a measure has one bound; allowed: either at_most or at_least"
QUOTE_IT = "is no text; allowed: a text; quote it if it looks like a number or true/false"

# What follows the name of the file.
MESSAGES = {
    "bad_id": "promises[0].id: 'bags on time': is no id; "
    "allowed: letters, digits, - and _, beginning with a letter or digit",
    "bad_url": "promises[0].source.url: 'northwind-air.example/promises': is no web address; "
    "allowed: http://… or https://…",
    "bad_window": "promises[0].budget.window: 'a month': is no window; "
    "allowed: a whole number with h, d or w, such as 30d",
    "broken_yaml": "line 4, column 31: is no YAML: mapping values are not allowed here",
    "budget_out_of_range": "promises[0].budget.kept_at_least: 95: is no share; "
    "allowed: a number above 0, up to 1, such as 0.95",
    "empty_file": "is no catalogue; allowed: the keys brand and promises",
    "empty_promises": "promises: is empty; allowed: at least one",
    "empty_statement": "promises[0].statement: ' ': is empty; allowed: a text",
    "ends_before_it_begins": "promises[0].valid.until: '2026-09-30': ends before it begins; "
    "allowed: 2026-10-01 or later",
    "id_is_a_number": f"promises[0].id: 2026: {QUOTE_IT}",
    "key_stands_twice": "line 6, column 5: is no YAML: the key 'severity' stands twice",
    "no_bound": f"promises[0].measure.at_least: {ONE_BOUND}",
    "no_brand": "brand: is missing",
    "no_mapping": "is no catalogue; allowed: the keys brand and promises",
    "no_promises": "promises: is missing",
    "no_statement": "promises[0].statement: is missing",
    "no_such_day": "promises[0].valid.from: '2026-02-30': this day does not exist; allowed: a day as YYYY-MM-DD",
    "not_utf8": "is no UTF-8 text (byte 75)",
    "overlapping_versions": f"promises[1].id: {TWICE}",
    "scope_is_no_list": "promises[0].scope.regions: 'EU': is no list; allowed: a list such as [a, b]",
    "severity_is_no_number": "promises[0].severity: 'high': is no severity; "
    "allowed: a whole number from 1 (slight) to 5 (safety, legal)",
    "severity_out_of_range": "promises[0].severity: 6: is no severity; "
    "allowed: a whole number from 1 (slight) to 5 (safety, legal)",
    "two_bounds": f"promises[0].measure.at_least: '10 min': {ONE_BOUND}",
    "two_equal_ids": f"promises[2].id: {TWICE}",
    "unknown_journey_step": f"promises[0].journey[1]: 'arrival': is not known; allowed: {STEPS}",
    "unknown_key": f"promises[0].owner: 'ground-operations': is no key here; allowed: {PROMISE_KEYS}",
    "unknown_key_at_the_top": "language: 'en': is no key here; allowed: brand, promises",
    "unknown_key_in_scope": "promises[0].scope.region: is no key here; allowed: regions, products, channels",
    "unknown_touchpoint": "promises[0].touchpoint: 'kiosk': is not known; allowed: product, human, system",
    "wrong_date": "promises[1].valid.from: '01.02.2026': is no date; allowed: a day as YYYY-MM-DD",
}


@pytest.mark.parametrize("fault", MESSAGES)
def test_a_wrong_catalogue_is_refused_with_its_message(fault: str):
    path = FOLDER / f"catalogue_{fault}.yaml"
    with pytest.raises(ConfigError) as refused:
        load_catalogue(path)
    assert str(refused.value) == f"{path}: {MESSAGES[fault]}"


def test_every_wrong_catalogue_has_its_message_here():
    faults = {path.stem.removeprefix("catalogue_") for path in FOLDER.glob("catalogue_*")}
    assert faults == set(MESSAGES)


def test_a_catalogue_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ConfigError) as refused:
        load_catalogue(tmp_path / "promises.yaml")
    assert str(refused.value) == f"{tmp_path / 'promises.yaml'}: can't be read: No such file or directory"
