"""How many dead letters are too many: past a limit the listener stops, rather than eat a feed it can't read."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from gapwatch.settings import DeadLetterSettings
from voc.errors import FatalError
from voc.ports import Batch
from voc.records import DeadLetter


class _Dead(NamedTuple):
    number: int  # which record of its source it was, counted from 1
    reason: str


@dataclass(slots=True)
class Feed:
    """What the limits know of one source: how many records came, and which of the last ones are dead letters."""

    records: int = 0
    in_a_row: int = 0  # dead letters at its end
    dead: deque[_Dead] = field(default_factory=deque)  # those of the window, oldest first

    def add(self, reason: str | None, window: int) -> None:
        """One more record: None if it could be used, else why not."""
        self.records += 1
        self.in_a_row = 0 if reason is None else self.in_a_row + 1
        if reason is not None:
            self.dead.append(_Dead(self.records, reason))
        self._forget_those_before(window)

    def add_good(self, number: int, window: int) -> None:
        """So many more records that could be used."""
        self.records += number
        self.in_a_row = 0
        self._forget_those_before(window)

    def _forget_those_before(self, window: int) -> None:
        while self.dead and self.dead[0].number <= self.records - window:
            self.dead.popleft()


class DeadLetterLimits:
    """Judges every dead letter by those before it in the same source, in the order of the feed.

    What belongs to a batch that is not stored does not count: ``after`` tells how the feeds would stand, and only
    ``keep`` makes that so. Within a batch the order is that of partitions and offsets, as the store has it.
    """

    def __init__(
        self, settings: DeadLetterSettings, *, stored: Mapping[str, Iterable[str | None]] | None = None
    ) -> None:
        """``stored`` are the last records of each source, oldest first, as ``Feed.add`` takes them: with them a
        restart goes on where the limits were."""
        self._settings = settings
        self._feeds: dict[str, Feed] = {}
        for source, reasons in (stored or {}).items():
            feed = self._feeds[source] = Feed()
            for reason in reasons:
                feed.add(reason, settings.window_records)

    def after(self, fresh: Batch) -> dict[str, Feed]:
        """The feeds as they are once ``fresh`` is stored, which holds nothing that the store has already.

        Raises FatalError for the first dead letter that goes past a limit.
        """
        feeds: dict[str, Feed] = {}
        dead_in = {letter.record.position.source for letter in fresh.dead}
        good = Counter(one.verbatim.position.source for one in fresh.judged)
        for source in good.keys() - dead_in:
            self._copy(source, feeds).add_good(good[source], self._settings.window_records)
        if dead_in:
            for source, letter in _in_order(fresh, dead_in):
                feed = feeds.get(source) or self._copy(source, feeds)
                feed.add(letter.reason.value if letter else None, self._settings.window_records)
                if letter is not None:
                    self._judge(feed, letter)
        return feeds

    def keep(self, feeds: Mapping[str, Feed]) -> None:
        """The batch is stored: what ``after`` told of it holds from now on."""
        self._feeds.update(feeds)

    def _copy(self, source: str, feeds: dict[str, Feed]) -> Feed:
        known = self._feeds.get(source, Feed())
        feeds[source] = replace(known, dead=known.dead.copy())
        return feeds[source]

    def _judge(self, feed: Feed, letter: DeadLetter) -> None:
        row, share, window = self._settings.most_in_a_row, self._settings.most_share, self._settings.window_records
        if row is not None and feed.in_a_row > row:
            figures = f"{feed.in_a_row} dead letters in a row, more than dead_letters.most_in_a_row ({row})"
            raise _too_many(figures, letter, islice(reversed(feed.dead), feed.in_a_row))
        if share is not None and feed.records >= window and len(feed.dead) > share * window:
            figures = (
                f"{len(feed.dead)} of the last {window} records are dead letters, a larger share than "
                f"dead_letters.most_share ({share:g})"
            )
            raise _too_many(figures, letter, feed.dead)


def _in_order(batch: Batch, sources: set[str]) -> list[tuple[str, DeadLetter | None]]:
    """(source, dead letter or None) of every record of these sources, by partition and offset."""
    judged = (one.verbatim.position for one in batch.judged)
    records = [(position, None) for position in judged if position.source in sources]
    letters = [(letter.record.position, letter) for letter in batch.dead]
    ordered = sorted([*records, *letters], key=itemgetter(0))
    return [(position.source, letter) for position, letter in ordered]


def _too_many(figures: str, last: DeadLetter, among: Iterable[_Dead]) -> FatalError:
    source, reasons = last.record.position.source, Counter(one.reason for one in among)
    [(commonest, times)] = reasons.most_common(1)
    return FatalError(
        f"source {source}: {figures}; most often {commonest} ({times} of {reasons.total()}), the last at "
        f"{last.record.position.record_id}: {last.reason.value}: {last.detail}; nothing of this batch was stored. "
        "Mend the mapping (sources[].fields) or what writes the records, look at "
        f"`gapwatch dead-letters list --source {source}`, run `gapwatch dead-letters replay` and start again; "
        "or raise the limit to leave them out"
    )
