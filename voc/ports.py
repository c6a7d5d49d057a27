"""The ports that rooms implement and the pipeline loop calls."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from voc.promises import Promise
from voc.records import DeadLetter, Partition, Record, Verbatim
from voc.verdicts import Judgement, ModelInfo, Redaction, Verdict


class AssignmentListener(Protocol):
    """What a source tells the pipeline about its partitions. Called inside ``Source.poll``."""

    def assigned(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """Return the next offset to read for each partition that the store knows; the source seeks there."""

    def identified(self, topics: Mapping[str, str]) -> None:
        """Told before ``assigned``: the broker's own id of each topic, which another topic of that name never has.

        Raises FatalError where the store has offsets of another topic of that name.
        """

    def missed(self, source: str, partition: Partition, offsets: int) -> None:
        """So many offsets were deleted at the source before they were read; reading goes on behind them."""

    def revoked(self, partitions: Collection[Partition]) -> None:
        """Finish or drop what is in flight, while commits are still allowed."""

    def lost(self, partitions: Collection[Partition]) -> None:
        """The partitions are somebody else's already: drop what is in flight, commit nothing."""


class Source(Protocol):
    """A feed of records, in order within each partition."""

    def open(self, listener: AssignmentListener) -> None:
        """Connect. Raises ConfigError for what can't be right, TransientError for what may pass."""

    def poll(self, *, max_records: int, timeout: float) -> Sequence[Record]:
        """Up to ``max_records`` records, waiting at most ``timeout`` seconds; keeps the group membership."""

    def pause(self) -> None:
        """Deliver nothing until ``resume``; ``poll`` still keeps the membership."""

    def resume(self) -> None:
        """Undo ``pause``."""

    def commit(self, next_offsets: Mapping[Partition, int]) -> None:
        """Tell the source what is safely stored. The store's own offsets stay the truth."""

    def lag(self) -> Mapping[Partition, int]:
        """Records not yet delivered, by partition, as far as known without waiting."""

    @property
    def ready(self) -> bool:
        """Whether partitions are assigned (a file: whether it is open)."""

    @property
    def exhausted(self) -> bool:
        """Whether nothing will ever come again (a file read to its end)."""

    def close(self) -> None:
        """Leave cleanly; idempotent."""


class Judge(Protocol):
    """A model kind: judges verbatims against promises."""

    @property
    def info(self) -> ModelInfo:
        """Name and version carried by every signal."""

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> Sequence[Judgement]:
        """One judgement a verbatim, in order; ``promises[i]`` are those in force for ``verbatims[i]``.

        What is returned for a verbatim depends on its text, its language hint and its promises alone: not on its
        neighbours in the batch, and not on whether an identical text was judged before.
        """


@dataclass(frozen=True, slots=True)
class Judged:
    """A verbatim, redacted, with what was judged of it.

    ``duplicate_of`` is the record id of an earlier verbatim that says nearly the same; ``suspect_flood`` marks one of
    many such from few authors.
    """

    verbatim: Verbatim
    judgement: Judgement
    redactions: tuple[Redaction, ...] = ()
    duplicate_of: str | None = None
    suspect_flood: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction writes: every record is in ``judged`` or in ``dead``, and ``next_offsets``
    holds, for each partition touched, one more than its last offset."""

    judged: Sequence[Judged]
    dead: Sequence[DeadLetter]
    next_offsets: Mapping[Partition, int]
    model: ModelInfo


@dataclass(slots=True)
class Written:
    """Rows that a transaction inserted, for counters. Records that the store had already are not in it."""

    verbatims: dict[tuple[str, str], int] = field(default_factory=dict)  # (source, language judged|not_judged)
    signals: dict[tuple[str, str, Verdict], int] = field(default_factory=dict)  # (brand, promise id, verdict)
    dead: dict[tuple[str, str], int] = field(default_factory=dict)  # (source, reason)
    repeated: int = 0  # records skipped because the store's offset was past them
    duplicates: dict[str, int] = field(default_factory=dict)  # by source: verbatims that have a duplicate_of
    floods: dict[str, int] = field(default_factory=dict)  # by source: verbatims of a suspect flood


class Store(Protocol):
    """Where verbatims, signals, dead letters and offsets are kept together."""

    def remember_promises(self, promises: Sequence[Promise]) -> None:
        """Keep every wording seen; a wording already kept is left as it is."""

    def next_offsets(self, partitions: Collection[Partition]) -> Mapping[Partition, int]:
        """The next offset to read, for those partitions that the store knows."""

    def identify(self, topics: Mapping[str, str]) -> None:
        """Keep the broker's own id of each topic. Raises FatalError where it was another one before."""

    def write(self, batch: Batch) -> Written:
        """Write all of a batch in one transaction, or nothing.

        Raises TransientError for what may pass and FatalError for a full disk or a damaged file.
        """

    def close(self) -> None:
        """Flush and let go of the file; idempotent."""
