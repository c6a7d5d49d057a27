"""What holds for every request before anybody looks at it: by which name, how large, how slow; and for every answer."""

import asyncio
import ipaddress
from collections.abc import Iterable, Mapping
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from console.config import HttpSettings
from console.faults import Fault, answered
from console.refusals import Reason, Refusals

MOST_BODY_BYTES: Final = 100_000  # a SELECT; nothing that is sent here is larger
_MOST_READ_BYTES: Final = 10 * MOST_BODY_BYTES  # of a body that is refused
_BODY_SECONDS: Final = 10.0  # for the whole body to come
_JSON: Final = "application/json"
_LOCAL_NAMES: Final = ("localhost", "127.0.0.1", "::1")
_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",  # customers' words do not belong in a cache
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Guard:
    """ASGI middleware around the application."""

    def __init__(self, app: ASGIApp, settings: HttpSettings, refusals: Refusals) -> None:
        self._app = app
        self._names = allowed_names(settings)
        self._refusals = refusals

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a fault."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = _with_headers(send)
        refusal = self._refused(scope)
        body: bytes | None = None
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                if refusal is None or not _asks_before_sending(scope):
                    body = await _body(receive)
        except TimeoutError:
            late = Fault(error="the body did not come in time", allowed=f"{_BODY_SECONDS:g} s for all of it")
            refusal = refusal or (408, late)
        if refusal is None and body is not None:
            await self._app(scope, _replayed(body, receive), sending)
        else:
            await answered(*(refusal or _too_large()), {"Connection": "close"})(scope, receive, sending)

    def _refused(self, scope: Scope) -> tuple[int, Fault] | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._names is not None and _name_of(host) not in self._names:
            client = scope.get("client")
            self._refusals(Reason.HOST, peer=client[0] if client else None, path=scope["path"])
            names = ", ".join(sorted(self._names))
            return 421, Fault(error="this server does not go by the name in the header Host", allowed=names)
        if scope["method"] == "POST":
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != _JSON:  # which a form of another site can't send
                return 415, Fault(error="the header Content-Type is not that of JSON", allowed=_JSON)
        declared = headers.get("content-length", "0")
        return _too_large() if not declared.isdecimal() or int(declared) > MOST_BODY_BYTES else None


def allowed_names(settings: HttpSettings) -> frozenset[str] | None:
    """The names by which the server may be asked; None where any will do.

    A page of another site can have its own name lead to 127.0.0.1 (DNS rebinding) and so read what this machine alone
    may: a server on loopback must see that it is called by a name of its own.
    """
    if not settings.is_local and not settings.hosts:
        return None
    return frozenset(name.lower() for name in (*_LOCAL_NAMES, settings.host, *settings.hosts))


def _name_of(host: str) -> str:
    """The header without its port; an IPv6 address without its brackets."""
    if host.startswith("["):
        inside = host[1:].partition("]")[0]
        try:
            return str(ipaddress.IPv6Address(inside))
        except ValueError:
            return ""
    return host.partition(":")[0].lower().rstrip(".")


def _too_large() -> tuple[int, Fault]:
    return 413, Fault(error="the body is too large", allowed=f"at most {MOST_BODY_BYTES} bytes")


def _asks_before_sending(scope: Scope) -> bool:
    return Headers(scope=scope).get("expect", "").lower() == "100-continue"


async def _body(receive: Receive) -> bytes | None:
    """All of the body, or None when it is too large.

    What is too large is read as well, within a bound: to close a connection on which something lies unread resets it,
    and the client may lose the answer that tells it why.
    """
    parts: list[bytes] = []
    size = 0
    while size <= _MOST_READ_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            break  # the client has gone
        part = message.get("body", b"")
        size += len(part)
        if size <= MOST_BODY_BYTES:
            parts.append(part)
        if not message.get("more_body", False):
            break
    return b"".join(parts) if size <= MOST_BODY_BYTES else None


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body as one message, then what the server says after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


def _with_headers(send: Send, headers: Iterable[tuple[str, str]] = tuple(_HEADERS.items())) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            written = MutableHeaders(scope=message)
            for name, value in headers:
                written.setdefault(name, value)
        await send(message)

    return sent
