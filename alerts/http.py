"""HTTP of the notifiers: one POST of JSON, its faults in the words of ``voc.errors``."""

from collections.abc import Mapping
from typing import Final

import httpx

from voc.errors import TransientError

_SHOWN: Final = 200


class Poster:
    """Posts to one address; connections are kept open."""

    def __init__(self, url: str, *, seconds: float) -> None:
        self._url = url
        self._client = httpx.Client(timeout=seconds, follow_redirects=False)

    def post(self, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Raises TransientError for everything but an answer of success: whoever mends it gets what was missed."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        try:
            answer = self._client.post(self._url, content=body, headers=sent)
        except httpx.HTTPError as error:
            raise TransientError(f"no answer: {type(error).__name__}") from error
        if not answer.is_success:
            raise TransientError(f"answered {answer.status_code}: {' '.join(answer.text.split())[:_SHOWN]}")

    def close(self) -> None:
        """Let go of the connections; idempotent."""
        self._client.close()
