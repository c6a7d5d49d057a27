"""Settings of the HTTP side: where it listens, and who may ask."""

import ipaddress
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

_LOOPBACK_NAME: Final = "localhost"
_HEADER: Final = r"^[A-Za-z0-9-]{1,64}$"

Host = Annotated[str, StringConstraints(min_length=1, max_length=255)]


def _is_network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(f"{text!r} is no address; allowed: an IP address or a network such as 10.0.0.0/8") from None
    return text


class TrustedProxy(BaseModel):
    """A proxy in front that signs people in and says who they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    addresses: list[Annotated[str, AfterValidator(_is_network)]] = Field(
        min_length=1, description="its addresses or networks; from anywhere else the header is not believed"
    )
    user_header: str = Field(
        default="X-Forwarded-User", pattern=_HEADER, description="the header in which it names the user"
    )
    operators: list[str] = Field(default=[], description="users who are operators; all others are readers")


class HttpSettings(BaseModel):
    """Where the API, /metrics, /healthz and /readyz are served, and to whom."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: Host = Field(default="127.0.0.1", description="address to bind; loopback unless you know better")
    port: int = Field(default=8601, ge=0, le=65535, description="0 takes a free port")
    hosts: list[Host] = Field(default=[], description="further names by which it may be asked, without port")
    token_file: Path | None = Field(default=None, description="who may ask: lines of name, role and token")
    trusted_proxy: TrustedProxy | None = Field(default=None, description="a proxy in front that signs people in")

    @model_validator(mode="after")
    def _nobody_strange_gets_in(self) -> Self:
        if not self.is_local and self.token_file is None and self.trusted_proxy is None:
            raise ValueError(
                f"host {self.host} can be reached from other machines, so that it must be known who asks; "
                "allowed: token_file or trusted_proxy beside it, or host 127.0.0.1"
            )
        return self

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        if self.host == _LOOPBACK_NAME:
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def is_open(self) -> bool:
        """Whether everybody on this machine is an operator, since nothing says who they are."""
        return self.token_file is None and self.trusted_proxy is None
