"""Customers' words for a digest: a few that say different things, short enough to read, the evidence apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sinks.digest import Quote

_MOST_CHARACTERS: Final = 420  # of what stands around the evidence: about five lines
_CUT: Final = "…"


@dataclass(frozen=True, slots=True)
class Said:
    """One text in three pieces; without known evidence all of it is ``before``."""

    before: str
    evidence: str
    after: str
    quote: Quote

    @property
    def where(self) -> str:
        """Kind, place and day, as far as they are known."""
        one = self.quote
        known = [one.kind, *(part for part in (one.region, one.product, one.channel) if part)]
        return ", ".join([*known, f"{one.event_time:%-d %B}"])


def said(quotes: Iterable[Quote], *, most: int) -> list[Said]:
    """The first ``most`` that don't say the same words as one before."""
    found: list[Said] = []
    heard: set[str] = set()
    for quote in quotes:
        one = _pieces(quote)
        words = " ".join((one.evidence or one.before).lower().split())
        if words in heard:
            continue
        heard.add(words)
        found.append(one)
        if len(found) == most:
            break
    return found


def _pieces(quote: Quote) -> Said:
    if quote.evidence_start is None or quote.evidence_end is None:
        text = quote.text
        return Said(text if len(text) <= _MOST_CHARACTERS else _first(text, _MOST_CHARACTERS), "", "", quote)
    before, after = quote.text[: quote.evidence_start], quote.text[quote.evidence_end :]
    evidence = quote.text[quote.evidence_start : quote.evidence_end]
    room = max(_MOST_CHARACTERS - len(evidence), 0)
    if len(before) + len(after) > room:
        before, after = _last(before, room // 2), _first(after, room // 2)
    return Said(before, evidence, after, quote)


def _first(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most].rsplit(" ", 1)[0] + _CUT


def _last(text: str, most: int) -> str:
    return text if len(text) <= most else _CUT + text[len(text) - most :].partition(" ")[2]
