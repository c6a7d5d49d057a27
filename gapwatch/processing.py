"""From raw records to a batch that can be stored: decode, redact, cut, find the promises in force, judge, mark."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from nlp.cutting import cut
from nlp.redaction import Redacted, author_key, redact
from promises.book import PromiseBook
from sinks.prometheus import PipelineMetrics
from voc.errors import RecordError
from voc.ports import Batch, Judge, Judged
from voc.records import DeadLetter, Record, Verbatim

if TYPE_CHECKING:
    from nlp.floods import FloodWatch  # loads NumPy, and this module is loaded by commands that judge nothing


class Decodes(Protocol):
    """What turns a source's records into verbatims."""

    def decode(self, record: Record) -> Verbatim:
        """Raises RecordError for a record that can't be used."""


class Processes(Protocol):
    """What the loop hands its records to."""

    def process(self, records: Sequence[Record]) -> Batch:
        """Every record comes out as judged or as a dead letter; ``next_offsets`` follow from the records."""


class Processor:
    """Holds what every record passes through. ``decoders`` are by source name.

    ``most_characters`` of a redacted text are kept. ``floods`` marks texts that repeat others; without it none are.
    ``secret`` makes author ids into keys; without one they are dropped. Without ``embeds`` no vectors are kept.
    """

    def __init__(
        self,
        *,
        decoders: Mapping[str, Decodes],
        book: PromiseBook,
        judge: Judge,
        metrics: PipelineMetrics,
        most_characters: int,
        floods: "FloodWatch | None" = None,
        secret: bytes | None = None,
        embeds: bool = True,
    ) -> None:
        self._decoders = decoders
        self._book = book
        self._judge = judge
        self._metrics = metrics
        self._most_characters = most_characters
        self._floods = floods
        self._secret = secret
        self._embeds = embeds

    def process(self, records: Sequence[Record]) -> Batch:
        """See ``Processes``."""
        with self._metrics.stage("decode"):
            verbatims, dead = self._decode(records)
        with self._metrics.stage("redact"):
            redacted = [cut(redact(verbatim.text), self._most_characters) for verbatim in verbatims]
            safe = [self._without_person(v, found) for v, found in zip(verbatims, redacted, strict=True)]
        with self._metrics.stage("judge"):
            judgements = self._judge.judge(safe, [self._book.in_force(verbatim) for verbatim in safe])
            if not self._embeds:
                judgements = [replace(one, embedding=None) if one.embedding else one for one in judgements]
        with self._metrics.stage("mark"):
            marks = self._marks(safe, [verbatim.author for verbatim in verbatims])
        judged = [
            Judged(verbatim, judgement, found.redactions, *mark)
            for verbatim, judgement, found, mark in zip(safe, judgements, redacted, marks, strict=True)
        ]
        next_offsets = {r.position.place: r.position.offset + 1 for r in records}
        return Batch(judged, dead, next_offsets, self._judge.info)

    def _decode(self, records: Sequence[Record]) -> tuple[list[Verbatim], list[DeadLetter]]:
        verbatims: list[Verbatim] = []
        dead: list[DeadLetter] = []
        for record in records:
            try:
                verbatims.append(self._decoders[record.position.source].decode(record))
            except RecordError as error:
                dead.append(DeadLetter(record, error.reason, error.detail))
        return verbatims, dead

    def _without_person(self, verbatim: Verbatim, found: Redacted) -> Verbatim:
        if verbatim.author is None and verbatim.text is found.text:
            return verbatim
        key = author_key(verbatim.author, self._secret) if verbatim.author and self._secret else None
        cut_from = len(verbatim.text) if found.is_cut else None
        return verbatim._replace(text=found.text, author=key, cut_from=cut_from)

    def _marks(self, verbatims: Sequence[Verbatim], authors: Sequence[str | None]) -> Sequence[tuple[str | None, bool]]:
        """The last step: a batch that is tried again must not be held against itself."""
        return self._floods.marks(verbatims, authors) if self._floods else [(None, False)] * len(verbatims)
