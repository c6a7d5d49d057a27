"""Errors, named after what the operator does about them.

GapwatchError
├── ConfigError      mend the configuration; exit 2, before any connection is made
├── RecordError      this record becomes a dead letter, the feed goes on
├── TransientError   back off and try again; the listener pauses its partitions and keeps polling
└── FatalError       stop without committing; exit 1

Adapters wrap the errors of third parties in one of these with ``from``. Anything else that escapes is a bug
and ends the process with a traceback: bugs are not dead-lettered.
"""

from voc.records import DeadLetterReason


class GapwatchError(Exception):
    """Base of every error that gapwatch raises on purpose."""


class ConfigError(GapwatchError):
    """A setting or catalogue that can't be used.

    The message reads ``FILE: KEY: VALUE: what is wrong; allowed: …`` as far as each part is known.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | None = None,
        key: str | None = None,
        value: object = None,
        allowed: str | None = None,
    ) -> None:
        self.problem, self.file, self.key, self.value, self.allowed = problem, file, key, value, allowed
        where = ": ".join(part for part in (file, key) if part)
        shown = "" if value is None else f"{value!r}: "
        limits = f"; allowed: {allowed}" if allowed else ""
        super().__init__(f"{where + ': ' if where else ''}{shown}{problem}{limits}")


class RecordError(GapwatchError):
    """One record that can't be processed; ``reason`` is a Prometheus label, ``detail`` is for people."""

    def __init__(self, reason: DeadLetterReason, detail: str) -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason.value}: {detail}")


class TransientError(GapwatchError):
    """A fault that is likely to pass: broker away, store busy."""


class FatalError(GapwatchError):
    """A fault that no retry mends: disk full, store held by another process, damaged model."""
