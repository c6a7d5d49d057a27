"""Listeners killed, stopped, frozen and rivalled while records flow: nothing is lost, nothing is there twice."""

import random
from pathlib import Path

import pytest

from tests.harm import freezing, killing
from tests.harm.counting import Count, Held, against_its_offsets, against_what_was_produced
from tests.harm.feeding import Sent
from tests.harm.result import Harm

pytestmark = pytest.mark.kafka

SEED = random.randrange(10_000)
ROW, OTHER = Held(("t", 0, 0), "r0", None, True), Held(("t", 0, 1), None, b"{", False)
TAKEN = {ROW.place: Sent("r0", b'{"id": "r0"}'), OTHER.place: Sent(None, b"{")}


def _nothing_went_wrong(harm: Harm) -> None:
    assert (harm.lost, harm.duplicated) == (0, 0), harm


def test_ten_kills_at_random_moments_leave_each_record_in_the_store_once(broker, tmp_path: Path):
    _nothing_went_wrong(killing.kill(broker, tmp_path, times=10, seed=SEED))


def test_sigterm_at_a_random_moment_ends_in_good_order_with_all_that_is_stored_committed(broker, tmp_path: Path):
    _nothing_went_wrong(killing.terminate(broker, tmp_path, times=4, seed=SEED))


def test_a_listener_frozen_past_its_session_commits_nothing_that_it_lost_and_rejoins(broker, tmp_path: Path):
    _nothing_went_wrong(freezing.freeze(broker, tmp_path, times=2, seed=SEED))


def test_a_second_listener_on_a_store_is_refused_with_the_holder_and_does_the_first_no_harm(broker, tmp_path: Path):
    _nothing_went_wrong(freezing.rival(broker, tmp_path, times=1, seed=SEED))


def test_the_count_sees_what_is_lost_and_what_is_there_twice():
    assert against_what_was_produced(TAKEN, [ROW, OTHER]) == Count(0, 0)
    assert against_what_was_produced(TAKEN, [ROW]) == Count(1, 0)
    assert against_what_was_produced(TAKEN, [ROW, ROW, OTHER]) == Count(0, 1)
    assert against_what_was_produced(TAKEN, [ROW], [ROW, OTHER]) == Count(0, 0), "in both stores is no harm"


def test_the_count_sees_a_record_that_is_not_the_one_produced():
    for wrong in (ROW._replace(id="r1"), OTHER._replace(raw=b"["), ROW._replace(place=("t", 0, 9))):
        with pytest.raises(AssertionError):
            against_what_was_produced(TAKEN, [wrong])


def test_the_count_sees_a_store_whose_rows_and_offsets_disagree():
    place = ("t", 0)
    assert against_its_offsets([ROW, OTHER], {place: 2}) == Count(0, 0)
    assert against_its_offsets([OTHER], {place: 2}) == Count(1, 0)
    assert against_its_offsets([ROW, ROW, OTHER], {place: 2}) == Count(0, 1)
    with pytest.raises(AssertionError, match="past its offset"):
        against_its_offsets([ROW, OTHER], {place: 1})
