"""What the API answers, what it notes before it does, and what it says when it does not."""

from dataclasses import replace
from datetime import datetime

import pytest
import structlog

from tests.console.conftest import Serve
from tests.sinks.samples import EVIDENCE, START, TEXT, batch, judged
from voc.errors import FatalError


def test_a_verbatim_comes_with_its_signals_and_is_noted(serve: Serve):
    served = serve()
    answer = served.get("/api/v1/verbatims/reviews/0/0").json()
    assert answer["verbatim"]["text"] == TEXT
    assert answer["verbatim"]["redactions"] == [{"start": 47, "end": 65, "kind": "EMAIL_ADDRESS"}]
    assert datetime.fromisoformat(answer["verbatim"]["created_at"]) == START
    [signal] = answer["signals"]
    assert (signal["verdict"], signal["evidence"], signal["promise_id"]) == ("broken", EVIDENCE, "bags-on-time")
    assert served.log() == [("local", "operator", "verbatims", "reviews/0/0")]


def test_a_verbatim_is_found_by_its_own_id_and_one_that_is_not_there_is_told(serve: Serve):
    served = serve()
    assert served.get("/api/v1/verbatims/r-0-1").json()["verbatim"]["record_id"] == "reviews/0/1"
    missing = served.get("/api/v1/verbatims/r-9-9")
    assert (missing.status_code, missing.json()["error"]) == (404, "no verbatim has this id")
    assert [row[3] for row in served.log()] == ["r-0-1", "r-9-9"], "what was looked for is noted, found or not"


def test_an_id_that_two_verbatims_have_names_their_records(serve: Serve):
    served = serve()
    first, second = (judged(offset, partition=1) for offset in (0, 1))
    twin = replace(second, verbatim=second.verbatim._replace(id=first.verbatim.id))
    served.store.write(batch([first, twin]))
    ambiguous = served.get("/api/v1/verbatims/r-1-0")
    assert (ambiguous.status_code, ambiguous.json()["allowed"]) == (409, "reviews/1/0, reviews/1/1")


def test_signals_come_page_by_page_each_once_and_in_order(serve: Serve):
    served = serve()
    seen, after, more = [], None, True
    while more:
        page = served.get("/api/v1/signals", params={"limit": 4} | ({"after": after} if after else {})).json()
        seen += [signal["record_id"] for signal in page["signals"]]
        after, more = page["next"], page["more"]
    assert seen == [f"reviews/0/{offset}" for offset in range(6)]


def test_the_last_page_of_signals_goes_on_when_new_ones_are_stored(serve: Serve):
    served = serve()
    last = served.get("/api/v1/signals", params={"newest": True, "limit": 2}).json()
    assert [signal["record_id"] for signal in last["signals"]] == ["reviews/0/4", "reviews/0/5"]
    nothing = served.get("/api/v1/signals", params={"after": last["next"]}).json()
    assert (nothing["signals"], nothing["next"], nothing["more"]) == ([], last["next"], False)


def test_signals_are_filtered_as_by_the_command(serve: Serve):
    served = serve()
    filters = {"verdict": "broken", "region": "EU", "promise": "bags-on-time", "brand": "northwind"}
    found = served.get("/api/v1/signals", params=filters | {"since": "2026-01-05", "min_confidence": 0.5}).json()
    assert [signal["record_id"] for signal in found["signals"]] == [f"reviews/0/{n}" for n in (0, 1, 5)]
    assert served.get("/api/v1/signals", params={"since": "2026-01-06"}).json()["signals"] == []
    assert served.log()[0][3].startswith("signals brand=northwind promise=bags-on-time verdict=broken region=EU")


@pytest.mark.parametrize("after", ["x", "e30", "W10", "é", "WzEsMiwzLDRd", "WyJhIiwiYiIsImMiLCJkIl0"])
def test_a_place_that_was_not_made_here_is_refused(serve: Serve, after: str):
    refused = serve().get("/api/v1/signals", params={"after": after})
    assert (refused.status_code, refused.json()["allowed"]) == (422, "what `next` of a page said")


def test_scores_have_rate_and_interval_and_silence_has_none(serve: Serve):
    bags, refund = serve().get("/api/v1/scores").json()["scores"]
    assert (bags["n"], bags["rate"], round(bags["low"], 2), round(bags["high"], 2)) == (5, 0.4, 0.12, 0.77)
    assert (refund["n"], refund["rate"], refund["low"], refund["high"]) == (0, None, None, None)


def test_dead_letters_come_without_their_bytes(serve: Serve):
    served = serve()
    [letter] = served.get("/api/v1/dead-letters", params={"reason": "not_utf8"}).json()["dead_letters"]
    assert (letter["record_id"], letter["detail"], letter["size"]) == ("reviews/0/6", "byte 0xff at 0", 3)
    assert "raw" not in letter
    assert served.log() == [("local", "operator", "dead_letters", "reason=not_utf8 limit=100")]


def test_the_access_log_shows_who_read_what_this_reading_too(serve: Serve):
    served = serve()
    served.sql("SELECT 1")
    rows = served.get("/api/v1/access-log").json()["readings"]
    assert [(row["who"], row["via"], row["action"]) for row in rows] == [
        ("local", "http", "sql"),
        ("local", "http", "access_log"),
    ]


def test_sql_is_answered_from_a_copy_no_older_than_the_settings_say(serve: Serve):
    served = serve(sql={"snapshot_seconds": 3600})
    count = "SELECT count(*) AS n, 'nan'::FLOAT AS odd FROM verbatims"
    first = served.sql(count).json()
    assert (first["columns"], first["rows"], first["more"]) == (["n", "odd"], [[6, None]], False)
    served.store.write(batch([judged(10)]))
    again = served.sql(count).json()
    assert again["rows"] == [[6, None]], "that of the copy"
    assert again["as_of"] == first["as_of"]


