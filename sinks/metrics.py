"""Every metric of the listener in one table: its name, meaning, labels and, of a histogram, its buckets.

Label values come from the configuration only: source names, promise ids, brands, topics, and our own enumerations.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

Stage = Literal["decode", "redact", "judge", "mark", "store"]
STAGES: Final[tuple[Stage, ...]] = ("decode", "redact", "judge", "mark", "store")


class Outcome(StrEnum):
    """What became of a record."""

    STORED = "stored"
    DEAD = "dead"


class LanguageStatus(StrEnum):
    """Whether the model reads the language of a verbatim."""

    JUDGED = "judged"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class Metric:
    """A line of the table. The name is as Prometheus shows it."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


RECORDS: Final = Metric(
    "gapwatch_records_total",
    "Records that came in and were stored for the first time, as a verbatim or as a dead letter.",
    ("source", "outcome"),
)
REPEATED: Final = Metric(
    "gapwatch_records_repeated_total", "Records that came in again and were left out, since the store had them."
)
MISSED: Final = Metric(
    "gapwatch_records_missed_total",
    "Offsets that the broker's retention deleted before the listener came to read them.",
    ("source",),
)
VERBATIMS: Final = Metric(
    "gapwatch_verbatims_total",
    "Verbatims stored, by whether the model reads their language.",
    ("source", "language_status"),
)
JUDGED_BEFORE: Final = Metric(
    "gapwatch_judged_before_total", "Texts that were not judged again, since an identical one had been."
)
DUPLICATES: Final = Metric(
    "gapwatch_duplicates_total", "Verbatims stored that say nearly the same as one shortly before.", ("source",)
)
FLOODS: Final = Metric(
    "gapwatch_suspect_floods_total", "Verbatims stored of which few authors wrote many that say the same.", ("source",)
)
SIGNALS: Final = Metric("gapwatch_signals_total", "Gap signals stored.", ("brand", "promise", "verdict"))
DEAD_LETTERS: Final = Metric(
    "gapwatch_dead_letters_total", "Records that could not be processed and were kept.", ("source", "reason")
)
LAG: Final = Metric(
    "gapwatch_consumer_lag_records", "Records not yet delivered to the listener.", ("topic", "partition")
)
INBOX_RECORDS: Final = Metric("gapwatch_inbox_records", "Records that were read and wait for their batch.")
INBOX_BYTES: Final = Metric("gapwatch_inbox_bytes", "Bytes of the records that were read and wait for their batch.")
BATCH_RECORDS: Final = Metric(
    "gapwatch_batch_records", "Records in a batch.", buckets=(1, 4, 16, 64, 128, 256, 512, 1024, 4096, 20_000)
)
STAGE_SECONDS: Final = Metric(
    "gapwatch_stage_seconds",
    "Time a batch took in one stage.",
    ("stage",),
    (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
LAST_BATCH: Final = Metric(
    "gapwatch_last_batch_timestamp_seconds", "When the last batch was stored, in Unix time; 0 before the first."
)
COMMIT_FAILURES: Final = Metric(
    "gapwatch_commit_failures_total", "Commits that the source refused; the store's own offsets are not touched by it."
)
REBALANCES: Final = Metric("gapwatch_rebalances_total", "Assignments of partitions to this listener.")
THEMES: Final = Metric(
    "gapwatch_themes", "Themes that there are, by whether they are of a promise or of what nobody promised.", ("of",)
)
THEME_VERBATIMS: Final = Metric(
    "gapwatch_theme_verbatims",
    "Negative verbatims stored that are of a theme, are of none, or were not held against the themes yet.",
    ("state",),
)
THEME_REBUILD_SECONDS: Final = Metric("gapwatch_theme_rebuild_seconds", "Time that the last rebuild of themes took.")
THEME_FAILURES: Final = Metric(
    "gapwatch_theme_failures_total", "Turns of the making of themes that failed; each is tried again."
)
ALERTS: Final = Metric("gapwatch_alerts", "Alerts that are not resolved.", ("kind",))
NOTIFICATIONS: Final = Metric(
    "gapwatch_notifications_total",
    "Changes of alerts that a notifier was told of, and tries that failed and are made again.",
    ("notifier", "outcome"),
)
ALERT_FAILURES: Final = Metric(
    "gapwatch_alert_failures_total", "Turns of the watcher or of telling that failed; each is tried again."
)
HTTP_REFUSED: Final = Metric(
    "gapwatch_http_refused_total", "HTTP requests turned away at the door, by what they lacked.", ("reason",)
)
MODEL_INFO: Final = Metric(
    "gapwatch_model_info", "The model that judges: always 1, the labels tell.", ("model", "version")
)
