"""Measures whether the texts of a corpus were written one by one, or by filling frames and changing words."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from statistics import fmean
from typing import Final

from nlp.training.corpus_sheets import Fault, FaultKind, Row
from nlp.training.shingles import Pair, near_pairs, words_of

# Shingles of 5 characters, not of 3 words: with a word changed at random, 96 % of our utterances and 99.6 % of our
# longer texts still have half of the former in common, but only 67 % and 96 % half of the latter, since one word is in
# three of them and an utterance has but ten. At a half, 0.6 % of the texts have another like them that nobody copied.
NEAR: Final = 0.5
OPENING: Final = 4  # words
REPEATED: Final = 6  # words
_DRAWS: Final = 5


@dataclass(frozen=True, slots=True)
class Limit:
    """How far a measure may go: for all texts together, and for the texts of one file."""

    whole: float
    file: float
    at_most: bool = True

    def allows(self, value: float, *, file: bool = False) -> bool:
        """Whether a value is within."""
        bound = self.file if file else self.whole
        return value <= bound if self.at_most else value >= bound


@dataclass(frozen=True, slots=True)
class Measure:
    """A measure of all texts, and of the file that it is worst for."""

    name: str
    whole: float
    file: float
    worst: str
    limit: Limit

    @property
    def is_fault(self) -> bool:
        """Whether the whole or a file is beyond its limit."""
        return not (self.limit.allows(self.whole) and self.limit.allows(self.file, file=True))


@dataclass(frozen=True, slots=True)
class Alike:
    """Two texts that have most of their shingles in common. Twins are of one file and differ by a verdict: such
    pairs, where a word turns the verdict, are written on purpose."""

    likeness: float
    one: Row
    other: Row
    twins: bool


@dataclass(frozen=True, slots=True)
class Templates:
    """All measures, the texts that are alike, and the run of six words that is in most texts."""

    measures: Sequence[Measure]
    alike: Sequence[Alike]
    repeated: str
    repeated_in: int
    repeated_files: int


# Each is what the corpus has with room for chance to double, since pairs grow with the square of the texts; what is
# made of frames is beyond them by far. Distinct n-grams (Li et al. 2016) fall as a sample grows: samples of one size.
LIMITS: Final[Mapping[str, Limit]] = {
    "near-duplicates": Limit(0.02, 0.05),  # the corpus: 0.006, a file 0.024
    "twins": Limit(0.03, 0.15),  # 0.001, 0.060
    "shared openings": Limit(0.10, 0.20),  # 0.053, 0.088
    "distinct 2-grams": Limit(0.65, 0.80, at_most=False),  # 0.75, 0.90
    "distinct 3-grams": Limit(0.92, 0.92, at_most=False),  # 0.97, 0.985
    "texts with one 6-gram": Limit(25, 4),  # 10 ("to whom it may concern I"), 2
}
_SAMPLE: Final = Limit(20_000, 1_500)  # words in a sample: the smallest file has 2,600


def templates(rows: Sequence[Row]) -> Templates:
    """Measure all texts; a corpus without texts has no measures."""
    if not rows:
        return Templates([], [], "", 0, 0)
    words = [words_of(row.text) for row in rows]
    files: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        files[row.file].append(place)
    alike = [_alike(rows, pair) for pair in near_pairs(words, NEAR)]
    copied = {(row.file, row.number) for pair in alike if not pair.twins for row in (pair.one, pair.other)}
    twins = {(row.file, row.number) for pair in alike if pair.twins for row in (pair.one, pair.other)}

    def measured(places: Sequence[int], sample: float) -> Mapping[str, float]:
        keys = [(rows[place].file, rows[place].number) for place in places]
        said = [words[place] for place in places]
        return {
            "near-duplicates": sum(key in copied for key in keys) / len(keys),
            "twins": sum(key in twins for key in keys) / len(keys),
            "shared openings": _shared_openings(said),
            "distinct 2-grams": _distinct(said, 2, int(sample)),
            "distinct 3-grams": _distinct(said, 3, int(sample)),
            "texts with one 6-gram": _repeated(said)[1],
        }

    whole = measured(range(len(rows)), _SAMPLE.whole)
    by_file = {file: measured(places, _SAMPLE.file) for file, places in files.items()}
    measures = []
    for name, limit in LIMITS.items():
        values = {file: of_file[name] for file, of_file in by_file.items()}
        worst = (max if limit.at_most else min)(values, key=values.__getitem__)
        measures.append(Measure(name, whole[name], values[worst], worst, limit))
    gram, times = _repeated(words)
    holders = {row.file for row, said in zip(rows, words, strict=True) if gram in _grams(said, REPEATED)}
    return Templates(measures, alike, " ".join(gram), times, len(holders))


def template_faults(found: Templates) -> Iterator[Fault]:
    """A fault for each measure that is beyond its limit, for the whole and for its worst file."""
    for measure in found.measures:
        word = "over" if measure.limit.at_most else "under"
        for value, bound, file in (
            (measure.whole, measure.limit.whole, ""),
            (measure.file, measure.limit.file, measure.worst),
        ):
            if not measure.limit.allows(value, file=bool(file)):
                yield Fault(FaultKind.TEMPLATES, f"{measure.name} {value:.4g}, {word} the limit of {bound:g}", file)


def _alike(rows: Sequence[Row], pair: Pair) -> Alike:
    one, other = rows[pair.one], rows[pair.other]
    verdicts = [[(row.file, spoken.key, spoken.verdict) for spoken in row.spoken] for row in (one, other)]
    return Alike(pair.likeness, one, other, one.file == other.file and sorted(verdicts[0]) != sorted(verdicts[1]))


def _shared_openings(texts: Sequence[Sequence[str]]) -> float:
    """The share of texts that begin with the same words as another."""
    openings = Counter(tuple(words[:OPENING]) for words in texts if len(words) >= OPENING)
    return sum(times for times in openings.values() if times > 1) / len(texts)


def _distinct(texts: Sequence[Sequence[str]], n: int, sample: int) -> float:
    """Distinct n-grams over all n-grams in as many texts, drawn by chance, as make up a sample; the mean of draws."""
    return fmean(_distinct_once(texts, n, sample, Random(draw)) for draw in range(_DRAWS))


def _distinct_once(texts: Sequence[Sequence[str]], n: int, sample: int, random: Random) -> float:
    grams: list[tuple[str, ...]] = []
    left = sample
    for place in random.sample(range(len(texts)), len(texts)):
        words = texts[place][:left]
        grams += _grams(words, n)
        left -= len(words)
        if left <= 0:
            break
    return len(set(grams)) / len(grams) if grams else 1.0


def _repeated(texts: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], int]:
    """The 6-gram that is in most texts, and in how many."""
    times = Counter(gram for words in texts for gram in set(_grams(words, REPEATED)))
    return max(times.items(), key=lambda item: (item[1], item[0]), default=((), 0))


def _grams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return list(zip(*(words[start:] for start in range(n)), strict=False))
