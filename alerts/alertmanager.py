"""Tells a Prometheus Alertmanager by its API v2, which groups, silences, and passes on to mail, pagers and chats.

Alertmanager forgets an alert at its ``endsAt``, so all that are not resolved are told again every minute, with an end a
little later: what it shows is gone some minutes after the last gapwatch that could speak for it.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson

from alerts.config import AlertmanagerSettings
from alerts.http import Poster
from alerts.message import link, told_time
from voc.alerts import Alert, AlertState, Notice

_LASTS: Final = timedelta(minutes=5)  # as Alertmanager's own resolve_timeout
_LABELS: Final = ("brand", "promise_id", "theme_id", "source", "region", "product", "channel", "says", "does")
_AT_ONCE: Final = 500
_SEVERITIES: Final = {1: "info", 2: "info", 3: "warning", 4: "critical", 5: "critical"}


class AlertmanagerNotifier:
    """``voc.alerts.Notifier`` of an Alertmanager."""

    def __init__(
        self,
        settings: AlertmanagerSettings,
        *,
        console_url: str | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._name, self._console, self._clock = settings.name, console_url, clock
        self._poster = Poster(f"{settings.url.rstrip('/')}/api/v2/alerts", seconds=settings.seconds)

    @property
    def name(self) -> str:
        """See ``Notifier.name``."""
        return self._name

    def tell(self, notices: Sequence[Notice]) -> None:
        """See ``Notifier.tell``: an alert that was changed more than once is told as it is by now."""
        self._post(list({one.alert.alert_id: one.alert for one in notices}.values()))

    def remind(self, alerts: Sequence[Alert]) -> None:
        """See ``Notifier.remind``."""
        self._post(alerts)

    def close(self) -> None:
        """See ``Notifier.close``."""
        self._poster.close()

    def _post(self, alerts: Sequence[Alert]) -> None:
        now = self._clock()
        for start in range(0, len(alerts), _AT_ONCE):
            told = [_posted(one, now, self._console) for one in alerts[start : start + _AT_ONCE]]
            self._poster.post(orjson.dumps(told))


def _posted(alert: Alert, now: datetime, console: str | None) -> dict[str, object]:
    """An alert as Alertmanager knows them. Labels stay the same all its life: they are what it is known by."""
    ends = alert.resolved_at if alert.state is AlertState.RESOLVED and alert.resolved_at else now + _LASTS
    labels = {"alertname": f"gapwatch_{alert.kind.value}", "alert_id": alert.alert_id}
    labels |= {name: value for name in _LABELS if (value := getattr(alert, name))}
    labels["severity"] = _SEVERITIES[alert.severity]
    begins = min(alert.opened_at, ends - timedelta(seconds=1))
    return {
        "labels": labels,
        "annotations": {
            "summary": alert.title,
            "signals": str(alert.signals),
            "state": alert.state.value,
            **({"assignee": alert.assignee} if alert.assignee else {}),
            **({"promise": alert.statement} if alert.statement else {}),
        },
        "startsAt": told_time(begins),
        "endsAt": told_time(ends),
        **({"generatorURL": link(alert, console)} if console else {}),
    }
