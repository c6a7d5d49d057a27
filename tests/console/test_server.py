"""The server's start and end: addresses, ports in use, connections and SELECTs that would linger."""

import socket
import threading
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from console.config import HttpSettings
from console.server import HttpServer
from sinks.config import DuckDBSettings, SqlSettings
from sinks.duckdb import DuckDBStore
from sinks.snapshots import Snapshots
from sinks.sql_door import SqlDoor
from tests.console.conftest import Serve
from voc.errors import ConfigError, GapwatchError

_asked = threading.Event()


async def _slow(scope, receive, send):
    """Answers nothing for as long as anybody waits."""
    if scope["type"] == "lifespan":
        for kind in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{kind}.complete"})
        return
    _asked.set()
    while (await receive())["type"] != "http.disconnect":
        pass


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_free_port_is_taken_and_told(host: str):
    with HttpServer(HttpSettings(host=host, port=0), _slow) as server:
        assert not server.address.endswith(":0")
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(server.address, timeout=0.2, trust_env=False)


def test_a_port_in_use_is_a_wrong_setting(serve: Serve):
    port = int(serve().address.rpartition(":")[2])
    with pytest.raises(
        ConfigError, match=rf"^http: '127\.0\.0\.1:{port}': can't be listened on: Address already in use"
    ):
        HttpServer(HttpSettings(port=port), _slow)


def test_an_address_that_is_not_this_machines_is_a_wrong_setting(token_file):
    with pytest.raises(ConfigError, match=r"^http: '192\.0\.2\.1:0': can't be listened on"):
        HttpServer(HttpSettings(host="192.0.2.1", port=0, token_file=token_file), _slow)


def test_stopping_does_not_wait_for_connections_or_answers():
    _asked.clear()
    with HttpServer(HttpSettings(port=0), _slow) as server:
        host, port = server.address.removeprefix("http://").split(":")
        idle = socket.create_connection((host, int(port)))
        asking = socket.create_connection((host, int(port)))
        asking.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert _asked.wait(30), "the request is under way"
        [thread] = [thread for thread in threading.enumerate() if thread.name == "http"]
    with closing(idle), closing(asking):
        assert not thread.is_alive()
        while asking.recv(1000):
            pass  # until the server's end of it
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host, int(port)))


def test_the_port_is_free_again_after_a_stop():
    with HttpServer(HttpSettings(port=0), _slow) as server:
        port = int(server.address.rpartition(":")[2])
    with HttpServer(HttpSettings(port=port), _slow):
        pass


def test_a_select_under_way_is_ended_when_the_door_closes_and_the_copies_go(tmp_path: Path):
    path = tmp_path / "gapwatch.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as store:
        door = SqlDoor(Snapshots(path, store.copy, seconds=60), SqlSettings(seconds=60))
        ended: list[BaseException] = []

        def ask() -> None:
            try:
                door.answer("SELECT count(*) FROM range(10_000_000) a, range(10_000_000) b")
            except GapwatchError as error:
                ended.append(error)

        asking = threading.Thread(target=ask, daemon=True)
        asking.start()
        while not door._children:
            time.sleep(0.01)
        door.close()
        asking.join(30)
        assert len(ended) == 1
        assert not [entry.name for entry in tmp_path.iterdir() if "snapshots" in entry.name]
