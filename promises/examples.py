"""Holds a catalogue's example phrasings against a model: does it judge them as their authors do?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from promises.findings import Code, Finding, found
from voc.ports import Judge
from voc.promises import Promise
from voc.records import Position, Verbatim, VerbatimKind
from voc.verdicts import Judgement, Verdict

# A model is not asked to tell kept from exceeded here: both are the good side of a promise.
_GOOD = frozenset({Verdict.KEPT, Verdict.EXCEEDED})


@dataclass(frozen=True, slots=True)
class _Example:
    promise: Promise
    verdict: Verdict
    text: str


def misjudged(promises: Sequence[Promise], judge: Judge) -> Iterator[Finding]:
    """The examples for which the model gives another verdict, or none, on their own promise."""
    examples = [example for promise in promises for example in _examples(promise)]
    verbatims = [_verbatim(offset, example) for offset, example in enumerate(examples)]
    in_force = [[p for p in promises if p.in_force_on(v.created_at.date())] for v in verbatims]
    for example, judgement in zip(examples, judge.judge(verbatims, in_force), strict=True):
        fault = _fault(example, judgement)
        if fault is not None:
            message = f"the example of {example.verdict} “{example.text}” {fault}"
            yield found(Code.EXAMPLE_MISJUDGED, example.promise, message)


def _examples(promise: Promise) -> Iterator[_Example]:
    for verdict, texts in (
        (Verdict.BROKEN, promise.broken_examples),
        (Verdict.KEPT, promise.kept_examples),
        (Verdict.EXCEEDED, promise.exceeded_examples),
    ):
        for text in texts:
            yield _Example(promise, verdict, text)


def _verbatim(offset: int, example: _Example) -> Verbatim:
    """A review on a day when the wording is in force."""
    day = example.promise.valid_from or example.promise.valid_until or date(2000, 1, 1)
    return Verbatim(
        position=Position("examples", "examples", 0, offset),
        id=str(offset),
        kind=VerbatimKind.REVIEW,
        brand=example.promise.brand,
        text=example.text,
        created_at=datetime.combine(day, time(12), tzinfo=UTC),
    )


def _fault(example: _Example, judgement: Judgement) -> str | None:
    if not judgement.judged:
        return f"is in a language that the model does not read ({judgement.language})"
    given = {signal.verdict for signal in judgement.signals if signal.promise.id == example.promise.id}
    wanted = _GOOD if example.verdict in _GOOD else {example.verdict}
    if given & wanted:
        return None
    if given:
        return f"is judged {' and '.join(sorted(given))}"
    others = sorted({signal.promise.id for signal in judgement.signals})
    return f"is taken to be about {', '.join(others)}" if others else "is not matched to the promise"
