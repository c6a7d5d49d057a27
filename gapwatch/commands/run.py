"""`gapwatch run`: the listener."""

import time
from pathlib import Path
from typing import Annotated, Final

import structlog
import typer
from prometheus_client import CollectorRegistry

from gapwatch import doors, wiring
from gapwatch.logs import set_up_logs
from gapwatch.pipeline import Pipeline
from gapwatch.settings import Settings, load_settings
from gapwatch.stopping import end_after_telling, leave_threads_behind, stopped_by_signals
from gapwatch.watchdog import Watchdog
from sinks.prometheus import PipelineMetrics
from voc.ports import Written

log = structlog.get_logger()

_REPORT_SECONDS: Final = 10.0


def run(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="Settings of the listener.")],
    port: Annotated[int | None, typer.Option(help="Port of /metrics, instead of the settings'.")] = None,
    store: Annotated[Path | None, typer.Option(help="Store file, instead of the settings'.")] = None,
) -> None:
    """Listen: read the sources, judge, store, count; until stopped, or until every file is read."""
    overrides: dict[str, dict[str, object]] = {}
    if port is not None:
        overrides["http"] = {"port": port}
    if store is not None:
        overrides["store"] = {"path": store.resolve()}
    set_up_logs()
    if listen(load_settings(config, overrides)).abandoned:
        leave_threads_behind()


def listen(settings: Settings) -> Pipeline:
    """Build every part, in the order in which faults are cheapest to find, and run the loop."""
    with stopped_by_signals(settings.listener.stop_seconds) as stop:
        book = wiring.build_book(settings.catalogues)
        wiring.refuse_unknown_brands(settings, book)
        secret = wiring.author_secret(settings.privacy)
        doors.refuse_unusable_tokens(settings.http)
        decoders = wiring.build_decoders(settings.sources)
        sources = wiring.build_sources(settings)
        with wiring.build_store(settings.store) as store, wiring.guarded(store, settings, stop) as guarded:
            store.remember_promises(book.all)
            judge = wiring.build_judge(settings.model)
            registry = CollectorRegistry()
            metrics = PipelineMetrics(registry, promises=book.all, sources=list(decoders), model=judge.info)
            pipeline = Pipeline(
                sources=sources,
                processor=wiring.build_processor(
                    decoders=decoders,
                    book=book,
                    judge=judge,
                    metrics=metrics,
                    limits=settings.listener,
                    floods=settings.floods,
                    secret=secret,
                    embeds=settings.themes.enabled,
                ),
                store=guarded,
                metrics=metrics,
                limits=settings.listener,
                stop=stop,
                on_stored=_Reporter(),
            )
            watchdog = Watchdog(lambda: pipeline.last_turn, seconds=settings.listener.stall_seconds)
            with (
                doors.opened(
                    settings, store, registry, healthy=watchdog.healthy, ready=lambda: pipeline.ready, judge=judge
                ) as address,
                watchdog,
                wiring.watching(settings, store, book.all, registry, stop),
                wiring.theming(settings, store, registry, stop),
            ):
                wiring.spare_the_collector()
                log.info("listener.started", http=address, promises=len(book.all), model=judge.info.version)
                try:
                    pipeline.run()
                except BaseException:
                    if pipeline.abandoned:
                        end_after_telling()
                    raise
            log.info("listener.stopped")
    return pipeline


class _Reporter:
    """Logs what was stored, every few seconds at most."""

    def __init__(self) -> None:
        self._records = self._signals = 0
        self._since = time.monotonic()

    def __call__(self, records: int, written: Written) -> None:
        self._records += records
        self._signals += sum(written.signals.values())
        seconds = time.monotonic() - self._since
        if seconds >= _REPORT_SECONDS:
            rate = round(self._records / seconds, 1)
            log.info("listener.progress", records=self._records, signals=self._signals, records_per_second=rate)
            self._records = self._signals = 0
            self._since = time.monotonic()
