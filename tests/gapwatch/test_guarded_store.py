"""The store behind limits and topic: what comes first, and what a second try of the same batch does."""

from collections.abc import Callable, Sequence

import pytest

from gapwatch.dead_letter_limits import DeadLetterLimits
from gapwatch.guarded_store import GuardedStore
from gapwatch.settings import DeadLetterSettings
from sinks import queries
from tests.gapwatch.parts import FaultyStore
from tests.sinks.samples import batch, dead, judged
from voc.errors import FatalError, TransientError
from voc.records import DeadLetter, Partition

PLACE = Partition("reviews", 0)


class Postbox:
    """Takes letters, or raises what it is told to."""

    def __init__(self) -> None:
        self.opened = 0
        self.letters: list[int] = []
        self.error: Exception | None = None
        self.on_publish: Callable[[], object] = lambda: None

    def open(self) -> None:
        self.opened += 1
        if self.error is not None:
            raise self.error

    def publish(self, letters: Sequence[DeadLetter]) -> None:
        if self.error is not None:
            raise self.error
        self.on_publish()
        self.letters += [letter.record.position.offset for letter in letters]


def guarded(store: FaultyStore, topic: Postbox | None = None, in_a_row: int | None = None) -> GuardedStore:
    settings = DeadLetterSettings(most_in_a_row=in_a_row, most_share=None)
    return GuardedStore(store, limits=DeadLetterLimits(settings), topic=topic)


def test_letters_are_published_before_the_batch_is_stored(store):
    opened, box = store(), Postbox()
    box.on_publish = lambda: seen.append(opened.rows("dead_letters"))
    seen: list[list] = []
    guarded(opened, box).write(batch([judged(0)], [dead(1), dead(2)]))
    assert (box.letters, seen) == ([1, 2], [[]])
    assert len(opened.rows("dead_letters")) == 2


def test_nothing_is_stored_when_the_topic_does_not_take_a_letter(store):
    opened, box = store(), Postbox()
    box.error = FatalError("the topic is gone")
    with pytest.raises(FatalError, match="the topic is gone"):
        guarded(opened, box).write(batch([judged(0)], [dead(1)]))
    assert (opened.rows(), opened.rows("dead_letters"), opened.next_offsets([PLACE])) == ([], [], {})


def test_nothing_is_published_or_stored_of_a_batch_that_goes_past_a_limit(store):
    opened, box = store(), Postbox()
    door = guarded(opened, box, in_a_row=2)
    door.write(batch([judged(0)], [dead(1), dead(2)]))
    with pytest.raises(FatalError, match="3 dead letters in a row"):
        door.write(batch([judged(4)], [dead(3)]))
    assert (box.letters, opened.next_offsets([PLACE])) == ([1, 2], {PLACE: 3})


def test_a_batch_written_again_is_published_once_and_counted_once(store):
    opened, box = store(TransientError("busy"), TransientError("busy")), Postbox()
    door, letters = guarded(opened, box, in_a_row=3), batch(dead=[dead(0), dead(1)])
    for _ in range(2):
        with pytest.raises(TransientError):
            door.write(letters)
    door.write(letters)
    assert box.letters == [0, 1]
    door.write(batch(dead=[dead(2)]))
    assert box.letters == [0, 1, 2]


def test_after_a_crash_between_topic_and_store_letters_are_published_again_and_stored_once(store):
    opened, box = store(TransientError("busy")), Postbox()
    letters = batch(dead=[dead(0), dead(1)])
    with pytest.raises(TransientError):
        guarded(opened, box).write(letters)
    guarded(opened, box).write(letters)
    assert box.letters == [0, 1, 0, 1]
    assert [row[2] for row in opened.rows("dead_letters")] == [0, 1]


def test_records_that_the_store_has_are_neither_published_nor_counted_again(store):
    opened = store()
    opened.write(batch(dead=[dead(0), dead(1), dead(2)]))
    box = Postbox()
    door = guarded(opened, box, in_a_row=2)
    written = door.write(batch(dead=[dead(0), dead(1), dead(2), dead(3)]))
    assert (box.letters, written.repeated, written.dead) == ([3], 3, {("reviews", "not_utf8"): 1})
    door.write(batch(dead=[dead(2), dead(3), dead(4)]))
    assert box.letters == [3, 4]


def test_nothing_is_read_before_the_topic_takes_letters(store):
    opened, box = store(), Postbox()
    box.error = TransientError("the broker is away")
    with pytest.raises(TransientError):
        guarded(opened, box).next_offsets([PLACE])
    box.error = None
    assert guarded(opened, box).next_offsets([PLACE]) == {}
    assert box.opened == 2


def test_the_store_tells_the_last_outcomes_in_the_order_of_the_feed(store):
    opened = store()
    opened.write(batch([judged(0), judged(2)], [dead(1), dead(3)]))
    opened.write(batch([judged(5), judged(1, partition=1)], [dead(4), dead(0, partition=1)]))
    bad = "not_utf8"
    with opened.reading() as connection:
        told = queries.last_outcomes(connection, "reviews", limit=100)
        assert told == [None, bad, None, bad, bad, None, bad, None]
        assert queries.last_outcomes(connection, "reviews", limit=3) == told[-3:]
        assert queries.last_outcomes(connection, "tickets", limit=3) == []


def test_a_letter_that_was_mended_counts_no_more(store):
    opened = store()
    opened.write(batch(dead=[dead(0), dead(1)]))
    opened.replay(batch([judged(0), judged(1)]))
    with opened.reading() as connection:
        assert queries.last_outcomes(connection, "reviews", limit=100) == [None, None]
