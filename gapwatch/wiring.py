"""Builds the parts that settings name: one table from kind to class for each room."""

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from alerts.config import AlertmanagerSettings, NotifierSettings, TopicSettings, WebhookSettings
from gapwatch.dead_letter_limits import DeadLetterLimits
from gapwatch.guarded_store import GuardedStore
from gapwatch.processing import Decodes, Processor
from gapwatch.settings import ListenerSettings, PrivacySettings, Settings
from ingest.config import SourceSettings
from ingest.decoding import Decoder
from ingest.jsonl import JsonlFeed
from nlp.config import FloodSettings, MiniLMSettings, ModelSettings, TransformersSettings
from promises.book import PromiseBook
from promises.catalogue import load_catalogue
from sinks import queries
from sinks.config import StoreSettings
from sinks.duckdb import DuckDBStore
from sinks.prometheus import PipelineMetrics
from sinks.theme_metrics import ThemeMetrics
from sinks.upkeep.check import refuse_unreadable
from voc.alerts import Notifier
from voc.errors import ConfigError
from voc.ports import Judge, Source, Store
from voc.promises import Promise

if TYPE_CHECKING:
    from sinks.dead_letter_topic import DeadLetterTopic


def build_judge(settings: ModelSettings | None = None) -> Judge:
    """The judge of the settings; without any, the shipped one. Only here its libraries are loaded, which takes
    longer than most commands do."""
    # imported only here: commands that judge nothing need not wait for the libraries of a model
    match settings:
        case TransformersSettings():
            from nlp.transformers_judge import TransformersJudge

            return TransformersJudge(settings)
        case _:
            from nlp.promise_judge import PromiseJudge

            return PromiseJudge(settings or MiniLMSettings())


def build_processor(
    *,
    decoders: Mapping[str, Decodes],
    book: PromiseBook,
    judge: Judge,
    metrics: PipelineMetrics,
    limits: ListenerSettings,
    floods: FloodSettings,
    secret: bytes | None = None,
    embeds: bool = True,
) -> Processor:
    """What every record passes through, with the memories of identical texts and of floods."""
    from nlp.floods import FloodWatch
    from nlp.judged_before import JudgedBefore

    if limits.cache_texts:
        judge = JudgedBefore(judge, texts=limits.cache_texts, on_known=metrics.judged_before)
    return Processor(
        decoders=decoders,
        book=book,
        judge=judge,
        metrics=metrics,
        most_characters=limits.most_characters,
        floods=FloodWatch(floods),
        secret=secret,
        embeds=embeds,
    )


def build_store(settings: StoreSettings) -> DuckDBStore:
    """Open the store for writing, making or migrating its tables. Raises StoreDamaged where it can't be read."""
    refuse_unreadable(settings.path)
    return DuckDBStore(settings)


@contextmanager
def theming(settings: Settings, store: DuckDBStore, registry: CollectorRegistry, stop: Event) -> Iterator[None]:
    """What makes themes beside the listener, where the settings want them."""
    if not settings.themes.enabled:
        yield
        return
    from gapwatch.theming import Theming  # only here: it loads NumPy

    with Theming(store, settings.themes, ThemeMetrics(registry), stop=stop.is_set):
        yield


@contextmanager
def watching(
    settings: Settings,
    store: DuckDBStore,
    promises: Sequence[Promise],
    registry: CollectorRegistry,
    stop: Event,
) -> Iterator[None]:
    """What watches the store for alerts and tells of them, where the settings want it."""
    if not settings.alerts.enabled:
        yield
        return
    # only here: it loads SciPy
    from alerts.watcher import Watcher
    from gapwatch.telling import Telling
    from gapwatch.watching import Watching
    from sinks.alert_metrics import AlertMetrics
    from sinks.alert_watch import AlertWatch

    notifiers = build_notifiers(settings)
    metrics = AlertMetrics(registry, notifiers=[one.name for one in notifiers])
    feeds = [source.name for source in settings.sources if source.kind == "kafka"]

    def watcher(stopped: Callable[[], bool]) -> Watcher:
        return Watcher(AlertWatch(store), promises, settings.alerts, feeds=feeds, stopped=stopped)

    telling = [Telling(store, one, metrics) for one in notifiers]
    with Watching(store, watcher, telling, metrics, seconds=settings.alerts.seconds, stop=stop.is_set):
        yield


def build_notifiers(settings: Settings) -> list[Notifier]:
    """Who is told of alerts; not connected yet."""
    return [_notifier(one, settings) for one in settings.alerts.notifiers]


