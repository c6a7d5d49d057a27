"""Reads the training corpus: invented brands with fully labelled texts, and short plain-spoken utterances."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from voc.verdicts import Disconfirmation, Verdict

FOLDER: Final = Path(__file__).with_name("corpus")


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
    phrasings: Mapping[str, Sequence[str]]
    texts: Sequence[LabelledText]


def brands(folder: Path = FOLDER) -> list[Brand]:
    """All brands, by file name."""
    return [_brand(json.loads(path.read_text(encoding="utf-8"))) for path in sorted(folder.glob("brands/*.json"))]


def plain_utterances(folder: Path = FOLDER) -> list[LabelledText]:
    """All short utterances, in the order of the files."""
    return [_plain(json.loads(line)) for path in sorted(folder.glob("plain-*.jsonl")) for line in _lines(path)]


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        yield from file


def _brand(raw: Mapping[str, Any]) -> Brand:
    return Brand(
        name=raw["brand"],
        phrasings={promise["id"]: promise["phrasings"] for promise in raw["promises"]},
        texts=[_labelled(row) for row in raw["texts"]],
    )


def _labelled(row: Mapping[str, Any]) -> LabelledText:
    verdicts = {promise: Verdict(verdict) for promise, verdict in row["labels"].items()}
    disconfirmation = Disconfirmation(row["disconfirmation"])
    pleased = {Verdict.KEPT, Verdict.EXCEEDED} & set(verdicts.values()) and Verdict.BROKEN not in verdicts.values()
    if pleased and disconfirmation is Disconfirmation.NEUTRAL:
        # the writers called plainly pleased texts neutral or positive at will; positive is what we settled on
        disconfirmation = Disconfirmation.POSITIVE
    return LabelledText(row["text"], verdicts, row.get("evidence", {}), disconfirmation)


def _plain(row: Mapping[str, Any]) -> LabelledText:
    aspects = {f"{number} {aspect['about']}": aspect for number, aspect in enumerate(row["aspects"])}
    return LabelledText(
        row["text"],
        {name: Verdict(aspect["verdict"]) for name, aspect in aspects.items()},
        {name: aspect["evidence"] for name, aspect in aspects.items()},
        Disconfirmation(row["disconfirmation"]),
    )
