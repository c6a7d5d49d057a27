"""How records flow through the loop: bounded, in order, once, and to the end when told to stop."""

import time
from pathlib import Path
from threading import Thread

from ingest.config import JsonlSource
from ingest.jsonl import JsonlFeed
from tests.gapwatch.parts import (
    OTHER_PLACE,
    PLACE,
    TOPIC,
    FaultyStore,
    Listening,
    ScriptedSource,
    WaitingJudge,
    calling,
    giving,
    losing,
    offsets,
    record,
    revoking,
)


def holding_judge() -> WaitingJudge:
    judge = WaitingJudge()
    judge.go.clear()
    return judge


def test_a_full_inbox_pauses_the_sources_until_half_of_it_is_free(store):
    judge = holding_judge()
    source = ScriptedSource(*[giving(record(2 * n), record(2 * n + 1)) for n in range(20)])
    kept = store()
    listening = Listening(kept, source, judge=judge, batch_records=2, queue_records=8)

    def release_once_paused() -> None:
        while not source.paused:
            time.sleep(0.005)
        time.sleep(0.3)
        judge.go.set()

    helper = Thread(target=release_once_paused, daemon=True)
    helper.start()
    listening.run()
    helper.join()
    assert source.pauses >= 1 and source.resumes >= 1
    assert max(n for n, _, _ in source.polls) <= 8, "never asks for more than the queue may hold"
    assert sum(paused for *_, paused in source.polls) >= 1, "polls on while paused, to keep the membership"
    assert offsets(kept.rows()) == list(range(40))


def test_a_long_file_does_not_starve_another_source(store):
    judge = holding_judge()
    greedy = ScriptedSource(endless=True)
    listening = Listening(
        store(), greedy, ScriptedSource(endless=True), judge=judge, queue_records=100, batch_records=50
    )
    greedy.steps.append(calling(lambda listener: listening.stop.set()))
    listening.run()
    assert greedy.polls[0][0] == 50, "half of the queue, as there are two sources"


def test_waiting_for_the_last_batch_does_not_turn_round_and_round(store):
    judge = holding_judge()
    source = ScriptedSource(giving(record(0)))
    listening = Listening(store(), source, judge=judge)
    runner = Thread(target=listening.run, daemon=True)
    runner.start()
    assert judge.asked.wait(5)
    before = len(source.polls)
    time.sleep(0.6)
    turns = len(source.polls) - before
    judge.go.set()
    runner.join()
    assert turns <= 6


def test_records_are_judged_in_batches_of_the_set_size(store):
    judge = WaitingJudge()
    source = ScriptedSource(giving(*[record(n) for n in range(10)]))
    Listening(store(), source, judge=judge, batch_records=4).run()
    assert judge.batches == [4, 4, 2]


def test_a_batch_is_judged_while_the_one_before_it_is_stored_and_no_more_is_taken_in_hand(store):
    judge, kept = WaitingJudge(), store()
    judged_meanwhile: list[int] = []

    def look_at_what_is_judged() -> None:
        if kept.tries == 1:
            time.sleep(1)  # the judge is quick: what it may take in hand it has by then
            judged_meanwhile.append(len(judge.batches))

    kept.before_write = look_at_what_is_judged
    source = ScriptedSource(giving(*[record(n) for n in range(10)]))
    Listening(kept, source, judge=judge, batch_records=1).run()
    assert judged_meanwhile == [3], "one is being stored, two wait for it"
    assert offsets(kept.rows()) == list(range(10))
    assert source.commits == [{PLACE: n} for n in range(1, 11)]


def test_a_small_batch_does_not_wait_longer_than_told(store):
    source = ScriptedSource(giving(record(0)), endless=True)
    listening = Listening(store(), source, batch_seconds=0.1)
    runner = Thread(target=listening.run, daemon=True)
    begin = time.monotonic()
    runner.start()
    while not listening.counted and time.monotonic() - begin < 10:
        time.sleep(0.01)
    waited = time.monotonic() - begin
    listening.stop.set()
    runner.join()
    assert 0.1 <= waited < 2


def test_stop_finishes_work_in_hand(store):
    judge = holding_judge()
    source = ScriptedSource(giving(record(0), record(1)), giving(record(2)), endless=True)
    kept = store()
    listening = Listening(kept, source, judge=judge, batch_records=2)
    runner = Thread(target=listening.run, daemon=True)
    runner.start()
    assert judge.asked.wait(5)
    listening.stop.set()
    time.sleep(0.3)
    assert runner.is_alive(), "the batch in hand is not given up"
    judge.go.set()
    runner.join(10)
    assert not runner.is_alive()
    assert offsets(kept.rows()) == [0, 1]
    assert source.commits == [{PLACE: 2}], "what was only read is left to the next run"
    assert source.closed


