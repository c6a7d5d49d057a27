"""What may be claimed of a promise and what is to change: told of enough verdicts, and never by chance."""

import pytest

from promises.advice import FEW, Counts, advice, claim

GOAL = 0.9


def counts(kept: int, broken: int, exceeded: int = 0) -> Counts:
    return Counts(broken, kept, exceeded)


@pytest.mark.parametrize(
    ("verdicts", "safe"),
    [
        (counts(990, 10), True),
        (counts(500, 500), False),
        (counts(90, 10), None),  # at its goal: more or less may be true
        (counts(FEW - 1, 0), None),
        (counts(0, FEW - 1), None),
        (counts(0, 0), None),
    ],
)
def test_a_claim_is_safe_where_the_interval_lies_above_the_goal(verdicts: Counts, safe: bool | None):
    assert claim(verdicts, GOAL).safe is safe


def test_without_a_goal_nothing_is_claimed():
    assert claim(counts(1000, 0), None).safe is None
    assert advice(counts(500, 0), counts(500, 0), None).change == "unknown"


@pytest.mark.parametrize(
    ("earlier", "later", "change"),
    [
        (counts(500, 500), counts(500, 500), "wording"),  # it never held
        (counts(990, 10), counts(500, 500), "operation"),  # it held once
        (counts(20, 5), counts(500, 500), "unknown"),  # whether it ever held is not known
        (counts(990, 10), counts(990, 10), "none"),
        (counts(500, 10, 490), counts(500, 10, 490), "wording"),  # more may be promised
        (counts(90, 10), counts(90, 10), "unknown"),
        (counts(10, 0), counts(10, 0), "unknown"),
        (counts(0, 0), counts(0, 0), "unknown"),
    ],
)
def test_the_wording_changes_where_it_never_held_and_the_operation_where_it_got_worse(
    earlier: Counts, later: Counts, change: str
):
    assert advice(earlier, later, GOAL).change == change


def test_what_one_part_alone_misses_is_the_operations_matter_there():
    there, elsewhere = Counts(120, 80, 0), Counts(20, 780, 0)
    half = Counts(70, 430, 0)
    parts = {"the region EU": there, "the region US": elsewhere}
    told = advice(half, half, GOAL, parts)
    assert (told.change, "the region EU alone" in told.why) == ("operation", True)
    both = {"the region EU": half, "the region US": half}
    assert advice(half, half, GOAL, both).change == "wording", "it is missed in each of them"
