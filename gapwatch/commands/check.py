"""`gapwatch check`: everything that `run` needs, looked at without reading a record."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gapwatch import doors, wiring
from gapwatch.settings import Settings, load_settings
from voc.errors import GapwatchError
from voc.records import Partition


def check(
    config: Annotated[Path, typer.Option("--config", metavar="FILE", help="Settings to check.")],
    connect: Annotated[bool, typer.Option("--connect/--no-connect", help="Also try the broker and the files.")] = True,
) -> None:
    """Check settings, catalogues, model, store, sources and the topic of dead letters.

    Exits with 2 on settings or catalogue, 1 on the rest. Nothing is read from the sources or written to the topic.
    """
    console = Console(markup=False, emoji=False)
    settings = load_settings(config)
    console.print(f"settings    {config}: fine", soft_wrap=True)
    book = wiring.build_book(settings.catalogues)
    wiring.refuse_unknown_brands(settings, book)
    brands = ", ".join(sorted({promise.brand for promise in book.all}))
    console.print(f"catalogues  {len(book.all)} wordings of {brands}: fine", soft_wrap=True)
    wiring.author_secret(settings.privacy)
    doors.refuse_unusable_tokens(settings.http)
    wiring.build_decoders(settings.sources)
    steps: list[tuple[str, Callable[[], str]]] = [
        ("model", lambda: "{0.name} {0.version}".format(wiring.build_judge(settings.model).info)),
        ("store", lambda: _try_store(settings)),
    ]
    if connect:
        steps.append(("sources", lambda: _try_sources(settings)))
        if settings.dead_letters.topic is not None:
            steps.append(("dead-letter", lambda: _try_dead_letter_topic(settings)))
    failed = [name for name, step in steps if not _passes(console, name, step)]
    if failed:
        raise typer.Exit(1)


def _passes(console: Console, name: str, step: Callable[[], str]) -> bool:
    try:
        console.print(f"{name:11} {step()}: fine", highlight=False, soft_wrap=True)
    except GapwatchError as error:
        console.print(f"{name:11} {error}", style="red", highlight=False, soft_wrap=True)
        return False
    return True


def _try_store(settings: Settings) -> str:
    existed = settings.store.path.exists()
    wiring.build_store(settings.store).close()
    if not existed:
        settings.store.path.unlink(missing_ok=True)
    return str(settings.store.path)


class _NoOne:
    """Listens to assignments without owning a store."""

    def assigned(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """Nothing is stored, so the source starts where it would."""
        return {}

    def identified(self, topics: Mapping[str, str]) -> None:
        """Nothing is stored under any id."""

    def missed(self, source: str, partition: Partition, offsets: int) -> None:
        """Nothing is counted."""

    def revoked(self, partitions: Collection[Partition]) -> None:
        """Nothing is in flight."""

    def lost(self, partitions: Collection[Partition]) -> None:
        """Nothing is in flight."""


def _try_sources(settings: Settings) -> str:
    for source in wiring.build_sources(settings):
        try:
            source.open(_NoOne())
        finally:
            source.close()
    return ", ".join(source.name for source in settings.sources)


def _try_dead_letter_topic(settings: Settings) -> str:
    topic = wiring.build_dead_letter_topic(settings)
    assert topic is not None, "asked only where the settings name one"
    topic.look()
    return f"topic {settings.dead_letters.topic} is there and may be written to"
