"""Says what is wrong or weak in a catalogue, before customers' texts are judged against it."""

from collections.abc import Iterator, Sequence

from promises.catalogue import Catalogue
from promises.conflicts import Similarity, conflicts, validity
from promises.examples import misjudged
from promises.findings import Code, Finding, found
from promises.wording import bound, bounds, numbers, token_overlap, unverifiable
from voc.ports import Judge
from voc.promises import Promise


def lint(
    catalogue: Catalogue, judge: Judge | None = None, *, similarity: Similarity = token_overlap
) -> Sequence[Finding]:
    """All findings, in the order of the catalogue's promises.

    With a ``judge`` the example phrasings are judged too. ``similarity`` tells which promises are about one
    subject; sentence vectors see more there than the words in common do.
    """
    promises = catalogue.promises
    findings = [finding for promise in promises for finding in _alone(promise)]
    findings += validity(promises)
    findings += conflicts(promises, similarity)
    if judge is not None:
        findings += misjudged(promises, judge)
    place = {(promise.id, promise.version): index for index, promise in enumerate(promises)}
    return sorted(findings, key=lambda finding: place[finding.promise_id, finding.version])


def _alone(promise: Promise) -> Iterator[Finding]:
    """What can be said of a promise without the others."""
    if promise.source_url is None and promise.source_citation is None:
        yield found(Code.NO_SOURCE, promise, "nothing shows that it was published: give source.url or source.citation")
    words = unverifiable(promise.statement)
    if words:
        quoted = ", ".join(f"“{word}”" for word in words)
        yield found(Code.UNVERIFIABLE, promise, f"nobody can check {quoted}: say what the customer gets, and by when")
    yield from _measure(promise)
    missing = [name for name, owner in (("says", promise.says), ("does", promise.does)) if owner is None]
    if missing:
        yield found(Code.OWNER_MISSING, promise, f"no team to tell of a gap: owners.{' and owners.'.join(missing)}")


def _measure(promise: Promise) -> Iterator[Finding]:
    stated = numbers(promise.statement)
    if promise.measure is None:
        if stated:
            figures = ", ".join(sorted(stated, key=float))
            yield found(
                Code.NO_MEASURE, promise, f"the wording says {figures}, but there is no measure to hold texts to"
            )
        return
    if bound(str(promise.measure)) not in bounds(promise.statement) and not numbers(str(promise.measure)) & stated:
        yield found(Code.MEASURE_MISMATCH, promise, f"the measure says {promise.measure}, the wording does not")
