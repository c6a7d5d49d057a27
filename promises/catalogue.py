"""Loads a catalogue file into promises, with the wordings of one id numbered in order of time."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

from pydantic import ValidationError

from promises.faults import config_error
from promises.schema import CatalogueFile, PromiseEntry
from promises.yamlfile import read_yaml
from voc.errors import ConfigError
from voc.promises import Measure, Promise


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All wordings of all promises of one brand, in the order of the file."""

    brand: str
    promises: tuple[Promise, ...]
    path: Path


def load_catalogue(path: Path) -> Catalogue:
    """The catalogue in ``path``; raises ConfigError naming file, key, value and what is allowed."""
    content = read_yaml(path)
    if not isinstance(content, dict):
        raise ConfigError("is no catalogue", file=str(path), allowed="the keys brand and promises")
    try:
        parsed = CatalogueFile.model_validate(content)
    except ValidationError as error:
        raise config_error(str(path), CatalogueFile, error) from error
    versions = _versions(path, parsed.promises)
    promises = tuple(
        _promise(parsed.brand, entry, version) for entry, version in zip(parsed.promises, versions, strict=True)
    )
    return Catalogue(brand=parsed.brand, promises=promises, path=path)


def _versions(path: Path, entries: tuple[PromiseEntry, ...]) -> list[int]:
    """The version of each entry: its place, from 1, among the entries of the same id by first day."""
    by_id: defaultdict[str, list[int]] = defaultdict(list)
    for index, entry in enumerate(entries):
        by_id[entry.id].append(index)
    versions = [0] * len(entries)
    for indexes in by_id.values():
        indexes.sort(key=lambda index: entries[index].valid.from_ or date.min)
        for version, index in enumerate(indexes, start=1):
            versions[index] = version
        for earlier, later in pairwise(indexes):
            _refuse_overlap(path, entries, earlier, later)
    return versions


def _refuse_overlap(path: Path, entries: tuple[PromiseEntry, ...], earlier: int, later: int) -> None:
    """Two wordings of one id in force on one day would make two verdicts on one promise."""
    until, start = entries[earlier].valid.until, entries[later].valid.from_
    if until is not None and start is not None and until < start:
        return
    first, second = sorted((earlier, later))
    raise ConfigError(
        f"two equal ids: promises[{first}] has it too, and both are in force at the same time",
        file=str(path),
        key=f"promises[{second}].id",
        value=entries[second].id,
        allowed="the same id again only with valid dates of its own that do not overlap",
    )


def _promise(brand: str, entry: PromiseEntry, version: int) -> Promise:
    measure, budget = entry.measure, entry.budget
    return Promise(
        brand=brand,
        id=entry.id,
        statement=entry.statement,
        version=version,
        source_url=entry.source.url,
        source_citation=entry.source.citation,
        source_seen=entry.source.seen,
        valid_from=entry.valid.from_,
        valid_until=entry.valid.until,
        regions=entry.scope.regions,
        products=entry.scope.products,
        channels=entry.scope.channels,
        touchpoint=entry.touchpoint,
        journey=entry.journey,
        says=entry.owners.says,
        does=entry.owners.does,
        measure=None if measure is None else Measure(measure.quantity, measure.at_most, measure.at_least),
        kept_at_least=None if budget is None else budget.kept_at_least,
        window=None if budget is None else budget.window,
        severity=entry.severity,
        broken_examples=entry.examples.broken,
        kept_examples=entry.examples.kept,
        exceeded_examples=entry.examples.exceeded,
    )
