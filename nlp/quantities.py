"""Finds the durations, amounts of money, percentages, counts and times of day that a text states.

A table gives each word a class, spaCy's Matcher finds the runs of classes that state a quantity, and one reader a
form adds them up. No model: what the tables don't hold is not found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_uppercase
from typing import Final

import spacy
from spacy.lang.en.stop_words import STOP_WORDS
from spacy.matcher import Matcher
from spacy.tokens import Doc

from nlp.quantity_words import (
    CLOCK,
    CURRENCIES,
    DAY,
    FRACTIONS,
    HOUR,
    PARTS,
    PER_CENT,
    UNITS,
    WORKING_DAY,
    Kind,
    Token,
    Unit,
    may_state,
    number_of,
    tokens_of,
)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A quantity stated at ``[start, end)``, from ``value`` to ``most``: the same unless it is a range ("2-3 hours").

    ``unit`` is ``s`` or ``working day`` for durations, an ISO 4217 code for money, ``%``, the thing counted in the
    singular, or ``s`` after midnight for times.
    """

    kind: Kind
    value: float
    most: float
    unit: str
    start: int
    end: int


_AMOUNTS: Final = (
    "NUMBER+",  # 20, twenty five, two hundred
    "NUMBER+ JOIN NUMBER+",  # 2-3, two or three
    "NUMBER+ AND? A? PART",  # two and a half, 1½
    "NUMBER JOIN? PART OF A",  # three quarters of an
    "A",
    "A? COUPLE OF?",
    "A? QUALIFIER? PART OF? A?",  # half an, a quarter of an, a good half
)
_TAILS: Final = ("", "AND A? PART", "AND? NUMBER+", "AND? NUMBER+ JOIN? UNIT")  # an hour and a half, 1h20, 2 h 5 min
_FORMS: Final = {
    "amount": [f"{amount} JOIN? QUALIFIER* JOIN? UNIT {tail}" for amount in _AMOUNTS for tail in _TAILS],
    "money": ["CURRENCY NUMBER+", "CURRENCY NUMBER+ JOIN CURRENCY? NUMBER+", "NUMBER+ CURRENCY"],
    "count": ["NUMBER+ WORD"],
    "time": ["CLOCK HALFDAY?", "NUMBER HALFDAY"],
    "times": [
        "FROM NUMBER JOIN NUMBER",  # from 12.10 to 12.48
        "FROM? CLOCK HALFDAY? JOIN CLOCK HALFDAY?",
        "FROM? NUMBER HALFDAY? JOIN NUMBER HALFDAY",
    ],
    "days": ["FROM THE? NUMBER ORDINAL JOIN THE? NUMBER ORDINAL"],
}

_RATE_WORDS: Final = frozenset(("once", "twice", "times"))
_ODD_PLURALS: Final = {"people": "person", "men": "man", "women": "woman", "children": "child"}

_vocab = spacy.blank("en").vocab
_matcher = Matcher(_vocab)


# bounded, for a text may consist of number words: two hundred and fifty thousand
_TIMES: Final = {"": "{1}", "?": "?", "+": "{1,4}", "*": "{0,2}"}


def _pattern(form: str) -> list[dict[str, str]]:
    """A form as the Matcher wants it: ``NUMBER+`` is one or more tokens of that class."""
    pieces = ((word.rstrip("?*+"), word.lstrip(ascii_uppercase)) for word in form.split())
    return [{"ORTH": name, "OP": _TIMES[times]} for name, times in pieces]


for _name, _forms in _FORMS.items():
    _matcher.add(_name, [_pattern(form) for form in _forms])


def find(text: str, start: int = 0, end: int | None = None) -> Sequence[Quantity]:
    """The quantities stated in ``text[start:end]``, in order, not overlapping; offsets are into the whole text."""
    end = len(text) if end is None else end
    if not may_state(text[start:end]):
        return []
    tokens = tokens_of(text, start, end)
    # The Matcher sees classes only, so that its vocabulary doesn't grow with the texts.
    matches = _matcher(Doc(_vocab, [token.name for token in tokens]))
    found: list[Quantity] = []
    taken: set[int] = set()
    for form, first, after in sorted(matches, key=lambda match: (match[1] - match[2], match[1])):  # the longest wins
        if taken.isdisjoint(range(first, after)):
            quantity = _READERS[form](tokens, first, after)
            if quantity is not None:
                found.append(quantity)
                taken.update(range(first, after))
    return sorted(found, key=lambda quantity: quantity.start)


def _amount(tokens: Sequence[Token], first: int, after: int) -> Quantity | None:
    """Such as "two and a half hours", "2-3 days", "a couple of weeks", "1h20", "40 quid", "a hundred per cent"."""
    at = next(i for i in range(first, after) if tokens[i].name == "UNIT")
    head, tail = tokens[first:at], tokens[at + 1 : after]
    unit = UNITS.get(tokens[at].text, PER_CENT)
    if any(token.text in ("working", "business") for token in head) and unit.factor == DAY:
        unit = WORKING_DAY
    if head[0].name == "A" and not _may_follow(tokens, first, tokens[at].text):
        return None
    rest = _rest(tail, unit)
    if rest is None or tokens[at].text == "m" or (tail and _is_counted(tokens, after)):
        return None
    low, high = _range(head)
    return Quantity(
        unit.kind,
        low * unit.factor + rest,
        high * unit.factor + rest,
        unit.base,
        tokens[first].start,
        tokens[after - 1].end,
    )


def _may_follow(tokens: Sequence[Token], article: int, unit: str) -> bool:
    """Whether "a UNIT" is one of it here: not in "twice a week", "£3 a month", "7 days a week", "a second bag"."""
    before = tokens[article - 1] if article else None
    rate = before is not None and (before.name in ("UNIT", "NUMBER", "CURRENCY") or before.text in _RATE_WORDS)
    return not rate and unit != "second"


