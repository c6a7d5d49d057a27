"""What the API answers about themes."""

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class _FromRow(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ThemeDayAnswer(_FromRow):
    """Negative verbatims of a theme on one day; days without any are left out."""

    day: date
    verbatims: int


class ThemeAnswer(_FromRow):
    """A theme and how it goes over the five weeks up to the last negative verbatim."""

    theme_id: str
    brand: str | None
    name: str
    named_by: str = Field(description="gapwatch, or who named it")
    phrases: list[str]
    promise_id: str | None
    statement: str | None = Field(description="the promise's newest wording")
    unpromised: bool = Field(description="whether it is of what customers expect that nobody promised")
    verbatims: int
    first_event: datetime
    last_event: datetime
    pinned: bool
    muted: bool
    trend: list[ThemeDayAnswer]
    weeks: list[int] = Field(description="verbatims week by week; the last one ends with the last negative verbatim")
    recent: int = Field(description="verbatims of the last week")
    expected: float | None = Field(description="what the last week would have with the share of the weeks before")
    change: float | None = Field(description="recent / expected")
    state: str | None = Field(description="emerging, fading or null")
    said: bool = Field(description="whether its name or phrases have all words of the search")
    closeness: float | None = Field(description="cosine with the meaning of the search")


class ThemePage(BaseModel):
    """Some themes, the pinned first, then the largest; of a search those that have its words, then those near to it."""

    themes: list[ThemeAnswer]
    unassigned_share: float | None = Field(description="of the negative verbatims, those of no theme; null where none")
    tried: int = Field(description="negative verbatims that were held against the themes, of which that is the share")
    waiting: int = Field(description="negative verbatims that were not yet")
    latest: datetime | None = Field(description="when the last negative verbatim was: the end of the last week")
    searched_by: list[str] = Field(description="words, meaning, both, or none where nothing was searched for")
    cut: bool = Field(description="whether a search found more than are shown")
    next: str | None = Field(description="`after` of the page that follows; null of a search, which has one page")
    more: bool


class ScopeValues(BaseModel):
    """What themes may be narrowed to, the most spoken of first; the first 200 of each."""

    brand: list[str]
    region: list[str]
    product: list[str]
    channel: list[str]


class MemberAnswer(_FromRow):
    """A verbatim of a theme."""

    record_id: str
    event_time: datetime
    text: str
    similarity: float | None = Field(description="cosine with the theme's middle")
    promise_id: str | None
    kind: str
    source: str
    region: str | None
    product: str | None
    channel: str | None
    severity: int | None


class MemberPage(BaseModel):
    """Some verbatims of a theme, the newest first."""

    verbatims: list[MemberAnswer]
    next: str | None = Field(description="`after` of the page that follows")
    more: bool


class ThemePartAnswer(_FromRow):
    """Verbatims of a theme in one part; null is not known."""

    part: str | None
    verbatims: int


class ThemeChangeAnswer(_FromRow):
    """What happened to a theme, and who did it."""

    changed_at: datetime
    change: str
    who: str
    detail: str


class ThemeAlertAnswer(_FromRow):
    """An alert on a theme."""

    alert_id: str
    kind: str
    state: str
    severity: int
    title: str
    opened_at: datetime


class OneTheme(BaseModel):
    """A theme with who stands for it, where it comes from, and what was done to it."""

    theme: ThemeAnswer
    days: list[ThemeDayAnswer] = Field(description="since its first verbatim; days without any are left out")
    latest: datetime | None = Field(description="when the last negative verbatim of all was: where its trend ends")
    representatives: list[MemberAnswer]
    split: dict[str, list[ThemePartAnswer]] = Field(description="by region, product, channel, kind and source")
    alerts: list[ThemeAlertAnswer] = Field(description="the last 50, those not resolved first")
    changes: list[ThemeChangeAnswer]
    names: dict[str, str] = Field(description="of the themes whose ids the changes speak of")
    rebuilt_at: datetime | None = Field(description="when the themes of its brand were last found anew")


class ThemeAct(BaseModel):
    """What a person wants done; `rename` needs a name, `merge` the theme to go into; `split` takes parts."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | None = None
    into: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | None = None
    parts: Annotated[int, Field(ge=2, le=10)] = 2


class ThemeActed(BaseModel):
    """The theme after what was done, and those that a split made."""

    theme: ThemeAnswer
    made: list[str] = Field(description="ids of new themes")
