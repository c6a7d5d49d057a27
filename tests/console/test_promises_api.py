"""The promise board by HTTP: what was said is counted, and silence is never kept."""

from functools import partial

import pytest

from benchmarks.store import fill
from tests.console.conftest import Serve, Served


@pytest.fixture
def served(serve: Serve) -> Served:
    """A server on a made-up store."""
    return serve(filled=partial(fill, signals=1500, alerts=12))


def test_a_promise_that_nobody_spoke_of_has_no_rate(serve: Serve):
    bags, refund = serve().get("/api/v1/promises").json()["promises"]
    assert (bags["n"], bags["mentioned"], bags["rate"], round(bags["low"], 2)) == (5, 1, 0.4, 0.12)
    assert bags["trend"] == [{"day": "2026-01-05", "broken": 3, "kept": 1, "exceeded": 1}]
    assert (refund["n"], refund["rate"], refund["low"], refund["trend"]) == (0, None, None, [])


def test_of_few_verdicts_nothing_is_claimed_and_nothing_advised(serve: Serve):
    one = serve().get("/api/v1/promises/northwind/bags-on-time").json()
    assert (one["claim"]["safe"], one["advice"]["change"], one["claim"]["n"]) == (None, "unknown", 5)


def test_days_and_parts_each_add_up_to_the_whole(served: Served):
    for by in ("region", "product", "channel", "kind", "touchpoint", "journey_step"):
        found = served.get("/api/v1/promises", params={"by": by}).json()["promises"]
        assert sum(one["n"] for one in found) > 500
        for one in found:
            assert sum(part["n"] for part in one["parts"]) == one["n"]
            assert sum(day["broken"] for day in one["trend"]) == one["broken"]
    assert served.log() == [], "the board shows no customer's words"


def test_only_what_was_asked_for_is_counted(served: Served):
    board = served.get("/api/v1/promises", params={"since": "2026-11-01", "until": "2026-11-08"}).json()["promises"]
    days = [day["day"] for one in board for day in one["trend"]]
    assert days and min(days) >= "2026-11-01" and max(days) < "2026-11-08"
    scores = served.get("/api/v1/scores", params={"since": "2026-11-01", "until": "2026-11-08"}).json()["scores"]
    assert {(one["promise_id"], one["n"], one["rate"]) for one in board} == {
        (one["promise_id"], one["n"], one["rate"]) for one in scores
    }


def test_one_promise_comes_with_what_customers_last_said_and_is_noted(served: Served):
    board = served.get("/api/v1/promises").json()["promises"]
    worst = max(board, key=lambda one: one["broken"])
    one = served.get(f"/api/v1/promises/{worst['brand']}/{worst['promise_id']}").json()
    assert {name: one[name] for name in worst} == worst
    assert one["versions"][0]["statement"] == worst["statement"]
    times = [said["event_time"] for said in one["verbatims"]]
    assert times == sorted(times, reverse=True) and len(times) == 10
    assert all(
        said["verdict"] == "broken" and said["evidence_start"] < said["evidence_end"] for said in one["verbatims"]
    )
    assert served.log() == [("local", "operator", "verbatims", f"promise {worst['brand']}/{worst['promise_id']}")]
    assert served.get("/api/v1/promises/nobody/nothing").status_code == 404


def test_the_journey_has_a_cell_for_each_step_that_was_spoken_of(served: Served):
    cells = served.get("/api/v1/journey").json()["cells"]
    board = served.get("/api/v1/promises").json()["promises"]
    assert sum(cell["n"] for cell in cells) == sum(one["n"] for one in board)
    assert all(cell["n"] and cell["low"] <= cell["rate"] <= cell["high"] for cell in cells)