def _range(head: Sequence[Token]) -> tuple[float, float]:
    """How many of the unit, at least and at most."""
    numbers = [i for i, token in enumerate(head) if token.name == "NUMBER"]
    joins = [i for i, token in enumerate(head) if token.name == "JOIN" and numbers and numbers[0] < i < numbers[-1]]
    if joins:
        low, high = sorted((number_of(head[: joins[0]]), number_of(head[joins[0] :])))
        return low, high
    part = next((PARTS[token.text] for token in head if token.name == "PART"), None)
    if part is not None and numbers:
        whole = number_of(head)
        added = any(token.name == "AND" or token.text in FRACTIONS for token in head)
        number = whole + part if added else whole * part  # two and a half, three quarters
    elif part is not None:
        number = part
    elif any(token.name == "COUPLE" for token in head):
        number = 2.0
    else:
        number = number_of(head) if numbers else 1.0
    return number, number


def _rest(tail: Sequence[Token], unit: Unit) -> float | None:
    """What a tail adds, in base units; None where it doesn't belong to the amount."""
    if not tail:
        return 0.0
    if tail[-1].name == "PART":
        return PARTS[tail[-1].text] * unit.factor
    number = number_of(tail)
    if tail[-1].name == "UNIT":
        own = UNITS.get(tail[-1].text, PER_CENT)
        return number * own.factor if own.base == unit.base and own.factor < unit.factor else None
    if unit.factor == HOUR and 0 < number < 60:
        return number * 60
    if unit.kind is Kind.MONEY and unit.factor == 1 and 0 < number < 100 and tail[0].name != "AND":
        return number / 100
    return None


def _money(tokens: Sequence[Token], first: int, after: int) -> Quantity | None:
    """Such as "£1,200.50", "€20-30", "12€", "40 EUR"."""
    run = tokens[first:after]
    currency = next(CURRENCIES[token.text] for token in run if token.name == "CURRENCY")
    if run[0].name == "CURRENCY" and after < len(tokens) and tokens[after].text in ("k", "m", "bn", "million"):
        return None
    low, high = _range(run)
    return Quantity(Kind.MONEY, low, high, currency, run[0].start, run[-1].end)


def _count(tokens: Sequence[Token], first: int, after: int) -> Quantity | None:
    """Such as "three bags", "4 people"; one of a thing is not told from "one" and any other word."""
    if not _is_counted(tokens, after - 1) or (first and tokens[first - 1].name in ("PART", "JOIN", "CURRENCY")):
        return None
    thing = tokens[after - 1].text
    number = number_of(tokens[first : after - 1])
    single = _ODD_PLURALS.get(thing) or thing.removesuffix("s")
    return Quantity(Kind.COUNT, number, number, single, tokens[first].start, tokens[after - 1].end)


def _is_counted(tokens: Sequence[Token], at: int) -> bool:
    """Whether a token is a thing in the plural, as far as its letters tell."""
    if at >= len(tokens) or tokens[at].name != "WORD":
        return False
    word = tokens[at].text
    return word in _ODD_PLURALS or (len(word) > 3 and word[-1] == "s" and word[-2] != "s" and word not in STOP_WORDS)


def _time(tokens: Sequence[Token], first: int, after: int) -> Quantity | None:
    """Such as "12:10", "9 am", "9.30pm"."""
    seconds = _clock(tokens[first], tokens[first + 1].text if after - first > 1 else "")
    if seconds is None:
        return None
    return Quantity(Kind.TIME, seconds, seconds, "s", tokens[first].start, tokens[after - 1].end)


def _clock(token: Token, half: str) -> float | None:
    """Seconds after midnight; None where a figure is no time of day."""
    match = CLOCK.fullmatch(token.text if not half or not token.text.isdigit() else f"{token.text}:00")
    if match is None:
        return None
    hour, minute = int(match[1]), int(match[2])
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return hour * HOUR + minute * 60


def _times(tokens: Sequence[Token], first: int, after: int) -> Quantity | None:
    """The duration "from 12.10 to 12.48"."""
    run = [*tokens[first:after], None]
    last = tokens[after - 1].text if tokens[after - 1].name == "HALFDAY" else ""  # from 1.45 to 2 pm
    clocks = [
        _clock(token, following.text if following and following.name == "HALFDAY" else last)
        for token, following in pairwise(run)
        if token and token.name in ("NUMBER", "CLOCK")
    ]
    begin, finish = clocks
    if begin is None or finish is None:
        return None
    seconds = finish - begin
    if seconds <= 0:  # past noon on a clock of twelve hours, else past midnight
        seconds += DAY / 2 if begin < 13 * HOUR else DAY
    return Quantity(Kind.DURATION, seconds, seconds, "s", tokens[first].start, tokens[after - 1].end)


def _days(tokens: Sequence[Token], first: int, after: int) -> Quantity | None:
    """The duration "from the 3rd to the 9th"; None where it runs into another month, which we don't know."""
    begin, finish = (number_of([token]) for token in tokens[first:after] if token.name == "NUMBER")
    if not 1 <= begin < finish <= 31:
        return None
    seconds = (finish - begin) * DAY
    return Quantity(Kind.DURATION, seconds, seconds, "s", tokens[first].start, tokens[after - 1].end)


# the Matcher names forms by the hash of their name
_READERS: Final[dict[int, Callable[[Sequence[Token], int, int], Quantity | None]]] = {
    _vocab.strings["amount"]: _amount,
    _vocab.strings["money"]: _money,
    _vocab.strings["count"]: _count,
    _vocab.strings["time"]: _time,
    _vocab.strings["times"]: _times,
    _vocab.strings["days"]: _days,
}
