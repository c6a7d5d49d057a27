"""Reads the wording of a promise: praise that nobody can check, numbers, bounds, and what two wordings share."""

import re
from collections.abc import Sequence
from typing import Final

# Our own lists. Praise and escape clauses stand in the way of a verdict whatever else a wording says.
PRAISE: Final = (
    "best", "finest", "greatest", "world-class", "world class", "first-rate", "top-notch", "unrivalled", "unmatched",
    "unbeatable", "second to none", "state-of-the-art", "state of the art", "outstanding", "exceptional", "excellent",
    "amazing", "incredible", "legendary", "perfect", "ultimate", "unforgettable", "seamless", "effortless",
    "hassle-free", "delight", "delights", "delighted", "delightful", "passion", "passionate", "wow", "leading",
    "erstklassig", "einzigartig", "unvergesslich", "weltklasse", "unschlagbar",
)  # fmt: skip
ESCAPES: Final = (
    "always", "never", "every time", "whenever possible", "where possible", "if possible", "as far as possible",
    "strive", "strives", "aim to", "aims to", "try to", "tries to", "endeavour", "endeavor", "do our best",
    "every effort", "reasonable effort", "reasonable efforts", "committed to", "dedicated to", "going the extra mile",
    "go the extra mile", "you will be satisfied", "immer", "stets", "wenn möglich", "bestmöglich", "wir bemühen uns",
)  # fmt: skip
# A vague pace is a fault only in a wording that gives no figure.
VAGUE_PACE: Final = (
    "as soon as possible", "as quickly as possible", "as fast as possible", "soon", "quickly", "promptly", "fast",
    "in good time", "in a timely manner", "timely", "without delay", "so schnell wie möglich", "zeitnah",
)  # fmt: skip

_WORD_NUMBERS: Final = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve".split(), start=1
    )
} | {"fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90}  # fmt: skip
_SECONDS: Final = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "month": 30 * 86400, "y": 365 * 86400}
_UNITS: Final = {
    "s": "s", "sec": "s", "second": "s", "seconds": "s",
    "m": "min", "min": "min", "mins": "min", "minute": "min", "minutes": "min",
    "h": "h", "hr": "h", "hrs": "h", "hour": "h", "hours": "h",
    "d": "d", "day": "d", "days": "d", "w": "w", "week": "w", "weeks": "w",
    "month": "month", "months": "month", "y": "y", "year": "y", "years": "y",
}  # fmt: skip
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_FIGURE_AND_UNIT: Final = re.compile(rf"{_NUMBER.pattern}(?:\s*[^\W\d_]+)?")
_SPELT: Final = re.compile(
    rf"\b({'|'.join(_WORD_NUMBERS)})[ -](?:\w+ )?({'|'.join(unit for unit in _UNITS if len(unit) > 2)})\b",
    re.IGNORECASE,
)
_FILLERS: Final = frozenset(
    "a an the and or of to in on at by for with from within under over after before if when is are be it its that"
    " this you your yours we us our ours no not will get gets give gives as all any der die das und oder wir sie"
    " ihr ihre ihnen in im am mit von zu auf für".split()
)


def unverifiable(statement: str) -> list[str]:
    """The words of a wording, as listed here, that no customer could hold the brand to."""
    lists = (*PRAISE, *ESCAPES) if numbers(statement) else (*PRAISE, *ESCAPES, *VAGUE_PACE)
    hits = [term for term in lists if re.search(rf"\b{re.escape(term)}\b", statement, re.IGNORECASE)]
    # "as soon as possible" is one fault, not that and "soon".
    return [term for term in hits if not any(term != other and term in other for other in hits)]


def numbers(text: str) -> set[str]:
    """The figures in a text, plain (``2,500`` is ``2500``), with spelt ones where a unit of time follows."""
    spelt = {str(_WORD_NUMBERS[match[1].lower()]) for match in _SPELT.finditer(text)}
    return spelt | {_plain(figure) for figure in _NUMBER.findall(text)}


def bound(text: str) -> tuple[float, str]:
    """A measure's bound in a form that compares: ``1 h`` and ``60 minutes`` are equal, ``30 EUR`` keeps its unit."""
    match = re.fullmatch(r"(\d+(?:[.,]\d+)*)\s*(.*)", text.strip().casefold())
    if match is None:
        return 0.0, " ".join(text.casefold().split())
    number, unit = float(_plain(match[1])), match[2].strip()
    known = _UNITS.get(unit)
    return (number * _SECONDS[known], "s") if known else (number, unit)


def bounds(text: str) -> set[tuple[float, str]]:
    """Each figure of a text with the word after it, in the form of ``bound``."""
    return {bound(match[0]) for match in _FIGURE_AND_UNIT.finditer(text)}


def token_overlap(statements: Sequence[str]) -> list[list[float]]:
    """How alike wordings are, pair by pair, in [0, 1]: the Dice coefficient of their content words.

    Figures don't count: wordings that differ in nothing else are the ones to find.
    """
    bags = [_content(statement) for statement in statements]
    return [[2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0 for b in bags] for a in bags]


def _content(statement: str) -> set[str]:
    words = re.findall(r"[^\W\d_]+", statement.casefold())
    # A final s is dropped, so that bag and bags are one word.
    return {word.removesuffix("s") for word in words if word not in _FILLERS and len(word) > 1}


def _plain(figure: str) -> str:
    """Without separators of thousands, and with a point for the decimals."""
    figure = re.sub(r"[.,](?=\d{3}(?!\d))", "", figure)
    return figure.replace(",", ".")
