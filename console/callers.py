"""Finds out who asks: by a token, by the session of a browser that was signed in with one, by a proxy that is trusted,
or by being on this machine."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from console import sessions
from console.config import HttpSettings, TrustedProxy
from console.faults import Refused
from console.refusals import Reason
from console.tokens import Token, Tokens, read_tokens
from sinks.access_log import Role

_LOCAL: Final = "local"
_BEARER: Final = "bearer "
_MOST_CHARACTERS: Final = 256  # of a user's name
_SIGN_IN: Final = {"WWW-Authenticate": "Bearer"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who may ask, by the name that the access log shows."""

    name: str
    role: Role


class Callers:
    """``known`` gives the caller of a request, or raises Refused."""

    def __init__(self, settings: HttpSettings) -> None:
        """Raises ConfigError for a token file that can't be used."""
        self._open = settings.is_open
        self._tokens: Tokens | None = None if settings.token_file is None else read_tokens(settings.token_file)
        self._proxy = None if settings.trusted_proxy is None else _Proxy(settings.trusted_proxy)

    def known(self, peer: str | None, headers: Mapping[str, str]) -> Caller:
        """The caller at the address ``peer``, by the request's headers."""
        if self._open:
            return Caller(_LOCAL, Role.OPERATOR)
        if self._proxy is not None and self._proxy.is_at(peer):
            return self._proxy.caller(headers)
        return self._by_token(headers)

    @property
    def sign_in(self) -> bool:
        """Whether people sign in here, by a token."""
        return self._tokens is not None

    def owner(self, secret: str) -> Token:
        """Whose token this is; raises Refused."""
        found = None if self._tokens is None else self._tokens.owner(secret)
        if found is None:
            raise _unknown(Reason.WRONG_TOKEN, "this token is not known", "a token of http.token_file")
        return found

    def _by_token(self, headers: Mapping[str, str]) -> Caller:
        given = headers.get("authorization", "")
        if self._tokens is None:
            raise _unknown(Reason.NOT_THE_PROXY, "only the proxy of http.trusted_proxy is answered here")
        if given:
            owner = self._tokens.owner(given[len(_BEARER) :].strip()) if given.lower().startswith(_BEARER) else None
            if owner is None:
                raise _unknown(Reason.WRONG_TOKEN, "this token is not known", "Bearer and a token of http.token_file")
        else:
            owner = sessions.owner(self._tokens.all, headers.get("cookie", ""))
            if owner is None:
                raise _unknown(Reason.NO_TOKEN, "who asks must be known", "the header Authorization: Bearer TOKEN")
        return Caller(owner.name, owner.role)


class _Proxy:
    def __init__(self, settings: TrustedProxy) -> None:
        self._networks = [ipaddress.ip_network(address) for address in settings.addresses]
        self._header = settings.user_header.lower()
        self._operators = frozenset(settings.operators)

    def is_at(self, peer: str | None) -> bool:
        try:
            address = ipaddress.ip_address(peer or "")
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)

    def caller(self, headers: Mapping[str, str]) -> Caller:
        name = headers.get(self._header, "").strip()
        if not name or len(name) > _MOST_CHARACTERS or not name.isprintable():
            raise _unknown(Reason.NO_USER, f"the proxy names no user in the header {self._header}")
        return Caller(name, Role.OPERATOR if name in self._operators else Role.READER)


def _unknown(reason: Reason, error: str, allowed: str | None = None) -> Refused:
    return Refused(401, error, allowed=allowed, reason=reason, headers=_SIGN_IN)
