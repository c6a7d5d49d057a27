"""Turns a course into rows of the store: verbatims, signals, members of themes and dead letters."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.course import KINDS, Course, moment
from benchmarks.stories import CLOSINGS, OPENINGS, Stock, Story
from sinks.rows import DEAD_LETTERS, SIGNALS, VERBATIMS, Row, Rows
from voc.promises import Promise
from voc.verdicts import Disconfirmation, Verdict

MODEL: Final = ("made-up", "0")
MEMBERS: Final = {
    **dict.fromkeys(("record_id", "theme_id", "brand"), "VARCHAR"),
    "event_time": "TIMESTAMP",
    "promise_id": "VARCHAR",
    "similarity": "DOUBLE",
    "tried": "BOOLEAN",
    "embedding": "BLOB",
}
_STORED_AFTER: Final = timedelta(seconds=2)
_UNASSIGNED: Final = 0.1  # of complaints: in no theme
_WAITING: Final = 60  # the newest complaints, which no theme was held against yet
_NEARNESS: Final = 0.75  # about the cosine of a member with the middle of its theme
_RATINGS: Final = {Disconfirmation.NEGATIVE: 1.0, Disconfirmation.NEUTRAL: 4.0, Disconfirmation.POSITIVE: 5.0}


@dataclass(slots=True)
class Written:
    """Rows for one transaction."""

    verbatims: list[Row] = field(default_factory=list)
    signals: list[Row] = field(default_factory=list)
    members: list[Row] = field(default_factory=list)
    dead: list[Row] = field(default_factory=list)

    def tables(self) -> Iterator[tuple[str, Rows]]:
        """The rows by table."""
        yield "verbatims", Rows(VERBATIMS, self.verbatims)
        yield "signals", Rows(SIGNALS, self.signals)
        yield "theme_members", Rows(MEMBERS, self.members)
        yield "dead_letters", Rows(DEAD_LETTERS, self.dead)


class RowWriter:
    """Makes the rows of one course; ``theme_ids`` and ``middles`` are those of the stock's patterns."""

    def __init__(
        self,
        stock: Stock,
        promises: Sequence[Promise],
        course: Course,
        *,
        theme_ids: Sequence[str],
        middles: NDArray[np.float32],
        seed: int,
    ) -> None:
        self._stock, self._course, self._ids, self._middles = stock, course, theme_ids, middles
        self._chance = np.random.default_rng(seed + 1)
        self._wordings: dict[tuple[str, str], list[Promise]] = {}
        for promise in promises:
            self._wordings.setdefault((promise.brand, promise.id), []).append(promise)
        self._first_waiting = len(course.created) - min(_WAITING, len(course.created) // 10)

    def rows(self, start: int, stop: int) -> Written:
        """The rows of records ``start`` to ``stop``."""
        made = Written()
        complaints: list[tuple[int, str, Story]] = []
        sure = self._chance.random((stop - start, 3)).tolist()
        for at in range(start, stop):
            record = self._record(at)
            if self._course.dead[at]:
                made.dead.append(self._dead_letter(at, record))
                continue
            worst = self._verbatim(made, at, record, sure[at - start])
            if worst is not None:
                complaints.append((at, f"{record[1]}/{record[2]}/{record[3]}", worst))
        self._members(made, complaints)
        return made

    def _record(self, at: int) -> tuple[str, str, int, int]:
        """Source, topic, partition, offset."""
        kind = KINDS[self._course.kind[at]]
        return f"{kind}s", f"{kind}s", int(self._course.partition[at]), int(self._course.offset[at])

    def _verbatim(
        self, made: Written, at: int, record: tuple[str, str, int, int], sure: Sequence[float]
    ) -> Story | None:
        """Add a verbatim with its signals; gives the story that makes it a complaint."""
        c, number = self._course, int(self._course.created[at])
        told = [self._stock.stories[one] for one in (int(c.first[at]), int(c.second[at])) if one >= 0]
        record_id, identity = f"{record[1]}/{record[2]}/{record[3]}", f"{KINDS[c.kind[at]][0].upper()}-{at:07d}"
        created = moment(number)
        lag = int(c.lag[at])
        event = created - timedelta(seconds=lag)
        text, places = _text(OPENINGS[c.opening[at]], told, CLOSINGS[c.closing[at]])
        worst = next((one for one in told if one.disconfirmation is Disconfirmation.NEGATIVE), None)
        whole = worst or max(told, key=lambda one: one.disconfirmation is Disconfirmation.POSITIVE)
        where = (c.region[at], c.product[at], c.channel[at])
        stored = created + _STORED_AFTER
        severity = 1
        for story, (begin, end), dice in zip(told, places, sure, strict=False):
            if story.promise is None or story.verdict is None:
                continue
            wording = self._in_force(story.promise, event)
            grave = wording.severity if story.verdict is Verdict.BROKEN else 1
            severity = max(severity, grave)
            made.signals.append(
                (
                    record_id,
                    identity,
                    *wording.key,
                    story.verdict,
                    round(0.55 + 0.44 * dice, 3),
                    begin,
                    end,
                    grave,
                    wording.journey[0] if wording.journey else None,
                    wording.touchpoint,
                    "terms_not_honoured" if story.verdict is Verdict.BROKEN else None,
                    str(wording.measure) if wording.measure else None,
                    None,
                    KINDS[c.kind[at]],
                    *where,
                    event,
                    *MODEL,
                    stored,
                    False,
                )
            )
        made.verbatims.append(
            (
                record_id,
                *record,
                identity,
                KINDS[c.kind[at]],
                told[0].brand,
                text,
                created,
                event if lag else None,
                event,
                *where,
                f"{int(sure[2] * 1000000000.0):016x}",
                _RATINGS[whole.disconfirmation] if c.kind[at] == 0 else None,
                "en",
                True,
                whole.disconfirmation,
                severity,
                [],
                *MODEL,
                stored,
                None,
                None,
                False,
                None,
            )
        )
        return worst

    def _in_force(self, promise: Promise, event: object) -> Promise:
        wordings = self._wordings[promise.brand, promise.id]
        if len(wordings) == 1:
            return wordings[0]
        day = event.date()  # type: ignore[attr-defined]
        return next((one for one in wordings if one.in_force_on(day)), wordings[-1])

    def _dead_letter(self, at: int, record: tuple[str, str, int, int]) -> Row:
        received = moment(int(self._course.created[at]))
        raw = b'{"id": "%d", "text": ' % at
        reason, detail = ("not_json", "unexpected end of data") if at % 3 else ("no_text", "no text was found")
        where = f"{record[1]}/{record[2]}/{record[3]}"
        return (where, *record, reason, detail, base64.b64encode(raw).decode(), received, received, len(raw))

    def _members(self, made: Written, complaints: Sequence[tuple[int, str, Story]]) -> None:
        """Each complaint once, with a vector near the middle of its theme."""
        themes = np.array([story.theme for _, _, story in complaints], dtype=np.int64)
        vectors, near = _around(self._chance, self._middles[themes] if len(themes) else self._middles[:0])
        alone = (self._chance.random(len(themes)) < _UNASSIGNED).tolist()
        for (at, record_id, story), vector, similarity, none in zip(complaints, vectors, near, alone, strict=True):
            waits = at >= self._first_waiting
            theme = None if none or waits else self._ids[story.theme or 0]
            event = moment(int(self._course.created[at] - self._course.lag[at]))
            promise_id = story.promise.id if story.promise else None
            made.members.append(
                (
                    record_id,
                    theme,
                    story.brand,
                    event,
                    promise_id,
                    None if theme is None else similarity,
                    not waits,
                    base64.b64encode(vector.tobytes()).decode(),
                )
            )


def _text(opening: str, told: Sequence[Story], closing: str) -> tuple[str, list[tuple[int, int]]]:
    """The whole text, and where in it each story stands."""
    text, places = opening, []
    for story in told:
        text += " "
        places.append((len(text), len(text) + len(story.text)))
        text += story.text
    return f"{text} {closing}".strip(), places


def _around(chance: np.random.Generator, middles: NDArray[np.float32]) -> tuple[NDArray[np.int8], list[float]]:
    """A vector near each middle in int8, the largest value of each 127 or -127, and its cosine with the middle."""
    noise = chance.standard_normal(middles.shape, dtype=np.float32) / np.sqrt(middles.shape[1])
    vectors = _NEARNESS * middles + np.sqrt(1 - _NEARNESS**2) * noise
    lengths = np.linalg.norm(vectors, axis=1)
    near = np.einsum("ij,ij->i", vectors, middles) / np.where(lengths == 0, 1, lengths)
    largest = np.abs(vectors).max(axis=1, keepdims=True, initial=1e-9)
    return np.rint(vectors / largest * 127).astype(np.int8), near.round(4).tolist()
