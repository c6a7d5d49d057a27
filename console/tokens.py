"""The token file: who may ask, in which role, by which secret."""

import hmac
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from sinks.access_log import Role
from voc.errors import ConfigError

LEAST_CHARACTERS: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9._@-]{1,64}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]+")  # what a bearer token may be made of (RFC 6750)
_ROLES: Final = ", ".join(role.value for role in Role)
_LINE: Final = f"NAME ROLE TOKEN on each line, ROLE one of {_ROLES}, TOKEN of at least {LEAST_CHARACTERS} characters"


@dataclass(frozen=True, slots=True)
class Token:
    """One line of the file. Only a hash of the secret is kept."""

    name: str
    role: Role
    digest: bytes


class Tokens:
    """Finds out whose a token is."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.all = tuple(tokens)

    def owner(self, secret: str) -> Token | None:
        """The line that holds this token. Takes as long for a wrong one as for a right one, wherever it stands."""
        digest = sha256(secret.encode("utf-8", "surrogateescape")).digest()
        found = None
        for token in self.all:
            if hmac.compare_digest(token.digest, digest):
                found = token
        return found


def read_tokens(path: Path) -> Tokens:
    """Read a token file. Raises ConfigError, which never shows a token."""
    return Tokens([Token(name, role, sha256(secret.encode()).digest()) for name, role, secret in _lines(path)])


def best_token(path: Path) -> str:
    """The token that this machine's commands ask by: that of the first operator, else of the first reader."""
    lines = _lines(path)
    return next((secret for _, role, secret in lines if role is Role.OPERATOR), lines[0][2])


def _lines(path: Path) -> list[tuple[str, Role, str]]:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _fault(f"can't be read: {error.strerror}", path) from error
    except UnicodeDecodeError:
        raise _fault("is no UTF-8 text", path) from None
    if mode & stat.S_IRWXO:
        raise _fault(
            "every user of this machine can get at it", path, allowed=f"only its owner and group: chmod o= {path}"
        )
    lines = [
        _line(line.split(), number, path)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise _fault("holds no token", path, allowed=_LINE)
    for what, values in (("name", [name for name, _, _ in lines]), ("token", [secret for _, _, secret in lines])):
        if len(set(values)) < len(values):
            raise _fault(f"has one {what} on two lines", path, allowed=f"a {what} of its own for each")
    return lines


def _line(parts: Sequence[str], number: int, path: Path) -> tuple[str, Role, str]:
    if len(parts) != 3:
        raise _fault(f"line {number} has {len(parts)} words instead of 3", path, allowed=_LINE)
    name, role, secret = parts
    if not _NAME.fullmatch(name):
        raise _fault(f"line {number}: the name can't be used", path, allowed="up to 64 of letters, digits and . _ @ -")
    if role not in set(Role):
        raise _fault(f"line {number}: the role is not known", path, allowed=_ROLES)
    if len(secret) < LEAST_CHARACTERS:
        raise _fault(
            f"line {number}: the token of {name} has {len(secret)} characters, which can be guessed",
            path,
            allowed=f"at least {LEAST_CHARACTERS}, such as `openssl rand -hex 32` gives",
        )
    if not _TOKEN.fullmatch(secret):
        raise _fault(
            f"line {number}: the token of {name} holds what no header can",
            path,
            allowed="letters, digits and . _ ~ + / = -",
        )
    return name, Role(role), secret


def _fault(problem: str, path: Path, *, allowed: str | None = None) -> ConfigError:
    return ConfigError(problem, file=str(path), key="http.token_file", allowed=allowed)
