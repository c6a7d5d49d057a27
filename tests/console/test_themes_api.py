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
    assert [theme["verbatims"] for theme in seen] == sorted((theme["verbatims"] for theme in seen), reverse=True)
    assert 0 <= page.json()["unassigned_share"] < 1


def test_unpromised_expectations_are_told_apart(served: Served):
    assert all(theme["promise_id"] is None for theme in _listed(served, unpromised=True))
    assert all(theme["promise_id"] for theme in _listed(served, unpromised=False))
    assert len(_listed(served, unpromised=True)) + len(_listed(served, unpromised=False)) == len(_listed(served))


def test_one_theme_comes_with_who_stands_for_it_and_is_noted(served: Served):
    chosen = _listed(served)[0]
    one = served.get(f"/api/v1/themes/{chosen['theme_id']}").json()
    assert one["theme"] == chosen
    assert one["representatives"] and all(said["text"] for said in one["representatives"])
    assert set(one["split"]) == {"region", "product", "channel", "kind"}
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
