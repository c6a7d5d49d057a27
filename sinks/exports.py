"""What can be exported by HTTP: the lists of the API, by the same filters, all of their rows."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sinks.alert_rows import alerts_question
from sinks.asking import sql, stored
from sinks.exporting import Export
from sinks.one_theme import ThemePart, members_question
from sinks.themes import EVERYWHERE, ThemeScope, ThemeState, theme_question
from voc.alerts import AlertKind, AlertState
from voc.verdicts import Verdict

_ALL: Final = 2**62  # rows: more than there can be


def signals(
    *,
    brand: str | None = None,
    promise: str | None = None,
    verdict: Verdict | None = None,
    region: str | None = None,
    since: datetime | None = None,
    min_confidence: float = 0.0,
) -> Export:
    """Gap signals with their evidence and wording."""
    filters = {"brand": brand, "promise": promise, "verdict": verdict and verdict.value, "region": region}
    return Export(sql("export_signals"), {**filters, "since": _text(since), "min_confidence": min_confidence})


def themes(
    *,
    brand: str | None = None,
    unpromised: bool | None = None,
    state: ThemeState | None = None,
    search: str | None = None,
    vector: Sequence[float] | None = None,
    scope: ThemeScope = EVERYWHERE,
) -> Export:
    """Themes with their figures; without the record ids that stand for them, and the days of their trend."""
    asked = theme_question(
        brand=brand, unpromised=unpromised, state=state, search=search, vector=vector, scope=scope, limit=_ALL
    )
    columns = "* EXCLUDE (representatives, trend) REPLACE (list_transform(weeks, w -> w.verbatims) AS weeks)"
    return Export(f"SELECT {columns} FROM ({sql('themes')})", asked)


def theme_verbatims(theme_id: str, *, of: dict[ThemePart, str] | None = None) -> Export:
    """The verbatims of one theme."""
    return Export(sql("theme_members"), members_question(theme_id, of=of, limit=_ALL))


def promises(*, brand: str | None = None, since: datetime | None = None, until: datetime | None = None) -> Export:
    """The promise board."""
    return Export(sql("export_promises"), {"brand": brand, "since": _text(since), "until": _text(until)})


def alerts(
    *,
    states: Sequence[AlertState] | None = None,
    kind: AlertKind | None = None,
    brand: str | None = None,
    promise: str | None = None,
    region: str | None = None,
    owner: str | None = None,
) -> Export:
    """Alerts."""
    asked = alerts_question(
        states=None if states is None else [one.value for one in states],
        kind=kind and kind.value,
        brand=brand,
        promise_id=promise,
        region=region,
        owner=owner,
        limit=_ALL,
    )
    return Export(f"SELECT * REPLACE (figures::VARCHAR AS figures) FROM ({sql('alerts')})", asked)


def _text(moment: datetime | None) -> str | None:
    """A time as SQL casts it."""
    there = stored(moment)
    return None if there is None else there.isoformat()
