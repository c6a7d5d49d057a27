"""Themes by HTTP: found, read, and put right by those who may."""

from functools import partial
from typing import Any

import pytest

from benchmarks.store import fill
from tests.console.conftest import READER, Serve, Served

FILLED = partial(fill, signals=600, alerts=12)


@pytest.fixture
def served(serve: Serve) -> Served:
    """A server on a made-up store with themes."""
    return serve(filled=FILLED)


def _act(served: Served, theme: str, action: str, **body: Any) -> Any:
    return served.client.post(f"/api/v1/themes/{theme}/{action}", json=body)


def _listed(served: Served, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = served.get("/api/v1/themes", params=asked).json()["themes"]
    return found


def test_themes_come_page_by_page_each_once_and_the_largest_first(served: Served):
    seen, after, more = [], None, True
    while more:
        page = served.get("/api/v1/themes", params={"state": "all", "limit": 3} | ({"after": after} if after else {}))
        seen += page.json()["themes"]
        after, more = page.json()["next"], page.json()["more"]
    assert len({theme["theme_id"] for theme in seen}) == len(seen) == len(_listed(served, state="all")) > 3
    order = [(theme["pinned"], theme["verbatims"]) for theme in seen]
    assert order == sorted(order, reverse=True) and order[0][0] and not order[-1][0]
    assert 0 <= page.json()["unassigned_share"] < 1


def test_unpromised_expectations_are_told_apart(served: Served):
    assert all(theme["promise_id"] is None for theme in _listed(served, unpromised=True))
    assert all(theme["promise_id"] for theme in _listed(served, unpromised=False))
    assert len(_listed(served, unpromised=True)) + len(_listed(served, unpromised=False)) == len(_listed(served))


def test_one_theme_comes_with_who_stands_for_it_and_is_noted(served: Served):
    chosen = _listed(served)[0]
    one = served.get(f"/api/v1/themes/{chosen['theme_id']}").json()
    assert one["theme"] == chosen
    assert sum(day["verbatims"] for day in one["days"]) == chosen["verbatims"]
    assert one["representatives"] and all(said["text"] for said in one["representatives"])
    assert set(one["split"]) == {"region", "product", "channel", "kind", "source"}
    assert sum(part["verbatims"] for part in one["split"]["region"]) == chosen["verbatims"]
    assert served.log() == [("local", "operator", "verbatims", f"theme {chosen['theme_id']}")]


def test_a_theme_is_renamed_pinned_and_muted_and_found_by_its_name(served: Served):
    theme = _listed(served)[0]["theme_id"]
    assert _act(served, theme, "rename", name="Zebra crossings").json()["theme"]["named_by"] == "local"
    assert [found["theme_id"] for found in _listed(served, search="zebra")] == [theme]
    assert _act(served, theme, "pin").json()["theme"]["pinned"]
    assert _act(served, theme, "mute").json()["theme"]["muted"]
    assert theme not in [found["theme_id"] for found in _listed(served)]
    changes = served.get(f"/api/v1/themes/{theme}").json()["changes"]
    assert [(one["change"], one["who"]) for one in changes[-3:]] == [
        (change, "local") for change in ("renamed", "pinned", "muted")
    ]


def test_a_merged_theme_answers_as_the_one_it_is_part_of(served: Served):
    first = _listed(served)[0]
    other = next(one for one in _listed(served)[1:] if one["brand"] == first["brand"])
    merged = _act(served, other["theme_id"], "merge", into=first["theme_id"]).json()["theme"]
    assert (merged["theme_id"], merged["verbatims"]) == (first["theme_id"], first["verbatims"] + other["verbatims"])
    assert served.get(f"/api/v1/themes/{other['theme_id']}").json()["theme"]["theme_id"] == first["theme_id"]


def test_what_is_wrong_with_an_act_is_told(served: Served):
    theme = _listed(served)[0]["theme_id"]
    assert _act(served, theme, "rename").status_code == 422
    assert _act(served, theme, "merge", into=theme).status_code == 422
    assert _act(served, "none", "pin").status_code == 404
    assert served.get("/api/v1/themes/none").status_code == 404


def test_a_reader_does_not_act_on_themes(serve: Serve, token_file: Any):
    served = serve(token_file=token_file)
    headers = {"Authorization": f"Bearer {READER}"}
    assert served.get("/api/v1/themes", headers=headers).status_code == 200
    assert served.client.post("/api/v1/themes/x/pin", json={}, headers=headers).status_code == 403


def test_in_a_scope_all_figures_are_of_it(served: Served):
    whole = {theme["theme_id"]: theme for theme in _listed(served, state="all")}
    values = served.get("/api/v1/themes/scopes").json()
    assert set(values) == {"brand", "region", "product", "channel"} and all(values.values())
    seen: dict[str, int] = dict.fromkeys(whole, 0)
    for region in values["region"]:
        for theme in _listed(served, state="all", region=region):
            seen[theme["theme_id"]] += theme["verbatims"]
            split = served.get(f"/api/v1/themes/{theme['theme_id']}").json()["split"]["region"]
            assert {"part": region, "verbatims": theme["verbatims"]} in split
    assert 0 < sum(seen.values()) <= sum(theme["verbatims"] for theme in whole.values())
    page = served.get("/api/v1/themes", params={"weeks": 2, "state": "all"}).json()
    for theme in page["themes"]:
        assert theme["verbatims"] == sum(theme["weeks"]) and theme["weeks"][-1] == theme["recent"]
    assert page["tried"] < served.get("/api/v1/themes").json()["tried"]


def test_a_search_says_by_what_it_was_made_and_whether_it_found_more(serve: Serve):
    served = serve(filled=FILLED, meaning=lambda words: [0.0] * 383 + [1.0])
    theme = _listed(served, state="all")[0]
    backwards = " ".join(reversed(theme["name"].split()))
    page = served.get("/api/v1/themes", params={"search": backwards.upper(), "state": "all"}).json()
    assert page["searched_by"] == ["words", "meaning"]
    assert theme["theme_id"] in [one["theme_id"] for one in page["themes"] if one["said"]]
    assert served.get("/api/v1/themes").json()["searched_by"] == []
    page = served.get("/api/v1/themes", params={"search": "e", "limit": 2}).json()
    assert (len(page["themes"]), page["cut"], page["more"], page["next"]) == (2, True, False, None)


def test_themes_are_asked_for_by_their_ids_muted_or_not(served: Served):
    chosen = [_listed(served, state="muted")[0]["theme_id"], _listed(served)[-1]["theme_id"]]
    assert {theme["theme_id"] for theme in _listed(served, theme=chosen)} == set(chosen)


def test_verbatims_of_a_theme_come_page_by_page_of_a_part_each_once_and_are_noted(served: Served):
    theme = _listed(served)[0]
    path = f"/api/v1/themes/{theme['theme_id']}/verbatims"
    seen, after, more = [], None, True
    while more:
        page = served.get(path, params={"limit": 4} | ({"after": after} if after else {})).json()
        seen += page["verbatims"]
        after, more = page["next"], page["more"]
    assert len({one["record_id"] for one in seen}) == len(seen) == theme["verbatims"] > 4
    assert [one["event_time"] for one in seen] == sorted((one["event_time"] for one in seen), reverse=True)
    kind = seen[0]["kind"]
    of_kind = served.get(path, params={"kind": kind, "limit": 1000}).json()["verbatims"]
    assert [one["record_id"] for one in of_kind] == [one["record_id"] for one in seen if one["kind"] == kind]
    assert ("local", "operator", "verbatims", f"theme {theme['theme_id']} kind={kind} limit=1000") in served.log()
    assert served.get("/api/v1/themes/none/verbatims").status_code == 404
    assert served.get(path, params={"after": "x"}).status_code == 422


def test_a_theme_says_which_alerts_are_on_it_and_when_it_was_rebuilt(served: Served):
    on_themes = served.get("/api/v1/alerts", params={"state": "all", "limit": 1000}).json()["alerts"]
    chosen = next(alert for alert in on_themes if alert["theme_id"])
    one = served.get(f"/api/v1/themes/{chosen['theme_id']}").json()
    expected = {alert["alert_id"] for alert in on_themes if alert["theme_id"] == chosen["theme_id"]}
    assert {alert["alert_id"] for alert in one["alerts"]} == expected
    assert one["rebuilt_at"] == "2026-11-25T00:00:00Z"
