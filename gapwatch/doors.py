"""Opens the HTTP side of a process that holds a store: builds its parts, and closes them in order."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from prometheus_client import CollectorRegistry

from console.config import HttpSettings
from gapwatch.settings import Settings
from sinks.config import DuckDBSettings, SqlSettings
from sinks.duckdb import DuckDBStore
from sinks.upkeep.backup import within
from voc.ports import Judge

Check = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Alone:
    """What a console needs of the settings where there is no listener."""

    store: DuckDBSettings
    http: HttpSettings = field(default_factory=HttpSettings)
    sql: SqlSettings = field(default_factory=SqlSettings)


def refuse_unusable_tokens(settings: HttpSettings) -> None:
    """Raise ConfigError for a token file that can't be used, before anything is built."""
    if settings.token_file is not None:
        from console.tokens import read_tokens  # only here: few settings have one

        read_tokens(settings.token_file)


@contextmanager
def opened(
    settings: Settings | Alone,
    store: DuckDBStore,
    registry: CollectorRegistry,
    *,
    healthy: Check | None = None,
    ready: Check | None = None,
    judge: Judge | None = None,
) -> Iterator[str]:
    """Serve as long as the block runs; gives the address. Without ``healthy`` no listener is there. The
    encoder of ``judge`` finds themes by what words mean.

    Raises ConfigError for an address or a token file that can't be used.
    """
    # imported only here: no other command needs a web server, and it takes a third of a second to load
    from console.app import build_app
    from console.doors import Parts
    from console.readings import Readings
    from console.server import HttpServer
    from sinks.snapshots import Snapshots
    from sinks.sql_door import SqlDoor

    readings = Readings(store.reading, seconds=settings.sql.seconds)
    sql = SqlDoor(Snapshots(settings.store.path, store.copy, seconds=settings.sql.snapshot_seconds), settings.sql)
    app = build_app(
        Parts(
            settings=settings.http,
            registry=registry,
            healthy=healthy or _always,
            ready=ready or _always,
            readings=readings,
            changing=store.changing,
            sql=sql,
            note=store.note,
            backup=lambda to: asdict(store.backup(within(to, settings.store.backup_folders))),
            meaning=_meaning(judge),
            listens=healthy is not None,
        )
    )
    try:
        with HttpServer(settings.http, app) as server:
            try:
                yield server.address
            finally:  # first, so that no answer under way keeps the server from stopping
                readings.close()
                sql.close()
    finally:
        sql.close()


def _always() -> bool:
    return True


def _meaning(judge: Judge | None) -> Callable[[str], Sequence[float]] | None:
    from nlp.promise_judge import PromiseJudge  # only here: it loads the model's libraries

    return judge.meaning if isinstance(judge, PromiseJudge) else None
