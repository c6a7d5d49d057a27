"""Splits a text into the spans that are shown as evidence: sentences, cut again where mood or subject may turn."""

import re
from collections.abc import Sequence
from itertools import pairwise

import spacy

# A customer's mood or subject turns inside a sentence at these; a clause is cut before them.
_TURN = re.compile(
    r"(?:[,;:–—]|\s-{1,2})\s+(?=(?:but|however|though|although|yet|except|unfortunately|sadly|luckily|whereas|while"
    r"|still|and|so|then|plus|which|because)\b)|;\s+|\s+(?=but\b)|\n+",
    re.IGNORECASE,
)
_MIN_CLAUSE = 12  # characters; shorter pieces say too little to be judged alone
_splitter = spacy.blank("en")
_splitter.add_pipe("sentencizer", config={"punct_chars": [".", "!", "?", "…", "。", "！", "？", "؟", "।"]})
_splitter.max_length = 10_000_000
# spaCy's time for a run of symbols or emoji grows with the square of its length, and nobody's sentence has words so
# long: the splitter, and it alone, sees a blank in place of every fiftieth character of them.
_ENDLESS = re.compile(r"(\S{49})\S")


def split(text: str) -> Sequence[tuple[int, int]]:
    """Character ranges of the clauses of a text, in order, not overlapping, without white space at their ends.

    What lies between them is white space and turning punctuation only.
    """
    pieces: list[tuple[int, int]] = []
    for start, end in (_strip(text, *one) for one in _sentences(text)):
        for turn in _TURN.finditer(text, start, end):
            if turn.start() - start >= _MIN_CLAUSE and end - turn.end() >= _MIN_CLAUSE:
                pieces.append((start, turn.start()))
                start = turn.end()
        pieces.append((start, end))
    return [span for span in (_strip(text, *piece) for piece in pieces) if span[0] < span[1]]


def sentence_ends(text: str) -> Sequence[int]:
    """Where each sentence ends that is followed by another: the last one may go on."""
    return [_strip(text, *one)[1] for one in _sentences(text)][:-1]


def _sentences(text: str) -> Sequence[tuple[int, int]]:
    """Ranges that make up the whole text; each holds one sentence and the white space after it."""
    seen = _ENDLESS.sub(r"\1 ", text)  # as long as the text: places stay true
    starts = [sentence.start_char for sentence in _splitter(seen).sents]
    return list(pairwise([*starts, len(text)]))


def _strip(text: str, start: int, end: int) -> tuple[int, int]:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))