def test_a_copy_that_is_too_old_is_made_anew_and_only_this_user_can_enter_where_it_lies(serve: Serve):
    served = serve(sql={"snapshot_seconds": 0})
    served.sql("SELECT 1")
    served.store.write(batch([judged(10)]))
    assert served.sql("SELECT count(*) FROM verbatims").json()["rows"] == [[7]]
    [folder] = served.path.parent.glob(".*.snapshots")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(list(folder.glob("*.duckdb"))) == 1


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("DELETE FROM signals", "only one SELECT is answered"),
        ("SELECT * FROM nothing", "nothing does not exist"),
        ("SELECT sleep_ms(60_000)", "took longer than 0.5 s"),
        ("SELECT list(range) FROM range(100_000_000)", "needs more memory"),
    ],
)
def test_sql_that_can_not_be_answered_is_told_why(serve: Serve, sql: str, told: str):
    refused = serve(sql={"seconds": 0.5, "memory_limit": "32MB"}).sql(sql)
    assert refused.status_code == 422
    assert told in refused.json()["error"]


def test_a_long_select_is_noted_by_its_beginning_and_its_length(serve: Serve):
    served = serve()
    served.sql("SELECT 1 -- " + "x" * 5000)
    [(_, _, _, detail)] = served.log()
    assert detail.startswith("SELECT 1 -- xxx")
    assert detail.endswith("x… (5012 characters)")
    assert len(detail) < 2100


def _full_disk(access: object) -> None:
    raise FatalError("the disk is full")


@pytest.mark.parametrize("path", ["verbatims/reviews/0/0", "signals", "dead-letters", "access-log"])
def test_what_can_not_be_noted_is_not_shown(serve: Serve, path: str):
    refused = serve(note=_full_disk).get(f"/api/v1/{path}")
    assert (refused.status_code, refused.json()) == (503, {"error": "the disk is full", "allowed": None})


def test_sql_and_backups_that_can_not_be_noted_are_not_made(serve: Serve):
    served = serve(note=_full_disk)
    assert served.sql("SELECT 1").status_code == 503
    assert served.client.post("/api/v1/store/backup", json={"to": "copy.duckdb"}).status_code == 503
    assert not list(served.path.parent.glob("copy*"))


def test_a_backup_is_made_while_the_store_is_in_use_and_lies_where_backups_may(serve: Serve):
    served = serve()
    made = served.client.post("/api/v1/store/backup", json={"to": "copy.duckdb"}).json()
    assert made["rows"]["verbatims"] == 6
    assert (served.path.parent / "copy.duckdb").stat().st_size == made["bytes"]
    for to in ("copy.duckdb", "/etc/copy.duckdb", "../copy.duckdb"):
        assert served.client.post("/api/v1/store/backup", json={"to": to}).status_code == 422, to
    assert served.log()[0] == ("local", "operator", "backup", "copy.duckdb")


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("signals?limit=1001", "limit: Input should be less than or equal to 1000"),
        ("signals?verdict=bad", "verdict: Input should be 'broken', 'kept', 'exceeded' or 'mentioned'"),
        ("signals?since=0001-01-01T00:00:00%2B14:00", "since: Value error, no such time in UTC"),
        ("scores?by=planet", "by: Input should be 'region', 'product', 'channel' or 'kind'"),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_allowed(serve: Serve, path: str, told: str):
    refused = serve().get(f"/api/v1/{path}")
    assert (refused.status_code, refused.json()["error"]) == (422, told)


def test_a_body_that_is_no_question_is_refused_without_showing_it(serve: Serve):
    served = serve()
    wrong = [b"{", b"[]", b'{"sql": 1}', b'{"sql": "SELECT 1", "hunter2": 1}', b"[" * 50_000, b"\xff", b""]
    for body in wrong:
        refused = served.client.post("/api/sql", content=body, headers={"Content-Type": "application/json"})
        assert refused.status_code in (400, 422)
        assert "error" in refused.json()
        assert "SELECT 1" not in refused.text
    assert served.log() == []


def test_an_unknown_path_and_method_are_answered_in_json(serve: Serve):
    served = serve()
    nowhere = served.get("/nowhere")
    assert (nowhere.status_code, nowhere.json()["error"]) == (404, "Not Found")
    assert served.client.delete("/api/v1/signals").json() == {
        "error": "Method Not Allowed",
        "allowed": "what /api/v1/openapi.json lists",
    }


def test_a_bug_shows_the_client_no_traceback_and_the_log_one(serve: Serve):
    def bug(access: object) -> None:
        raise KeyError("hunter2")

    served = serve(note=bug)
    with structlog.testing.capture_logs() as logged:
        broken = served.get("/api/v1/signals")
    assert (broken.status_code, broken.json()["error"]) == (500, "a fault of gapwatch itself; its log says more")
    assert "hunter2" not in broken.text
    assert [line["event"] for line in logged] == ["http.broken"]


def test_the_pages_of_docs_that_load_scripts_from_elsewhere_are_not_there(serve: Serve):
    served = serve()
    assert [served.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")] == [404, 404, 404]
    assert served.get("/api/v1/openapi.json").json()["info"]["title"] == "gapwatch"


def test_metrics_are_in_the_format_that_is_asked_for(serve: Serve):
    served = serve()
    assert served.get("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")
    asked = {"Accept": "application/openmetrics-text; version=1.0.0"}
    assert served.get("/metrics", headers=asked).text.endswith("# EOF\n")
