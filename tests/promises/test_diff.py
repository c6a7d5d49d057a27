"""What changed between two catalogues is told promise by promise."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from promises.catalogue import Catalogue
from promises.diff import Change, FieldChange, diff
from promises.findings import Severity
from voc.promises import Promise

QUIET = Promise(brand="Inn", id="quiet", statement="Quiet from 10 pm.", valid_from=date(2026, 1, 1))
TAXI = Promise(brand="Inn", id="taxi", statement="A taxi within 20 minutes.")


def changes(old: list[Promise], new: list[Promise]) -> list[Change]:
    before, after = (Catalogue(brand="Inn", promises=tuple(ps), path=Path("promises.yaml")) for ps in (old, new))
    return list(diff(before, after))


def test_equal_catalogues_have_no_difference():
    assert changes([QUIET, TAXI], [TAXI, QUIET]) == []


def test_a_new_promise_is_added():
    (change,) = changes([QUIET], [QUIET, TAXI])
    assert (change.kind, change.promise, change.before) == ("added", TAXI, None)


def test_a_promise_that_is_gone_is_withdrawn():
    (change,) = changes([QUIET, TAXI], [QUIET])
    assert (change.kind, change.promise, change.severity) == ("withdrawn", TAXI, None)


def test_a_changed_wording_with_dates_of_its_own_is_a_new_version():
    ended = replace(QUIET, valid_until=date(2026, 5, 31))
    later = replace(QUIET, version=2, statement="Quiet from 9 pm.", valid_from=date(2026, 6, 1))
    end, new = changes([QUIET], [ended, later])
    assert (end.kind, end.fields) == ("changed", (FieldChange("valid_until", None, date(2026, 5, 31)),))
    assert (new.kind, new.promise, new.before, new.severity) == ("new-version", later, ended, None)


def test_a_wording_added_before_the_known_ones_leaves_them_unchanged():
    first = replace(QUIET, statement="Quiet.", valid_from=None, valid_until=date(2025, 12, 31))
    (change,) = changes([QUIET], [first, replace(QUIET, version=2)])
    assert (change.kind, change.promise, change.before) == ("new-version", first, None)


def test_a_wording_changed_under_its_old_dates_is_an_error():
    reworded = replace(QUIET, statement="Quiet from 9 pm.", severity=2)
    (change,) = changes([QUIET], [reworded])
    assert (change.kind, change.severity) == ("reworded-in-place", Severity.ERROR)
    assert change.fields == (
        FieldChange("statement", "Quiet from 10 pm.", "Quiet from 9 pm."),
        FieldChange("severity", 3, 2),
    )


def test_another_line_break_is_no_change_of_wording():
    assert changes([QUIET], [replace(QUIET, statement="Quiet\nfrom  10 pm.")]) == []


def test_changed_fields_are_told_one_by_one():
    (change,) = changes([QUIET], [replace(QUIET, does="night-porters", regions=("EU",))])
    assert change.kind == "changed"
    assert change.fields == (FieldChange("regions", (), ("EU",)), FieldChange("does", None, "night-porters"))


def test_a_wording_that_keeps_its_words_under_another_first_day_is_changed():
    (change,) = changes([QUIET], [replace(QUIET, valid_from=date(2026, 2, 1))])
    assert (change.kind, change.fields) == (
        "changed",
        (FieldChange("valid_from", date(2026, 1, 1), date(2026, 2, 1)),),
    )


def test_a_wording_taken_out_of_its_history_is_withdrawn():
    later = replace(QUIET, statement="Quiet from 9 pm.", valid_from=date(2026, 6, 1))
    new, gone = changes([QUIET], [later])
    assert (new.kind, new.promise) == ("new-version", later)
    assert (gone.kind, gone.promise) == ("withdrawn", QUIET)


def test_changes_come_in_the_order_of_the_new_file_and_what_is_gone_comes_last():
    new = [replace(TAXI, severity=1), replace(QUIET, severity=1)]
    ids = [change.promise.id for change in changes([replace(TAXI, id="gone"), QUIET, TAXI], new)]
    assert ids == ["taxi", "quiet", "gone"]
