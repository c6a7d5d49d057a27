"""Lists as files: the same rows as the lists have, all of them, and nothing that a spreadsheet would run."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from benchmarks.store import fill
from tests.console.conftest import OPERATOR, READER, Serve, Served
from tests.sinks.samples import BAGS, batch, judged, signal

FILLED = partial(fill, signals=600, alerts=12)


@pytest.fixture
def served(serve: Serve) -> Served:
    """A server on a made-up store."""
    return serve(filled=FILLED, sql={"snapshot_seconds": 0})


def _file(served: Served, what: str, file_format: str = "csv", **asked: Any) -> httpx.Response:
    answer = served.get(f"/api/v1/export/{what}.{file_format}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer


def _rows(answer: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8"), newline="")))


def _read(answer: httpx.Response, path: Path) -> duckdb.DuckDBPyRelation:
    path.write_bytes(answer.content)
    return duckdb.read_parquet(str(path))


def _listed(served: Served, path: str, of: str, **asked: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = served.get(f"/api/v1/{path}", params={"limit": 1000} | asked).json()[of]
    return found


@pytest.mark.parametrize("filters", [{}, {"verdict": "broken", "min_confidence": 0.8}, {"region": "EU"}])
def test_signals_are_those_of_the_list(served: Served, tmp_path: Path, filters: dict[str, Any]):
    listed = _listed(served, "signals", "signals", **filters)
    rows = _rows(_file(served, "signals", **filters))
    assert len(rows) == len(listed) > 10
    assert set(rows[0]) == set(listed[0])
    words = {(row["record_id"], row["promise_id"], row["verdict"], row["evidence"]) for row in rows}
    assert words == {(one["record_id"], one["promise_id"], one["verdict"], one["evidence"]) for one in listed}
    table = _read(_file(served, "signals", "parquet", **filters), tmp_path / "signals.parquet")
    assert len(table) == len(listed)
    assert dict(zip(table.columns, map(str, table.types), strict=True))["event_time"] == "TIMESTAMP"


def test_themes_are_those_of_the_list_in_its_order(served: Served, tmp_path: Path):
    for filters in ({}, {"unpromised": True}, {"state": "muted"}, {"region": "EU", "weeks": 8}, {"search": "refund"}):
        listed = _listed(served, "themes", "themes", **filters)
        table = _read(_file(served, "themes", "parquet", **filters), tmp_path / "themes.parquet")
        found = [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
        for name in ("theme_id", "verbatims", "expected", "phrases", "statement"):
            assert [one[name] for one in found] == [one[name] for one in listed], (filters, name)
        assert listed


def test_verbatims_of_a_theme_and_of_a_part_of_it(served: Served):
    theme = _listed(served, "themes", "themes")[0]
    rows = _rows(_file(served, "theme-verbatims", theme=theme["theme_id"]))
    assert len(rows) == theme["verbatims"] > 1
    listed = _listed(served, f"themes/{theme['theme_id']}/verbatims", "verbatims", kind=rows[0]["kind"])
    of_kind = _rows(_file(served, "theme-verbatims", theme=theme["theme_id"], kind=rows[0]["kind"]))
    assert [row["record_id"] for row in of_kind] == [one["record_id"] for one in listed]


def test_the_board_has_the_rates_and_intervals_of_the_page(served: Served, tmp_path: Path):
    for filters in ({}, {"since": "2026-11-01", "until": "2026-11-20"}):
        board = {one["promise_id"]: one for one in served.get("/api/v1/promises", params=filters).json()["promises"]}
        table = _read(_file(served, "promises", "parquet", **filters), tmp_path / "board.parquet")
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.fetchall()]
        found = {row["promise_id"]: row for row in rows}
        assert set(found) == set(board)
        for promise_id, one in found.items():
            for name in ("broken", "kept", "exceeded", "mentioned", "n", "rate", "low", "high"):
                assert one[name] == pytest.approx(board[promise_id][name], abs=1e-12), (promise_id, name)
    assert any(one["rate"] is None and one["low"] is None for one in found.values()), "silence is not kept"


def test_alerts_are_those_of_the_list(served: Served):
    of = next(alert for alert in _listed(served, "alerts", "alerts") if alert["promise_id"])
    own = {"brand": of["brand"], "promise": of["promise_id"]}
    for filters in ({}, {"state": "all"}, {"state": "open,resolved", "kind": "burst"}, {"state": "all", **own}):
        listed = [one["alert_id"] for one in _listed(served, "alerts", "alerts", **filters)]
        assert [row["alert_id"] for row in _rows(_file(served, "alerts", **filters))] == listed


def test_what_a_spreadsheet_would_run_is_disarmed_in_csv_alone(serve: Serve, tmp_path: Path):
    texts = ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "\r=1", "grüezi, 5 = five"]

    def filled(store: Any) -> None:
        store.remember_promises([BAGS])
        some = [judged(at, replace(signal(), start=0, end=len(text)), text=text) for at, text in enumerate(texts)]
        store.write(batch(some))

    served = serve(filled=filled)
    written = [row["evidence"] for row in _rows(_file(served, "signals"))]
    assert written == [*(f"'{text}" for text in texts[:-1]), texts[-1]]
    table = _read(_file(served, "signals", "parquet"), tmp_path / "signals.parquet")
    assert [row[0] for row in table.select("evidence").fetchall()] == texts


def test_a_file_says_what_it_is_how_much_and_as_of_when(served: Served):
    answer = _file(served, "themes", "csv", brand="Northwind Air")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="gapwatch-themes-')
    assert int(answer.headers["gapwatch-rows"]) == len(_rows(answer)) > 0
    assert 0 <= (datetime.now(UTC) - parsedate_to_datetime(answer.headers["last-modified"])).total_seconds() < 60
    assert answer.headers["cache-control"] == "no-store"
    assert served.log()[-1] == ("local", "operator", "export", "themes as csv brand=Northwind Air")
    left = [file.name for file in served.path.parent.rglob("export.*")]
    assert left == [], "nothing is left beside the store"


@pytest.mark.parametrize(
    ("path", "status", "allowed"),
    [
        ("signals.csv?weeks=3", 422, "brand, promise, verdict"),
        ("themes.csv?state=loud", 422, "emerging"),
        ("alerts.csv?state=open,loud", 422, "acknowledged"),
        ("theme-verbatims.csv", 422, "/api/v1/themes"),
        ("theme-verbatims.csv?theme=none", 404, "/api/v1/themes"),
        ("passwords.csv", 422, None),
        ("themes.xlsx", 422, None),
    ],
)
def test_what_is_wrong_is_told(serve: Serve, path: str, status: int, allowed: str | None):
    answer = serve().get(f"/api/v1/export/{path}")
    assert answer.status_code == status
    assert allowed is None or allowed in answer.json()["allowed"]


def test_readers_may_export_what_they_may_read_and_strangers_nothing(serve: Serve, token_file: Path):
    served = serve(token_file=token_file)
    for token, who in ((READER, "rita"), (OPERATOR, "olga")):
        answer = served.get("/api/v1/export/signals.csv", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200 and served.log()[-1][0] == who
    assert served.get("/api/v1/export/signals.csv").status_code == 401