def test_revoked_partitions_finish_their_batch_first(store):
    judge = holding_judge()
    kept = store()
    seen: list[list[int]] = []

    def revoke_while_in_hand(listener) -> list:
        assert judge.asked.wait(5)
        Thread(target=lambda: (time.sleep(0.2), judge.go.set()), daemon=True).start()
        listener.revoked([PLACE])
        seen.append(offsets(kept.rows()))
        return []

    source = ScriptedSource(giving(record(0), record(1)), revoke_while_in_hand)
    Listening(kept, source, judge=judge, batch_records=2).run()
    assert seen == [[0, 1]], "stored before revoked() returns, while commits are still allowed"
    assert source.commits == [{PLACE: 2}]


def test_records_of_revoked_partitions_that_were_only_read_are_dropped(store):
    judge = holding_judge()

    def revoke(listener) -> list:
        assert judge.asked.wait(5)
        judge.go.set()
        listener.revoked([PLACE])
        return []

    source = ScriptedSource(giving(record(0), record(1), record(0, partition=1)), revoke)
    kept = store()
    Listening(kept, source, judge=judge, batch_records=1).run()
    assert kept.rows() == [(TOPIC, 0, 0), (TOPIC, 1, 0)]


def test_leaving_does_not_wait_for_a_slow_batch_for_ever(store):
    judge = holding_judge()
    waited: list[float] = []

    def revoke(listener) -> list:
        assert judge.asked.wait(5)
        begin = time.monotonic()
        listener.revoked([PLACE])
        waited.append(time.monotonic() - begin)
        judge.go.set()
        return []

    source = ScriptedSource(giving(record(0), record(0, partition=1)), revoke)
    kept = store()
    Listening(kept, source, judge=judge, batch_records=2, revoke_seconds=0.3).run()
    assert 0.3 <= waited[0] < 3
    assert source.commits == [{OTHER_PLACE: 1}], "the new owner's position is not overwritten"


def test_nothing_is_committed_for_lost_partitions(store):
    judge = holding_judge()

    def lose(listener) -> list:
        assert judge.asked.wait(5)
        listener.lost([PLACE])
        judge.go.set()
        return []

    source = ScriptedSource(giving(record(0), record(1), record(0, partition=1)), lose)
    kept = store()
    Listening(kept, source, judge=judge, batch_records=2).run()
    assert source.commits == [{OTHER_PLACE: 1}]


def test_a_partition_that_comes_back_goes_on_where_the_store_is(store):
    kept = store()
    told: list[dict] = []
    source = ScriptedSource(
        giving(record(0), record(1)),
        revoking(PLACE),
        calling(lambda listener: told.append(dict(listener.assigned([PLACE, OTHER_PLACE])))),
        giving(record(2)),
    )
    Listening(kept, source, batch_records=2).run()
    assert told == [{PLACE: 2}], "and says nothing of a partition that the store does not know"
    assert source.commits[-1] == {PLACE: 3}
    assert offsets(kept.rows()) == [0, 1, 2]


def test_a_record_that_comes_again_is_stored_and_counted_once(store):
    source = ScriptedSource(giving(record(0), record(1)), losing(PLACE), giving(record(0), record(1), record(2)))
    kept = store()
    listening = Listening(kept, source, batch_records=2)
    listening.run()
    assert offsets(kept.rows()) == [0, 1, 2]
    assert listening.count("gapwatch_records_total", source=TOPIC, outcome="stored") == 3


def test_the_listener_is_ready_when_every_source_has_its_partitions(store):
    judge = holding_judge()
    source = ScriptedSource(giving(record(0)), endless=True)
    listening = Listening(store(), source, judge=judge)
    assert not listening.pipeline.ready
    runner = Thread(target=listening.run, daemon=True)
    runner.start()
    assert judge.asked.wait(5)
    assert listening.pipeline.ready
    judge.go.set()
    listening.stop.set()
    runner.join()
    assert not listening.pipeline.ready


def _replay(path: Path, into: FaultyStore) -> Listening:
    listening = Listening(into, JsonlFeed(JsonlSource(path=str(path), name=TOPIC, holds="review")), batch_records=3)
    listening.run()
    return listening


def test_replaying_a_file_counts_nothing_twice(store, tmp_path: Path):
    file, kept = tmp_path / "reviews.jsonl", store()
    lines = [b'{"text": "The bag came after %d minutes."}' % n for n in range(10)] + [b"no json", b""]
    file.write_bytes(b"\n".join(lines) + b"\n")
    first = _replay(file, kept)
    assert first.count("gapwatch_records_total", source=TOPIC, outcome="stored") == 10
    assert first.count("gapwatch_records_total", source=TOPIC, outcome="dead") == 2
    again = _replay(file, kept)
    assert again.counted == []
    assert again.count("gapwatch_records_total", source=TOPIC, outcome="stored") == 0
    with file.open("ab") as more:
        more.write(b'{"text": "One more."}\n')
    longer = _replay(file, kept)
    assert longer.count("gapwatch_records_total", source=TOPIC, outcome="stored") == 1
    assert offsets(kept.rows()) == [*range(10), 12]
    assert offsets(kept.rows("dead_letters")) == [10, 11]
