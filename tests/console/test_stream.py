"""The stream of alerts: what happens is told once and in order, to all who listen, as long as they listen."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import httpx
import pytest
import structlog

from benchmarks.store import fill
from console import server, stream
from tests.console.conftest import Serve, Served
from voc.errors import TransientError

WAIT = httpx.Timeout(60.0)


@pytest.fixture
def served(serve: Serve) -> Served:
    """A server on a made-up store with alerts."""
    return serve(filled=partial(fill, signals=300, alerts=12))


def _listening(stack: ExitStack, served: Served, **asked: Any) -> Iterator[str]:
    """The lines of a stream that has begun."""
    client = stack.enter_context(httpx.Client(base_url=served.address, trust_env=False, timeout=WAIT))
    answer = stack.enter_context(client.stream("GET", "/api/v1/alerts/stream", **asked))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    lines = answer.iter_lines()
    assert next(lines).startswith(":")
    return lines


def _events(lines: Iterator[str], number: int) -> list[tuple[int, dict[str, Any]]]:
    found, last = [], 0
    for line in lines:
        if line.startswith("id: "):
            last = int(line[4:])
        if line.startswith("data: "):
            found.append((last, json.loads(line[6:])))
            if len(found) == number:
                break
    return found


def _note(served: Served, note: str) -> str:
    alert = served.get("/api/v1/alerts", params={"limit": 1}).json()["alerts"][0]["alert_id"]
    assert served.client.post(f"/api/v1/alerts/{alert}/note", json={"note": note}).status_code == 200
    return str(alert)


def test_what_happens_is_told_to_all_who_listen_and_noted_once_each(served: Served):
    with ExitStack() as stack:
        readers = [_listening(stack, served) for _ in range(5)]
        alert = _note(served, "Seen.")
        for lines in readers:
            [(number, told)] = _events(lines, 1)
            assert (told["change"]["number"], told["change"]["change"], told["change"]["detail"]) == (
                number,
                "noted",
                "Seen.",
            )
            assert told["alert"]["alert_id"] == alert
    assert [row[3] for row in served.log()] == ["stream of alerts"] * 5


def test_who_comes_back_misses_nothing(served: Served):
    with ExitStack() as stack:
        lines = _listening(stack, served)
        _note(served, "first")
        [(seen, _)] = _events(lines, 1)
    for note in ("second", "third"):
        _note(served, note)
    with ExitStack() as stack:
        lines = _listening(stack, served, headers={"Last-Event-ID": str(seen)})
        assert [told["change"]["detail"] for _, told in _events(lines, 2)] == ["second", "third"]
        _note(served, "fourth")
        assert [told["change"]["detail"] for _, told in _events(lines, 1)] == ["fourth"]


def test_the_whole_history_comes_in_order(served: Served):
    with served.store.reading() as connection:
        numbers = [n for (n,) in connection.execute("SELECT number FROM alert_history ORDER BY number").fetchall()]
    with ExitStack() as stack:
        lines = _listening(stack, served, params={"after": 0})
        assert [number for number, _ in _events(lines, len(numbers))] == numbers


def test_a_stream_outlives_the_patience_with_those_who_ask_nothing(served: Served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(server, "_HEAD_SECONDS", 0.2)
    monkeypatch.setattr(stream, "_HEARTBEAT_SECONDS", 0.3)
    with ExitStack() as stack:
        lines = _listening(stack, served)
        beats = [line for _, line in zip(range(8), lines, strict=False) if line]
        assert len(beats) == 4 and all(line.startswith(":") for line in beats)


def test_a_fault_in_reading_what_is_new_is_told_and_got_over(served: Served, monkeypatch: pytest.MonkeyPatch):
    faults = iter([ValueError("no such change"), TransientError("busy")])

    def notices(*arguments: Any, known: Any = stream.notices, **named: Any) -> Any:
        for fault in faults:
            raise fault
        return known(*arguments, **named)

    monkeypatch.setattr(stream, "notices", notices)
    with structlog.testing.capture_logs() as logged, ExitStack() as stack:
        lines = _listening(stack, served)
        _note(served, "Seen.")
        [(_, told)] = _events(lines, 1)
    assert told["change"]["detail"] == "Seen."
    assert [(line["log_level"], line["error"]) for line in logged if line["event"] == "stream.not_read"] == [
        ("error", "ValueError"),
        ("warning", "TransientError"),
    ]


def test_the_server_stops_while_somebody_listens(served: Served):
    with ExitStack() as stack:
        lines = _listening(stack, served)
        started = time.monotonic()
        served.server.__exit__(None, None, None)
        assert not served.server._thread.is_alive()
        assert time.monotonic() - started < 5
        with pytest.raises(httpx.HTTPError):
            list(lines)
