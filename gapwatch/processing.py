"""From raw records to a batch that can be stored: decode, redact, find the promises in force, judge."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from nlp.redaction import Redacted, author_key, redact
from promises.book import PromiseBook
from sinks.prometheus import PipelineMetrics
from voc.errors import RecordError
from voc.ports import Batch, Judge, Judged
from voc.records import DeadLetter, Record, Verbatim


class Decodes(Protocol):
    """What turns a source's records into verbatims."""

    def decode(self, record: Record) -> Verbatim:
        """Raises RecordError for a record that can't be used."""


class Processor:
    """Holds what every record passes through. ``decoders`` are by source name.

    ``secret`` makes author ids into keys; without one they are dropped.
    """

    def __init__(
        self,
        *,
        decoders: Mapping[str, Decodes],
        book: PromiseBook,
        judge: Judge,
        metrics: PipelineMetrics,
        secret: bytes | None = None,
    ) -> None:
        self._decoders = decoders
        self._book = book
        self._judge = judge
        self._metrics = metrics
        self._secret = secret

    def process(self, records: Sequence[Record]) -> Batch:
        """Every record comes out as judged or as a dead letter; ``next_offsets`` follow from the records."""
        with self._metrics.stage("decode"):
            verbatims, dead = self._decode(records)
        with self._metrics.stage("redact"):
            redacted = [redact(verbatim.text) for verbatim in verbatims]
            safe = [self._without_person(v, found) for v, found in zip(verbatims, redacted, strict=True)]
        with self._metrics.stage("judge"):
            judgements = self._judge.judge(safe, [self._book.in_force(verbatim) for verbatim in safe])
        judged = [
            Judged(verbatim, judgement, found.redactions)
            for verbatim, judgement, found in zip(safe, judgements, redacted, strict=True)
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
        if verbatim.author is None and not found.redactions:
            return verbatim
        key = author_key(verbatim.author, self._secret) if verbatim.author and self._secret else None
        return verbatim._replace(text=found.text, author=key)
