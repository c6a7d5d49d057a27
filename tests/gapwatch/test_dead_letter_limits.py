"""How many dead letters are too many: the same answer whatever the batches, and none for what is not stored."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gapwatch.dead_letter_limits import DeadLetterLimits
from gapwatch.settings import DeadLetterSettings
from tests.sinks.samples import START, batch, judged
from voc.errors import FatalError
from voc.ports import Batch
from voc.records import DeadLetter, DeadLetterReason, Position, Record

NO_TEXT, BAD_FIELD = DeadLetterReason.NO_TEXT, DeadLetterReason.BAD_FIELD


def limits(in_a_row: int | None = None, share: float | None = None, window: int = 10, **stored: Sequence[str | None]):
    settings = DeadLetterSettings(most_in_a_row=in_a_row, most_share=share, window_records=window)
    return DeadLetterLimits(settings, stored=stored)


def letter(offset: int, reason: DeadLetterReason = NO_TEXT, *, source: str = "reviews") -> DeadLetter:
    return DeadLetter(Record(Position(source, source, 0, offset), b"{}", START), reason, "text is missing")


def a_batch(first: int, fates: Sequence[bool]) -> Batch:
    """Records from an offset on; True is a dead letter."""
    numbered = list(enumerate(fates, first))
    return batch([judged(n) for n, dead in numbered if not dead], [letter(n) for n, dead in numbered if dead])


def stops_at(tried: DeadLetterLimits, fates: Sequence[bool], size: int) -> int | None:
    """The offset of the record that goes past a limit, if batches of this size hold them."""
    for first in range(0, len(fates), size):
        try:
            tried.keep(tried.after(a_batch(first, fates[first : first + size])))
        except FatalError as error:
            return int(str(error).split("the last at reviews/0/")[1].split(":")[0])
    return None


def test_as_many_in_a_row_as_the_limit_are_borne_and_one_more_is_not():
    assert stops_at(limits(in_a_row=3), [True] * 3 + [False] + [True] * 3, 7) is None
    assert stops_at(limits(in_a_row=3), [True] * 3 + [False] + [True] * 4, 8) == 7


def test_a_share_as_large_as_the_limit_is_borne_and_a_larger_one_is_not():
    half = [True, False] * 5
    assert stops_at(limits(share=0.5), half + [True, False] * 20, 50) is None
    assert stops_at(limits(share=0.5), [*half, True, True], 12) == 11


def test_a_share_is_judged_only_once_the_window_is_full():
    assert stops_at(limits(share=0.1), [True] * 9, 1) is None
    assert stops_at(limits(share=0.1), [True] * 9 + [False] + [True], 1) == 10


def test_what_left_the_window_does_not_count():
    assert stops_at(limits(share=0.5), [True] * 5 + [False] * 10 + [True] * 5, 4) is None


def test_a_record_that_can_be_used_never_stops_the_listener():
    assert stops_at(limits(share=0.1), [True] * 9 + [False] * 50, 3) is None


def test_no_limit_is_no_limit():
    assert stops_at(limits(), [True] * 100, 7) is None


def test_each_source_has_limits_of_its_own():
    tried = limits(in_a_row=3)
    letters = [letter(n, source=source) for n in range(3) for source in ("reviews", "tickets")]
    tried.keep(tried.after(batch(dead=letters)))
    with pytest.raises(FatalError, match="source tickets: 4 dead letters in a row"):
        tried.after(batch(dead=[letter(3, source="tickets")]))


def test_a_batch_that_is_not_stored_does_not_count():
    for tried in (limits(in_a_row=3), limits(share=0.3, reviews=[None] * 10)):
        for _ in range(5):
            tried.after(a_batch(0, [True] * 3))
        tried.keep(tried.after(a_batch(0, [True] * 3)))
        with pytest.raises(FatalError):
            tried.after(a_batch(3, [True]))


def test_what_is_stored_counts_from_the_start():
    tried = limits(in_a_row=3, reviews=["no_text"] * 3)
    with pytest.raises(FatalError, match="4 dead letters in a row"):
        tried.after(a_batch(3, [True]))
    assert stops_at(limits(share=0.5, reviews=["no_text", None] * 5), [True, True], 1) == 1


def test_the_message_says_which_source_how_many_why_and_what_to_do():
    tried = limits(share=0.5, reviews=[*[None] * 5, *["no_text"] * 4])
    with pytest.raises(FatalError) as stopped:
        tried.after(batch([judged(9)], [letter(10, BAD_FIELD), letter(11, BAD_FIELD), letter(12, BAD_FIELD)]))
    assert str(stopped.value) == (
        "source reviews: 6 of the last 10 records are dead letters, a larger share than dead_letters.most_share (0.5); "
        "most often no_text (4 of 6), the last at reviews/0/11: bad_field: text is missing; nothing of this batch was "
        "stored. Mend the mapping (sources[].fields) or what writes the records, look at `gapwatch dead-letters list "
        "--source reviews`, run `gapwatch dead-letters replay` and start again; or raise the limit to leave them out"
    )


FATES = st.lists(st.booleans(), max_size=120)


@given(fates=FATES, in_a_row=st.integers(1, 12), share=st.sampled_from((0.2, 0.5, 0.9)), sizes=st.integers(1, 130))
def test_batches_of_any_size_stop_at_the_same_record(fates, in_a_row, share, sizes):
    assert stops_at(limits(in_a_row, share), fates, sizes) == _plainly(fates, in_a_row, share, window=10)


@given(fates=FATES, restart=st.integers(0, 120))
def test_a_restart_changes_nothing(fates, restart):
    """What the store tells of the last records is as good as having seen them all."""
    expected = _plainly(fates, 12, 0.5, window=10)
    before = fates[:restart] if expected is None else fates[: min(restart, expected)]
    told = ["no_text" if dead else None for dead in before][-12:]
    again = limits(12, 0.5, reviews=told)
    try:
        again.keep(again.after(a_batch(len(before), fates[len(before) :])))
    except FatalError as error:
        assert f"the last at reviews/0/{expected}:" in str(error)
    else:
        assert expected is None


def _plainly(fates: Sequence[bool], in_a_row: int, share: float, window: int) -> int | None:
    """The same rule in the most plain way: for each dead letter count back."""
    for number, dead in enumerate(fates):
        seen = fates[: number + 1]
        run = next((n for n, one in enumerate(reversed(seen)) if not one), len(seen))
        if dead and (run > in_a_row or (len(seen) >= window and sum(seen[-window:]) > share * window)):
            return number
    return None
