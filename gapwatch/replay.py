"""Processes dead letters again, by the settings as they are now."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from prometheus_client import CollectorRegistry
from rich.console import Console
from rich.progress import Progress

from gapwatch import wiring
from gapwatch.processing import Processor
from gapwatch.settings import Settings
from sinks import replaying
from sinks.duckdb import DuckDBStore
from sinks.prometheus import PipelineMetrics
from voc.errors import ConfigError
from voc.records import DeadLetterReason, Record

_BATCH: Final = 64  # a dead letter may be as large as the largest record


@dataclass(slots=True)
class Outcome:
    """How many records were mended and how many not, the latter by reason; sources that the settings lack, and records
    that the store has lost a piece of, which stay as they are."""

    mended: int = 0
    failed: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    unknown: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def replay(settings: Settings, *, source: str | None, reason: DeadLetterReason | None, dry_run: bool) -> Outcome:
    """Mend what can be mended; a batch is one transaction, so that an interruption leaves nothing half done."""
    book = wiring.build_book(settings.catalogues)
    decoders = wiring.build_decoders(settings.sources)
    if source is not None and source not in decoders:
        raise ConfigError("is no source of the settings", key="--source", value=source, allowed=", ".join(decoders))
    if not settings.store.path.is_file():
        raise ConfigError("there is no store here", key="store.path", value=str(settings.store.path))
    secret = wiring.author_secret(settings.privacy)
    with wiring.build_store(settings.store) as store:
        judge = wiring.build_judge(settings.model)
        metrics = PipelineMetrics(CollectorRegistry(), promises=book.all, sources=list(decoders), model=judge.info)
        processor = wiring.build_processor(
            decoders=decoders,
            book=book,
            judge=judge,
            metrics=metrics,
            limits=settings.listener,
            floods=settings.floods,
            secret=secret,
            embeds=settings.themes.enabled,
        )
        if not dry_run:
            store.remember_promises(book.all)
        return _replay(store, processor, set(decoders), source=source, reason=reason, dry_run=dry_run)


def _replay(
    store: DuckDBStore,
    processor: Processor,
    known: set[str],
    *,
    source: str | None,
    reason: DeadLetterReason | None,
    dry_run: bool,
) -> Outcome:
    with store.reading() as connection:
        waiting = replaying.matching(connection, source=source, reason=reason)
    outcome, unknown, left = Outcome(), set[str](), iter(waiting)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("replaying", total=len(waiting))
        while ids := list(islice(left, _BATCH)):
            with store.reading() as connection:
                records, broken = replaying.records(connection, ids)
            outcome.broken += broken
            unknown |= {record.position.source for record in records} - known
            _replay_batch(store, processor, [r for r in records if r.position.source in known], outcome, dry_run)
            progress.advance(task, len(ids))
    outcome.unknown = sorted(unknown)
    return outcome


def _replay_batch(
    store: DuckDBStore, processor: Processor, records: Sequence[Record], outcome: Outcome, dry_run: bool
) -> None:
    batch = processor.process(records)
    outcome.mended += len(batch.judged) if dry_run else sum(store.replay(batch).verbatims.values())
    outcome.failed += len(batch.dead)
    outcome.reasons.update(letter.reason.value for letter in batch.dead)
