"""The shape of a catalogue file, as pydantic models: what may stand in the YAML and what may not."""

import re
from datetime import date, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from voc.promises import JourneyStep, TouchPoint

ID_PATTERN: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
DEFAULT_WINDOW: Final = timedelta(days=30)
_WINDOW_UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}
# A budget over more than ten years is a slip of the keyboard, and longer ones overflow a timedelta.
_LONGEST_WINDOW: Final = timedelta(days=3660)


def wrong(problem: str, *, allowed: str) -> PydanticCustomError:
    """A fault in our own words, carried through pydantic to the ConfigError."""
    return PydanticCustomError("catalogue", "{problem}", {"problem": problem, "allowed": allowed})


def _day(value: object) -> object:
    """A day as YYYY-MM-DD only: pydantic alone would take 2026 for a number of seconds."""
    if value is None or isinstance(value, date):
        return value
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise wrong("this day does not exist", allowed="a day as YYYY-MM-DD") from None
    raise wrong("is no date", allowed="a day as YYYY-MM-DD")


def _window(value: object) -> object:
    """A span such as 36h, 30d or 4w."""
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"([1-9]\d{0,4})([hdw])", value) if isinstance(value, str) else None
    if match is None:
        raise wrong("is no window", allowed="a whole number with h, d or w, such as 30d")
    window = timedelta(**{_WINDOW_UNITS[match[2]]: int(match[1])})
    if window > _LONGEST_WINDOW:
        raise wrong("is too long", allowed="at most ten years")
    return window


def _bound(value: object) -> object:
    """A bound may be written as a bare number; it is kept as written."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _severity(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 5:
        return value
    raise wrong("is no severity", allowed="a whole number from 1 (slight) to 5 (safety, legal)")


def _share(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
        return value
    raise wrong("is no share", allowed="a number above 0, up to 1, such as 0.95")


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Day = Annotated[date | None, BeforeValidator(_day)]
Window = Annotated[timedelta, BeforeValidator(_window)]
Bound = Annotated[Text | None, BeforeValidator(_bound)]
Url = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^https?://\S+$")]


class Entry(BaseModel):
    """What all parts of the file share: an unknown key is a fault, not a remark."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceEntry(Entry):
    """Where the brand said it."""

    url: Url | None = None
    citation: Text | None = None
    seen: Day = None


class ValidEntry(Entry):
    """First and last day of a wording, both inside."""

    from_: Day = Field(default=None, alias="from")
    until: Day = None

    @field_validator("until")
    @classmethod
    def _not_before_from(cls, until: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("from_")
        if until is not None and start is not None and until < start:
            raise wrong("ends before it begins", allowed=f"{start} or later")
        return until


class ScopeEntry(Entry):
    """For whom the promise holds; nothing listed is everywhere."""

    regions: tuple[Text, ...] = ()
    products: tuple[Text, ...] = ()
    channels: tuple[Text, ...] = ()


class OwnersEntry(Entry):
    """Who says it and who does it."""

    says: Text | None = None
    does: Text | None = None


class MeasureEntry(Entry):
    """The bound that the wording states: one of at_most and at_least."""

    quantity: Text
    at_most: Bound = None
    at_least: Bound = Field(default=None, validate_default=True)

    @field_validator("at_least")
    @classmethod
    def _one_bound(cls, at_least: str | None, info: ValidationInfo) -> str | None:
        if "at_most" in info.data and (at_least is None) == (info.data["at_most"] is None):
            raise wrong("a measure has one bound", allowed="either at_most or at_least")
        return at_least


class BudgetEntry(Entry):
    """The share that has to be kept over a window."""

    kept_at_least: Annotated[float, BeforeValidator(_share)]
    window: Window = DEFAULT_WINDOW


class ExamplesEntry(Entry):
    """How customers say it, by verdict."""

    broken: tuple[Text, ...] = ()
    kept: tuple[Text, ...] = ()
    exceeded: tuple[Text, ...] = ()


class PromiseEntry(Entry):
    """One wording of one promise."""

    id: Annotated[str, StringConstraints(pattern=ID_PATTERN)]
    statement: Text
    source: SourceEntry = SourceEntry()
    valid: ValidEntry = ValidEntry()
    scope: ScopeEntry = ScopeEntry()
    touchpoint: TouchPoint | None = None
    journey: tuple[JourneyStep, ...] = ()
    owners: OwnersEntry = OwnersEntry()
    measure: MeasureEntry | None = None
    budget: BudgetEntry | None = None
    severity: Annotated[int, BeforeValidator(_severity)] = 3
    examples: ExamplesEntry = ExamplesEntry()


class CatalogueFile(Entry):
    """The whole file."""

    brand: Text
    promises: tuple[PromiseEntry, ...] = Field(min_length=1)
