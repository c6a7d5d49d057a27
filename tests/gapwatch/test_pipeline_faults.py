"""What the loop does when a part fails: nothing is lost, nothing is committed too early, bugs end it."""

import time
from threading import Thread

import pytest

from tests.gapwatch.parts import PLACE, Listening, ScriptedSource, WaitingJudge, giving, offsets, raising, record
from voc.errors import ConfigError, FatalError, TransientError

FULL = FatalError("the disk is full")


def test_offset_is_not_committed_when_the_store_fails(store):
    source, failing = ScriptedSource(giving(record(0), record(1)), endless=True), store(FULL)
    listening = Listening(failing, source)
    with pytest.raises(FatalError, match="disk is full"):
        listening.run()
    assert source.commits == []
    assert failing.rows() == []
    assert listening.counted == []
    assert source.closed


def test_nothing_later_is_stored_after_a_batch_that_was_not(store):
    """It would lead the stored offset past what was not stored. Here the source fails as well, whose delivered
    records are otherwise stored before the listener ends."""
    source = ScriptedSource(giving(*[record(n) for n in range(4)]), raising(FatalError("damaged")), endless=True)
    failing = store(FULL)
    with pytest.raises(FatalError):
        Listening(failing, source, batch_records=2, queue_records=10).run()
    assert failing.rows() == []
    assert failing.next_offsets([PLACE]) == {}


def test_what_is_judged_already_is_not_stored_after_a_batch_that_was_not(store):
    judge, failing = WaitingJudge(), store()

    def fail_once_all_is_judged() -> None:
        while len(judge.batches) < 3:
            time.sleep(0.005)
        raise FULL

    failing.before_write = fail_once_all_is_judged
    source = ScriptedSource(giving(*[record(n) for n in range(3)]), endless=True)
    with pytest.raises(FatalError, match="disk is full"):
        Listening(failing, source, judge=judge, batch_records=1).run()
    assert failing.tries == 1
    assert failing.rows() == [] and source.commits == []


def test_a_batch_before_the_one_that_fails_is_stored_and_committed(store):
    judge = WaitingJudge()
    kept = store()

    def fail_at_the_second() -> None:
        if kept.tries == 2:
            raise FULL

    kept.before_write = fail_at_the_second
    source = ScriptedSource(giving(record(0), record(1)), endless=True)
    listening = Listening(kept, source, judge=judge, batch_records=1)
    with pytest.raises(FatalError, match="disk is full"):
        listening.run()
    assert offsets(kept.rows()) == [0]
    assert source.commits == [{PLACE: 1}]
    assert len(listening.counted) == 1


def test_transient_store_fault_is_retried_and_polling_goes_on(store, no_back_off):
    source = ScriptedSource(giving(record(0)), giving(), giving(), giving(record(1)), giving())
    flaky = store(TransientError("busy"), TransientError("busy"))
    listening = Listening(flaky, source, batch_records=1)
    listening.run()
    assert offsets(flaky.rows()) == [0, 1]
    assert flaky.tries >= 4
    assert source.commits[-1] == {PLACE: 2}


def test_polling_goes_on_while_the_store_is_tried_again(store):
    """The first wait of the back-off is longer than the polls in between."""
    source = ScriptedSource(giving(record(0)), *[giving() for _ in range(200)], endless=True)
    busy = store(TransientError("busy"))
    listening = Listening(busy, source)
    polls_while_failing = []

    def stop_when_stored() -> None:
        while not busy.tries:
            time.sleep(0.005)
        before = len(source.polls)
        while not listening.counted:
            time.sleep(0.005)
        polls_while_failing.append(len(source.polls) - before)
        listening.stop.set()

    helper = Thread(target=stop_when_stored, daemon=True)
    helper.start()
    listening.run()
    helper.join()
    assert polls_while_failing[0] > 0
    assert offsets(busy.rows()) == [0]


