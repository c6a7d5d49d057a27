"""What comes out: verdicts on (verbatim, promise), gap signals with their evidence, and whole judgements."""

from dataclasses import dataclass
from enum import StrEnum

from voc.promises import JourneyStep, Promise, TouchPoint


class Verdict(StrEnum):
    """What a verbatim says of a promise. A promise that is not spoken about has no verdict."""

    BROKEN = "broken"
    KEPT = "kept"
    EXCEEDED = "exceeded"
    MENTIONED = "mentioned"


class Disconfirmation(StrEnum):
    """Worse than, as, or better than the customer expected (Oliver 1980), of the whole verbatim."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Symptom(StrEnum):
    """The seven symptoms of missed customer value."""

    LOST_IN_TRANSLATION = "lost_in_translation"
    OVER_ENGINEERING = "over_engineering"
    TERMS_NOT_HONOURED = "terms_not_honoured"
    BUYERS_REMORSE = "buyers_remorse"
    MIXED_MESSAGE = "mixed_message"
    OUTDATED_OFFER = "outdated_offer"
    OBSOLETE_SALES = "obsolete_sales"


class RedactionKind(StrEnum):
    """Kinds of personal data that are taken out of a text; each is shown as a mark such as ``[EMAIL_ADDRESS]``."""

    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    CREDIT_CARD = "CREDIT_CARD"
    IBAN_CODE = "IBAN_CODE"
    PHONE_NUMBER = "PHONE_NUMBER"
    IP_ADDRESS = "IP_ADDRESS"
    US_SSN = "US_SSN"


@dataclass(frozen=True, slots=True)
class Redaction:
    """Personal data at ``[start, end)`` of the text as it came."""

    start: int
    end: int
    kind: RedactionKind


@dataclass(frozen=True, slots=True, kw_only=True)
class GapSignal:
    """A verdict on one promise. ``start``/``end`` are the evidence, character offsets into the text judged;
    ``confidence`` is the estimated probability, in [0, 1], that promise and verdict are both right."""

    promise: Promise
    verdict: Verdict
    confidence: float
    start: int
    end: int
    severity: int
    journey_step: JourneyStep | None = None
    touchpoint: TouchPoint | None = None
    symptom: Symptom | None = None
    promised: str | None = None
    experienced: str | None = None


class Gravity(StrEnum):
    """What a single complaint may tell of that somebody must read at once."""

    MEDICAL = "medical"
    SAFETY = "safety"
    DISCRIMINATION = "discrimination"
    LEGAL = "legal"
    PRESS = "press"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a model says of one verbatim. ``judged`` is false where the model does not read the language:
    then there is no disconfirmation, no severity and no signal, and the verbatim is counted apart.

    ``embedding`` is what themes are found by: the text's vector in int8, of negative verbatims, where the model has
    one."""

    language: str
    judged: bool = True
    disconfirmation: Disconfirmation | None = None
    severity: int | None = None
    signals: tuple[GapSignal, ...] = ()
    gravity: Gravity | None = None
    embedding: bytes | None = None


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What every signal carries of the model that made it: its name and the hash of its files."""

    name: str
    version: str
