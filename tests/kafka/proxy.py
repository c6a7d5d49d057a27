"""A TCP proxy between a client and a broker that delays, swallows, refuses, or cuts in the middle of a frame."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType

from tests.kafka.broker import HOST, free_port

CHUNK = 65_536
# closing a socket that lingers for no time resets the connection, as a firewall or a dying machine does
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """A context manager that forwards ``port`` to the broker's ``target`` port; the broker must advertise ``port``.

    Faults hold while their block runs, and strike the connections that are there as well as new ones.
    """

    def __init__(self, target: int, *, port: int | None = None) -> None:
        self.port = port or free_port()
        self.address = f"{HOST}:{self.port}"
        self.cuts = 0
        self._target = target
        self._delay, self._swallows, self._cuts_left = 0.0, False, 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> "Proxy":
        self._listen()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self._refuse()

    @contextmanager
    def delaying(self, seconds: float) -> Iterator[None]:
        """Each piece of data, either way, comes so much later."""
        self._delay = seconds
        try:
            yield
        finally:
            self._delay = 0.0

    @contextmanager
    def swallowing(self) -> Iterator[None]:
        """A black hole: connections stay open and new ones are taken, but nothing goes through.

        What was swallowed is gone, so the connections of that time are reset at the end.
        """
        self._swallows = True
        try:
            yield
        finally:
            self._drop(*list(self._open))
            self._swallows = False

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """Nobody listens, and what was connected is reset."""
        self._refuse()
        try:
            yield
        finally:
            self._listen()

    def cut(self) -> None:
        """Reset the next connection on which the broker answers, after half of that answer."""
        with self._lock:
            self._cuts_left += 1

    def _listen(self) -> None:
        self._server = socket.create_server((HOST, self.port))
        threading.Thread(target=self._accept, args=(self._server,), daemon=True).start()

    def _refuse(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)  # wakes accept, which closing alone does not
        self._server.close()
        self._drop(*list(self._open))

    def _accept(self, server: socket.socket) -> None:
        with suppress(OSError):  # the server was closed
            while True:
                client, _ = server.accept()
                self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        try:
            broker = socket.create_connection((HOST, self._target))
        except OSError:  # a broker that is down refuses its clients
            return _reset(client)
        with self._lock:
            self._open |= {client, broker}
        for source, sink, answers in ((client, broker, False), (broker, client, True)):
            threading.Thread(target=self._forward, args=(source, sink, answers), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with suppress(OSError):  # one of the two was reset or closed
            while data := source.recv(CHUNK):
                time.sleep(self._delay)
                if self._swallows:
                    continue
                if answers and len(data) > 8 and self._takes_a_cut():
                    sink.sendall(data[: len(data) // 2])
                    break
                sink.sendall(data)
        self._drop(source, sink)

    def _takes_a_cut(self) -> bool:
        with self._lock:
            if not self._cuts_left:
                return False
            self._cuts_left -= 1
            self.cuts += 1
            return True

    def _drop(self, *connections: socket.socket) -> None:
        with self._lock:
            self._open -= set(connections)
        for connection in connections:
            _reset(connection)


def _reset(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
