"""How the pipeline does, and what its tables have, by HTTP."""

from datetime import UTC, datetime

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from console.doors import PartsHere, Reader
from console.faults import documented
from sinks.described import described
from sinks.flow import flow
from sinks.metrics import LAG
from sinks.themes import assigned

router = APIRouter(prefix="/api/v1", responses=documented(400, 401, 421, 422, 503))


class _FromRow(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ModelAnswer(_FromRow):
    """A model that verbatims were judged by, and when it last judged one."""

    name: str
    version: str
    stored_at: datetime


class CatalogueAnswer(_FromRow):
    """A brand's promises as the listener remembers them."""

    brand: str
    promises: int
    wordings: int
    remembered_at: datetime


class MinuteAnswer(_FromRow):
    """How much was stored in one minute."""

    minute: datetime
    verbatims: int
    dead_letters: int


class NewestAnswer(_FromRow):
    """A verbatim that was stored last, without its words."""

    record_id: str
    source: str
    kind: str
    brand: str | None
    language: str
    judged: bool = Field(description="false where the model does not read the language")
    disconfirmation: str | None
    event_time: datetime
    stored_at: datetime
    signals: int


class Pipeline(BaseModel):
    """How the pipeline does."""

    lag: dict[str, float] = Field(description="records that wait, by topic/partition; empty where no broker tells")
    listens: bool = Field(description="false of a console over a store that no listener fills")
    ready: bool = Field(description="whether the model is loaded, the store open and the partitions assigned")
    healthy: bool = Field(description="whether the loop turns")
    per_second: float = Field(description="verbatims stored a second, over the last five minutes")
    course: list[MinuteAnswer] = Field(description="the last hour; minutes in which nothing came are left out")
    newest: list[NewestAnswer] = Field(description="the last ten, the newest first")
    stored_at: datetime | None = Field(description="when the last verbatim was stored")
    event_time: datetime | None = Field(description="when what was last told of happened")
    outcomes: dict[str, int] = Field(description="verbatims by what was judged of them")
    dead_letters: dict[str, int] = Field(description="by reason; without those that were replayed")
    alerts: dict[str, int] = Field(description="by state")
    unassigned_share: float | None = Field(description="of the negative verbatims, those of no theme; null where none")
    models: list[ModelAnswer] = Field(description="the last five that judged, the newest first")
    catalogues: list[CatalogueAnswer]


@router.get("/pipeline")
def pipeline(parts: PartsHere, caller: Reader) -> Pipeline:
    """How the pipeline does. Shows no customer's words, so it is not logged."""
    with parts.readings.one() as connection:
        found = flow(connection, now=datetime.now(UTC))
        share = assigned(connection).unassigned_share
    return Pipeline(
        lag=_lag(parts),
        listens=parts.listens,
        ready=parts.ready(),
        healthy=parts.healthy(),
        per_second=found.per_second,
        course=[MinuteAnswer.model_validate(one) for one in found.course],
        newest=[NewestAnswer.model_validate(one) for one in found.newest],
        stored_at=found.stored_at,
        event_time=found.event_time,
        outcomes=found.outcomes,
        dead_letters=found.dead_letters,
        alerts=found.alerts,
        unassigned_share=share,
        models=[ModelAnswer.model_validate(one) for one in found.models],
        catalogues=[CatalogueAnswer.model_validate(one) for one in found.catalogues],
    )


def _lag(parts: PartsHere) -> dict[str, float]:
    found = parts.registry.restricted_registry([LAG.name]).collect()
    return {
        f"{sample.labels['topic']}/{sample.labels['partition']}": sample.value
        for metric in found
        for sample in metric.samples
    }


class Column(BaseModel):
    """A column of a table."""

    name: str
    type: str


class Table(BaseModel):
    """A table that SQL may ask."""

    name: str
    meaning: str = Field(description="empty of a table that is not meant to be asked")
    columns: list[Column]


class Tables(BaseModel):
    """What SQL may ask."""

    tables: list[Table]


@router.get("/tables")
def tables(parts: PartsHere, caller: Reader) -> Tables:
    """The tables of the store with their columns, as POST /api/sql may ask them."""
    with parts.readings.one() as connection:
        found = described(connection)
    return Tables(
        tables=[
            Table(name=name, meaning=meaning, columns=[Column(name=one, type=kind) for one, kind in columns])
            for name, meaning, columns in found
        ]
    )
