"""What every detector looks at."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from alerts.config import AlertSettings
from alerts.counts import Counts, brand_key
from alerts.findings import hour_of
from alerts.shares import Share
from voc.alerts import Alert, AlertKind
from voc.promises import Promise


@dataclass(frozen=True, slots=True)
class View:
    """The counts up to a moment of event time, the promises, the alerts that are not resolved, and the names of
    ``feeds`` that never end."""

    now: datetime
    counts: Counts
    promises: Mapping[tuple[str, str], Promise]
    settings: AlertSettings
    unresolved: Sequence[Alert] = ()
    feeds: Collection[str] = ()
    shares: dict[object, Share | None] = field(default_factory=dict)  # found before in this hour

    @property
    def end(self) -> int:
        """The hour after the one that goes on."""
        return hour_of(self.now) + 1

    def of(self, kind: AlertKind) -> list[Alert]:
        """The alerts of a kind that are not resolved."""
        return [one for one in self.unresolved if one.kind is kind]


def newest_wordings(promises: Sequence[Promise]) -> dict[tuple[str, str], Promise]:
    """The last wording of each promise, by brand and id."""
    ordered = sorted(promises, key=lambda promise: promise.version)
    return {(brand_key(promise.brand), promise.id): promise for promise in ordered}


def shortened(statement: str, most: int = 90) -> str:
    """The wording in a title."""
    words = " ".join(statement.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"
