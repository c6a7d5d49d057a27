"""Tells any HTTP address, one POST a change, signed where there is a secret.

The signature is that of Standard Webhooks' kind: HMAC-SHA256 over the time of sending, a dot and the body, in
hexadecimal, in ``X-Gapwatch-Signature: sha256=…`` with ``X-Gapwatch-Timestamp``. A receiver that refuses old times
can't be told the same again by a stranger; ``X-Gapwatch-Number`` tells what it has already been told by us.
"""

import hashlib
import hmac
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import orjson

from alerts.config import WebhookSettings
from alerts.http import Poster
from alerts.message import message
from voc.alerts import Alert, Notice
from voc.errors import ConfigError


class WebhookNotifier:
    """``voc.alerts.Notifier`` of a webhook. Raises ConfigError for a secret file that can't be read or is empty."""

    def __init__(
        self,
        settings: WebhookSettings,
        *,
        console_url: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._name, self._console, self._clock = settings.name, console_url, clock
        self._secret = _secret(settings)
        self._poster = Poster(settings.url, seconds=settings.seconds)

    @property
    def name(self) -> str:
        """See ``Notifier.name``."""
        return self._name

    def tell(self, notices: Sequence[Notice]) -> None:
        """See ``Notifier.tell``."""
        for notice in notices:
            body = orjson.dumps(message(notice, self._console))
            headers = {"X-Gapwatch-Number": str(notice.change.number)}
            if self._secret is not None:
                sent = str(int(self._clock().timestamp()))
                headers |= {"X-Gapwatch-Timestamp": sent, "X-Gapwatch-Signature": signature(self._secret, sent, body)}
            self._poster.post(body, headers)

    def remind(self, alerts: Sequence[Alert]) -> None:
        """See ``Notifier.remind``: a webhook forgets nothing."""

    def close(self) -> None:
        """See ``Notifier.close``."""
        self._poster.close()


def signature(secret: bytes, sent: str, body: bytes) -> str:
    """What a receiver compares with, in constant time."""
    return f"sha256={hmac.new(secret, sent.encode() + b'.' + body, hashlib.sha256).hexdigest()}"


def _secret(settings: WebhookSettings) -> bytes | None:
    if settings.secret is not None:
        return settings.secret.get_secret_value().encode()
    if settings.secret_file is None:
        return None
    try:
        secret = settings.secret_file.read_bytes().strip()
    except OSError as error:
        raise ConfigError(
            f"can't be read: {error.strerror}", file=str(settings.secret_file), key="secret_file"
        ) from error
    if not secret:
        raise ConfigError("is empty", file=str(settings.secret_file), key="secret_file")
    return secret
