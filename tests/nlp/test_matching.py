"""How close promises are to a text, token by token, as the match head reads it."""

import math

import numpy as np
import pytest

from nlp.encoder import STANCE_WIDTH, WIDTH, Encoded, Encoder, unit
from nlp.matching import FEATURES, Matched, PhraseMemory, PromiseVectors, match, phrasings, promise_vectors
from tests.nlp.samples import promise

WORDINGS = [
    ["Your bags reach the belt within 20 minutes.", "bags on time", "We waited an hour for our suitcase."],
    ["Breakfast is served until noon."],
    ["You get your refund within 7 days.", "prompt refund"],
]
TEXT = "Our suitcase took an hour. The breakfast was cold."
SHARPNESS = 20.0
COLUMN = {name: number for number, name in enumerate(FEATURES)}


def matched(encoder: Encoder, text: str, wordings: list[list[str]], sharpness: float = SHARPNESS) -> Matched:
    (encoded,) = encoder.encode([text])
    return match(encoded, promise_vectors(encoder, wordings), sharpness)


def plane(*degrees: float) -> np.ndarray:
    """Unit vectors of a plane."""
    return np.array([[math.cos(math.radians(d)), math.sin(math.radians(d))] for d in degrees], np.float32)


@pytest.fixture(scope="module")
def drawn() -> Matched:
    """Two tokens at 0 and 90 degrees; a promise of phrasings at 10 and 30, and one of a phrasing at 80."""
    stances = np.array([[1.0, 0.0], [0.0, 1.0]], np.float32)
    encoded = Encoded(plane(0, 90), 3 * plane(0, 90), stances, np.array([0, 4]), plane(45)[0])
    return match(encoded, PromiseVectors(plane(10, 30, 80), np.array([0, 2]), plane(20, 80)), 2.0)


def cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))


def test_attention_is_the_softmax_of_the_sharpened_similarities(drawn: Matched):
    powers = np.exp(2.0 * np.array([[cos(20), cos(70)], [cos(80), cos(10)]]))
    np.testing.assert_allclose(drawn.attention, powers / powers.sum(axis=1, keepdims=True), atol=1e-6)


def test_features_are_what_their_names_say(drawn: Matched):
    attended = unit((drawn.attention @ (3 * plane(0, 90))).astype(np.float32))
    scores = (attended * plane(20, 80)).sum(axis=1)
    wanted = {
        "attended": scores,
        "top_token": [cos(20), cos(10)],
        "top_phrasing": [cos(10), cos(10)],
        "whole": [cos(25), cos(35)],
        "whole_phrasing": [cos(15), cos(35)],
        "lead": [scores[0] - scores[1], scores[1] - scores[0]],
        "length": [math.log(2) / 4] * 2,
    }
    assert tuple(wanted) == FEATURES
    for name, values in wanted.items():
        np.testing.assert_allclose(drawn.features[:, COLUMN[name]], values, atol=1e-6, err_msg=name)


def test_stances_and_topics_are_those_at_the_tokens_attended(drawn: Matched):
    np.testing.assert_allclose(drawn.stances, drawn.attention, atol=1e-6)  # whose stances are the two axes
    np.testing.assert_allclose(drawn.topics, unit(drawn.attention), atol=1e-6)


def test_a_row_for_each_promise_and_a_share_for_each_token(encoder: Encoder):
    found = matched(encoder, TEXT, WORDINGS)
    count = len(encoder.encode([TEXT])[0].starts)
    assert found.features.shape == (3, len(FEATURES))
    assert found.attention.shape == (3, count)
    assert (found.stances.shape, found.topics.shape) == ((3, STANCE_WIDTH), (3, WIDTH))
    assert {found.features.dtype, found.attention.dtype, found.stances.dtype} == {np.dtype(np.float32)}
    assert np.isfinite(found.features).all()
    np.testing.assert_allclose(found.attention.sum(axis=1), 1, atol=1e-5)


def test_a_sharper_look_leaves_fewer_tokens(encoder: Encoder):
    soft, sharp = (matched(encoder, TEXT, WORDINGS, sharpness) for sharpness in (1.0, 60.0))
    assert (sharp.attention.max(axis=1) > soft.attention.max(axis=1)).all()


