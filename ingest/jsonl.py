"""Source kind ``jsonl``: a file, a gzipped file or standard input, one record a line."""

import gzip
import select
import stat
import sys
import time
import zlib
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import FileIO
from os import fstat
from pathlib import Path

import structlog

from ingest.config import STDIN, JsonlSource
from ingest.lines import LineSplitter
from voc.errors import ConfigError, FatalError
from voc.ports import AssignmentListener
from voc.records import Partition, Position, Record

PIECE = 64 * 1024
PIECES_A_POLL = 128  # 8 MiB: what is asked for is a number of lines, and lines may be long

log = structlog.get_logger(__name__)


def _now() -> datetime:
    return datetime.now(UTC)


class JsonlFeed:
    """Implements ``voc.ports.Source`` for one file. Its topic is ``file:`` and the absolute path, its partition 0,
    an offset is a 0-based line number. A blank line is a record (an empty one), so that every line is accounted for.

    A file may grow at its end between two runs; another content needs another name. Standard input is a new
    stream each run (``stdin:`` and the start time) and can't be resumed.
    """

    def __init__(self, source: JsonlSource, *, clock: Callable[[], datetime] = _now) -> None:
        self._source, self._clock = source, clock
        self._partition = Partition(self._topic(), 0)
        self._stream: FileIO | gzip.GzipFile | None = None
        self._splitter = LineSplitter(source.max_record_bytes)
        self._lines: deque[bytes] = deque()
        self._offset = 0  # line number of the first of self._lines
        self._first = 0  # lines before it are stored already
        self._paused = self._ended = False
        self._damage: FatalError | None = None

    def open(self, listener: AssignmentListener) -> None:
        """Open the file and learn where to go on. Raises ConfigError for a file that can't be read."""
        try:
            self._stream = self._opened()
        except OSError as bad:
            raise ConfigError(
                f"can't be read: {bad.strerror}",
                key=f"sources.{self._source.name}.path",
                value=self._source.path,
                allowed="a file, or - for standard input",
            ) from bad
        self._first = listener.assigned([self._partition]).get(self._partition, 0)
        if self._first:
            log.info("file_resumed", source=self._source.name, line=self._first)

    def poll(self, *, max_records: int, timeout: float) -> Sequence[Record]:
        """The next lines. Raises FatalError for a damaged archive, once all that could be read is delivered."""
        if self._paused:
            time.sleep(timeout)
            return []
        deadline = time.monotonic() + timeout
        for _ in range(PIECES_A_POLL):
            if len(self._lines) >= max_records or self._ended:
                break
            # wait for the first line only: what a pipe has by then is a batch
            if not self._readable(0.0 if self._lines else max(0.0, deadline - time.monotonic())):
                break
            self._read_piece()
            self._skip_stored()
            if time.monotonic() > deadline:
                break
        if not self._lines and self._damage is not None:
            raise self._damage
        return self._records(min(max_records, len(self._lines)))

    def pause(self) -> None:
        """Deliver nothing until ``resume``."""
        self._paused = True

    def resume(self) -> None:
        """Deliver again."""
        self._paused = False

    def commit(self, next_offsets: Mapping[Partition, int]) -> None:
        """Nothing to tell a file: the store's offsets are all there is."""

    def lag(self) -> Mapping[Partition, int]:
        """Empty: how many lines a file still has is not known without reading it."""
        return {}

    @property
    def ready(self) -> bool:
        """Whether the file is open."""
        return self._stream is not None

    @property
    def exhausted(self) -> bool:
        """Whether every line was delivered."""
        return self._ended and not self._lines and self._damage is None

    def close(self) -> None:
        """Close the file (standard input stays open); idempotent."""
        if self._stream is not None:
            self._stream.close()
        self._stream = None
        self._lines.clear()
        self._ended = True

    def _topic(self) -> str:
        if self._source.path == STDIN:
            return f"stdin:{self._clock().isoformat()}"
        return f"file:{Path(self._source.path).resolve()}"

    def _opened(self) -> FileIO | gzip.GzipFile:
        if self._source.path == STDIN:  # unbuffered, and not ours to close: select must see what is left to read
            return open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
        if self._source.path.endswith(".gz"):
            return gzip.open(self._source.path, "rb")
        return open(self._source.path, "rb", buffering=0)

    def _readable(self, seconds: float) -> bool:
        """Whether a read returns at once: always for a file, after a wait for a pipe or a terminal."""
        assert self._stream is not None, "poll() before open()"
        number = self._stream.fileno()
        return stat.S_ISREG(fstat(number).st_mode) or bool(select.select([number], [], [], seconds)[0])

    def _read_piece(self) -> None:
        assert self._stream is not None
        try:
            # read1: what was unpacked before a fault is returned, the fault comes with the next call
            piece = self._stream.read1(PIECE) if isinstance(self._stream, gzip.GzipFile) else self._stream.read(PIECE)
        except (EOFError, OSError, zlib.error) as bad:
            self._ended = True
            self._damage = FatalError(
                f"{self._source.path}: damaged or cut off after line {self._offset + len(self._lines)}: {bad}"
            )
            self._damage.__cause__ = bad
            return
        if piece is None:  # a pipe that does not block, and had nothing after all
            return
        self._lines.extend(self._splitter.feed(piece) if piece else self._splitter.finish())
        self._ended = not piece

    def _skip_stored(self) -> None:
        while self._lines and self._offset < self._first:
            self._lines.popleft()
            self._offset += 1

    def _records(self, number: int) -> list[Record]:
        (topic, partition), name, now, take = self._partition, self._source.name, self._clock(), self._lines.popleft
        first, self._offset = self._offset, self._offset + number
        return [Record(Position(name, topic, partition, n), take(), now) for n in range(first, first + number)]


class _FromTheStart:
    """An assignment listener that knows no offsets."""

    def assigned(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        return {}

    def identified(self, topics: Mapping[str, str]) -> None:
        """A file has no id but its path."""

    def missed(self, source: str, partition: Partition, offsets: int) -> None:
        """No line of a file is deleted for its age."""

    def revoked(self, partitions: Collection[Partition]) -> None:
        """A file is never taken away."""

    def lost(self, partitions: Collection[Partition]) -> None:
        """A file is never taken away."""


def read_records(source: JsonlSource, *, clock: Callable[[], datetime] = _now) -> Iterator[Record]:
    """Every line of a file or of standard input, in order, without a store. Raises what ``JsonlFeed`` raises."""
    feed = JsonlFeed(source, clock=clock)
    feed.open(_FromTheStart())
    try:
        while not feed.exhausted:
            yield from feed.poll(max_records=1024, timeout=1.0)
    finally:
        feed.close()
