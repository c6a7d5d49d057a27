"""Alerts by HTTP: found, read, and acted upon by those who may."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from benchmarks.store import fill
from tests.console.conftest import OPERATOR, READER, Serve, Served

FILLED = partial(fill, signals=300, alerts=12)


@pytest.fixture
def served(serve: Serve) -> Served:
    """A server on a made-up store with alerts in all states."""
    return serve(filled=FILLED)


def _act(served: Served, alert: str, action: str, **body: Any) -> Any:
    return served.client.post(f"/api/v1/alerts/{alert}/{action}", json=body)


def _open(served: Served) -> str:
    return str(served.get("/api/v1/alerts", params={"state": "open"}).json()["alerts"][0]["alert_id"])


def test_alerts_come_page_by_page_each_once_and_the_newest_first(served: Served):
    seen, after, more = [], None, True
    while more:
        page = served.get("/api/v1/alerts", params={"state": "all", "limit": 5} | ({"after": after} if after else {}))
        seen += page.json()["alerts"]
        after, more = page.json()["next"], page.json()["more"]
    assert len({alert["alert_id"] for alert in seen}) == len(seen) == 12
    assert [alert["opened_at"] for alert in seen] == sorted((alert["opened_at"] for alert in seen), reverse=True)
    assert served.log() == [], "a list shows no customer's words"


def test_alerts_of_one_promise_are_all_of_it_and_no_other(served: Served):
    every = served.get("/api/v1/alerts", params={"state": "all"}).json()["alerts"]
    chosen = next(alert for alert in every if alert["promise_id"])
    place = {"brand": chosen["brand"], "promise": chosen["promise_id"]}
    found = served.get("/api/v1/alerts", params={"state": "all"} | place).json()["alerts"]
    of_it = [a for a in every if (a["brand"], a["promise_id"]) == (chosen["brand"], chosen["promise_id"])]
    assert found == of_it and 0 < len(found) < len(every)


def test_where_reading_goes_on_is_the_last_change_before_the_list(served: Served):
    last = served.get("/api/v1/alerts").json()["last"]
    alert = _open(served)
    _act(served, alert, "note", note="Seen.")
    assert served.get("/api/v1/alerts").json()["last"] == last + 1
    assert served.get(f"/api/v1/alerts/{alert}").json()["history"][-1]["number"] == last + 1


def test_without_a_state_the_list_has_what_is_not_resolved(served: Served):
    listed = served.get("/api/v1/alerts").json()["alerts"]
    every = served.get("/api/v1/alerts", params={"state": "all"}).json()["alerts"]
    assert {alert["alert_id"] for alert in listed} == {a["alert_id"] for a in every if a["state"] != "resolved"}
    assert 0 < len(listed) < len(every)


def test_one_alert_comes_with_its_words_its_history_and_its_promise_and_is_noted(served: Served):
    listed = served.get("/api/v1/alerts", params={"state": "all"}).json()["alerts"]
    chosen = next(alert for alert in listed if alert["worst"] and alert["promise_id"])
    one = served.get(f"/api/v1/alerts/{chosen['alert_id']}").json()
    assert one["alert"] == chosen
    assert [said["record_id"] for said in one["verbatims"]] == chosen["worst"]
    assert one["promise"]["statement"] == chosen["statement"]
    numbers = [line["number"] for line in one["history"]]
    assert numbers == sorted(numbers) and one["history"][0]["change"] == "opened"
    assert served.log() == [("local", "operator", "verbatims", f"alert {chosen['alert_id']}")]


def test_an_alert_is_acknowledged_snoozed_resolved_and_reopened_and_the_history_says_who(served: Served):
    alert = _open(served)
    assert _act(served, alert, "acknowledge", note="On it.").json()["state"] == "acknowledged"
    until = datetime.now(UTC) + timedelta(hours=1)
    assert _act(served, alert, "snooze", until=until.isoformat()).json()["state"] == "snoozed"
    assert _act(served, alert, "assign", assignee="ines").json()["assignee"] == "ines"
    assert _act(served, alert, "resolve").json()["resolved_by"] == "local"
    assert _act(served, alert, "reopen").json()["reopened"] == 1
    history = served.get(f"/api/v1/alerts/{alert}").json()["history"][-5:]
    done = ["acknowledged", "snoozed", "assigned", "resolved", "reopened"]
    assert [(line["change"], line["who"]) for line in history] == [(change, "local") for change in done]
    assert history[0]["detail"] == "On it."


def test_what_is_missing_for_an_act_is_told_and_changes_nothing(served: Served):
    alert = _open(served)
    before = served.get(f"/api/v1/alerts/{alert}").json()
    for action in ("assign", "snooze", "note", "reopen"):
        assert _act(served, alert, action).status_code == 422, action
    assert served.get(f"/api/v1/alerts/{alert}").json() == before
    assert _act(served, "none", "acknowledge").status_code == 404
    assert served.get("/api/v1/alerts/none").status_code == 404


def test_a_reader_reads_alerts_and_does_not_act(serve: Serve, token_file: Any):
    served = serve(token_file=token_file, filled=FILLED)
    reader, operator = ({"Authorization": f"Bearer {token}"} for token in (READER, OPERATOR))
    alert = served.get("/api/v1/alerts", headers=reader).json()["alerts"][0]["alert_id"]
    path = f"/api/v1/alerts/{alert}/note"
    assert served.client.post(path, json={"note": "Hm."}, headers=reader).status_code == 403
    assert served.client.post(path, json={"note": "Hm."}, headers=operator).status_code == 200
    assert served.get(f"/api/v1/alerts/{alert}", headers=reader).json()["history"][-1]["who"] == "olga"


@pytest.mark.parametrize("after", ["x", "e30", "W10", "WzEsMl0", "WyJhIiwiYiJd"])
@pytest.mark.parametrize("what", ["alerts", "themes"])
def test_a_place_that_was_not_made_here_is_refused(serve: Serve, what: str, after: str):
    refused = serve().get(f"/api/v1/{what}", params={"after": after})
    assert (refused.status_code, refused.json()["allowed"]) == (422, "what `next` of a page said")