def test_the_promise_spoken_about_leads_and_the_others_trail(encoder: Encoder):
    features = matched(encoder, "Our suitcase took an hour to reach the belt.", WORDINGS).features
    lead = features[:, COLUMN["lead"]]
    assert lead[0] > 0 > max(lead[1:])
    scores = features[:, COLUMN["attended"]]
    assert lead[0] == np.float32(scores[0] - np.delete(scores, 0).max())


def test_attention_goes_to_the_words_that_speak_of_the_promise(encoder: Encoder):
    found = matched(encoder, TEXT, WORDINGS)
    first = encoder.encode([TEXT])[0].starts < TEXT.index("The breakfast")
    in_the_first = found.attention[:, first].sum(axis=1)
    assert in_the_first[0] > 0.5 > in_the_first[1]


def test_promises_that_are_equally_close_have_no_lead(encoder: Encoder):
    features = matched(encoder, TEXT, [WORDINGS[0], WORDINGS[0]]).features
    assert features[:, COLUMN["lead"]].tolist() == [0, 0]


def test_a_lone_promise_has_no_lead(encoder: Encoder):
    features = matched(encoder, "Our suitcase took an hour.", WORDINGS[:1]).features
    assert features[0, COLUMN["lead"]] == 0


def test_a_promise_keeps_all_but_its_lead_whatever_else_is_in_force(encoder: Encoder):
    together, alone = matched(encoder, TEXT, WORDINGS), matched(encoder, TEXT, WORDINGS[:1])
    others = [number for name, number in COLUMN.items() if name != "lead"]
    np.testing.assert_allclose(together.features[0, others], alone.features[0, others], atol=1e-4)
    np.testing.assert_allclose(together.attention[0], alone.attention[0], atol=1e-4)
    np.testing.assert_allclose(together.stances[0], alone.stances[0], atol=1e-4)


def test_another_phrasing_can_only_bring_a_promise_nearer_by_its_nearest(encoder: Encoder):
    more = [[*WORDINGS[0], "Our suitcase took an hour."]]
    few, many = (matched(encoder, TEXT, wordings).features for wordings in (WORDINGS[:1], more))
    for name in ("top_phrasing", "whole_phrasing"):
        assert many[0, COLUMN[name]] >= few[0, COLUMN[name]] - 1e-5


@pytest.mark.parametrize("text", ["", " "])
def test_a_text_without_tokens_is_far_from_everything(encoder: Encoder, text: str):
    found = matched(encoder, text, WORDINGS)
    assert (found.features[:, :5] == -1).all()
    assert (found.features[:, 5:] == 0).all()
    assert found.attention.shape == (3, 0)
    assert not found.stances.any() and not found.topics.any()


def test_a_promise_is_matched_by_its_statement_its_name_and_its_examples():
    named = promise("quiet-rooms_at-night", "Quiet rooms.", broken_examples=("noisy",), exceeded_examples=("bliss",))
    assert phrasings(named) == ["Quiet rooms.", "quiet rooms at night", "noisy", "bliss"]


def test_the_centre_of_a_promise_is_the_mean_of_its_phrasings(encoder: Encoder):
    vectors = promise_vectors(encoder, WORDINGS)
    assert vectors.starts.tolist() == [0, 3, 4]
    rows = np.split(vectors.rows, [3, 4])
    np.testing.assert_allclose(vectors.centres, unit(np.stack([own.mean(axis=0) for own in rows])), atol=1e-5)


class CountingEncoder:
    """Keeps what it was asked to encode."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder, self.asked = encoder, []

    def encode_whole(self, texts):
        self.asked += texts
        return self.encoder.encode_whole(texts)


def test_a_phrase_is_encoded_once_and_comes_back_in_its_place(encoder: Encoder):
    counting = CountingEncoder(encoder)
    memory = PhraseMemory(counting)
    memory.encode_whole(["quiet rooms", "hot soup", "quiet rooms"])
    rows = memory.encode_whole(["soft beds", "quiet rooms", "hot soup"])
    assert counting.asked == ["quiet rooms", "hot soup", "soft beds"]
    np.testing.assert_allclose(rows, encoder.encode_whole(["soft beds", "quiet rooms", "hot soup"]), atol=1e-5)
