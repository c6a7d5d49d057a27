"""What the console benchmark makes of its samples."""

from collections.abc import Iterable

from benchmarks.console import PAGES, answers, inserts


def _clicked(seconds: float, *failed: str) -> dict[str, object]:
    taken = {page: {"/api/v1/quick": [0.01] * 3, "/api/v1/slow": [seconds] * 3} for page in PAGES}
    return {"taken": taken, "failed": list(failed)}


def _inserts(seconds: Iterable[float]) -> list[dict[str, float]]:
    return [{"at": 0.0, "seconds": one, "records": 30} for one in seconds]


def test_a_page_is_as_slow_as_its_slowest_call():
    of_pages = [one for one in answers(_clicked(0.2), "one person") if one.goal]
    assert [one.met for one in of_pages] == [True] * len(PAGES)
    assert all("200 ms (/api/v1/slow" in one.value for one in of_pages)
    assert not any(one.met for one in answers(_clicked(0.4), "one person") if one.goal)


def test_a_page_that_nobody_could_open_is_not_measured():
    clicked = {"taken": {}, "failed": []}
    assert {one.outcome for one in answers(clicked, "one person") if one.goal} == {"not measured"}


def test_being_told_to_come_again_is_shown_and_a_fault_is_not_met():
    found = answers(_clicked(0.1, "/api/sql 503", "/api/sql 503", "/api/v1/quick 500"), "ten")
    told, failed = found[-2:]
    assert told.value == "2 calls: /api/sql 503"
    assert told.outcome == ""
    assert (failed.value, failed.outcome) == ("/api/v1/quick 500", "NOT MET")


def test_inserts_may_take_half_as_long_again_while_people_click():
    quiet = [0.010] * 99 + [0.020]
    assert inserts(_inserts(quiet), _inserts(one * 1.4 for one in quiet)).met is True
    assert inserts(_inserts(quiet), _inserts(one * 1.6 for one in quiet)).met is False


def test_too_few_inserts_say_nothing():
    assert inserts(_inserts([0.01]), _inserts([0.01] * 50)).outcome == "not measured"
