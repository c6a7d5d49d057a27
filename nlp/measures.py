"""Holds what a customer states against the bound that a promise states: "20 min" promised, two hours experienced.

Prefers no answer to a wrong one. A quantity counts only where nothing around it says that it is the promise itself
("you say 20 minutes"), another thing ("2 years ago", "a 3-hour flight") or a mere thought ("if it takes an hour").
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Final, NamedTuple

from nlp import cues
from nlp.quantities import Quantity, find
from nlp.quantity_words import Kind
from voc.promises import Measure, Promise
from voc.verdicts import Verdict


@dataclass(frozen=True, slots=True)
class Comparison:
    """A bound and what a customer got of it, stated at ``[start, end)`` of the text.

    ``promised`` is the bound as written and ``experienced`` is in its manner ("2 h", "40 GBP"); of a range, the end
    nearer to the bound. ``ratio`` is experienced / promised. The verdict is ``broken`` beyond the bound, ``exceeded``
    at half of a most or less and at twice a least or more, ``kept`` between.
    """

    promised: str
    experienced: str
    ratio: float
    verdict: Verdict
    start: int
    end: int


_TIMES: Final = (("year", 365 * 86400), ("day", 86400), ("h", 3600), ("min", 60))

# As close to the bound, a customer's rounding or the length of a month decides; that is no verdict.
_ROUNDING: Final = 0.02
# Farther from the bound, a customer is likely to speak of something else.
_FARTHEST: Final = {Kind.DURATION: 2000.0, Kind.MONEY: 20.0, Kind.PERCENT: 20.0, Kind.COUNT: 20.0}
# A text with more figures is a list, a receipt or a trap.
_MOST: Final = 12


class _Words(NamedTuple):
    """What is written around a quantity, in lower case, up to the next quantity or turn."""

    before: str
    stated: str
    after: str
    clause: str


def measured(promise: Promise, text: str, evidence: tuple[int, int]) -> Comparison | None:
    """What the evidence of a verdict says of the promise's own measure; None where that isn't plain.

    It reads one promise at a time: where several with a measure are judged at the same clause, it can't tell whose
    quantity it is.
    """
    measure = promise.measure
    if measure is None:
        return None
    comparison = compare(measure, text, *evidence)
    if comparison is None or (measure.at_least and _is_time_to_act(measure, promise.statement)):
        return None
    if cues.OF_DELAYS.search(promise.statement) and _is_lateness(text, comparison.start, comparison.end):
        return None  # how late it was is the occasion of such a promise, not its measure
    return comparison


def compare(measure: Measure, text: str, start: int, end: int) -> Comparison | None:
    """What ``text[start:end]`` says of a measure; None where nothing there is plainly an experience of it."""
    bound = _bound(measure)
    if bound is None:
        return None
    comparisons = list(_comparisons(measure, bound, text, start, end))
    if len({comparison.verdict for comparison in comparisons}) != 1:
        return None
    return min(comparisons, key=lambda comparison: abs(comparison.ratio - 1))


@lru_cache(maxsize=1024)
def _bound(measure: Measure) -> Quantity | None:
    """The bound of a measure, where it is nothing but a quantity other than a time of day."""
    text = str(measure).strip()
    if measure.quantity.casefold() == Kind.MONEY and re.fullmatch(r"\d+(?:\.\d+)?", text):
        return Quantity(Kind.MONEY, float(text), float(text), "", 0, len(text))  # of any currency
    match find(text):
        case [one] if one.value > 0 and one.kind is not Kind.TIME and (one.start, one.end) == (0, len(text)):
            return one
    return None


def _comparisons(measure: Measure, bound: Quantity, text: str, start: int, end: int) -> Iterator[Comparison]:
    quantities = find(text, start, end)
    if len(quantities) > _MOST:
        return
    edges = [start, *(quantity.end for quantity in quantities)]
    ends = [*(quantity.start for quantity in quantities[1:]), end]
    for quantity, edge, stop in zip(quantities, edges, ends, strict=False):
        if not _comparable(quantity, bound):
            continue
        words = _Words(
            before=_before(text[edge : quantity.start].lower()),
            stated=text[quantity.start : quantity.end].lower(),
            after=cues.CUT.split(text[quantity.end : stop].lower())[0].lstrip(),
            clause=text[start:end].lower(),
        )
        if not _is_something_else(words):
            comparison = _compared(measure, bound, quantity, words)
            if comparison is not None:
                yield comparison


def _compared(measure: Measure, bound: Quantity, quantity: Quantity, words: _Words) -> Comparison | None:
    least, most = _reach(quantity, bound, words)
    at_most = measure.at_most is not None
    verdict = _at_most(bound, least, most) if at_most else _at_least(bound, least, most)
    if verdict is None or not _is_plain(verdict, bound.kind, at_most, words):
        return None
    nearest = quantity.value if (verdict is Verdict.BROKEN) == at_most else quantity.most
    low, high = _convert(nearest, quantity, bound)
    ratio = (low if nearest == quantity.value else high) / bound.value
    if not 1 / _FARTHEST[bound.kind] <= ratio <= _FARTHEST[bound.kind]:
        return None
    experienced = _written(nearest, quantity.unit)
    return Comparison(str(measure), experienced, round(ratio, 4), verdict, quantity.start, quantity.end)


def _before(words: str) -> str:
    """What belongs to the quantity that follows; a comma stays, so that nothing seems to open a clause that doesn't."""
    return words[max((cut.start() if cut[0] == "," else cut.end() for cut in cues.CUT.finditer(words)), default=0) :]


