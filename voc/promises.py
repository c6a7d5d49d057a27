"""What a brand promised: one dated wording with its scope, owners, measure and budget."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cached_property


class TouchPoint(StrEnum):
    """Where the customer meets the promise."""

    PRODUCT = "product"
    HUMAN = "human"
    SYSTEM = "system"


class JourneyStep(StrEnum):
    """The twelve steps of the buying cycle."""

    AWARENESS = "awareness"
    INTEREST = "interest"
    INFORMATION = "information"
    INTENT = "intent"
    EVALUATION = "evaluation"
    NEGOTIATION = "negotiation"
    ORDER = "order"
    DELIVERY = "delivery"
    USAGE = "usage"
    SERVICE = "service"
    RECOMMENDATION = "recommendation"
    REPURCHASE_OR_DISPOSAL = "repurchase_or_disposal"


@dataclass(frozen=True, slots=True)
class Measure:
    """A bound that the wording states, as written ("20 min", "100 %"). One of the two bounds is set."""

    quantity: str
    at_most: str | None = None
    at_least: str | None = None

    def __str__(self) -> str:
        return self.at_most or self.at_least or ""


@dataclass(frozen=True, kw_only=True)
class Promise:
    """One wording of a promise. ``version`` counts the wordings of one id from 1 in order of time.

    ``valid_from`` and ``valid_until`` are days in UTC, both inside; ``None`` is open. An empty scope tuple means
    everywhere. ``kept_at_least`` is a share in (0, 1], ``severity`` runs from 1 (slight) to 5 (safety, legal).
    """

    brand: str
    id: str
    statement: str
    version: int = 1
    source_url: str | None = None
    source_citation: str | None = None
    source_seen: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    regions: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    touchpoint: TouchPoint | None = None
    journey: tuple[JourneyStep, ...] = ()
    says: str | None = None
    does: str | None = None
    measure: Measure | None = None
    kept_at_least: float | None = None
    window: timedelta | None = None
    severity: int = 3
    broken_examples: tuple[str, ...] = ()
    kept_examples: tuple[str, ...] = ()
    exceeded_examples: tuple[str, ...] = ()

    @cached_property
    def key(self) -> tuple[str, str, int]:
        """What names this wording in the store."""
        return (self.brand, self.id, self.version)

    def in_force_on(self, day: date) -> bool:
        """Whether this wording was published on a day (UTC)."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )

    def covers(self, *, region: str | None, product: str | None, channel: str | None) -> bool:
        """Whether a verbatim lies in the scope. An unknown region, product or channel is inside:
        silence about the place is no reason to drop a complaint."""
        pairs = ((self.regions, region), (self.products, product), (self.channels, channel))
        return all(not scope or value is None or value in scope for scope, value in pairs)
