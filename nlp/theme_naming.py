"""Names groups of texts by the phrases that they have and the others have not, as people write them."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count as count_from
from math import log, sqrt
from typing import Final

from spacy.lang.en.stop_words import STOP_WORDS

_MOST_PHRASES: Final = 6
_LONGEST: Final = 3  # words of a phrase
_NAMED_BY: Final = 2  # phrases in a name
_PRIOR: Final = 0.5  # of the log-odds: texts of either side that would say the phrase anyway
_SURE: Final = 2.0  # standard errors by which the odds must differ
_CARRIED: Final = 0.3  # share of the texts with a phrase that must have a longer one, for it to stand in its place
_ALIKE: Final = 5  # words that begin with so many of the same letters are forms of one

# Words, with what joins them; marks of redaction, addresses of pages and names of accounts are none.
_WORD: Final = re.compile(r"\[[A-Z_]+\]|https?://\S+|[@#]\w+|\w+(?:['’\-]\w+)*|[.,;:!?()\"\n]+")
_OPENING: Final = re.compile(r"\w")

# What says that something is bad, or that somebody wants it otherwise, names no theme by itself.
_EMPTY: Final = frozenset(
    "thank thanks please hi hello hey ok okay im i'm i’m ive i've dont don't don’t cant can't can’t didn't didn’t "
    "doesn't isn't wasn't won't wouldn't couldn't it's it’s that's there's got get gets getting want wants wanted need "
    "needs needed like just really still even ever never today yesterday tomorrow u ur pls amp going know tell told "
    "said say think thing things way lot time times day days".split()
)

# With these a phrase may begin, though not be one: what is missing or too much is half of a complaint.
_LEADING: Final = frozenset(
    "no not never on without out cannot can't cant didn't didnt doesn't doesnt don't dont won't wont wasn't isn't isnt "
    "couldn't too off".split()
)


@dataclass(frozen=True, slots=True)
class Naming:
    """A name, and the phrases that it was made of and others, the strongest first."""

    name: str
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Phrase:
    key: tuple[str, ...]
    inside: int
    score: float


class Namer:
    """Names groups against all texts given; ``left_out`` are words that name nothing, such as the brand's own."""

    def __init__(self, texts: Sequence[str], *, left_out: Sequence[str] = ()) -> None:
        self._left_out = frozenset(_stem(word) for phrase in left_out for word in re.findall(r"\w+", phrase))
        self._written: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        self._said = [self._phrases(text) for text in texts]
        self._everywhere = Counter(key for said in self._said for key in said)

    def name(self, numbers: Sequence[int], *, taken: Collection[str] = ()) -> Naming:
        """The name of the texts with these numbers, another one than those taken."""
        inside = Counter(key for number in numbers for key in self._said[number])
        size, others = len(numbers), len(self._said) - len(numbers)
        least = max(2, size // 20)
        if not any(count >= least for count in inside.values()):
            least = 1
        ranked = [
            _Phrase(key, count, _score(count, size, self._everywhere[key] - count, others, len(key)))
            for key, count in inside.items()
            if count >= least
        ]
        ranked.sort(key=lambda phrase: (-phrase.score, phrase.key))
        chosen: list[_Phrase] = []
        for phrase in ranked:
            for wording in (_in_full(phrase, ranked), phrase):
                if len(chosen) < _MOST_PHRASES and not any(_overlap(wording, other) for other in chosen):
                    chosen.append(wording)
        written = tuple(self._written[phrase.key].most_common(1)[0][0] for phrase in chosen)
        return Naming(_free(written, taken), written)

    def _phrases(self, text: str) -> set[tuple[str, ...]]:
        found = set()
        for words in _clauses(text):
            stems = [_stem(word) for word in words]
            for start in range(len(words)):
                for stop in range(start + 1, min(start + _LONGEST, len(words)) + 1):
                    key = tuple(stems[start:stop])
                    if self._speaks(key, words[start:stop]):
                        found.add(key)
                        self._written[key][" ".join(words[start:stop])] += 1
        return found

    def _speaks(self, key: tuple[str, ...], words: Sequence[str]) -> bool:
        """Whether it begins and ends with words that mean something, and is not of left-out words only."""
        leads = len(words) > 1 and words[0] in _LEADING
        ends = (words[-1],) if leads else (words[0], words[-1])
        if any(word in STOP_WORDS or word in _EMPTY or len(word) < 3 or word.isdecimal() for word in ends):
            return False
        return not any(stem in self._left_out for stem in key)


def _free(phrases: Sequence[str], taken: Collection[str]) -> str:
    """The shortest name of two phrases or more that is not taken; a number tells apart where all are."""
    for count in range(_NAMED_BY, len(phrases) + 1):
        name = ", ".join(phrases[:count])
        if name not in taken:
            return name
    first = ", ".join(phrases[:_NAMED_BY]) or "without words"
    return first if first not in taken else next(n for k in count_from(2) if (n := f"{first} ({k})") not in taken)


def _clauses(text: str) -> Iterator[list[str]]:
    """Runs of words that no punctuation, mark, address or account name stands in."""
    words: list[str] = []
    for found in _WORD.finditer(text):
        token = found[0]
        if _OPENING.match(token) and not token.startswith("http"):
            words.append(token.lower().replace("’", "'"))
        elif words:
            yield words
            words = []
    if words:
        yield words


def _stem(word: str) -> str:
    """Singular and plural are one word."""
    word = word.lower()
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _score(inside: int, size: int, outside: int, others: int, words: int) -> float:
    """How many standard errors the log-odds of a phrase, in a text of the group against one of the others, lie above
    zero (Monroe and others 2008), times the root of the share that says it; a longer phrase says more."""
    odds = log((inside + _PRIOR) / (size - inside + _PRIOR)) - log((outside + _PRIOR) / (others - outside + _PRIOR))
    error = sqrt(1 / (inside + _PRIOR) + 1 / (outside + _PRIOR))
    return (odds / error - _SURE) * sqrt(inside / size) * (1.0 + 0.25 * (words - 1))


def _in_full(phrase: _Phrase, ranked: Sequence[_Phrase]) -> _Phrase:
    """The longer phrase that a phrase is mostly part of, where there is one."""
    wider = [
        other
        for other in ranked
        if len(other.key) > len(phrase.key)
        and other.inside >= _CARRIED * phrase.inside
        and other.score > 0
        and _within(phrase.key, other.key)
    ]
    return _in_full(max(wider, key=lambda one: (one.inside, one.score)), ranked) if wider else phrase


def _overlap(one: _Phrase, other: _Phrase) -> bool:
    return any(_alike(word, known) for word in one.key for known in other.key)


def _alike(one: str, other: str) -> bool:
    """Whether two words are one, or forms of one."""
    return one == other or (len(one) >= _ALIKE and one[:_ALIKE] == other[:_ALIKE])


def _within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return any(whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1))