def _comparable(quantity: Quantity, bound: Quantity) -> bool:
    return quantity.kind is bound.kind and (
        quantity.unit == bound.unit or bound.kind is Kind.DURATION or (bound.kind is Kind.MONEY and not bound.unit)
    )


def _is_something_else(words: _Words) -> bool:
    """Whether a quantity is the promise itself, another thing's, or only thought of."""
    if cues.OF_A_THING.match(words.stated) and words.after and not cues.WAITED_AFTER.match(words.after):
        return True
    return any(cue.search(words.before) for cue in (cues.STATED_BEFORE, cues.OTHER_BEFORE)) or any(
        cue.match(words.after) for cue in (cues.STATED_AFTER, cues.OTHER_AFTER)
    )


def _reach(quantity: Quantity, bound: Quantity, words: _Words) -> tuple[float, float]:
    """From where to where the experience may lie, in the bound's unit."""
    least, most = _convert(quantity.value, quantity, bound)[0], _convert(quantity.most, quantity, bound)[1]
    if cues.UNDER.search(words.before):
        return 0.0, most
    if cues.OVER.search(words.before) or cues.PLUS.match(words.after):
        return least * (1 + 2 * _ROUNDING), inf  # "over 20 minutes" is beyond 20
    if cues.NEARLY.search(words.before):
        return least * 0.8, most
    return least, most


def _convert(value: float, quantity: Quantity, bound: Quantity) -> tuple[float, float]:
    """A value in the bound's unit, at least and at most: on what day it began decides how many were working days."""
    if quantity.unit == bound.unit or bound.kind is not Kind.DURATION:
        return value, value
    if bound.unit == "s":
        return value * 86400, (value + 2 * -(-value // 5)) * 86400
    weeks, days = divmod(value / 86400, 7)
    return 5 * weeks + max(0.0, days - 2), 5 * weeks + min(days, 5.0)


def _at_most(bound: Quantity, least: float, most: float) -> Verdict | None:
    if least > bound.value * (1 + _ROUNDING):
        return Verdict.BROKEN
    if most > bound.value:
        return None
    return Verdict.EXCEEDED if most <= bound.value / 2 else Verdict.KEPT


def _at_least(bound: Quantity, least: float, most: float) -> Verdict | None:
    if most < bound.value * (1 - _ROUNDING):
        return Verdict.BROKEN
    if least < bound.value:
        return None
    return Verdict.EXCEEDED if least >= 2 * bound.value else Verdict.KEPT


def _is_plain(verdict: Verdict, kind: Kind, at_most: bool, words: _Words) -> bool:
    """Whether the words around a quantity leave no doubt that it was had, and was what the promise is about."""
    broken = verdict is Verdict.BROKEN
    if broken and cues.PRAISE.search(words.clause):
        return False
    if not broken and (cues.TROUBLE.search(words.clause) or _is_late(words.before, words.after)):
        return False
    match kind, at_most:
        case Kind.DURATION, True:
            before, after = (cues.WAITED_BEFORE, cues.WAITED_AFTER) if broken else (cues.DONE_BEFORE, cues.DONE_AFTER)
            return before.search(words.before) is not None or after.match(words.after) is not None
        case Kind.DURATION, False:
            return cues.LASTED.search(words.before) is not None
        case Kind.MONEY | Kind.PERCENT, True:
            return cues.CHARGED.search(words.before) is not None
        case Kind.MONEY | Kind.PERCENT, False:
            return cues.RECEIVED.search(words.before) is not None
        case _:
            return broken and at_most


def _is_late(before: str, after: str) -> bool:
    return cues.LATE.match(after) is not None or cues.DELAYED.search(before) is not None


def _is_time_to_act(measure: Measure, statement: str) -> bool:
    bound = _bound(measure)
    return bound is not None and bound.kind is Kind.DURATION and cues.TIME_TO_ACT.search(statement) is not None


def _is_lateness(text: str, start: int, end: int) -> bool:
    return _is_late(text[max(0, start - 40) : start].lower(), text[end : end + 20].lower().lstrip())


def _written(value: float, unit: str) -> str:
    """A value in the manner of a bound, in the largest unit of time that it is a whole number of."""
    if unit != "s":
        figure = f"{value:.0f}" if value == int(value) else f"{value:.2f}" if unit.isupper() else f"{value:g}"
        return f"{figure} {unit}{'s' if unit[-1].islower() and value != 1 else ''}"
    name, seconds = next(((name, s) for name, s in _TIMES if value % s == 0), ("s", 1))
    number = value / seconds
    return f"{number:g} {name}{'s' if name in ('year', 'day') and number != 1 else ''}"
