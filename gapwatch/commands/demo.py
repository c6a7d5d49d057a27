"""`gapwatch demo`: three weeks of sample feed through the same pipeline as Kafka, and what it found."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from threading import Event
from typing import Annotated, Final

import duckdb
import typer
from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from console.config import HttpSettings
from gapwatch import wiring
from gapwatch.commands.console import served
from gapwatch.commands.themes import theme_table
from gapwatch.doors import Alone
from gapwatch.pipeline import Pipeline
from gapwatch.rendering import incident_panel, promise_board, terminal, verbatim_panel
from gapwatch.settings import Settings, load_settings
from gapwatch.stopping import stopped_by_signals
from sinks import queries, themes
from sinks.answers import Signal
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.incidents import Incident, incidents
from sinks.prometheus import PipelineMetrics
from sinks.theme_metrics import ThemeMetrics
from voc.errors import ConfigError
from voc.ports import Written
from voc.verdicts import Verdict

FEED: Final = Path(__file__).resolve().parents[2] / "configs" / "demo" / "gapwatch.yaml"
_THEMES_SHOWN: Final = 8
_STOP_SECONDS: Final = 2.0
_OTHERS_SHOWN: Final = 2  # verbatims beside the incident's: one of each other verdict


def demo(
    store: Annotated[Path, typer.Option(metavar="FILE", help="Where to put the store; a demo's is replaced.")] = Path(
        "gapwatch-demo.duckdb"
    ),
    serve: Annotated[
        bool | None, typer.Option("--serve/--no-serve", help="Serve its pages in the end; on a terminal by itself.")
    ] = None,
) -> None:
    """Replay the sample feed into a new store; print the promise board, the incident, and some verbatims; on a terminal
    serve its pages until Ctrl-C."""
    if store.exists() and not _is_a_demo(store):
        raise ConfigError("is there already and holds more than a demo; name another file", file=str(store))
    console = terminal()
    for leftover in (store, store.with_name(f"{store.name}.wal")):
        leftover.unlink(missing_ok=True)
    settings = load_settings(FEED, {"store": {"kind": "duckdb", "path": store.resolve()}})
    started = time.monotonic()
    with wiring.build_store(settings.store) as opened:
        written = _replay(settings, opened, console)
        _find_themes(settings, opened, console)
        seconds = time.monotonic() - started
        console.print(_summary(written, seconds), highlight=False)
        with opened.reading() as connection:
            _report(console, connection)
    _what_next(console, store)
    if serve or (serve is None and console.is_terminal):
        _serve(console, store)


def _is_a_demo(store: Path) -> bool:
    """Whether a store was made from the sample feed alone: then nothing of anybody's is lost with it."""
    names = {source.name for source in load_settings(FEED).sources}
    try:
        with duckdb.connect(str(store), read_only=True) as connection:
            rows = connection.execute("SELECT source FROM verbatims UNION SELECT source FROM dead_letters").fetchall()
            topics = connection.execute("SELECT topic FROM kafka_offsets").fetchall()
    except duckdb.Error:
        return False
    return {name for (name,) in rows} <= names and all(topic.endswith(".jsonl") for (topic,) in topics)


def _replay(settings: Settings, store: DuckDBStore, console: Console) -> Written:
    book = wiring.build_book(settings.catalogues)
    decoders = wiring.build_decoders(settings.sources)
    total = Written()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("loading the model", total=_records(settings))
        store.remember_promises(book.all)
        judge = wiring.build_judge(settings.model)
        metrics = PipelineMetrics(CollectorRegistry(), promises=book.all, sources=list(decoders), model=judge.info)

        def on_stored(records: int, written: Written) -> None:
            progress.update(task, advance=records)
            _add(total, written)

        progress.update(task, description="judging three weeks of feed")
        stop = Event()
        pipeline = Pipeline(
            sources=wiring.build_sources(settings),
            processor=wiring.build_processor(
                decoders=decoders,
                book=book,
                judge=judge,
                metrics=metrics,
                limits=settings.listener,
                floods=settings.floods,
            ),
            store=store,
            metrics=metrics,
            limits=settings.listener.model_copy(update={"batch_records": 64}),  # so that the bar moves
            stop=stop,
            on_stored=on_stored,
        )
        with wiring.watching(settings, store, book.all, CollectorRegistry(), stop):
            pipeline.run()
    return total


def _find_themes(settings: Settings, store: DuckDBStore, console: Console) -> None:
    from gapwatch.theme_turns import ThemeTurns  # only here: it loads NumPy and spaCy

    with console.status("finding themes"):
        ThemeTurns(store, settings.themes, ThemeMetrics(CollectorRegistry())).finish()


