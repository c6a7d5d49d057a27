"""Opens the HTTP side of a running listener: builds its parts, and closes them in order."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Lock

from prometheus_client import CollectorRegistry

from console.config import HttpSettings
from gapwatch.settings import Settings
from sinks.config import StoreSettings
from sinks.duckdb import DuckDBStore
from sinks.upkeep.backup import within
from voc.errors import TransientError

Check = Callable[[], bool]


def refuse_unusable_tokens(settings: HttpSettings) -> None:
    """Raise ConfigError for a token file that can't be used, before anything is built."""
    if settings.token_file is not None:
        from console.tokens import read_tokens  # only here: few settings have one

        read_tokens(settings.token_file)


class _Backups:
    """One at a time: each takes as much room as the store, and reads it through."""

    def __init__(self, store: DuckDBStore, settings: StoreSettings) -> None:
        self._store = store
        self._folders = settings.backup_folders
        self._lock = Lock()

    def __call__(self, destination: Path) -> Mapping[str, object]:
        if not self._lock.acquire(blocking=False):
            raise TransientError("another backup is being made; ask again when it is done")
        try:
            return asdict(self._store.backup(within(destination, self._folders)))
        finally:
            self._lock.release()


@contextmanager
def opened(
    settings: Settings, store: DuckDBStore, registry: CollectorRegistry, *, healthy: Check, ready: Check
) -> Iterator[str]:
    """Serve as long as the block runs; gives the address. Raises ConfigError for an address or a token file that
    can't be used."""
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
            healthy=healthy,
            ready=ready,
            readings=readings,
            sql=sql,
            note=store.note,
            backup=_Backups(store, settings.store),
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
