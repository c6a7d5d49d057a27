"""An explanation says what the judge says, and its parts are those that the judge has used."""

import numpy as np
import pytest

from nlp.config import MiniLMSettings
from nlp.encoder import Encoder
from nlp.explaining import Explanation, explain, words_of
from nlp.matching import FEATURES, phrasings
from nlp.promise_judge import PromiseJudge
from tests.nlp.samples import promise, verbatim
from voc.promises import Measure, Promise
from voc.verdicts import Disconfirmation, Verdict

TEXTS = [
    "Our bags took an hour and a half to show up on the carousel, but the refund came within four days.",
    "Nobody came with the wheelchair we had ordered for my father.",
    "My name is Peter.",
    "😀",
    " ",
    "x" * 3000,
    "We had hoped for more. " * 80,
]
GERMAN = "Der Koffer kam eine Stunde zu spät, und am Schalter wusste niemand Bescheid."
BAGS = promise("bags-on-time", "Your bags reach the belt within 20 minutes.", measure=Measure("duration", "20 min"))


@pytest.fixture(scope="module")
def unsure(encoder: Encoder) -> PromiseJudge:
    """A judge that says all it thinks, however little it believes it."""
    return PromiseJudge(MiniLMSettings(min_confidence=0), encoder=encoder)


@pytest.fixture(scope="module")
def explained(unsure: PromiseJudge, airline: tuple[Promise, ...]) -> dict[str, Explanation]:
    return {text: explain(unsure, verbatim(text), airline) for text in TEXTS}


@pytest.fixture(scope="module", params=[0.0, 0.2, 0.5])
def choosy(request: pytest.FixtureRequest, encoder: Encoder) -> PromiseJudge:
    """Judges that ask for more and more confidence."""
    return PromiseJudge(MiniLMSettings(min_confidence=request.param), encoder=encoder)


@pytest.mark.parametrize("text", TEXTS)
def test_what_is_explained_is_what_is_judged(choosy: PromiseJudge, airline: tuple[Promise, ...], text: str):
    (judgement,) = choosy.judge([verbatim(text)], [airline])
    explanation = explain(choosy, verbatim(text), airline)
    given = [
        (r.promise.key, r.verdict, r.confidence, *r.evidence, r.comparison and r.comparison.experienced)
        for r in explanation.reasons
        if r.signalled
    ]
    signals = [(s.promise.key, s.verdict, s.confidence, s.start, s.end, s.experienced) for s in judgement.signals]
    assert sorted(given) == sorted(signals)
    assert explanation.language == judgement.language
    feelings = explanation.disconfirmation
    assert max(feelings, key=lambda feeling: feelings[feeling]) is judgement.disconfirmation


def test_every_promise_is_there_the_surest_first(explained, airline: tuple[Promise, ...]):
    for explanation in explained.values():
        confidences = [reason.confidence for reason in explanation.reasons]
        assert confidences == sorted(confidences, reverse=True)
        assert {reason.promise.key for reason in explanation.reasons} == {promise.key for promise in airline}


def test_probabilities_are_probabilities_and_features_have_their_names(explained):
    for explanation in explained.values():
        assert set(explanation.disconfirmation) == set(Disconfirmation)
        assert sum(explanation.disconfirmation.values()) == pytest.approx(1, abs=1e-3)
        for reason in explanation.reasons:
            assert 0 <= reason.spoken <= 1
            assert set(reason.verdicts) == set(Verdict)
            assert sum(reason.verdicts.values()) == pytest.approx(1, abs=1e-3)
            assert tuple(reason.features) == FEATURES


def test_the_words_with_the_most_attention_are_words_of_the_text(explained):
    for text, explanation in explained.items():
        for reason in explanation.reasons:
            shares = [word.share for word in reason.words]
            assert shares == sorted(shares, reverse=True)
            assert 0 <= sum(shares) <= 1.01
            assert all(text[word.start : word.end].split() == [text[word.start : word.end]] for word in reason.words)


def test_a_short_text_has_all_its_attention_told(explained):
    for reason in explained[TEXTS[2]].reasons:
        assert {TEXTS[2][word.start : word.end] for word in reason.words} == {"My", "name", "is", "Peter", "."}
        assert sum(word.share for word in reason.words) == pytest.approx(1, abs=1e-3)


def test_the_closest_phrasing_is_one_of_the_promise_and_as_close_as_the_feature_says(explained):
    for explanation in explained.values():
        for reason in explanation.reasons:
            assert reason.phrasing in phrasings(reason.promise)
            assert reason.likeness == pytest.approx(reason.features["top_phrasing"], abs=2e-4)


def test_a_phrasing_that_stands_in_the_text_is_the_closest(unsure: PromiseJudge):
    examples = ("The suitcase came after an hour.", "My luggage was the last on the belt.")
    bags = promise("bags-on-time", "Your bags reach the belt within 20 minutes.", broken_examples=examples)
    for example in examples:
        (reason,) = explain(unsure, verbatim(example), [bags]).reasons
        assert reason.phrasing == example


def test_figures_that_were_compared_are_told(unsure: PromiseJudge):
    text = "We waited two hours for our bags."
    (reason,) = explain(unsure, verbatim(text), [BAGS]).reasons
    assert reason.verdict is Verdict.BROKEN, "which the figures decide, whatever the words say"
    assert reason.comparison is not None
    assert (reason.comparison.promised, reason.comparison.experienced) == ("20 min", "2 h")
    assert text[reason.comparison.start : reason.comparison.end] == "two hours"


def test_below_the_least_confidence_a_promise_is_explained_without_a_signal(encoder: Encoder):
    judge = PromiseJudge(MiniLMSettings(min_confidence=1), encoder=encoder)
    explanation = explain(judge, verbatim("We waited two hours for our bags."), [BAGS])
    assert explanation.min_confidence == 1
    assert [reason.signalled for reason in explanation.reasons] == [False]


def test_a_language_that_is_not_read_has_no_reasons(unsure: PromiseJudge, airline: tuple[Promise, ...]):
    explanation = explain(unsure, verbatim(GERMAN), airline)
    assert (explanation.language, explanation.judged) == ("de", False)
    assert (explanation.reasons, explanation.disconfirmation) == ((), {})


def test_without_promises_there_is_nothing_to_explain(unsure: PromiseJudge):
    explanation = explain(unsure, verbatim("We waited two hours for our bags."), [])
    assert (explanation.judged, explanation.reasons) == (True, ())


@pytest.mark.parametrize(
    ("text", "starts", "spans", "owner"),
    [
        ("The refund came.", [0, 4, 7, 11, 15], [(0, 3), (4, 10), (11, 15), (15, 16)], [0, 1, 1, 2, 3]),
        ("a-b", [0, 1, 2], [(0, 1), (1, 2), (2, 3)], [0, 1, 2]),
        ("½ an", [0, 0, 0, 2], [(0, 1), (2, 4)], [0, 0, 0, 1]),  # one character of several tokens
        ("x", [], [], []),
    ],
)
def test_the_tokens_of_a_word_are_taken_together(text: str, starts: list[int], spans: list, owner: list[int]):
    found, of = words_of(text, np.array(starts, np.int64))
    assert found == spans
    assert of.tolist() == owner
