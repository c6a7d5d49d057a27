"""Keeps a browser signed in: a cookie that says who it is and until when, signed by the token it was signed in with.

Nothing is kept here: a token that leaves the file, or changes, ends its sessions, and a restart ends none.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.cookies import CookieError, SimpleCookie
from typing import Final

from console.tokens import Token

COOKIE: Final = "gapwatch_session"
LASTS: Final = timedelta(hours=12)  # a shift
_PURPOSE: Final = b"gapwatch session\0"  # so that no other signature by the same key is taken for this one


def begun(token: Token, *, now: datetime) -> str:
    """The value of the cookie of a session that begins now."""
    claim = f"{token.name} {int((now + LASTS).timestamp())}".encode()
    return f"{urlsafe_b64encode(claim).decode()}.{_signature(token, claim)}"


def owner(tokens: Sequence[Token], header: str, *, now: datetime | None = None) -> Token | None:
    """Whose session the header Cookie names; None where it names none, one that is over, or one that was made up."""
    value = _value(header)
    claimed, _, signature = value.partition(".")
    try:
        claim = urlsafe_b64decode(claimed.encode())
        name, until = claim.decode().split(" ")
        over = int(until) <= (now or datetime.now(UTC)).timestamp()
    except ValueError:
        return None
    token = next((one for one in tokens if one.name == name), None)
    if over or token is None or not hmac.compare_digest(_signature(token, claim), signature):
        return None
    return token


def _value(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _signature(token: Token, claim: bytes) -> str:
    return hmac.new(token.digest, _PURPOSE + claim, sha256).hexdigest()
