"""How far the two readers of the corpus agree beyond chance, and how their disagreements were settled."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nlp.training.corpus_sheets import Reading, Row, Sheet

_SILENT = "silent"


class Cell(NamedTuple):
    """One thing that both readers were asked: what either said, and what the corpus says now."""

    first: str
    second: str
    settled: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement on ``n`` cells; ``kappa`` is None where it has no meaning: no cell, or all of one category. The
    disagreements were settled as the first reader said, as the second, or otherwise."""

    name: str
    n: int
    observed: float
    kappa: float | None
    disagreements: int
    as_first: int
    as_second: int
    otherwise: int


def agreements(sheets: Sequence[Sheet]) -> list[Agreement]:
    """The readers' agreement on promises, on verdicts alone, on aspects and on disconfirmation."""
    brands = [sheet for sheet in sheets if sheet.is_brand]
    plain = [sheet for sheet in sheets if not sheet.is_brand]
    promises = [cell for sheet in brands for cell in _promise_cells(sheet)]
    return [
        agreement("promise and verdict", promises),
        agreement("verdict where both speak", [cell for cell in promises if _SILENT not in (cell.first, cell.second)]),
        agreement("aspects of utterances", [cell for sheet in plain for cell in _aspect_cells(sheet)]),
        agreement("disconfirmation of texts", [cell for sheet in brands for cell in _whole_cells(sheet)]),
        agreement("disconfirmation of utterances", [cell for sheet in plain for cell in _whole_cells(sheet)]),
    ]


def agreement(name: str, cells: Sequence[Cell]) -> Agreement:
    """Cohen's kappa (1960), unweighted: a verdict has no order."""
    apart = [cell for cell in cells if cell.first != cell.second]
    n = len(cells)
    observed = (n - len(apart)) / n if n else 0.0
    firsts, seconds = Counter(cell.first for cell in cells), Counter(cell.second for cell in cells)
    chance = sum(firsts[one] * seconds[one] for one in firsts) / n**2 if n else 1.0
    as_first = sum(cell.settled == cell.first for cell in apart)
    as_second = sum(cell.settled == cell.second for cell in apart)
    return Agreement(
        name=name,
        n=n,
        observed=observed,
        kappa=None if chance == 1 else (observed - chance) / (1 - chance),
        disagreements=len(apart),
        as_first=as_first,
        as_second=as_second,
        otherwise=len(apart) - as_first - as_second,
    )


def _read(sheet: Sheet) -> Iterator[tuple[Row, Reading]]:
    for number, reading in (sheet.read or {}).items():
        if number in sheet.rows:
            yield sheet.rows[number], reading


def _promise_cells(sheet: Sheet) -> Iterator[Cell]:
    names = dict.fromkeys(name for name, _ in sheet.promises)
    for row, reading in _read(sheet):
        yield from _cells(row, reading, names)


def _aspect_cells(sheet: Sheet) -> Iterator[Cell]:
    for row, reading in _read(sheet):
        yield from _cells(row, reading, row.labels)


def _cells(row: Row, reading: Reading, keys: Iterable[str | int]) -> Iterator[Cell]:
    labels = row.labels
    for key in keys:
        yield Cell(reading.first.get(key, _SILENT), reading.second.get(key, _SILENT), labels.get(key, _SILENT))


def _whole_cells(sheet: Sheet) -> Iterator[Cell]:
    for row, reading in _read(sheet):
        yield Cell(reading.first_disconfirmation, reading.second_disconfirmation, row.disconfirmation)