def _notifier(one: NotifierSettings, settings: Settings) -> Notifier:
    console = settings.alerts.console_url
    match one:
        case AlertmanagerSettings():
            from alerts.alertmanager import AlertmanagerNotifier

            return AlertmanagerNotifier(one, console_url=console)
        case WebhookSettings():
            from alerts.webhook import WebhookNotifier

            return WebhookNotifier(one, console_url=console)
        case TopicSettings():
            from alerts.kafka import TopicNotifier
            from ingest.consumer_options import connection_options

            assert settings.kafka is not None  # the settings refuse it
            return TopicNotifier(one, connection_options(settings.kafka), console_url=console)


@contextmanager
def guarded(store: DuckDBStore, settings: Settings, stop: Event) -> Iterator[Store]:
    """The store behind the limits of dead letters and, where the settings name one, their topic. Limits go on from
    what is stored: a restart must not eat the feed a little further each time."""
    rules = settings.dead_letters
    reach = max(rules.window_records, rules.most_in_a_row or 0)
    with store.reading() as connection:
        names = [source.name for source in settings.sources]
        stored = {name: queries.last_outcomes(connection, name, limit=reach) for name in names}
    topic = build_dead_letter_topic(settings, stop)
    try:
        yield GuardedStore(store, limits=DeadLetterLimits(rules, stored=stored), topic=topic)
    finally:
        if topic is not None:
            topic.close()


def build_dead_letter_topic(settings: Settings, stop: Event | None = None) -> "DeadLetterTopic | None":
    """The topic that gets every dead letter as well, if the settings name one; not connected yet."""
    if settings.dead_letters.topic is None or settings.kafka is None:
        return None
    # only here: kafka-python takes long to load, and most commands need none
    from ingest.consumer_options import connection_options
    from sinks.dead_letter_topic import DeadLetterTopic

    seconds = settings.dead_letters.publish_seconds
    return DeadLetterTopic(settings.dead_letters.topic, connection_options(settings.kafka), seconds=seconds, stop=stop)


def build_book(paths: Sequence[Path], *, any_brand: bool = False) -> PromiseBook:
    """Read the catalogues. Raises ConfigError for the first fault found."""
    return PromiseBook([load_catalogue(path) for path in paths], any_brand=any_brand)


def refuse_unknown_brands(settings: Settings, book: PromiseBook) -> None:
    """Raise ConfigError for a source whose brand no catalogue has: its texts would be held against nothing."""
    known = {promise.brand.strip().casefold(): promise.brand for promise in book.all}
    for number, source in enumerate(settings.sources):
        if source.brand is not None and source.brand.strip().casefold() not in known:
            raise ConfigError(
                "no catalogue has this brand",
                key=f"sources[{number}].brand",
                value=source.brand,
                allowed=", ".join(sorted(known.values())),
            )


def build_sources(settings: Settings) -> list[Source]:
    """One Kafka consumer for all topics, and one feed for each file."""
    topics = [source for source in settings.sources if source.kind == "kafka"]
    sources: list[Source] = [JsonlFeed(source) for source in settings.sources if source.kind == "jsonl"]
    if topics and settings.kafka:
        from ingest.kafka import KafkaFeed  # only here: kafka-python takes long to load, and files need none

        sources.append(KafkaFeed(settings.kafka, topics))
    return sources


def build_decoders(sources: Sequence[SourceSettings]) -> Mapping[str, Decodes]:
    """A decoder for each source, by its name."""
    return {source.name: Decoder(source) for source in sources}


def spare_the_collector() -> None:
    """To be called when all is built: models and catalogues live as long as the process, and a full collection that
    walks through them every few thousand texts stops all threads for a tenth of a second."""
    gc.collect()
    gc.freeze()


def author_secret(settings: PrivacySettings) -> bytes | None:
    """The secret from the settings or from its file. Raises ConfigError when the file can't be read or is empty."""
    if settings.author_secret is not None:
        given = settings.author_secret.get_secret_value().encode()
        if not given:
            raise ConfigError("is empty", key="privacy.author_secret", allowed="a secret, or no such key")
        return given
    if settings.author_secret_file is None:
        return None
    try:
        secret = settings.author_secret_file.read_bytes().strip()
    except OSError as error:
        raise ConfigError(
            f"can't be read: {error.strerror}", file=str(settings.author_secret_file), key="privacy.author_secret_file"
        ) from error
    if not secret:
        raise ConfigError("is empty", file=str(settings.author_secret_file), key="privacy.author_secret_file")
    return secret
