"""What a corpus must be whatever its words: promises that exist, evidence that stands in its text, two readers."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from nlp.training.corpus_sheets import Fault, FaultKind, Row, Sheet
from nlp.training.shingles import words_of

FEWEST_PHRASINGS: Final = 4  # published, formal, short, and in a customer's words


def structure_faults(sheets: Sequence[Sheet]) -> list[Fault]:
    """Every fault that can be told of a row, a promise or a file."""
    faults = [fault for sheet in sheets for fault in _of_sheet(sheet)]
    for name, times in Counter(sheet.brand for sheet in sheets if sheet.is_brand).items():
        if times > 1:
            faults += [_fault(f"another file has the brand {name} too", s.file) for s in sheets if s.brand == name]
    return faults + list(_repeated([row for sheet in sheets for row in sheet.rows.values()]))


def _fault(message: str, file: str, row: int | None = None) -> Fault:
    return Fault(FaultKind.STRUCTURE, message, file, row)


def _of_sheet(sheet: Sheet) -> Iterator[Fault]:
    if sheet.is_brand:
        yield from _of_promises(sheet)
    promises = {name for name, _ in sheet.promises}
    for row in sheet.rows.values():
        yield from _of_row(row)
        unknown = [one.name for one in row.spoken if sheet.is_brand and one.name not in promises]
        if unknown:
            yield _fault(f"unknown promise {', '.join(unknown)}", row.file, row.number)
    yield from _of_readings(sheet)


def _of_promises(sheet: Sheet) -> Iterator[Fault]:
    for name, times in Counter(name for name, _ in sheet.promises).items():
        if times > 1:
            yield _fault(f"promise {name} stands {times} times", sheet.file)
    owner: dict[tuple[str, ...], str] = {}
    for name, phrasings in sheet.promises:
        if len(phrasings) < FEWEST_PHRASINGS:
            yield _fault(f"promise {name} has {len(phrasings)} phrasings, fewer than {FEWEST_PHRASINGS}", sheet.file)
        for phrasing in phrasings:
            if not phrasing.strip():
                yield _fault(f"promise {name} has an empty phrasing", sheet.file)
            elif (said := tuple(words_of(phrasing))) in owner:
                yield _fault(f"promise {name} has a phrasing of {owner[said]}: {phrasing}", sheet.file)
            else:
                owner[said] = name


def _of_row(row: Row) -> Iterator[Fault]:
    if not row.text.strip():
        yield _fault("empty text", row.file, row.number)
    for one in row.spoken:
        if not one.name.strip():
            yield _fault("an aspect has no name", row.file, row.number)
        if not one.evidence.strip() or one.evidence not in row.text:
            yield _fault(f"the evidence of {one.name} does not stand in the text", row.file, row.number)
    for name, times in Counter(one.name.strip().casefold() for one in row.spoken).items():
        if times > 1:
            yield _fault(f"aspect {name} stands {times} times", row.file, row.number)


def _of_readings(sheet: Sheet) -> Iterator[Fault]:
    if sheet.read is None:
        yield _fault(f"no second reading of {len(sheet.rows)} texts: there is no file of readings", sheet.file)
        return
    lacking = [number for number in sheet.rows if number not in sheet.read]
    if lacking:
        shown = ", ".join(map(str, lacking[:5])) + (", …" if len(lacking) > 5 else "")
        yield _fault(f"no second reading of {len(lacking)} texts: rows {shown}", sheet.file, lacking[0])
    for number, reading in sheet.read.items():
        row = sheet.rows.get(number)
        if row is None:
            continue
        for key in {*reading.first, *row.labels}:
            said = reading.first.get(key)
            if said == reading.second.get(key) and said != row.labels.get(key):
                yield _fault(f"both readers say {said} of {key}, the label {row.labels.get(key)}", row.file, number)
        both = reading.first_disconfirmation
        if both == reading.second_disconfirmation and both != row.disconfirmation:
            yield _fault(f"both readers say {both}, the label {row.disconfirmation}", row.file, number)


def _repeated(rows: Sequence[Row]) -> Iterator[Fault]:
    """Texts of the same words, wherever: case and punctuation tell no texts apart."""
    seen: dict[object, Row] = {}
    for row in rows:
        key = tuple(words_of(row.text)) or row.text.strip()
        first = seen.setdefault(key, row)
        if first is not row and key:
            yield _fault(f"the text of {first.file}, row {first.number}, again: {row.text}", row.file, row.number)
