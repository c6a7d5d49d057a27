"""The real server on a real store, in this process."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
from prometheus_client import CollectorRegistry

from console.app import build_app
from console.config import HttpSettings
from console.doors import Parts
from console.readings import Readings
from console.server import HttpServer
from sinks.access_log import Access
from sinks.config import DuckDBSettings, SqlSettings
from sinks.duckdb import DuckDBStore
from sinks.snapshots import Snapshots
from sinks.sql_door import SqlDoor
from sinks.upkeep.backup import within
from tests.sinks.samples import BAGS, REFUND, batch, dead, judged, signal
from voc.verdicts import Verdict


@dataclass
class Served:
    """A server that answers, its store, and how to ask it."""

    address: str
    store: DuckDBStore
    path: Path
    client: httpx.Client
    registry: CollectorRegistry
    server: HttpServer

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Ask by GET."""
        return self.client.get(path, **more)

    def sql(self, sql: str, **more: Any) -> httpx.Response:
        """Ask by SQL."""
        return self.client.post("/api/sql", json={"sql": sql}, **more)

    def log(self) -> list[tuple[str, str, str, str]]:
        """Who, role, action and detail of each row of the access log."""
        with self.store.reading() as connection:
            return connection.execute("SELECT who, role, action, detail FROM access_log ORDER BY rowid").fetchall()


def served(stack: ExitStack, path: Path, settings: dict[str, Any]) -> Served:
    """A server on the store at ``path``, which is made; both are closed with the stack."""
    sql_settings = SqlSettings(**settings.pop("sql", {}))
    note: Callable[[Access], None] | None = settings.pop("note", None)
    ready: bool = settings.pop("ready", False)
    listens: bool = settings.pop("listens", True)
    meaning: Callable[[str], Sequence[float]] | None = settings.pop("meaning", None)
    filled: Callable[[DuckDBStore], object] | None = settings.pop("filled", None)
    http = HttpSettings(port=0, **settings)
    duckdb = DuckDBSettings(path=path)
    store = stack.enter_context(DuckDBStore(duckdb))
    (filled or _fill)(store)
    registry = CollectorRegistry()
    readings = stack.enter_context(closing(Readings(store.reading, seconds=sql_settings.seconds)))
    door = SqlDoor(Snapshots(path, store.copy, seconds=sql_settings.snapshot_seconds), sql_settings)
    stack.enter_context(closing(door))
    app = build_app(
        Parts(
            settings=http,
            registry=registry,
            healthy=lambda: True,
            ready=lambda: ready,
            readings=readings,
            changing=store.changing,
            sql=door,
            note=note or store.note,
            backup=lambda to: asdict(store.backup(within(to, duckdb.backup_folders))),
            meaning=meaning,
            listens=listens,
        )
    )
    server = stack.enter_context(HttpServer(http, app))
    client = stack.enter_context(httpx.Client(base_url=server.address, trust_env=False))
    return Served(server.address, store, path, client, registry, server)


def _fill(store: DuckDBStore) -> None:
    store.remember_promises([BAGS, REFUND])
    verdicts = [Verdict.BROKEN, Verdict.BROKEN, Verdict.KEPT, Verdict.EXCEEDED, Verdict.MENTIONED, Verdict.BROKEN]
    store.write(batch([judged(i, signal(verdict=verdict)) for i, verdict in enumerate(verdicts)], [dead(6)]))
