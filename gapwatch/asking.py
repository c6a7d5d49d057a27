"""Asks a running listener over HTTP, for the commands of its own machine."""

import ipaddress
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from console.config import HttpSettings
from sinks.transactions import StoreHeld
from voc.errors import ConfigError, FatalError, TransientError

if TYPE_CHECKING:
    from gapwatch.settings import Settings

Answer = TypeVar("Answer")

_GRACE_SECONDS: Final = 15.0  # for the listener to copy its store and to start what answers


class NotReached(FatalError):
    """No listener answers where the settings say that one should."""


def answered(
    config: Path | None, from_store: Callable[[], Answer], from_listener: Callable[["Settings"], Answer]
) -> Answer:
    """What the store answers; where a listener holds it, what that listener does. Raises StoreHeld where nobody says
    by ``config`` which listener, or where it is not reached."""
    try:
        return from_store()
    except StoreHeld as held:
        if config is None:
            raise
        from gapwatch.settings import load_settings  # only here: it loads every room's settings

        try:
            return from_listener(load_settings(config))
        except NotReached as error:
            raise StoreHeld(f"{held}; {error}") from error


def ask(settings: HttpSettings, path: str, question: Mapping[str, object], *, seconds: float) -> Any:  # noqa: ANN401
    """What the listener of these settings answers to a POST, within ``seconds`` of its own work.

    The token is the first operator's of ``http.token_file``, else the first reader's. Raises NotReached,
    ConfigError for what it refuses, TransientError for what it can't do now.
    """
    return _sent(settings, path, json.dumps(question).encode(), seconds)


def look(settings: HttpSettings, path: str, filters: Mapping[str, object], *, seconds: float) -> Any:  # noqa: ANN401
    """The same of a GET; filters that are None are left out."""
    given = {name: _as_text(value) for name, value in filters.items() if value is not None}
    return _sent(settings, f"{path}?{urllib.parse.urlencode(given)}", None, seconds)


def _as_text(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value).lower() if value in (True, False) else value


def _sent(settings: HttpSettings, path: str, body: bytes | None, seconds: float) -> Any:  # noqa: ANN401
    request = urllib.request.Request(
        address(settings) + path, body, {"Content-Type": "application/json", **_signed_in(settings)}
    )
    # neither a proxy of the environment nor a redirection may get the token
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirection)
    try:
        with opener.open(request, timeout=seconds + _GRACE_SECONDS) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            raise _refusal(error) from error
    except (OSError, ValueError) as error:
        raise NotReached(f"no listener answers at {address(settings)}: {error}") from error


def address(settings: HttpSettings) -> str:
    """Where a listener of these settings is reached from its own machine."""
    if settings.port == 0:
        raise NotReached("the listener took a free port (http.port: 0), which only its log tells")
    host = settings.host
    try:
        bound = ipaddress.ip_address(host)
    except ValueError:
        return f"http://{host}:{settings.port}"
    if bound.is_unspecified:
        host = "127.0.0.1" if bound.version == 4 else "::1"
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _signed_in(settings: HttpSettings) -> dict[str, str]:
    if settings.token_file is None:
        return {}
    from console.tokens import best_token  # only here: it loads DuckDB, which other questions don't need

    return {"Authorization": f"Bearer {best_token(settings.token_file)}"}


class _NoRedirection(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """None: a redirection is an error."""


def _refusal(error: urllib.error.HTTPError) -> Exception:
    try:
        fault = json.load(error)
        problem, allowed = str(fault["error"]), fault.get("allowed")
    except (ValueError, KeyError, TypeError):
        return NotReached(f"{error.url}: what answers there is no gapwatch listener ({error.code} {error.reason})")
    if error.code == 503:
        return TransientError(f"the listener can't answer now: {problem}")
    if error.code in (400, 409, 413, 422):
        return ConfigError(problem, allowed=allowed)
    return FatalError(f"the listener answers {error.code}: {problem}" + (f"; allowed: {allowed}" if allowed else ""))
