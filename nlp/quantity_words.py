"""The words that quantities are made of: a text's tokens with their classes, number words, and units."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple


class Kind(StrEnum):
    """What a quantity measures."""

    DURATION = "duration"
    MONEY = "money"
    PERCENT = "percent"
    COUNT = "count"
    TIME = "time"


class Unit(NamedTuple):
    """What a word counts: ``factor`` of the base unit each."""

    kind: Kind
    base: str
    factor: float


def _units(kind: Kind, base: str, factors: dict[str, float]) -> dict[str, Unit]:
    return {word: Unit(kind, base, factor) for words, factor in factors.items() for word in words.split()}


HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
# A month is 30 days and a year 365, as where promises are compared with each other.
UNITS: Final = {
    **_units(Kind.DURATION, "s", {
        "s sec secs second seconds": 1, "m min mins minute minutes": 60, "h hr hrs hour hours": HOUR,
        "d day days": DAY, "wk wks week weeks": 7 * DAY, "fortnight fortnights": 14 * DAY,
        "mth mths month months": 30 * DAY, "yr yrs year years": 365 * DAY,
    }),
    **_units(Kind.MONEY, "GBP", {"pound pounds quid": 1, "pence": 0.01, "tenner tenners": 10, "fiver fivers": 5}),
    **_units(Kind.MONEY, "USD", {"dollar dollars buck bucks": 1}),
    **_units(Kind.MONEY, "EUR", {"euro euros": 1}),
    **_units(Kind.MONEY, "CHF", {"franc francs": 1}),
    **_units(Kind.MONEY, "INR", {"rupee rupees": 1}),
    **_units(Kind.PERCENT, "%", {"% percent pct": 1}),
}  # fmt: skip
CURRENCIES: Final = {
    "£": "GBP", "$": "USD", "€": "EUR", "¥": "JPY", "₹": "INR",
    "gbp": "GBP", "usd": "USD", "eur": "EUR", "chf": "CHF", "inr": "INR",
}  # fmt: skip
PER_CENT: Final = UNITS["%"]
WORKING_DAY: Final = Unit(Kind.DURATION, "working day", 1)

SMALL: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen".split()
)
TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety".split()
SCALES: Final = {"dozen": 12.0, "hundred": 100.0, "thousand": 1000.0}
NUMBERS: Final = {word: float(number) for number, word in enumerate(SMALL)} | {
    word: float(10 * ten + one)
    for ten, name in enumerate(TENS, start=2)
    for one, word in enumerate((name, *(f"{name}-{small}" for small in SMALL[1:10])))
}
FRACTIONS: Final = {"½": 0.5, "¼": 0.25, "¾": 0.75, "1/2": 0.5, "1/4": 0.25, "3/4": 0.75}
PARTS: Final = {"half": 0.5, "quarter": 0.25, "quarters": 0.25, **FRACTIONS}
_CLASSES: Final = {
    **dict.fromkeys((*NUMBERS, *SCALES), "NUMBER"),
    **dict.fromkeys(PARTS, "PART"),
    **dict.fromkeys(UNITS, "UNIT"),
    **dict.fromkeys(CURRENCIES, "CURRENCY"),
    **dict.fromkeys("working business calendar full whole good long solid straight odd".split(), "QUALIFIER"),
    **dict.fromkeys("- – — to or till until".split(), "JOIN"),
    **dict.fromkeys(("am", "pm"), "HALFDAY"),
    **dict.fromkeys(("st", "nd", "rd", "th"), "ORDINAL"),
    **{"a": "A", "an": "A", "and": "AND", "of": "OF", "couple": "COUPLE", "from": "FROM", "the": "THE"},
}

_ANY_NUMBER: Final = "|".join((*SMALL, *TENS))
_TOKEN: Final = re.compile(
    r"(?<![0-9/])[13]/[24](?![0-9/])|[0-9]{1,3}(?:[ ][0-9]{3})+(?![0-9])|[0-9]+(?:[.,:][0-9]+)*"  # 3/4, 1 000, 12:10
    rf"|\b(?:{'|'.join(TENS)})[ -](?:{'|'.join(SMALL[1:10])})\b"  # twenty-five
    rf"|\b(?:a[ ])?(?:{'|'.join(SCALES)})(?:[ ]and(?=[ ](?:\d|{_ANY_NUMBER})))?\b"  # a hundred and (fifty)
    r"|\bper[ ]cent\b|[^\W\d_]+|[½¼¾]|[^\w\s]",
    re.IGNORECASE,
)
_FIGURE: Final = re.compile(r"\d{1,3}(?:[., ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?")
CLOCK: Final = re.compile(r"([01]?\d|2[0-3])[.:]([0-5]\d)")
# Most texts state nothing, and looking for any word that a quantity needs is far cheaper than reading.
_DIGIT: Final = re.compile(r"[\d½¼¾]")
_WORD: Final = re.compile(r"[a-z]+")
_TELLING: Final = frozenset((*SMALL, *TENS, *SCALES, "half", "quarter", "quarters", "couple")) | frozenset(
    word
    for word in UNITS
    if len(word) > 1 and word[-1] != "s"  # "an hour"; "hours" comes with a number
)
_GLUE: Final = frozenset(("A", "AND", "OF", "THE", "JOIN", "FROM", "QUALIFIER"))


class Token(NamedTuple):
    name: str  # its class
    text: str  # in lower case
    start: int
    end: int


def may_state(text: str) -> bool:
    """Whether a text has any word that a quantity needs."""
    return _DIGIT.search(text) is not None or not _TELLING.isdisjoint(_WORD.findall(text.lower()))


def tokens_of(text: str, start: int, end: int) -> list[Token]:
    """The tokens with their classes; of a run of words without a meaning here, the first and the last."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(text, start, end):
        word = match[0].casefold()
        token = Token(_class_of(word, match.start(), tokens[-1] if tokens else None), word, *match.span())
        if token.name == "WORD":
            _shorten(tokens)
        elif token.name == "NUMBER" and tokens and tokens[-1].text.isdigit() and word.isdigit():
            tokens[-1] = tokens[-1]._replace(name="OTHER")  # two figures side by side are two numbers
        tokens.append(token)
    return tokens


