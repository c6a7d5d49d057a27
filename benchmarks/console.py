"""The console on a store of a million signals beside a running listener: answers, inserts and live alerts.

The listener is `gapwatch run` in a process of its own, fed by a real broker at half of what it can take. What ten
people do to its inserts is measured in turns (quiet, clicking, quiet, clicking), so that what else the machine does
hits both alike.
"""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from threading import Event, Thread
from typing import Any, Final

import orjson
import yaml
from kafka import KafkaProducer

from benchmarks.bench import Bench
from benchmarks.generate import CATALOGUES, verbatims
from benchmarks.live_alerts import live_alerts
from benchmarks.report import Measure
from benchmarks.store import fill
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from tests.kafka.jars import BrokerUnavailable

CALL_GOAL: Final = 0.3
CALL_TEXT: Final = f"< {CALL_GOAL * 1000:.0f} ms"
PAGES: Final = ("live", "alert", "promises", "promise", "themes", "theme", "pipeline", "ask")
BESIDE: Final = ("sql", "scores")
INSERT_GOAL: Final = 1.5
PEOPLE: Final = 10
THINKING: Final = 2.0  # seconds that one looks at a page before the next click
_TOPIC: Final = "console"
_POURED: Final = 2_048  # records at once, to see what the listener can take
_WAIT: Final = 180.0


Insert = dict[str, Any]  # at, seconds, records


class Running:
    """A listener process, what it told of its inserts, and the way to feed it."""

    def __init__(self, address: str, timings: Path, producer: KafkaProducer) -> None:
        self.address, self.producer = address, producer
        self._timings = timings

    def inserts(self, since: float = 0.0, until: float = float("inf")) -> list[Insert]:
        """The inserts that ended in a time."""
        lines = [orjson.loads(line) for line in self._timings.read_bytes().split(b"\n") if line.endswith(b"}")]
        return [line for line in lines if since <= line["at"] < until]

    def send(self, records: Sequence[bytes]) -> None:
        """Hand records to the broker."""
        for record in records:
            self.producer.send(_TOPIC, _of_now(record))
        self.producer.flush()

    def capacity(self, records: Sequence[bytes]) -> float:
        """Records a second while there is more to read than it can take; from the end of its first batch on."""
        before = time.time()
        self.send(records)
        deadline = time.monotonic() + _WAIT
        while sum(one["records"] for one in self.inserts(before)) < len(records):
            if time.monotonic() > deadline:
                raise RuntimeError("the listener does not store what it is sent")
            time.sleep(0.1)
        first, *others = self.inserts(before)
        return float(sum(one["records"] for one in others) / (others[-1]["at"] - first["at"]))

    @contextmanager
    def fed(self, records: Iterator[bytes], rate: float) -> Iterator[None]:
        """So many records a second, from a thread of its own."""
        stop = Event()
        feeder = Thread(target=self._feed, args=(records, rate, stop), daemon=True)
        feeder.start()
        try:
            yield
        finally:
            stop.set()
            feeder.join()

    def _feed(self, records: Iterator[bytes], rate: float, stop: Event) -> None:
        started, sent = time.monotonic(), 0
        while not stop.wait(0.05):
            for _ in range(int((time.monotonic() - started) * rate) - sent):
                self.producer.send(_TOPIC, _of_now(next(records)))
                sent += 1


def console(bench: Bench) -> list[Measure]:
    """Each page's API calls, the listener's inserts with and without people, and live alerts."""
    signals, seconds = bench.sizes.console_signals, bench.sizes.console_seconds
    store = bench.folder / "console.duckdb"
    try:
        bench.topic(_TOPIC, [])
    except BrokerUnavailable as missing:
        return [Measure("console", str(missing), CALL_TEXT)]
    _fill(bench, store, signals)
    feed = verbatims(1_000_000, seed=4)
    with _running(bench, store) as listener:
        rate = listener.capacity([next(feed) for _ in range(_POURED)]) / 2
        bench.progress.console.print(
            f"the listener is fed {rate:,.0f} texts a second, half of its capacity", style="dim"
        )
        with listener.fed(feed, rate):
            task = bench.progress.add_task("console", total=6)
            alone = _clicking(listener.address, people=1, seconds=seconds, thinking=0.1)
            bench.progress.advance(task)
            quiet, busy, crowd = _turns(bench, listener, seconds, task)
            live = live_alerts(listener.address, listener.send, number=bench.sizes.console_alerts)
            bench.progress.advance(task)
    beside = Measure("console, measured beside", f"{signals:,} signals, {rate:,.0f} texts/s coming in")
    return [beside, *answers(alone, "one person"), *answers(crowd, f"{PEOPLE} people"), inserts(quiet, busy), *live]


def _of_now(record: bytes) -> bytes:
    """The same, told now: alerts follow event time, and wait for what lies ahead of the slowest feed."""
    told = {**orjson.loads(record), "created_at": datetime.now(UTC).isoformat(timespec="seconds")}
    told.pop("experienced_at", None)
    return orjson.dumps(told)


def _fill(bench: Bench, path: Path, signals: int) -> None:
    task = bench.progress.add_task(f"a store of {signals:,} signals", total=None)
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        fill(
            store,
            signals=signals,
            encode=bench.encoder.encode_whole,
            on_progress=lambda done, total: bench.progress.update(task, completed=done, total=total),
        )


