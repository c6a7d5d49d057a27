"""What a client is told when it is not answered: one JSON object, which says what was wrong and what is allowed."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from console.refusals import Reason


class Fault(BaseModel):
    """Why a request is not answered."""

    error: str = Field(description="what is wrong")
    allowed: str | None = Field(default=None, description="what would be right")


class Refused(Exception):
    """Ends a request with a status and a ``Fault``. With ``reason`` it is counted and logged as turned away."""

    def __init__(
        self,
        status: int,
        error: str,
        *,
        allowed: str | None = None,
        reason: Reason | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(error)
        self.status, self.fault, self.reason = status, Fault(error=error, allowed=allowed), reason
        self.headers = dict(headers or {})


def answered(status: int, fault: Fault, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response that carries a fault."""
    return JSONResponse(fault.model_dump(), status, headers=dict(headers or {}))


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """``responses`` of a route for OpenAPI: those that it may end with beside its own answer."""
    return {status: {"model": Fault, "description": _MEANINGS[status]} for status in statuses}


_MEANINGS = {
    400: "The request can't be read",
    401: "It is not known who asks",
    403: "The caller may not",
    404: "There is no such thing",
    405: "Not by this method",
    409: "It exists already",
    413: "The request is too large",
    415: "The request's body is no JSON",
    421: "Asked by a name that this server does not go by",
    422: "What is asked for is wrong or can't be answered",
    503: "Not now; ask again",
}