def _shorten(tokens: list[Token]) -> None:
    """Before a word comes: drop what stands between it and the first word of its run."""
    at = len(tokens)
    while at and tokens[at - 1].name in _GLUE:
        at -= 1
    if at and tokens[at - 1].name == "WORD":
        del tokens[at if at < 2 or tokens[at - 2].name != "WORD" else at - 1 :]


def _class_of(word: str, start: int, before: Token | None) -> str:
    if word.isalpha():
        if before is not None and word in ("s", "d") and before.end == start:
            return "WORD"  # 3d, 90s and I'd mean something else
        if word == "the" and before is not None and before.text in ("within", "inside"):
            return "A"  # within the hour
        return _CLASSES.get(word, "WORD")
    if word in _CLASSES:
        return _CLASSES[word]
    if word[0] in "0123456789":
        if ":" in word:
            return "CLOCK" if CLOCK.fullmatch(word) else "OTHER"
        return "NUMBER" if _FIGURE.fullmatch(word) else "OTHER"
    if " " in word or "-" in word[1:]:
        return "UNIT" if word.startswith("per") else "NUMBER"  # per cent; twenty-five
    return "OTHER"


def number_of(tokens: Sequence[Token]) -> float:
    """The value of the number words among tokens: two thousand five hundred, 1,200.50, a hundred and fifty."""
    total = current = 0.0
    for token in tokens:
        words = token.text.removeprefix("a ").removesuffix(" and")
        if token.name != "NUMBER":
            continue
        if words not in SCALES:
            current += NUMBERS[words.replace(" ", "-")] if words[0].isalpha() else _figure(words)
        elif words == "thousand":
            total, current = total + (current or 1) * 1000, 0.0
        else:
            current = (current or 1) * SCALES[words]
    return total + current


def _figure(text: str) -> float:
    """Both 1,200.50 and 1.200,50; what stands before three last digits parts thousands, but for 0.125."""
    if not text.startswith("0"):
        text = re.sub(r"[., ](?=[0-9]{3}(?![0-9]))", "", text)
    return float(text.replace(",", "."))
