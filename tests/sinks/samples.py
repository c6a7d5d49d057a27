"""Verbatims, signals and batches for the tests of the sinks, as small as they can be."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from voc.ports import Batch, Judged
from voc.promises import JourneyStep, Promise, TouchPoint
from voc.records import DeadLetter, DeadLetterReason, Partition, Position, Record, Verbatim, VerbatimKind
from voc.verdicts import (
    Disconfirmation,
    GapSignal,
    Judgement,
    ModelInfo,
    Redaction,
    RedactionKind,
    Symptom,
    Verdict,
)

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)  # a Monday
MODEL = ModelInfo("test-judge", "0123abcd")
BAGS = Promise(
    brand="northwind", id="bags-on-time", statement="Your bags reach the belt within 20 minutes.", regions=("EU", "US")
)
REFUND = Promise(brand="northwind", id="refund", statement="Refunds within 7 days.", window=timedelta(days=30))
TEXT = "🧳 We waited two hours for our bags. Write to [EMAIL_ADDRESS]."
EVIDENCE = "We waited two hours for our bags."


def signal(promise: Promise = BAGS, verdict: Verdict = Verdict.BROKEN, confidence: float = 0.9) -> GapSignal:
    return GapSignal(
        promise=promise,
        verdict=verdict,
        confidence=confidence,
        start=TEXT.index(EVIDENCE),
        end=TEXT.index(EVIDENCE) + len(EVIDENCE),
        severity=3,
        journey_step=JourneyStep.DELIVERY,
        touchpoint=TouchPoint.SYSTEM,
        symptom=Symptom.TERMS_NOT_HONOURED,
        promised="20 min",
        experienced="2 h",
    )


def judged(
    offset: int,
    *signals: GapSignal,
    partition: int = 0,
    at: datetime = START,
    region: str | None = "EU",
    text: str = TEXT,
    kind: VerbatimKind = VerbatimKind.REVIEW,
    read: bool = True,
) -> Judged:
    return Judged(
        Verbatim(
            position=Position("reviews", "reviews", partition, offset),
            id=f"r-{partition}-{offset}",
            kind=kind,
            brand="northwind",
            text=text,
            created_at=at,
            region=region,
            product="economy",
            channel="web",
            author="a1b2c3",
            rating=2.0,
        ),
        Judgement(
            language="en" if read else "fi",
            judged=read,
            disconfirmation=Disconfirmation.NEGATIVE if read else None,
            severity=3 if read else None,
            signals=signals,
        ),
        (Redaction(47, 65, RedactionKind.EMAIL_ADDRESS),),
    )


def dead(offset: int, *, partition: int = 0, value: bytes | None = b"\xff\x00{") -> DeadLetter:
    position = Position("reviews", "reviews", partition, offset)
    return DeadLetter(Record(position, value, START), DeadLetterReason.NOT_UTF8, "byte 0xff at 0")


def batch(judged: Sequence[Judged] = (), dead: Sequence[DeadLetter] = ()) -> Batch:
    next_offsets: dict[Partition, int] = {}
    for position in [*(j.verbatim.position for j in judged), *(d.record.position for d in dead)]:
        place = Partition(position.topic, position.partition)
        next_offsets[place] = max(next_offsets.get(place, 0), position.offset + 1)
    return Batch(judged, dead, next_offsets, MODEL)
