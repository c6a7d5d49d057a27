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


def test_one_promise_comes_with_its_versions_and_none_of_the_customers_words(served: Served):
    board = served.get("/api/v1/promises").json()["promises"]
    worst = max(board, key=lambda one: one["broken"])
    one = served.get(f"/api/v1/promises/{worst['brand']}/{worst['promise_id']}").json()
    assert {name: one[name] for name in worst} == worst
    assert one["versions"][0]["statement"] == worst["statement"]
    assert "verbatims" not in one
    assert served.log() == []
    assert served.get("/api/v1/promises/nobody/nothing").status_code == 404


def test_what_customers_say_of_a_promise_comes_by_verdict_page_by_page_and_is_noted(served: Served):
    worst = max(served.get("/api/v1/promises").json()["promises"], key=lambda one: one["broken"])
    path, found, after = f"/api/v1/promises/{worst['brand']}/{worst['promise_id']}/verbatims", [], None
    while True:
        page = served.get(path, params={"limit": 7} | ({"after": after} if after else {})).json()
        found += page["verbatims"]
        after = page["next"]
        if not page["more"]:
            break
    assert len(found) == len({said["record_id"] for said in found}) == worst["broken"]
    assert [said["event_time"] for said in found] == sorted((said["event_time"] for said in found), reverse=True)
    assert all(said["verdict"] == "broken" and said["evidence_start"] < said["evidence_end"] for said in found)
    kept = served.get(path, params={"verdict": "kept", "limit": 1000}).json()["verbatims"]
    assert len(kept) == worst["kept"] and {said["verdict"] for said in kept} == {"kept"}
    assert {(action, detail.split()[0]) for _, _, action, detail in served.log()} == {("verbatims", "promise")}
    assert len(served.log()) == -(-worst["broken"] // 7) + 1
    assert served.get(path, params={"after": "x"}).status_code == 422
    assert served.get("/api/v1/promises/nobody/nothing/verbatims").status_code == 404


def test_the_journey_has_a_cell_for_each_step_that_was_spoken_of(served: Served):
    cells = served.get("/api/v1/journey").json()["cells"]
    board = served.get("/api/v1/promises").json()["promises"]
    assert sum(cell["n"] for cell in cells) == sum(one["n"] for one in board)
    assert all(cell["n"] and cell["low"] <= cell["rate"] <= cell["high"] for cell in cells)
