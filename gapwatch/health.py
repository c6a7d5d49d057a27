"""Serves /metrics, /healthz and /readyz from threads of their own."""

from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from threading import Thread
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from gapwatch.settings import HttpSettings
from voc.errors import ConfigError

StartResponse = Callable[[str, list[tuple[str, str]]], object]
Check = Callable[[], bool]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Probes every few seconds are no news."""


class HealthServer:
    """``healthy`` and ``ready`` are asked at each request: 200 or 503."""

    def __init__(self, settings: HttpSettings, registry: CollectorRegistry, *, healthy: Check, ready: Check) -> None:
        self._metrics = make_wsgi_app(registry)
        self._checks = {"/healthz": healthy, "/readyz": ready}
        try:
            self._server = make_server(settings.host, settings.port, self._answer, _Server, _Quiet)
        except OSError as error:
            raise ConfigError(
                f"can't be listened on: {error.strerror}", key="http", value=f"{settings.host}:{settings.port}"
            ) from error
        self._thread = Thread(target=self._server.serve_forever, name="http", daemon=True)

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        return f"http://{self._server.server_address[0]!s}:{self._server.server_port}"

    def __enter__(self) -> "HealthServer":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            answer: Iterable[bytes] = self._metrics(environ, start_response)
            return answer
        check = self._checks.get(path)
        if check is None:
            status, text = "404 Not Found", "there are /metrics, /healthz and /readyz\n"
        else:
            status, text = ("200 OK", "ok\n") if check() else ("503 Service Unavailable", "not yet\n")
        start_response(status, [("Content-Type", "text/plain; charset=utf-8")])
        return [text.encode()]
