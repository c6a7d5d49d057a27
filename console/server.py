"""Serves the application from a thread of its own, and stops within a second."""

import asyncio
import logging
import os
import socket
from threading import Event, Thread
from types import TracebackType
from typing import Final

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from console.config import HttpSettings
from console.faults import Fault
from voc.errors import ConfigError, FatalError

_CONNECTIONS: Final = 250  # a hundred may listen to a stream; more are told to come again
_BACKLOG: Final = 128
_HEAD_BYTES: Final = 16_384  # request line and headers
_HEAD_SECONDS: Final = 10.0  # for a request to begin and its headers to come
_TAKE_SECONDS: Final = 30.0  # for a client to take what it asked for
_START_SECONDS: Final = 10.0
_STOP_SECONDS: Final = 1.0


class _Patient(H11Protocol):
    """Ends a connection on which no request comes or whose answer is not taken: uvicorn alone waits for ever."""

    _clock: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wind_up()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wind_up()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        self._taken()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is told so in the API's own form."""
        body = Fault(error="this is no HTTP request that can be read").model_dump_json().encode()
        headers = [("Content-Type", "application/json"), ("Connection", "close"), ("Content-Length", str(len(body)))]
        for event in (h11.Response(status_code=400, headers=headers), h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._taking = self.loop.call_later(_TAKE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._taken()
        super().resume_writing()

    def _taken(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _wind_up(self) -> None:
        self._stop_clock()
        self._clock = self.loop.call_later(_HEAD_SECONDS, self._give_up)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _give_up(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.abort()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, up: Event) -> None:
        super().__init__(config)
        self._up = up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._up.set()


class HttpServer:
    """A context manager: listens from the start, answers as long as the block runs."""

    def __init__(self, settings: HttpSettings, app: ASGIApp) -> None:
        """Raises ConfigError where the address can't be listened on."""
        # nobody reads the standard library's log here: what is worth telling, the application tells
        for name in ("uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        self._socket = _bound(settings)
        config = uvicorn.Config(
            app,
            http=_Patient,
            ws="none",
            loop="asyncio",
            lifespan="on",
            log_config=None,
            access_log=False,
            proxy_headers=False,  # whom to believe is console.callers' matter
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            backlog=_BACKLOG,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=0,
            h11_max_incomplete_event_size=_HEAD_BYTES,
        )
        self._up = Event()
        self._server = _Server(config, self._up)
        self._thread = Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, name="http", daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        host, port = self._socket.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def __enter__(self) -> "HttpServer":
        self._thread.start()
        if not self._up.wait(_START_SECONDS):
            self._server.should_exit = True
            raise FatalError(f"the HTTP side did not start within {_START_SECONDS:g} s")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)


def _bound(settings: HttpSettings) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address, family=family, backlog=_BACKLOG)
    except OSError as error:
        # Python adds the address to what the system says, but not to what a name server does
        why = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
        raise ConfigError(
            f"can't be listened on: {why}", key="http", value=f"{settings.host}:{settings.port}"
        ) from error
