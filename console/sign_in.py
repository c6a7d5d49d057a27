"""Browsers sign in with a token and get a cookie; they sign out by losing it."""

from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from console import sessions
from console.callers import Callers
from console.doors import Reader
from console.faults import documented
from sinks.access_log import Role

router = APIRouter(prefix="/api/v1", responses=documented(400, 401, 413, 415, 421, 422))

_MOST_CHARACTERS: Final = 1000


class Credentials(BaseModel):
    """What a person signs in with."""

    model_config = ConfigDict(extra="forbid")

    token: Annotated[str, Field(min_length=1, max_length=_MOST_CHARACTERS, description="one of http.token_file")]


class WhoAnswer(BaseModel):
    """Who asks."""

    name: str
    role: Role


@router.post("/sign-in")
def sign_in(credentials: Credentials, request: Request, response: Response) -> WhoAnswer:
    """Begin the session of a browser: twelve hours, by a cookie that scripts can't read."""
    callers = request.app.state.callers
    assert isinstance(callers, Callers)
    token = callers.owner(credentials.token.strip())
    response.set_cookie(
        sessions.COOKIE,
        sessions.begun(token, now=datetime.now(UTC)),
        max_age=int(sessions.LASTS.total_seconds()),
        httponly=True,
        secure=request.url.scheme == "https",
        # lax, so that a link to an alert in a chat opens; what changes anything is a POST of JSON, which no other
        # site can send
        samesite="lax",
    )
    return WhoAnswer(name=token.name, role=token.role)


@router.post("/sign-out")
def sign_out(response: Response) -> dict[str, str]:
    """End the session of this browser."""
    response.delete_cookie(sessions.COOKIE, httponly=True, samesite="lax")
    return {}


@router.get("/who", responses=documented(401))
def who(caller: Reader) -> WhoAnswer:
    """By which name and in which role the caller is known."""
    return WhoAnswer(name=caller.name, role=caller.role)
