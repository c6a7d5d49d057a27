"""The shipped judge on plain sentences of our own, and what must hold of every judge."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp.config import MiniLMSettings
from nlp.embedding import unpacked
from nlp.encoder import Encoder
from nlp.heads import Heads
from nlp.model_writing import write_heads
from nlp.promise_judge import PromiseJudge
from tests.nlp.samples import promise, verbatim
from voc.errors import FatalError
from voc.promises import Promise
from voc.verdicts import Disconfirmation, GapSignal, Judgement, Verdict

BROKEN = [
    ("bags-on-time", "Our bags took an hour and a half to show up on the carousel."),
    ("bags-on-time", "My suitcase never arrived and I spent the holiday in borrowed clothes."),
    ("free-24h-cancel", "I cancelled the same day I booked and they still kept a fee."),
    ("prompt-refund", "Two months on and the refund for my cancelled flight has still not arrived."),
    ("accessible-travel", "Nobody came with the wheelchair we had ordered for my father."),
    ("tarmac-care", "Four hours on the tarmac without a drop of water."),
    ("fair-bumping", "They overbooked and kicked me off the plane without a cent of compensation."),
    ("complaint-answer", "I wrote a complaint three months ago and have never had a reply."),
    ("rebooking-care", "Our flight was cancelled and we had to pay for the hotel ourselves."),
    ("delay-notice", "Nobody told us that the flight was delayed, we stood at the gate for two hours."),
    ("clear-terms", "There were hidden fees at checkout that nobody had mentioned."),
    ("lowest-fare", "The same seat was 80 euros cheaper on another site."),
    ("partner-flights", "The partner airline had no idea who we were and sent us back to Northwind."),
]
PLEASED = [
    ("bags-on-time", "The bags were already on the belt when we got to baggage claim."),
    ("free-24h-cancel", "Cancelled a few hours after booking and got every cent back without a fuss."),
    ("prompt-refund", "The refund reached my bank account in four days."),
    ("accessible-travel", "The wheelchair assistance was waiting for my grandmother and stayed with her to the gate."),
    ("tarmac-care", "While we sat on the tarmac the crew handed out water and snacks."),
    ("fair-bumping", "The flight was overbooked, I volunteered and was paid 400 euros at the gate."),
    ("complaint-answer", "A real person answered my complaint within a week."),
    ("rebooking-care", "After the cancellation they put us on the next flight and paid for the hotel."),
    ("delay-notice", "I got a text about the delay straight away."),
]
ODD = ["", " ", "😀", "‏مرحبا", "x" * 3000, "\u0000", "ok", "My name is Peter."]
TEXTS = [*(text for _, text in BROKEN[:4] + PLEASED[:4]), *ODD, "We had hoped for more. " * 80]


def best(judgement: Judgement) -> GapSignal | None:
    return max(judgement.signals, key=lambda signal: signal.confidence, default=None)


def judge_all(judge: PromiseJudge, texts: list[str], promises: tuple[Promise, ...]) -> list[Judgement]:
    return judge.judge([verbatim(text) for text in texts], [promises] * len(texts))


def found(judge: PromiseJudge, airline: tuple[Promise, ...], labelled: list[tuple[str, str]]):
    """The labelled promise and the strongest signal of each text."""
    judgements = judge_all(judge, [text for _, text in labelled], airline)
    return [(id_, best(judgement)) for (id_, _), judgement in zip(labelled, judgements, strict=True)]


def test_plain_sentences_are_matched_with_their_promise(judge: PromiseJudge, airline: tuple[Promise, ...]):
    pairs = found(judge, airline, BROKEN + PLEASED)
    assert sum(signal is not None and signal.promise.id == id_ for id_, signal in pairs) >= 19


def test_more_complaints_than_praise_come_out_as_broken(judge: PromiseJudge, airline: tuple[Promise, ...]):
    """A floor under what was measured (11 of 13 and 5 of 9): this judge tells subjects well and verdicts poorly; of a
    subject that is mostly complained of, a refund or a delay, it takes praise for blame."""
    complaints, praise = (
        [signal for id_, signal in found(judge, airline, labelled) if signal and signal.promise.id == id_]
        for labelled in (BROKEN, PLEASED)
    )
    assert sum(signal.verdict is Verdict.BROKEN for signal in complaints) >= 9
    assert sum(signal.verdict is Verdict.BROKEN for signal in praise) <= 6


def test_an_unrelated_text_gets_no_confident_signal(judge: PromiseJudge, airline: tuple[Promise, ...]):
    texts = ["My name is Peter.", "The weather in Lisbon was nice.", "I love my new bicycle.", "😀"]
    for judgement in judge_all(judge, texts, airline):
        assert all(signal.confidence < 0.3 for signal in judgement.signals)


@pytest.fixture(scope="module")
def unsure(encoder: Encoder) -> PromiseJudge:
    """A judge that says all it thinks, however little it believes it."""
    return PromiseJudge(MiniLMSettings(min_confidence=0), encoder=encoder)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_evidence_is_the_clause_that_speaks_of_the_promise(
    unsure: PromiseJudge, airline: tuple[Promise, ...], number: int
):
    clauses = ["The refund never came.", "My bags took an hour to reach the belt.", "Nobody brought the wheelchair."]
    wanted = ["prompt-refund", "bags-on-time", "accessible-travel"]
    text = "  ".join(clauses[number:] + clauses[:number])
    (judgement,) = judge_all(unsure, [text], airline)
    evidence = {signal.promise.id: text[signal.start : signal.end] for signal in judgement.signals}
    assert [evidence[id_] for id_ in wanted] == clauses


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_is_judged_with_probabilities_and_spans_of_its_own(
    judge: PromiseJudge, airline: tuple[Promise, ...], text: str
):
    (judgement,) = judge_all(judge, [text], airline)
    for signal in judgement.signals:
        assert 0 <= signal.confidence <= 1
        assert 0 <= signal.start < signal.end <= max(1, len(text))
        assert 1 <= signal.severity <= 5


@given(batch=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=6))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_neither_neighbours_nor_order_nor_batch_size_change_a_judgement(
    judge: PromiseJudge, small: PromiseJudge, airline: tuple[Promise, ...], batch: list[str]
):
    together = judge_all(judge, batch, airline)
    for text, judgement, other in zip(batch, together, judge_all(small, batch, airline), strict=True):
        (alone,) = judge_all(judge, [text], airline)
        assert_same(judgement, alone)
        assert_same(judgement, other)


@pytest.fixture(scope="module")
def small() -> PromiseJudge:
    return PromiseJudge(MiniLMSettings(threads=1, batch_size=1))


def assert_same(one: Judgement, other: Judgement) -> None:
    assert (one.language, one.disconfirmation, one.severity) == (other.language, other.disconfirmation, other.severity)
    rows = [[(s.promise.key, s.verdict, s.start, s.end) for s in judgement.signals] for judgement in (one, other)]
    assert rows[0] == rows[1]
    confidences = [[signal.confidence for signal in judgement.signals] for judgement in (one, other)]
    assert confidences[0] == pytest.approx(confidences[1], abs=2e-4)


def test_a_text_in_another_language_is_not_judged(judge: PromiseJudge, airline: tuple[Promise, ...]):
    text = "Der Koffer kam eine Stunde zu spät, und am Schalter wusste niemand Bescheid."
    assert judge_all(judge, [text], airline) == [Judgement(language="de", judged=False)]


def test_languages_may_be_mixed_in_a_batch(judge: PromiseJudge, airline: tuple[Promise, ...]):
    english = "The refund reached my bank account in four days."
    german = "Der Koffer kam eine Stunde zu spät, und am Schalter wusste niemand Bescheid."
    judgements = judge_all(judge, [german, english, german, "ok"], airline)
    assert [(one.language, one.judged) for one in judgements] == [
        ("de", False),
        ("en", True),
        ("de", False),
        ("und", True),
    ]
    assert_same(judgements[1], judge_all(judge, [english], airline)[0])


def test_without_promises_there_are_no_signals_but_a_disconfirmation(judge: PromiseJudge):
    (judgement,) = judge_all(judge, ["The crew was rude, the food was cold and nobody cared. Never again!"], ())
    assert judgement.signals == ()
    assert judgement.disconfirmation is Disconfirmation.NEGATIVE
    assert judgement.severity == 2


def test_negative_texts_alone_come_with_their_vector(judge: PromiseJudge, airline: tuple[Promise, ...]):
    texts = [text for _, text in (*BROKEN, *PLEASED)]
    judged = judge.judge([verbatim(text) for text in texts], [airline] * len(texts))
    for text, judgement in zip(texts, judged, strict=True):
        negative = judgement.disconfirmation is Disconfirmation.NEGATIVE
        assert (judgement.embedding is not None) == negative, text
        if judgement.embedding is not None:
            cosine = (unpacked([judgement.embedding])[0] * np.array(judge.meaning(text))).sum()
            assert cosine > 0.999


def test_an_empty_batch_is_ordinary(judge: PromiseJudge):
    assert judge.judge([], []) == []


def test_each_verbatim_is_held_against_its_own_promises(judge: PromiseJudge, airline: tuple[Promise, ...]):
    text = "The refund reached my bank account in four days."
    refund = next(promise for promise in airline if promise.id == "prompt-refund")
    one, none, many = judge.judge([verbatim(text)] * 3, [(refund,), (), airline])
    assert [signal.promise for signal in one.signals] == [refund]
    assert none.signals == ()
    assert refund in [signal.promise for signal in many.signals]


def test_a_changed_wording_is_judged_by_its_own_words(unsure: PromiseJudge):
    bags = promise("stay", "Your bags reach the belt within 20 minutes.")
    soup = promise("stay", "Our soup is always hot.", version=2)
    text = "Our suitcase took an hour to reach the belt."
    (first,), (second,) = (unsure.judge([verbatim(text)], [[wording]]) for wording in (bags, soup))
    assert first.signals[0].confidence > 2 * second.signals[0].confidence


def test_below_the_least_confidence_there_is_no_signal(
    unsure: PromiseJudge, encoder: Encoder, airline: tuple[Promise, ...]
):
    texts, few = [text for _, text in BROKEN], airline[:3]
    everything = [signal for judgement in judge_all(unsure, texts, few) for signal in judgement.signals]
    assert len(everything) == len(texts) * len(few)
    strict = PromiseJudge(MiniLMSettings(min_confidence=0.3), encoder=encoder)
    kept = [signal for judgement in judge_all(strict, texts, few) for signal in judgement.signals]
    assert kept == [signal for signal in everything if signal.confidence >= 0.3]
    assert 0 < len(kept) < len(everything)


def test_the_version_changes_with_the_heads(encoder: Encoder, judge: PromiseJudge, heads: Heads, tmp_path: Path):
    write_heads(heads, tmp_path / "same", {})
    same = PromiseJudge(MiniLMSettings(folder=tmp_path / "same"), encoder=encoder)
    write_heads(replace(heads, sharpness=heads.sharpness + 1), tmp_path / "other", {})
    other = PromiseJudge(MiniLMSettings(folder=tmp_path / "other"), encoder=encoder)
    assert same.info.name == other.info.name == "minilm-l6-int8"
    assert same.info == judge.info, "the same encoder and the same heads"
    assert other.info.version != judge.info.version


def test_a_model_that_is_not_there_is_named(encoder: Encoder, tmp_path: Path):
    with pytest.raises(FatalError, match=rf"^{tmp_path / 'none'}: the model can't be read: "):
        PromiseJudge(MiniLMSettings(folder=tmp_path / "none"), encoder=encoder)


def test_more_sets_of_promises_than_are_remembered_are_judged_alike(
    unsure: PromiseJudge, airline: tuple[Promise, ...], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("nlp.promise_judge._REMEMBERED", 2)
    text = verbatim("The refund reached my bank account in four days.")
    sets = [airline[:1], airline[1:3], airline[:4], airline[3:5]]
    first, again = (unsure.judge([text] * len(sets), sets) for _ in range(2))
    assert first == again
    assert [[signal.promise for signal in one.signals] for one in first] == [list(own) for own in sets]
