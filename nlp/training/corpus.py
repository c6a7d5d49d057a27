"""Reads the training corpus: invented brands with fully labelled texts, and short plain-spoken utterances."""

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from voc.verdicts import Disconfirmation, Verdict

FOLDER: Final = Path(__file__).with_name("corpus")
_KEPT_APART = 10  # one brand and one utterance in so many is never trained on


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with the verdict and the evidence of each promise (or aspect) that it speaks of."""

    text: str
    verdicts: Mapping[str, Verdict]
    evidence: Mapping[str, str]
    disconfirmation: Disconfirmation


@dataclass(frozen=True, slots=True)
class Brand:
    """An invented brand: phrasings by promise id, the published wording first, and texts labelled against all."""

    name: str
    industry: str
    phrasings: Mapping[str, Sequence[str]]
    texts: Sequence[LabelledText]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Brands, and utterances whose verdicts are by the aspect that they speak of."""

    brands: Sequence[Brand]
    utterances: Sequence[LabelledText]


def read_corpus(folder: Path = FOLDER) -> Corpus:
    """The whole corpus, brands by file name, utterances in the order of their files."""
    brands = [_brand(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("brands/*.json"))]
    lines = [line for path in sorted(folder.glob("plain-*.jsonl")) for line in path.read_text("utf-8").splitlines()]
    return Corpus(brands, [_plain(json.loads(line)) for line in lines])


def split_corpus(corpus: Corpus) -> tuple[Corpus, Corpus]:
    """What is trained on and the tenth that is kept apart: which, a hash of the name decides, so that a corpus that
    grows keeps apart what it kept apart before."""
    apart = [_is_apart(brand.name) for brand in corpus.brands]
    aside = [_is_apart(utterance.text) for utterance in corpus.utterances]
    train, held = (
        Corpus(
            [brand for brand, out in zip(corpus.brands, apart, strict=True) if out is which],
            [utterance for utterance, out in zip(corpus.utterances, aside, strict=True) if out is which],
        )
        for which in (False, True)
    )
    return train, held


def _is_apart(name: str) -> bool:
    return zlib.crc32(name.encode()) % _KEPT_APART == 3


def _brand(raw: Mapping[str, Any]) -> Brand:
    return Brand(
        name=raw["brand"],
        industry=raw["industry"],
        phrasings={promise["id"]: promise["phrasings"] for promise in raw["promises"]},
        texts=[_labelled(row) for row in raw["texts"]],
    )


def _labelled(row: Mapping[str, Any]) -> LabelledText:
    verdicts = {promise: Verdict(verdict) for promise, verdict in row["labels"].items()}
    return LabelledText(row["text"], verdicts, row["evidence"], Disconfirmation(row["disconfirmation"]))


def _plain(row: Mapping[str, Any]) -> LabelledText:
    return LabelledText(
        row["text"],
        {aspect["about"]: Verdict(aspect["verdict"]) for aspect in row["aspects"]},
        {aspect["about"]: aspect["evidence"] for aspect in row["aspects"]},
        Disconfirmation(row["disconfirmation"]),
    )