def _records(settings: Settings) -> int:
    paths = [Path(source.path) for source in settings.sources if source.kind == "jsonl"]
    return sum(path.read_bytes().count(b"\n") for path in paths)


def _add(total: Written, written: Written) -> None:
    for name, number in written.verbatims.items():
        total.verbatims[name] = total.verbatims.get(name, 0) + number
    for signal, number in written.signals.items():
        total.signals[signal] = total.signals.get(signal, 0) + number
    for letter, number in written.dead.items():
        total.dead[letter] = total.dead.get(letter, 0) + number


def _summary(written: Written, seconds: float) -> str:
    unread = sum(n for (_, status), n in written.verbatims.items() if status == "not_judged")
    by_reason: Counter[str] = Counter()
    for (_, reason), number in written.dead.items():
        by_reason[reason] += number
    reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(by_reason.items()))
    return (
        f"{sum(written.verbatims.values())} verbatims, {sum(written.signals.values())} gap signals, "
        f"{sum(written.dead.values())} dead letters in {seconds:.1f} s\n"
        f"{unread} verbatims are in a language that the shipped model does not read: stored, not judged\n"
        f"dead letters: {reasons}\n"
    )


def _report(console: Console, connection: duckdb.DuckDBPyConnection) -> None:
    scores, weeks = queries.scores(connection), queries.weekly(connection)
    for brand in dict.fromkeys(score.brand for score in scores):
        console.print(f"Promise board: {brand}", style="bold")
        console.print(promise_board([score for score in scores if score.brand == brand], weeks))
    found = incidents(connection)
    if found:
        console.print("The incident" if len(found) == 1 else f"{len(found)} incidents", style="bold")
    for incident in found:
        console.print(incident_panel(incident))
    console.print("What they complain of", style="bold")
    console.print(theme_table(themes.themes(connection, limit=_THEMES_SHOWN)))
    console.print("In their own words", style="bold")
    for signal in _telling(connection, found):
        (verbatim, *_) = queries.verbatims(connection, signal.record_id)
        console.print(verbatim_panel(verbatim, queries.signals_of(connection, verbatim)))


def _telling(connection: duckdb.DuckDBPyConnection, found: Sequence[Incident]) -> list[Signal]:
    """The surest signals: two of the first incident's days, one kept, one exceeded."""
    chosen: list[Signal] = []
    if found:
        first = found[0]
        during = [
            signal
            for signal in queries.signals(
                connection, brand=first.brand, promise=first.promise_id, verdict=Verdict.BROKEN, limit=10_000
            )
            if signal.region == first.region and first.first_day <= signal.event_time.date() <= first.last_day
        ]
        chosen += sorted(during, key=lambda signal: -signal.confidence)[:_OTHERS_SHOWN]
    for verdict in (Verdict.KEPT, Verdict.EXCEEDED):
        signals = queries.signals(connection, verdict=verdict, limit=10_000)
        chosen += sorted(signals, key=lambda signal: -signal.confidence)[:1]
    return chosen


def _serve(console: Console, store: Path) -> None:
    place = Alone(DuckDBSettings(path=store.resolve()))
    with stopped_by_signals(_STOP_SECONDS) as stop, ExitStack() as stack:
        try:
            address = stack.enter_context(served(place))
        except ConfigError:  # its port is another's
            address = stack.enter_context(served(Alone(place.store, HttpSettings(port=0))))
        console.print(f"\nThe pages are at {address} (Ctrl-C ends it)", style="bold")
        stop.wait()


def _what_next(console: Console, store: Path) -> None:
    name = "" if store == Path("gapwatch.duckdb") else f" --store {store}"
    commands = (
        (f"gapwatch console{name}", "the pages, at http://127.0.0.1:8601"),
        (f"gapwatch scores{name} --by region", "the board, split by region"),
        (f"gapwatch signals{name} --promise bags-on-time --verdict broken", "who says so"),
        (f"gapwatch dead-letters list{name}", "what could not be read, and why"),
        (f'gapwatch sql{name} "SELECT * FROM promise_scores"', "your own questions"),
        ("gapwatch promises show bags-on-time", "the wording, its versions, its owners"),
        ("gapwatch run --config configs/gapwatch.yaml", "listen to your own topics"),
    )
    console.print("What to type next", style="bold")
    for command, meaning in commands:
        # not wrapped: a command is there to be copied
        console.print(Text.assemble("  ", command, ("  # ", "dim"), (meaning, "dim")), soft_wrap=True)
