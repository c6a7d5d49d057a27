"""/metrics for Prometheus, /healthz and /readyz for whoever restarts the listener and routes to it."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client.exposition import choose_encoder

from console.doors import Check, PartsHere, Reader
from console.faults import documented

router = APIRouter(responses=documented(400, 421))

_PLAIN: Final[dict[str, Any]] = {"text/plain": {"schema": {"type": "string"}}}
_METRICS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": _PLAIN | {"application/openmetrics-text": {"schema": {"type": "string"}}}}
}
_PROBE: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": _PLAIN},
    503: {"content": _PLAIN, "description": "Not, or not yet"},
}


@router.get(
    "/metrics",
    response_class=PlainTextResponse,
    responses=_METRICS | documented(401),
)
def metrics(request: Request, parts: PartsHere, caller: Reader) -> Response:
    """The listener's metrics in Prometheus' format."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(parts.registry), headers={"Content-Type": content_type})


@router.get("/healthz", response_class=PlainTextResponse, responses=_PROBE)
async def healthz(parts: PartsHere) -> Response:
    """Whether the loop turns; 503 means that only a restart helps. Open to everybody: it tells nothing else."""
    return _probe(parts.healthy)


@router.get("/readyz", response_class=PlainTextResponse, responses=_PROBE)
async def readyz(parts: PartsHere) -> Response:
    """Whether the model is loaded, the store open and the partitions assigned. Open to everybody."""
    return _probe(parts.ready)


def _probe(check: Check) -> Response:
    return PlainTextResponse("ok\n") if check() else PlainTextResponse("not yet\n", 503)
