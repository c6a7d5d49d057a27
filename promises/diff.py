"""Tells two states of a catalogue apart, promise by promise and wording by wording."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from promises.catalogue import Catalogue
from promises.findings import Severity
from voc.promises import Promise

# The id pairs promises, the version follows from the dates, and the statement has changes of its own kind.
_COMPARED = tuple(field.name for field in fields(Promise) if field.name not in {"id", "version", "statement"})


class ChangeKind(StrEnum):
    """What happened to a promise or to one of its wordings."""

    ADDED = "added"
    WITHDRAWN = "withdrawn"
    NEW_VERSION = "new-version"
    CHANGED = "changed"
    REWORDED_IN_PLACE = "reworded-in-place"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of a promise before and after."""

    name: str
    old: object
    new: object


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. ``promise`` is the wording that is new, changed or gone; ``before`` what stood in its place:
    the wording before a new version, or the state before a change."""

    kind: ChangeKind
    promise: Promise
    before: Promise | None = None
    fields: tuple[FieldChange, ...] = ()

    @property
    def severity(self) -> Severity | None:
        """An error where texts already judged would be held against words that nobody had published."""
        return Severity.ERROR if self.kind is ChangeKind.REWORDED_IN_PLACE else None


def diff(old: Catalogue, new: Catalogue) -> Sequence[Change]:
    """The changes that lead from ``old`` to ``new``, in the order of the new file; what is gone comes last.

    A wording keeps its place by its first day. So another wording with the same first day was changed in place,
    where it should have been a new version.
    """
    ids = dict.fromkeys(promise.id for promise in (*new.promises, *old.promises))
    return [change for id_ in ids for change in _of_one_id(_wordings(old, id_), _wordings(new, id_))]


def _wordings(catalogue: Catalogue, id_: str) -> list[Promise]:
    return sorted((p for p in catalogue.promises if p.id == id_), key=lambda promise: promise.version)


def _of_one_id(old: list[Promise], new: list[Promise]) -> Iterator[Change]:
    pairs = _pairs(old, new)
    paired = {before.version for before, _ in pairs.values()}
    for promise in new:
        if promise.version in pairs:
            yield from _of_one_wording(*pairs[promise.version])
        elif old:
            before = new[promise.version - 2] if promise.version > 1 else None
            yield Change(ChangeKind.NEW_VERSION, promise, before)
        else:
            yield Change(ChangeKind.ADDED, promise)
    for promise in old:
        if promise.version not in paired:
            yield Change(ChangeKind.WITHDRAWN, promise)


def _pairs(old: list[Promise], new: list[Promise]) -> dict[int, tuple[Promise, Promise]]:
    """Wordings before and after, by the version after: by first day, and those left over by equal words."""
    by_day = {promise.valid_from: promise for promise in old}
    pairs = {p.version: (by_day[p.valid_from], p) for p in new if p.valid_from in by_day}
    left = {_words(p): p for p in old if p.valid_from not in {q.valid_from for q in new}}
    moved = {p.version: (left.pop(_words(p)), p) for p in new if p.version not in pairs and _words(p) in left}
    return pairs | moved


def _of_one_wording(old: Promise, new: Promise) -> Iterator[Change]:
    changed = tuple(
        FieldChange(name, getattr(old, name), getattr(new, name))
        for name in _COMPARED
        if getattr(old, name) != getattr(new, name)
    )
    if _words(old) != _words(new):
        changed = (FieldChange("statement", old.statement, new.statement), *changed)
        yield Change(ChangeKind.REWORDED_IN_PLACE, new, old, changed)
    elif changed:
        yield Change(ChangeKind.CHANGED, new, old, changed)


def _words(promise: Promise) -> str:
    """The wording without its line breaks: how a file is wrapped is no change."""
    return " ".join(promise.statement.split())
