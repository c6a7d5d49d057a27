"""Reads the corpus as it is written, file by file and row by row, with the readings beside it; tells what can't be."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from voc.verdicts import Disconfirmation, Verdict


class FaultKind(StrEnum):
    """What a fault is one of."""

    STRUCTURE = "structure"
    TEMPLATES = "templates"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where; rows count from 0, as readings name them."""

    kind: FaultKind
    message: str
    file: str = ""
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """A promise or an aspect that a text speaks of. ``key`` is what readings call it: the promise's id, or the place
    of the aspect in its row."""

    key: str | int
    name: str
    verdict: Verdict
    evidence: str


@dataclass(frozen=True, slots=True)
class Row:
    """One text as it is labelled now."""

    file: str
    number: int
    text: str
    spoken: Sequence[Spoken]
    disconfirmation: Disconfirmation

    @property
    def labels(self) -> Mapping[str | int, Verdict]:
        """Verdicts as readings give them."""
        return {one.key: one.verdict for one in self.spoken}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the writer of a text and its second, blind reader said; what is absent they held to be silent."""

    first: Mapping[str | int, Verdict]
    second: Mapping[str | int, Verdict]
    first_disconfirmation: Disconfirmation
    second_disconfirmation: Disconfirmation


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file of the corpus: a brand, or utterances, which have no industry and no promises. ``length`` counts the
    rows that can't be read too; ``read`` are the readings by row, None where their file is missing."""

    file: str
    length: int
    rows: Mapping[int, Row]
    read: Mapping[int, Reading] | None
    brand: str = ""
    industry: str = ""
    promises: Sequence[tuple[str, Sequence[str]]] = field(default=())

    @property
    def is_brand(self) -> bool:
        """Whether the texts are labelled against promises."""
        return self.file.endswith(".json")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Promise(_Strict):
    id: str
    phrasings: list[str]


class _Brand(_Strict):
    brand: str
    industry: str
    promises: list[_Promise]
    texts: list[object]


class _Text(_Strict):
    kind: str
    text: str
    labels: dict[str, Verdict]
    evidence: dict[str, str]
    disconfirmation: Disconfirmation

    @model_validator(mode="after")
    def _pairs(self) -> "_Text":
        if apart := sorted(set(self.labels) ^ set(self.evidence)):
            raise ValueError(f"label without evidence, or evidence without label: {', '.join(apart)}")
        return self


class _Aspect(_Strict):
    about: str
    verdict: Verdict
    evidence: str


class _Utterance(_Strict):
    text: str
    aspects: list[_Aspect]
    disconfirmation: Disconfirmation


class _Reading(_Strict):
    row: int
    first: dict[str, Verdict] | list[Verdict | None]
    second: dict[str, Verdict] | list[Verdict | None]
    first_disconfirmation: Disconfirmation
    second_disconfirmation: Disconfirmation


_READINGS: Final = "readings"
_Model = TypeVar("_Model", bound=BaseModel)


def read_sheets(folder: Path) -> tuple[list[Sheet], list[Fault]]:
    """All files, brands first, and a fault for each file, row or reading that can't be read or fits nothing."""
    faults: list[Fault] = []
    sheets = [sheet for path in sorted(folder.glob("brands/*.json")) if (sheet := _brand_sheet(path, faults))]
    sheets += [_plain_sheet(path, faults) for path in sorted(folder.glob("plain-*.jsonl"))]
    names = {f"{Path(sheet.file).stem}.jsonl" for sheet in sheets}
    for path in sorted(folder.glob(f"{_READINGS}/*")):
        if path.name not in names:
            faults.append(_structure("readings of a file that is not there", f"{_READINGS}/{path.name}"))
    return sheets, faults


def _structure(message: str, file: str, row: int | None = None) -> Fault:
    return Fault(FaultKind.STRUCTURE, message, file, row)