@contextmanager
def _running(bench: Bench, store: Path) -> Iterator[Running]:
    settings = bench.folder / "console.yaml"
    settings.write_text(
        yaml.safe_dump(
            {
                "catalogues": [str(path) for path in CATALOGUES],
                "kafka": {"bootstrap_servers": bench.broker, "group_id": "bench-console"},
                "sources": [{"kind": "kafka", "topic": _TOPIC, "holds": "review"}],
                "store": {"path": str(store)},
                "model": {"kind": "minilm", "threads": bench.threads},
                "http": {"port": 0},
            }
        )
    )
    timings, log = bench.folder / "console-inserts.jsonl", bench.folder / "console.log"
    timings.touch()
    command = [sys.executable, "-m", "benchmarks.console_listener", str(settings), str(timings)]
    with log.open("wb") as errors, subprocess.Popen(command, stderr=errors) as child:
        producer = KafkaProducer(bootstrap_servers=bench.broker, linger_ms=5)
        try:
            yield Running(_address(child, log), timings, producer)
        finally:
            producer.close()
            child.terminate()
            child.wait(_WAIT)


def _address(child: "subprocess.Popen[bytes]", log: Path) -> str:
    """Where it serves; raises RuntimeError with its last words where it ends instead."""
    deadline = time.monotonic() + _WAIT
    while time.monotonic() < deadline and child.poll() is None:
        for line in log.read_bytes().split(b"\n"):
            if b"listener.started" in line:
                return str(orjson.loads(line)["http"])
        time.sleep(0.1)
    raise RuntimeError(f"the listener did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")


def _turns(bench: Bench, listener: Running, seconds: float, task: Any) -> tuple[list[Insert], list[Insert], Any]:  # noqa: ANN401
    """The inserts of quiet turns and of those with people, and what the people saw."""
    quiet: list[Insert] = []
    busy: list[Insert] = []
    crowds = []
    for _ in range(2):
        since = time.time()
        time.sleep(seconds)
        quiet += listener.inserts(since, time.time())
        bench.progress.advance(task)
        since = time.time()
        crowds.append(_clicking(listener.address, people=PEOPLE, seconds=seconds, thinking=THINKING))
        busy += listener.inserts(since, time.time())
        bench.progress.advance(task)
    return quiet, busy, _together(crowds)


def _clicking(address: str, *, people: int, seconds: float, thinking: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.clicking", address, str(people), str(seconds), str(thinking)]
    done = subprocess.run(command, capture_output=True, check=True)
    return dict(orjson.loads(done.stdout))


def _together(crowds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    taken: dict[str, dict[str, list[float]]] = {}
    for crowd in crowds:
        for page, calls in crowd["taken"].items():
            for name, seconds in calls.items():
                taken.setdefault(page, {}).setdefault(name, []).extend(seconds)
    return {"taken": taken, "failed": [one for crowd in crowds for one in crowd["failed"]]}


def answers(clicked: Mapping[str, Any], who: str) -> list[Measure]:
    """A line a page: the median of its slowest call. The goal is for the pages; SQL takes what somebody asks for."""
    return [_page(page, clicked["taken"].get(page, {}), who) for page in (*PAGES, *BESIDE)] + _refused(clicked, who)


def _page(page: str, calls: Mapping[str, Sequence[float]], who: str) -> Measure:
    goal = CALL_TEXT if page in PAGES else ""
    middles = {name: median(seconds) for name, seconds in calls.items() if seconds}
    if not middles:
        return Measure(f"console, {page}, {who}", "nobody could open it", goal)
    slowest = max(middles, key=lambda name: middles[name])
    number = sum(len(seconds) for seconds in calls.values())
    value = f"{middles[slowest] * 1000:,.0f} ms ({slowest}, the slowest of {len(middles)}; {number} calls)"
    met = middles[slowest] < CALL_GOAL if goal else None
    return Measure(f"console, {page}, {who}", value, goal, met, {"seconds": dict(calls)})


def _refused(clicked: Mapping[str, Any], who: str) -> list[Measure]:
    """Calls that were told to come again, as a bounded server does, and calls that failed."""
    again = [one for one in clicked["failed"] if one.endswith((" 429", " 503"))]
    failed = sorted(set(clicked["failed"]) - set(again))
    told = [Measure(f"console, {who}, told to come again", f"{len(again)} calls: {', '.join(sorted(set(again)))}")]
    return (told if again else []) + (
        [Measure(f"console, {who}, failed", ", ".join(failed), "none", False)] if failed else []
    )


def inserts(quiet: Sequence[Insert], busy: Sequence[Insert]) -> Measure:
    """One in a hundred inserts takes that long or longer, with people and without. Where the listener lags, an insert
    has more records: their medians stand beside."""
    name, goal = f"insert p99 while {PEOPLE} people click", f"<= {INSERT_GOAL:.1f} times that without"
    if min(len(quiet), len(busy)) < 2:
        return Measure(name, "too few inserts", goal)
    without, with_people = (_p99([one["seconds"] for one in some]) for some in (quiet, busy))
    of = " and ".join(f"{len(some)} of {median(one['records'] for one in some):.0f} records" for some in (busy, quiet))
    times = f"{with_people / without:.2f} times"
    value = f"{with_people * 1000:,.0f} ms, without {without * 1000:,.0f} ms: {times} (inserts: {of})"
    details = {"quiet": list(quiet), "busy": list(busy)}
    return Measure(name, value, goal, with_people <= INSERT_GOAL * without, details)


def _p99(seconds: Sequence[float]) -> float:
    return float(quantiles(seconds, n=100, method="inclusive")[-1])
