"""What is special about files and standard input."""

import gzip
import os
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from ingest.config import JsonlSource
from ingest.decoding import Decoder
from ingest.jsonl import JsonlFeed, read_records
from tests.ingest.listener import Listener, take, values
from voc.errors import ConfigError, FatalError, RecordError
from voc.records import DeadLetterReason, Partition

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def source(path, **settings) -> JsonlSource:
    return JsonlSource(path=str(path), holds="review", **settings)


def opened(settings: JsonlSource, stored: dict[Partition, int] | None = None) -> JsonlFeed:
    feed = JsonlFeed(settings, clock=lambda: NOON)
    feed.open(Listener(stored))
    return feed


def test_every_line_is_a_record_and_a_last_line_needs_no_end(tmp_path):
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"text": "a"}\n\n{"text": "b"}')
    records = list(read_records(source(path), clock=lambda: NOON))
    assert values(records) == [b'{"text": "a"}', b"", b'{"text": "b"}']
    assert records[1].position == ("lines", f"file:{path}", 0, 1)
    assert records[1].received_at == NOON


def test_a_relative_path_and_an_absolute_one_are_the_same_file(tmp_path, monkeypatch):
    (tmp_path / "a.jsonl").write_bytes(b"{}\n")
    monkeypatch.chdir(tmp_path)
    [record] = read_records(source("a.jsonl"))
    assert record.position.topic == f"file:{tmp_path / 'a.jsonl'}"


def test_a_file_is_exhausted_when_its_last_line_was_delivered(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"1\n2\n3\n")
    feed = opened(source(path))
    feed.poll(max_records=2, timeout=1)
    assert not feed.exhausted
    feed.poll(max_records=2, timeout=1)
    assert feed.exhausted
    feed.close()


def test_lines_that_were_appended_since_are_read_by_the_next_run(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"1\n2\n")
    assert len(list(read_records(source(path)))) == 2
    with path.open("ab") as file:
        file.write(b"3\n")
    feed = opened(source(path), {Partition(f"file:{path}", 0): 2})
    assert values(take(feed, 1)) == [b"3"]
    feed.close()


def test_a_line_of_five_megabytes_is_cut_so_that_it_is_found_too_large(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "' + b"x" * 5_000_000 + b'"}\n{"text": "next"}\n')
    settings = source(path, max_record_bytes=1_000)
    long, following = read_records(settings)
    assert len(long.value) == 1_001
    with pytest.raises(RecordError) as refused:
        Decoder(settings).decode(long)
    assert refused.value.reason is DeadLetterReason.TOO_LARGE
    assert (following.position.offset, following.value) == (1, b'{"text": "next"}')


@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()], ids=["missing", "a folder"])
def test_a_file_that_can_not_be_read_is_a_fault_of_the_settings(tmp_path, make):
    path = tmp_path / "a.jsonl"
    make(path)
    with pytest.raises(ConfigError, match=r"sources\.a\.path: '.*a\.jsonl': can't be read: .*; allowed: a file, or -"):
        opened(source(path))


def test_an_archive_that_is_cut_off_is_fatal_after_what_could_be_read(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    lines = [b"%d %s" % (number, os.urandom(40).hex().encode()) for number in range(5_000)]
    content = gzip.compress(b"\n".join(lines) + b"\n")
    path.write_bytes(content[: len(content) // 2])
    feed, read = opened(source(path)), []
    with pytest.raises(FatalError) as fault:
        while True:
            read.extend(feed.poll(max_records=100, timeout=1))
    assert f"a.jsonl.gz: damaged or cut off after line {len(read)}: " in str(fault.value)
    assert not feed.exhausted
    assert 2_000 < len(read) < 3_000
    assert values(read) == lines[: len(read)]
    feed.close()


def test_a_file_that_only_bears_the_name_of_an_archive_is_fatal(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(b'{"text": "not packed"}\n')
    with pytest.raises(FatalError, match="damaged or cut off after line 0"):
        list(read_records(source(path)))


@pytest.fixture
def piped(monkeypatch):
    """Standard input replaced by the reading end of a pipe; the test holds the writing end."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin, os.fdopen(writing, "wb", buffering=0) as pipe:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield pipe


def test_standard_input_delivers_what_is_there_and_does_not_wait_longer_than_told(piped):
    feed = opened(source("-"))
    began = time.monotonic()
    assert feed.poll(max_records=10, timeout=0.2) == []
    assert 0.15 < time.monotonic() - began < 2
    piped.write(b'{"text": "a"}\n{"text": ')
    assert values(feed.poll(max_records=10, timeout=5)) == [b'{"text": "a"}']
    piped.write(b'"b"}')
    assert feed.poll(max_records=10, timeout=0.1) == []
    piped.close()
    assert values(feed.poll(max_records=10, timeout=5)) == [b'{"text": "b"}']
    assert feed.exhausted
    feed.close()
    assert not sys.stdin.closed


def test_standard_input_is_a_new_stream_each_run(piped):
    first = JsonlFeed(source("-"), clock=lambda: NOON)
    second = JsonlFeed(source("-"), clock=lambda: datetime(2026, 3, 11, tzinfo=UTC))
    assert first._partition == Partition("stdin:2026-03-10T12:00:00+00:00", 0)
    assert first._partition != second._partition


def test_a_whole_program_can_be_fed_through_a_pipe():
    program = (
        "from ingest.config import JsonlSource\n"
        "from ingest.jsonl import read_records\n"
        "print(sum(1 for _ in read_records(JsonlSource(path='-', holds='post'))))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], input=b"{}\n" * 50_000, capture_output=True, check=True)
    assert done.stdout == b"50000\n"