def _brand_sheet(path: Path, faults: list[Fault]) -> Sheet | None:
    brand = _parsed(_Brand, path.read_text(encoding="utf-8"), path.name, None, faults)
    if brand is None:
        return None
    texts = {number: _checked(_Text, one, path.name, number, faults) for number, one in enumerate(brand.texts)}
    rows = {
        number: Row(
            path.name,
            number,
            one.text,
            [Spoken(name, name, verdict, one.evidence[name]) for name, verdict in one.labels.items()],
            one.disconfirmation,
        )
        for number, one in texts.items()
        if one is not None
    }
    promises = [(promise.id, promise.phrasings) for promise in brand.promises]
    read = _read(path.parents[1], path, rows, len(texts), {name for name, _ in promises}, faults)
    return Sheet(path.name, len(texts), rows, read, brand.brand, brand.industry, promises)


def _plain_sheet(path: Path, faults: list[Fault]) -> Sheet:
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = {
        number: Row(
            path.name,
            number,
            one.text,
            [Spoken(place, aspect.about, aspect.verdict, aspect.evidence) for place, aspect in enumerate(one.aspects)],
            one.disconfirmation,
        )
        for number, one in _lines(_Utterance, lines, path.name, faults)
    }
    return Sheet(path.name, len(lines), rows, _read(path.parent, path, rows, len(lines), None, faults))


def _read(
    folder: Path, of: Path, rows: Mapping[int, Row], length: int, promises: set[str] | None, faults: list[Fault]
) -> Mapping[int, Reading] | None:
    """The readings of a file that fit its rows; ``promises`` is None where they are of aspects."""
    path = folder / _READINGS / f"{of.stem}.jsonl"
    if not path.exists():
        return None
    file = f"{_READINGS}/{path.name}"
    found: dict[int, Reading] = {}
    for line, one in _lines(_Reading, path.read_text(encoding="utf-8").splitlines(), file, faults):
        if not 0 <= one.row < length:
            faults.append(_structure(f"is of row {one.row}, which {of.name} does not have", file, line))
        elif one.row in found:
            faults.append(_structure(f"is of row {one.row}, which was read above", file, line))
        elif one.row in rows and (wrong := _misfit(one, rows[one.row], promises)):
            faults.append(_structure(f"does not fit row {one.row} of {of.name}: {wrong}", file, line))
        else:
            first, second = _by_key(one.first), _by_key(one.second)
            found[one.row] = Reading(first, second, one.first_disconfirmation, one.second_disconfirmation)
    return found


def _misfit(reading: _Reading, row: Row, promises: set[str] | None) -> str:
    for said in (reading.first, reading.second):
        if promises is None:
            if not isinstance(said, list) or len(said) != len(row.spoken):
                return f"{len(said)} verdicts on {len(row.spoken)} aspects"
        elif not isinstance(said, dict):
            return "verdicts are not by promise"
        elif unknown := sorted(set(said) - promises):
            return f"unknown promise {', '.join(unknown)}"
    return ""


def _by_key(said: Mapping[str, Verdict] | Sequence[Verdict | None]) -> Mapping[str | int, Verdict]:
    pairs: Iterable[tuple[str | int, Verdict | None]] = said.items() if isinstance(said, Mapping) else enumerate(said)
    return {key: verdict for key, verdict in pairs if verdict is not None}


def _lines(model: type[_Model], lines: Sequence[str], file: str, faults: list[Fault]) -> Iterable[tuple[int, _Model]]:
    for number, line in enumerate(lines):
        one = _parsed(model, line, file, number, faults)
        if one is not None:
            yield number, one


def _parsed(model: type[_Model], text: str, file: str, row: int | None, faults: list[Fault]) -> _Model | None:
    try:
        raw = json.loads(text, object_pairs_hook=_once)
    except ValueError as error:
        faults.append(_structure(f"is no JSON: {error}", file, row))
        return None
    return _checked(model, raw, file, row, faults)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object; of a key that stands twice json would keep the last and say nothing."""
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{', '.join(sorted({key for key in keys if keys.count(key) > 1}))} stands twice")
    return content


def _checked(model: type[_Model], raw: object, file: str, row: int | None, faults: list[Fault]) -> _Model | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        place = ".".join(map(str, wrong["loc"]))
        faults.append(_structure(": ".join(part for part in (place, wrong["msg"]) if part), file, row))
        return None
