"""What becomes of a record before it is stored: redacted, then cut, judged once, marked last."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from gapwatch import wiring
from gapwatch.processing import Processor
from gapwatch.settings import ListenerSettings
from ingest.config import KafkaSource
from ingest.decoding import Decoder
from nlp.config import FloodSettings
from promises.book import PromiseBook
from sinks.prometheus import PipelineMetrics
from tests.gapwatch.parts import TOPIC, WaitingJudge
from voc.errors import TransientError
from voc.promises import Promise
from voc.records import Position, Record, Verbatim, VerbatimKind
from voc.verdicts import Judgement

CLAIM = "Do not book with them, they lost my bag and laughed at me when I asked for it back."


class ReadingJudge(WaitingJudge):
    """Keeps what it was given to read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> list[Judgement]:
        self.read += [one.text for one in verbatims]
        return super().judge(verbatims, promises)


class EmbeddingJudge(ReadingJudge):
    """Gives each text a vector."""

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> list[Judgement]:
        return [replace(one, embedding=b"\x7f") for one in super().judge(verbatims, promises)]


class Parts:
    """A processor with its judge and metrics at hand."""

    def __init__(
        self,
        *,
        floods: FloodSettings | None = None,
        secret: bytes | None = None,
        judge: ReadingJudge | None = None,
        embeds: bool = True,
        **limits: int,
    ) -> None:
        self.judge, self.registry = judge or ReadingJudge(), CollectorRegistry()
        metrics = PipelineMetrics(self.registry, promises=[], sources=[TOPIC], model=self.judge.info)
        self.processor: Processor = wiring.build_processor(
            decoders={TOPIC: Decoder(KafkaSource(topic=TOPIC, holds=VerbatimKind.POST))},
            book=PromiseBook([]),
            judge=self.judge,
            metrics=metrics,
            limits=ListenerSettings(**limits),
            floods=floods or FloodSettings(),
            secret=secret,
            embeds=embeds,
        )
        self.offset = -1

    def records(self, *texts: str, author: str | None = None) -> list[Record]:
        made = []
        for text in texts:
            self.offset += 1
            value = json.dumps({"text": text, "author": author}).encode()
            made.append(Record(Position(TOPIC, TOPIC, 0, self.offset), value, datetime.now(UTC)))
        return made

    def process(self, *texts: str, author: str | None = None):
        return self.processor.process(self.records(*texts, author=author)).judged


def test_vectors_are_kept_for_themes_alone_and_with_identical_texts_too():
    assert [one.judgement.embedding for one in Parts(judge=EmbeddingJudge()).process("Late.", "Late.")] == [b"\x7f"] * 2
    assert [one.judgement.embedding for one in Parts(judge=EmbeddingJudge(), embeds=False).process("Late.")] == [None]


def test_an_oversized_text_is_cut_and_keeps_the_length_it_had():
    text = "The bag came after an hour. " * 20
    parts = Parts(most_characters=100)
    [one] = parts.process(text)
    assert one.verbatim.text == ("The bag came after an hour. " * 3).strip()
    assert one.verbatim.cut_from == len(text)
    assert parts.judge.read == [one.verbatim.text]
    assert parts.process("The bag came.")[0].verbatim.cut_from is None


@pytest.mark.parametrize("before", range(80, 110))
def test_no_half_of_an_address_at_the_bound_is_judged_or_kept(before: int):
    parts = Parts(most_characters=100)
    [one] = parts.process("x" * before + " jo.bloggs@mail.example " + "y" * 200)
    assert "jo" not in one.verbatim.text and "mail" not in one.verbatim.text
    assert one.verbatim.text.count("[EMAIL_ADDRESS]") == len(one.redactions)


def test_identical_texts_are_judged_once_and_each_is_kept():
    parts = Parts()
    first = parts.process(CLAIM, "Great.", CLAIM)
    again = parts.process(CLAIM, "Great.")
    assert parts.judge.read == [CLAIM, "Great."]
    assert [one.judgement.language for one in (*first, *again)] == ["en"] * 5
    assert parts.registry.get_sample_value("gapwatch_judged_before_total") == 3


def test_without_a_cache_each_text_is_judged():
    parts = Parts(cache_texts=0)
    parts.process(CLAIM, CLAIM)
    assert parts.judge.read == [CLAIM, CLAIM]


def test_a_flood_is_marked_by_the_raw_author_who_is_not_kept():
    parts = Parts(floods=FloodSettings(copies=3))
    judged = parts.process(*[CLAIM] * 4, author="jo.bloggs")
    assert [one.suspect_flood for one in judged] == [False, False, True, True]
    assert [one.duplicate_of for one in judged] == [None, *["reviews/0/0"] * 3]
    assert all(one.verbatim.author is None for one in judged)


def test_a_batch_that_is_tried_again_is_not_marked_as_repeating_itself():
    parts = Parts()
    records = parts.records(CLAIM, "Something else happened to my sister on the ferry.")
    parts.judge.error = TransientError("the model's server is away")
    with pytest.raises(TransientError):
        parts.processor.process(records)
    parts.judge.error = None
    assert [one.duplicate_of for one in parts.processor.process(records).judged] == [None, None]
