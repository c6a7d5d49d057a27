"""A promise as plain data in the shape of the catalogue file, for JSON."""

from datetime import date, timedelta

from voc.promises import Measure, Promise


def as_plain(promise: Promise) -> dict[str, object]:
    """All that is known of a promise under the keys of the catalogue file, with its brand and version.

    What is unknown is None or empty, so that every promise has the same keys.
    """
    return {
        "brand": promise.brand,
        "id": promise.id,
        "version": promise.version,
        "statement": promise.statement,
        "source": {
            "url": promise.source_url,
            "citation": promise.source_citation,
            "seen": plain_day(promise.source_seen),
        },
        "valid": {"from": plain_day(promise.valid_from), "until": plain_day(promise.valid_until)},
        "scope": {
            "regions": list(promise.regions),
            "products": list(promise.products),
            "channels": list(promise.channels),
        },
        "touchpoint": promise.touchpoint,
        "journey": list(promise.journey),
        "owners": {"says": promise.says, "does": promise.does},
        "measure": _measure(promise.measure),
        "budget": {"kept_at_least": promise.kept_at_least, "window": plain_window(promise.window)},
        "severity": promise.severity,
        "examples": {
            "broken": list(promise.broken_examples),
            "kept": list(promise.kept_examples),
            "exceeded": list(promise.exceeded_examples),
        },
    }


def plain_day(day: date | None) -> str | None:
    """A day as YYYY-MM-DD."""
    return None if day is None else day.isoformat()


def plain_window(window: timedelta | None) -> str | None:
    """A window as a catalogue has it, such as 30d; weeks are written as days."""
    if window is None:
        return None
    hours = round(window.total_seconds() / 3600)
    return f"{hours}h" if hours % 24 else f"{hours // 24}d"


def _measure(measure: Measure | None) -> dict[str, str | None] | None:
    if measure is None:
        return None
    return {"quantity": measure.quantity, "at_most": measure.at_most, "at_least": measure.at_least}
