"""Reads texts that people have labelled: which promise each speaks of and with what verdict."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

import orjson

from voc.errors import ConfigError
from voc.verdicts import Disconfirmation, Verdict

_BOM: Final = b"\xef\xbb\xbf"
_MIXED: Final = "mixed"  # one text that finds a promise both broken and kept
_VERDICTS: Final[Mapping[str, frozenset[Verdict]]] = {
    **{str(verdict): frozenset((verdict,)) for verdict in Verdict},
    _MIXED: frozenset((Verdict.BROKEN, Verdict.KEPT)),
}
_FEELINGS: Final[Mapping[str, Disconfirmation]] = {str(feeling): feeling for feeling in Disconfirmation}
_FORM: Final = 'a line such as {"text": "…", "labels": {"bags-on-time": "broken"}}'


@dataclass(frozen=True, slots=True)
class LabelledRow:
    """A text and its labels; ``line`` counts from 1. A promise without verdicts is not spoken about; ``mixed`` is
    both ``broken`` and ``kept``. ``disconfirmation`` is None where it was not labelled."""

    line: int
    id: str
    text: str
    verdicts: Mapping[str, frozenset[Verdict]]
    disconfirmation: Disconfirmation | None


def read_labels(path: Path, known: Collection[str]) -> list[LabelledRow]:
    """The rows of a file of JSON lines, in order; ``known`` are the ids of the promises that labels may name.

    A row is ``{"text", "labels": {promise id: verdict}}``, with ``id`` and ``disconfirmation`` where they are known;
    or its labels are ``{"promises": {promise id: verdict}, "polarity": …}``, where any other key and any polarity that
    is no disconfirmation is passed over. A row without labels is silent on every promise. Blank lines are skipped.

    Raises ConfigError with file, line, value and what is allowed for the first fault.
    """
    try:
        content = path.read_bytes().removeprefix(_BOM)
    except OSError as error:
        raise ConfigError(f"can't be read: {error.strerror}", file=str(path)) from error
    lines = [(number, line) for number, line in enumerate(content.split(b"\n"), start=1) if line.strip()]
    if not lines:
        raise ConfigError("is empty", file=str(path), allowed=_FORM)
    rows = [_Line(str(path), number, known).row(line) for number, line in lines]
    if not any(row.verdicts or row.disconfirmation for row in rows):
        raise ConfigError("has no labels", file=str(path), key="labels", allowed=_FORM)
    return rows


@dataclass(frozen=True, slots=True)
class _Line:
    """Where a row stands, for what is told of its faults."""

    file: str
    number: int
    known: Collection[str]

    def row(self, line: bytes) -> LabelledRow:
        document = self._document(line)
        text = document.get("text")
        if not isinstance(text, str) or not text.strip():
            raise self._fault("has no text", key="text", allowed=_FORM)
        labels = self._mapping(document.get("labels"), "labels")
        place, named, feeling = "labels", labels, document.get("disconfirmation")
        # a promise that is called "promises" has a verdict, and no mapping
        if "promises" in labels and not isinstance(labels["promises"], str):
            place, named = "labels.promises", self._mapping(labels["promises"], "labels.promises")
            polarity = labels.get("polarity")
            feeling = feeling or (polarity if isinstance(polarity, str) and polarity in _FEELINGS else None)
        given = document.get("id")
        return LabelledRow(
            line=self.number,
            id=f"line {self.number}" if given in (None, "") else str(given),
            text=text,
            verdicts=dict(self._verdicts(named, place)),
            disconfirmation=self._feeling(feeling),
        )

    def _document(self, line: bytes) -> Mapping[str, Any]:
        try:
            document = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            # the line itself is not shown: it is a customer's words
            raise self._fault(f"is no JSON ({error.msg} at column {error.colno})", allowed=_FORM) from error
        if not isinstance(document, dict):
            raise self._fault("is JSON, but no object", allowed=_FORM)
        return document

    def _mapping(self, value: object, key: str) -> Mapping[str, Any]:
        if value is not None and not isinstance(value, dict):
            raise self._fault("is no object", key=key, value=value, allowed="{promise id: verdict}")
        return value or {}

    def _verdicts(self, labels: Mapping[str, Any], place: str) -> Iterator[tuple[str, frozenset[Verdict]]]:
        for promise, verdict in labels.items():
            if promise not in self.known:
                close = get_close_matches(promise, self.known, n=1)
                hint = f"; did you mean {close[0]!r}?" if close else ""
                problem = f"no promise has this id{hint}"
                raise self._fault(problem, key=place, value=promise, allowed=", ".join(sorted(self.known)))
            if not isinstance(verdict, str) or verdict not in _VERDICTS:
                shown = "null" if verdict is None else verdict
                allowed = f"{', '.join(_VERDICTS)}; leave it out where the text is silent"
                raise self._fault("is no verdict", key=f"{place}.{promise}", value=shown, allowed=allowed)
            yield promise, _VERDICTS[verdict]

    def _feeling(self, value: object) -> Disconfirmation | None:
        if value is None:
            return None
        if not isinstance(value, str) or value not in _FEELINGS:
            raise self._fault("is not known", key="disconfirmation", value=value, allowed=", ".join(_FEELINGS))
        return _FEELINGS[value]

    def _fault(self, problem: str, *, key: str = "", value: object = None, allowed: str) -> ConfigError:
        place = f"line {self.number}: {key}" if key else f"line {self.number}"
        return ConfigError(problem, file=self.file, key=place, value=value, allowed=allowed)
