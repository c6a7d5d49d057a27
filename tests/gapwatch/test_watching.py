"""The watcher over a real store: alerts live their life beside the listener, and those who are told miss nothing."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from structlog.testing import capture_logs

from alerts.config import AlertSettings, WebhookSettings
from alerts.watcher import Watcher
from alerts.webhook import WebhookNotifier, signature
from gapwatch.telling import Telling
from gapwatch.watching import Watching
from sinks import alerts, themes
from sinks.alert_metrics import AlertMetrics
from sinks.alert_watch import AlertWatch
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.theme_rows import FoundTheme, Shape, add_themes
from sinks.themes import ThemeState
from tests.sinks.samples import BAGS, START, batch, judged, signal
from voc.alerts import Alert, AlertAction, AlertKind, AlertState
from voc.errors import FatalError
from voc.ports import Judged
from voc.verdicts import GapSignal, Gravity, Verdict

HOUR = timedelta(hours=1)
SETTINGS = AlertSettings(calm_hours=3)
GRAVE = replace(BAGS, id="safe-flight", statement="You fly safely.", severity=5)


class Feed:
    """A store, a watcher, and a clock that stands at the hour that was said last."""

    def __init__(self, path: Path) -> None:
        self.now = START
        self.store = DuckDBStore(DuckDBSettings(path=path), clock=lambda: self.now)
        self.offset = 0
        self.watcher = self.new_watcher()

    def new_watcher(self) -> Watcher:
        return Watcher(AlertWatch(self.store), [BAGS, GRAVE], SETTINGS, clock=lambda: self.now)

    def hour(self, number: int, broken: int, *others: Judged, hours: int = 1) -> None:
        """What an hour brings, or so many of them, and a turn of the watcher after it."""
        said = []
        for _ in range(hours):
            for i in range(number):
                signals = [signal()] if i < broken else []
                said.append(judged(self.offset, *signals, at=self.now + i * timedelta(minutes=1)))
                self.offset += 1
            self.now += HOUR
        self.store.write(batch([*said, *others]))
        self.look()

    def look(self) -> None:
        while self.watcher.turn():
            pass

    def alerts(self) -> list[Alert]:
        with self.store.reading() as connection:
            return alerts.alerts(connection)

    def changes(self) -> list[str]:
        with self.store.reading() as connection:
            return [one.change.value for one in alerts.changes(connection, after=0)]


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[Feed]:
    feed = Feed(tmp_path / "watched.duckdb")
    yield feed
    feed.store.close()


@pytest.fixture
def burst(feed: Feed) -> Feed:
    """Four days of one in ten, then two hours in which nearly all complain."""
    feed.hour(10, 1, hours=96)
    assert feed.alerts() == []
    for _ in range(2):
        feed.hour(10, 9)
    return feed


def grave(feed: Feed, *, verdict: Verdict = Verdict.BROKEN) -> Judged:
    case = judged(feed.offset, replace(signal(GRAVE, verdict), severity=5), at=feed.now + timedelta(minutes=30))
    feed.offset += 1
    return case


def test_a_burst_has_one_alert_that_grows_recovers_and_opens_again(burst: Feed):
    (one,) = burst.alerts()
    assert (one.kind, one.state, one.promise_id) == (AlertKind.BURST, AlertState.OPEN, BAGS.id)
    assert one.signals >= 18 and one.worst and one.first_event and one.last_event
    burst.hour(10, 9, hours=4)
    assert [a.alert_id for a in burst.alerts()] == [one.alert_id]
    assert burst.alerts()[0].signals > one.signals
    burst.hour(10, 0, hours=40)
    assert burst.alerts()[0].state is AlertState.RESOLVED
    assert burst.alerts()[0].resolved_by == "recovery"
    burst.hour(10, 9, hours=5)
    assert [a.alert_id for a in burst.alerts()] == [one.alert_id]
    assert [c for c in burst.changes() if c != "updated"] == ["opened", "resolved", "reopened"]


def test_what_a_person_resolved_is_not_raised_again_for_the_same_signals(burst: Feed):
    with burst.store.changing() as connection:
        alerts.act(connection, burst.alerts()[0].alert_id, AlertAction.RESOLVE, who="rita", now=burst.now)
    burst.hour(10, 1)
    assert [one.state for one in burst.alerts()] == [AlertState.RESOLVED]
    assert burst.changes()[-1] == "resolved"


def test_a_snooze_ends_by_the_clock(burst: Feed):
    (one,) = burst.alerts()
    with burst.store.changing() as connection:
        until = burst.now + 2 * HOUR
        alerts.act(connection, one.alert_id, AlertAction.SNOOZE, who="rita", now=burst.now, until=until)
    burst.hour(10, 9)
    assert burst.alerts()[0].state is AlertState.SNOOZED
    burst.hour(10, 9)
    burst.hour(10, 9)
    assert burst.alerts()[0].state is AlertState.OPEN


def test_a_grave_case_is_an_alert_at_once_and_once_only(feed: Feed):
    feed.hour(3, 0, grave(feed), grave(feed, verdict=Verdict.KEPT))
    (one,) = feed.alerts()
    assert (one.kind, one.severity, one.signals) == (AlertKind.GRAVE_CASE, 5, 1)
    assert one.worst == ("reviews/0/0",) or len(one.worst) == 1
    feed.watcher = feed.new_watcher()
    feed.hour(3, 0)
    assert len(feed.alerts()) == 1


def worded(feed: Feed, *signals: GapSignal, gravity: Gravity = Gravity.LEGAL) -> Judged:
    """A complaint that is grave by its words."""
    case = judged(
        feed.offset, *signals, at=feed.now + timedelta(minutes=30), text=f"My lawyer knows of case {feed.offset}."
    )
    feed.offset += 1
    return replace(case, judgement=replace(case.judgement, gravity=gravity))


def test_words_make_a_case_grave_whatever_was_promised(feed: Feed):
    feed.hour(3, 0, worded(feed), worded(feed, signal(), gravity=Gravity.MEDICAL))
    by_promise = {one.promise_id: one for one in feed.alerts()}
    assert by_promise.keys() == {None, BAGS.id}
    alone, owned = by_promise[None], by_promise[BAGS.id]
    assert {one.kind for one in feed.alerts()} == {AlertKind.GRAVE_CASE} and {
        one.severity for one in feed.alerts()
    } == {5}
    assert alone.title == "A grave case (legal): no promise covers it" and alone.figures["gravity"] == "legal"
    assert owned.title.startswith("A grave case (medical): Your bags reach the belt")
    feed.watcher = feed.new_watcher()
    feed.hour(3, 0)
    assert len(feed.alerts()) == 2


def test_a_case_that_is_grave_by_words_and_promise_is_one_alert(feed: Feed):
    feed.hour(3, 0, worded(feed, replace(signal(GRAVE), severity=5), signal()))
    (one,) = feed.alerts()
    assert (one.promise_id, one.figures["gravity"]) == (GRAVE.id, "legal")


def test_so_many_grave_cases_gather_in_one_alert(feed: Feed):
    feed.hour(0, 0, *[grave(feed) for _ in range(30)])
    found = feed.alerts()
    assert len(found) == 6
    assert sum(one.signals for one in found) == 30


def test_a_watcher_that_starts_on_a_filled_store_raises_nothing_of_long_ago(tmp_path: Path):
    feed = Feed(tmp_path / "filled.duckdb")
    said: list[Judged] = []
    with feed.store:
        for hour in range(240):
            signals = [signal()] if 100 <= hour < 110 else []
            said += [judged(hour * 10 + i, *signals, at=feed.now) for i in range(10)]
            feed.now += HOUR
        feed.store.write(batch(said))
        feed.look()
        assert feed.watcher.now is not None
        assert feed.alerts() == []


def test_a_later_watcher_goes_on_with_the_open_alert(burst: Feed):
    (one,) = burst.alerts()
    burst.watcher = burst.new_watcher()
    burst.hour(10, 9)
    assert [a.alert_id for a in burst.alerts()] == [one.alert_id]


def test_a_record_from_the_future_moves_nothing(feed: Feed):
    feed.hour(10, 1, judged(900, signal(), at=START + timedelta(days=4000)))
    assert feed.watcher.now is not None and feed.watcher.now < START + timedelta(days=1)


def test_a_fault_of_the_watcher_is_counted_logged_without_words_and_stops_nothing(burst: Feed):
    registry = CollectorRegistry()

    class Broken:
        def turn(self) -> bool:
            raise FatalError("the customer said a secret")

    with capture_logs() as logs:
        watching = Watching(
            burst.store, lambda stopped: Broken(), [], AlertMetrics(registry), seconds=60, stop=lambda: False
        )
        with watching:
            until(lambda: registry.get_sample_value("gapwatch_alert_failures_total") == 1)
    assert "secret" not in str(logs)
    assert logs[0]["event"] == "alerts.failed"


class Receiver:
    """A webhook's other end, which refuses as long as it is told to."""

    def __init__(self) -> None:
        self.refuses, self.bodies, self.headers = True, [], []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not outer.refuses:
                    outer.bodies.append(body)
                    outer.headers.append(dict(self.headers))
                self.send_response(503 if outer.refuses else 204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/alerts"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def test_a_webhook_that_was_down_is_told_everything_in_order_and_signed(feed: Feed, receiver: Receiver):
    settings = WebhookSettings(kind="webhook", url=receiver.url, secret=SecretStr("hush"))
    notifiers = [WebhookNotifier(settings) for _ in range(2)]

    def telling(notifier: WebhookNotifier) -> Telling:
        return Telling(feed.store, notifier, AlertMetrics(CollectorRegistry()), clock=lambda: feed.now)

    first = telling(notifiers[0])
    first.turn()  # new: told of what comes from now on
    feed.hour(3, 0, grave(feed))
    feed.hour(3, 0, grave(feed))
    assert not first.turn()
    assert not first.turn()  # waits for its next try
    with feed.store.reading() as connection:
        found = connection.execute("SELECT attempts, error FROM notifications").fetchall()
    assert found == [(1, "answered 503: ")]
    receiver.refuses = False
    feed.now += timedelta(minutes=10)
    second = telling(notifiers[1])  # another process
    second.turn()
    assert [json.loads(body)["number"] for body in receiver.bodies] == [1, 2]
    assert json.loads(receiver.bodies[0])["alert"]["kind"] == "grave_case"
    sent = receiver.headers[0]
    expected = signature(b"hush", sent["X-Gapwatch-Timestamp"], receiver.bodies[0])
    assert sent["X-Gapwatch-Signature"] == expected
    second.turn()
    assert len(receiver.bodies) == 2
    for notifier in notifiers:
        notifier.close()


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_a_watcher_stopped_on_its_way_goes_on_from_there(feed: Feed):
    looks = iter([False] * 10 + [True])
    feed.watcher = Watcher(
        AlertWatch(feed.store),
        [BAGS, GRAVE],
        SETTINGS,
        stopped=lambda: next(looks, False),
        clock=lambda: feed.now,
    )
    feed.watcher.turn()
    feed.hour(10, 1, hours=1)
    feed.hour(10, 1, hours=48)
    assert feed.watcher.now is not None
    assert feed.watcher.now < START + 48 * HOUR
    feed.look()
    assert feed.watcher.now > START + 48 * HOUR


def complaints(feed: Feed, number: int) -> list[Judged]:
    """So many complaints of the hour that begins, each with a vector, and no promise that covers them."""
    made = []
    for i in range(number):
        case = judged(feed.offset, at=feed.now + i * timedelta(minutes=1), text=f"No vegan meal, case {feed.offset}.")
        made.append(replace(case, judgement=replace(case.judgement, embedding=bytes([127] * 384))))
        feed.offset += 1
    return made


def of_the_theme(feed: Feed) -> None:
    """What the theme's thread does: all that was complained of is one theme's."""
    with feed.store.changing() as connection:
        members = connection.execute("SELECT record_id, 0.9::DOUBLE FROM theme_members").fetchall()
        if not themes.themes(connection, state=ThemeState.ALL):
            add_themes(
                connection, [FoundTheme(Shape("t1", "no vegan meal", [], [], [0.1] * 384), "northwind", members)], START
            )
        connection.execute("UPDATE theme_members SET theme_id = 't1'")


def test_a_theme_that_nobody_promised_bursts_and_recovers(feed: Feed):
    for _ in range(8):
        feed.hour(10, 0, *complaints(feed, 2), hours=12)
    of_the_theme(feed)
    assert feed.alerts() == []
    for _ in range(2):
        said = complaints(feed, 8)
        feed.hour(10, 0, *said)
        of_the_theme(feed)
    feed.now += timedelta(minutes=2)  # themes are looked at every minute
    feed.look()
    (one,) = feed.alerts()
    assert (one.kind, one.promise_id, one.theme_id, one.theme) == (AlertKind.BURST, None, "t1", "no vegan meal")
    assert one.signals >= 16 and set(one.worst) <= {f"reviews/0/{offset}" for offset in range(feed.offset)}
    assert one.worst and one.scopes[0].signals == one.signals
    feed.hour(10, 0, hours=40)
    feed.now += timedelta(minutes=2)
    feed.look()
    (after,) = feed.alerts()
    assert (after.alert_id, after.state, after.resolved_by) == (one.alert_id, AlertState.RESOLVED, "recovery")
