"""`gapwatch watch`: the watcher alone, over a store that no listener holds."""

from pathlib import Path
from typing import Annotated

import structlog
import typer
from prometheus_client import CollectorRegistry

from gapwatch import wiring
from gapwatch.commands.options import examples
from gapwatch.logs import set_up_logs
from gapwatch.settings import load_settings
from gapwatch.stopping import stopped_by_signals

log = structlog.get_logger()

EPILOG = examples("gapwatch watch --config gapwatch.yaml", "gapwatch watch --config gapwatch.yaml --once")


def watch(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="Settings of the listener.")],
    once: Annotated[bool, typer.Option("--once", help="Look at what is there, and end.")] = False,
) -> None:
    """Watch a store for alerts and tell of them, until stopped; `gapwatch run` does the same beside listening.

    A store belongs to one process at a time: this is for one that is filled by other means, or not any more.
    """
    set_up_logs()
    settings = load_settings(config)
    settings = settings.model_copy(update={"alerts": settings.alerts.model_copy(update={"enabled": True})})
    with stopped_by_signals(settings.listener.stop_seconds) as stop:
        book = wiring.build_book(settings.catalogues)
        with wiring.build_store(settings.store) as store:
            store.remember_promises(book.all)
            with wiring.watching(settings, store, book.all, CollectorRegistry(), stop):
                log.info("watch.started", promises=len(book.all), notifiers=len(settings.alerts.notifiers))
                if not once:
                    stop.wait()
        log.info("watch.stopped")
