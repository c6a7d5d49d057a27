"""Connections to the store for single questions: bounded in time, and ended when the server stops."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Lock, Timer
from typing import Any

import duckdb

from voc.errors import TransientError

Connection = duckdb.DuckDBPyConnection
Reading = Callable[[], AbstractContextManager[Connection]]


class Readings:
    """Opens a connection a question by ``reading``, and interrupts one that takes longer than ``seconds``."""

    def __init__(self, reading: Reading, *, seconds: float) -> None:
        self._reading = reading
        self._seconds = seconds
        self._open: set[Any] = set()
        self._lock = Lock()
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """A connection for one question. Raises TransientError when it takes too long or the server stops."""
        with self._reading() as connection:
            with self._lock:
                if self._closed:
                    raise TransientError("the listener is stopping")
                self._open.add(connection)
            clock = Timer(self._seconds, connection.interrupt)
            clock.daemon = True
            clock.start()
            try:
                yield connection
            except duckdb.InterruptException as error:
                why = "the listener is stopping" if self._closed else f"the store did not answer in {self._seconds:g} s"
                raise TransientError(why) from error
            finally:
                clock.cancel()
                with self._lock:
                    self._open.discard(connection)

    def close(self) -> None:
        """Interrupt the questions under way; none is answered after it."""
        with self._lock:
            self._closed = True
            for connection in self._open:
                connection.interrupt()
