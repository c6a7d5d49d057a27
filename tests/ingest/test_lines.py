"""A stream cut into lines, in whatever pieces it comes."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.lines import LineSplitter

STREAMS = st.lists(st.sampled_from([b"", b"a", b"bcd", b"\n", b"\n\n", b"\r\n", b"x" * 12]), max_size=20)


def cut(pieces: list[bytes], limit: int) -> list[bytes]:
    splitter = LineSplitter(limit)
    return [line for piece in pieces for line in splitter.feed(piece)] + splitter.finish()


@given(STREAMS, st.integers(1, 15))
def test_pieces_make_no_difference_and_long_lines_keep_one_byte_more_than_the_limit(pieces, limit):
    whole = b"".join(pieces)
    expected = [line[: limit + 1] for line in whole.split(b"\n")]
    if not expected[-1]:
        expected.pop()  # a line end at the end begins no line
    assert cut(pieces, limit) == cut([whole], limit) == expected


def test_a_line_without_end_is_not_held_in_memory():
    splitter = LineSplitter(100)
    for _ in range(1_000):
        assert splitter.feed(b"x" * 10_000) == []
    assert len(splitter._partial) == 101