def test_a_source_that_is_away_is_tried_again(store, no_back_off):
    source = ScriptedSource(raising(TransientError("broker away")), giving(record(0)))
    kept = store()
    Listening(kept, source).run()
    assert offsets(kept.rows()) == [0]


def test_the_listener_counts_as_alive_while_a_broker_can_not_be_reached(store, no_back_off):
    source = ScriptedSource(giving(record(0)))
    listening = Listening(store(), source)
    turns = []

    def away_at_first() -> None:
        turns.append(listening.pipeline.last_turn)
        if len(turns) < 3:
            time.sleep(0.01)
            raise TransientError("broker away")

    source.on_open = away_at_first
    listening.run()
    assert turns == sorted(set(turns)) and len(turns) == 3


def test_a_listener_told_to_stop_does_not_wait_for_a_broker(store):
    source = ScriptedSource(endless=True)
    listening = Listening(store(), source)

    def stop_and_fail() -> None:
        listening.stop.set()
        raise TransientError("broker away")

    source.on_open = stop_and_fail
    listening.run()
    assert source.polls == []
    assert source.closed


def test_what_a_damaged_source_delivered_is_stored_before_the_listener_ends(store):
    source = ScriptedSource(giving(record(0), record(1)), raising(FatalError("damaged after line 2")), endless=True)
    kept = store()
    with pytest.raises(FatalError, match="damaged after line 2"):
        Listening(kept, source, batch_seconds=30).run()
    assert offsets(kept.rows()) == [0, 1]
    assert source.commits == [{PLACE: 2}]


def test_a_commit_that_the_broker_refuses_is_counted_and_the_feed_goes_on(store):
    source = ScriptedSource(giving(record(0)), giving(), giving(record(1)))
    refusals = [TransientError("no coordinator")]

    def refuse_once() -> None:
        if refusals:
            raise refusals.pop()

    source.on_commit = refuse_once
    kept = store()
    listening = Listening(kept, source, batch_records=1)
    listening.run()
    assert offsets(kept.rows()) == [0, 1]
    assert listening.count("gapwatch_commit_failures_total") == 1
    assert source.commits == [{PLACE: 2}]


def test_an_unknown_exception_ends_the_listener(store):
    """A bug is no dead letter: the record is read again once the bug is mended."""
    judge = WaitingJudge()
    judge.error = ZeroDivisionError("a bug")
    source, kept = ScriptedSource(giving(record(0)), endless=True), store()
    with pytest.raises(ZeroDivisionError):
        Listening(kept, source, judge=judge).run()
    assert kept.rows() == kept.rows("dead_letters") == []
    assert source.commits == []


def test_an_error_ends_the_listener_even_while_the_store_is_tried_again(store):
    busy = store()
    busy.endless = TransientError("busy")

    def fail_once_the_store_was_tried(listener):
        while not busy.tries:
            time.sleep(0.005)
        raise ConfigError("the broker refused to let 'gapwatch' sign in")

    source = ScriptedSource(giving(record(0)), fail_once_the_store_was_tried, endless=True)
    with pytest.raises(ConfigError, match="sign in"):
        Listening(busy, source, batch_records=1).run()


def test_a_malformed_record_is_a_dead_letter_and_its_neighbours_are_stored(store):
    source = ScriptedSource(giving(record(0), record(1, b"\xff\xfe"), record(2, b""), record(3)))
    kept = store()
    listening = Listening(kept, source)
    listening.run()
    assert offsets(kept.rows()) == [0, 3]
    assert offsets(kept.rows("dead_letters")) == [1, 2]
    assert listening.count("gapwatch_dead_letters_total", source="reviews", reason="not_utf8") == 1
    assert listening.count("gapwatch_records_total", source="reviews", outcome="dead") == 2


def test_a_batch_of_dead_letters_only_needs_no_judge(store):
    source = ScriptedSource(giving(record(0, b"{"), record(1, b"[]")))
    kept = store()
    Listening(kept, source).run()
    assert offsets(kept.rows("dead_letters")) == [0, 1]
    assert source.commits == [{PLACE: 2}]
