"""Alerts that a labelled history would have raised: ``python -m benchmarks.alerts_replay FILE.jsonl CATALOGUE``.

Each line is {id, source_kind, brand, text, created_at, labels: {promises: {promise id: broken | kept | mixed |
mentioned}}}; the labels are the signals, of the brand of the line. The clock of the watcher is the time of the
lines, so that they come as they came then; what was raised and what became of it is printed day by day.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import orjson
import typer

from alerts.config import AlertSettings
from alerts.watcher import Watcher
from promises.catalogue import load_catalogue
from sinks import alerts
from sinks.alert_watch import AlertWatch
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from voc.alerts import Alert, AlertChange
from voc.ports import Batch, Judged
from voc.promises import Promise
from voc.records import Partition, Position, Verbatim, VerbatimKind
from voc.verdicts import GapSignal, Judgement, ModelInfo, Verdict

_MODEL: Final = ModelInfo("labels", "by-hand")
_VERDICTS: Final = {
    "broken": Verdict.BROKEN,
    "mixed": Verdict.BROKEN,
    "kept": Verdict.KEPT,
    "mentioned": Verdict.MENTIONED,
    "exceeded": Verdict.EXCEEDED,
}
_STEP: Final = timedelta(minutes=30)


def replay(
    lines: Sequence[Mapping[str, Any]], wordings: Mapping[str, Promise], settings: AlertSettings, path: Path
) -> list[tuple[datetime, AlertChange, Alert]]:
    """What happened to alerts, in order: the event time, the change, and the alert as it was then."""
    clock = _time(lines[0])
    promises = {
        (brand, promise.id): _of_brand(promise, brand)
        for brand in dict.fromkeys(str(line["brand"]) for line in lines)
        for promise in wordings.values()
    }
    seen: list[tuple[datetime, AlertChange, Alert]] = []
    with DuckDBStore(DuckDBSettings(path=path), clock=lambda: clock) as store:
        store.remember_promises(list(promises.values()))
        watcher = Watcher(AlertWatch(store), list(promises.values()), settings, clock=lambda: clock)
        told = 0
        for until, some in _steps(lines):
            store.write(_batch(some, promises))
            clock = until
            while watcher.turn():
                pass
            with store.reading() as connection:
                for notice in alerts.notices(connection, after=told, limit=1000):
                    seen.append((until, notice.change.change, notice.alert))
                    told = notice.change.number
    return seen


def _steps(lines: Sequence[Mapping[str, Any]]) -> Iterator[tuple[datetime, list[tuple[int, Mapping[str, Any]]]]]:
    """The lines by half an hour each, with their numbers."""
    until, some = _time(lines[0]) + _STEP, []
    for number, line in enumerate(lines):
        while _time(line) >= until:
            if some:
                yield until, some
            until, some = until + _STEP, []
        some.append((number, line))
    yield until, some


def _batch(some: Sequence[tuple[int, Mapping[str, Any]]], promises: Mapping[tuple[str, str], Promise]) -> Batch:
    judged = [_judged(number, line, promises) for number, line in some]
    return Batch(judged, (), {Partition("labels", 0): some[-1][0] + 1}, _MODEL)


def _judged(number: int, line: Mapping[str, Any], promises: Mapping[tuple[str, str], Promise]) -> Judged:
    brand, text = str(line["brand"]), str(line["text"])
    signals = tuple(
        GapSignal(
            promise=promises[brand, name],
            verdict=_VERDICTS[label],
            confidence=1.0,
            start=0,
            end=len(text),
            severity=promises[brand, name].severity,
        )
        for name, label in line["labels"]["promises"].items()
        if (brand, name) in promises
    )
    verbatim = Verbatim(
        position=Position("labels", "labels", 0, number),
        id=str(line["id"]),
        kind=VerbatimKind(line["source_kind"]),
        brand=brand,
        text=text,
        created_at=_time(line),
    )
    return Judged(verbatim, Judgement(language="en", severity=3, signals=signals))


def _of_brand(promise: Promise, brand: str) -> Promise:
    return replace(promise, brand=brand)


def _time(line: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(line["created_at"]).astimezone(UTC)


def main(
    labelled: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="Labelled verbatims.")],
    catalogue: Annotated[Path, typer.Argument(metavar="CATALOGUE", help="The promises of the labels.")],
    without: Annotated[
        list[str] | None, typer.Option(help="Promises to leave out, such as one of everything else.")
    ] = None,
) -> None:
    """Print the alerts that a labelled history would have raised, day by day."""
    lines = [orjson.loads(line) for line in labelled.read_bytes().splitlines()]
    lines = sorted((line for line in lines if line["created_at"]), key=_time)
    wordings = {one.id: one for one in load_catalogue(catalogue).promises if one.id not in (without or ())}
    with tempfile.TemporaryDirectory() as folder:
        seen = replay(lines, wordings, AlertSettings(), Path(folder) / "replay.duckdb")
    day = None
    for moment, change, alert in seen:
        if moment.date() != day:
            day = moment.date()
            print(f"\n{day:%A %d %B %Y}")
        figures = alert.figures
        share = f"share {figures['share']:.0%}, usual {figures['share_before']:.0%}" if "share" in figures else ""
        print(
            f"  {moment:%H:%M} {change.value:9} {alert.kind.value:8} {alert.brand} {alert.promise_id}: "
            f"{alert.signals} signals, {alert.expected} expected; {share}"
        )
    opened = sum(change is AlertChange.OPENED for _, change, _ in seen)
    print(f"\n{len(lines)} verbatims, {opened} alerts opened")


if __name__ == "__main__":
    typer.run(main)
