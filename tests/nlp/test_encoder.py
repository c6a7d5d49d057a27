"""The vectors of a text depend on the text alone, and a long text is read to its end."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp.encoder import STANCE_WIDTH, WIDTH, WINDOW_TOKENS, Encoded, Encoder, unit

TEXTS = [
    "The bags came an hour late.",
    "Fine.",
    "The room was quiet, but the breakfast had run out by nine and nobody refilled anything. We left hungry!",
    "😀👍",
    "وصلت الحقيبة متأخرة. لا أحد يعرف السبب.",
    "Nobody told us. " * 100,
    "",
]
ODD = ["", " \n\t", "😀😀😀", "‏مرحبا‏", "\u0000\ud7ff\ufffd", "a" * 5000, "x", "İstanbul ǅ ﬁ"]
VECTORS = ("about", "topics", "stances", "whole")


def assert_same(one: Encoded, other: Encoded) -> None:
    np.testing.assert_array_equal(one.starts, other.starts)
    for name in VECTORS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=1e-5, err_msg=name)


def norms(rows: np.ndarray) -> np.ndarray:
    return np.linalg.norm(rows, axis=-1)


@pytest.fixture(scope="module")
def alone(encoder: Encoder) -> dict[str, Encoded]:
    return {text: encoder.encode([text])[0] for text in TEXTS}


@given(batch=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_texts_vectors_do_not_depend_on_its_neighbours(encoder: Encoder, alone: dict[str, Encoded], batch: list[str]):
    for text, encoded in zip(batch, encoder.encode(batch), strict=True):
        assert_same(encoded, alone[text])


def test_batches_of_any_size_give_the_same(alone: dict[str, Encoded]):
    small = Encoder(threads=1, batch_size=2)
    for text, encoded in zip(TEXTS, small.encode(TEXTS), strict=True):
        assert_same(encoded, alone[text])


def test_vectors_have_their_shapes_and_lengths(alone: dict[str, Encoded]):
    for encoded in alone.values():
        count = len(encoded.starts)
        assert encoded.about.shape == encoded.topics.shape == (count, WIDTH)
        assert encoded.stances.shape == (count, STANCE_WIDTH)
        assert encoded.whole.shape == (WIDTH,)
        assert {getattr(encoded, name).dtype for name in VECTORS} == {np.dtype(np.float32)}
        np.testing.assert_allclose(norms(encoded.about), 1, atol=1e-4)
        assert norms(encoded.whole) == pytest.approx(1, abs=1e-4)
        assert (np.abs(encoded.stances) <= 1).all()


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_have_finite_vectors(encoder: Encoder, text: str):
    (encoded,) = encoder.encode([text])
    assert all(np.isfinite(getattr(encoded, name)).all() for name in VECTORS)
    assert norms(encoded.whole) == pytest.approx(1, abs=1e-4)


def test_no_texts_are_an_ordinary_batch(encoder: Encoder):
    assert encoder.encode([]) == []
    assert encoder.encode_whole([]).shape == (0, WIDTH)


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_text_without_tokens_has_a_whole_and_nothing_else(encoder: Encoder, text: str):
    (encoded,) = encoder.encode([text])
    assert (encoded.about.shape, encoded.topics.shape) == ((0, WIDTH), (0, WIDTH))
    assert (encoded.stances.shape, encoded.starts.shape) == ((0, STANCE_WIDTH), (0,))
    assert norms(encoded.whole) == pytest.approx(1, abs=1e-4)


def test_tokens_begin_where_their_words_do(encoder: Encoder):
    text = "  The  bags,\nunquestionably late!"
    starts = encoder.encode([text])[0].starts.tolist()
    assert starts == sorted(starts)
    words = [text.index(word) for word in ("The", "bags", ",", "unquestionably", "late", "!")]
    assert set(words) <= set(starts)
    inside = set(starts) - set(words)
    assert all(text.index("unquestionably") < start < text.index(" late") for start in inside), "pieces of one word"


def test_whole_texts_are_encoded_to_their_mean(encoder: Encoder, alone: dict[str, Encoded]):
    rows = encoder.encode_whole(TEXTS)
    np.testing.assert_allclose(rows, [alone[text].whole for text in TEXTS], atol=1e-5)


def test_a_long_text_is_read_in_windows_each_as_if_alone(encoder: Encoder):
    words = ["rain", "hall", "cold", "kind", "late", "door", "soup"]  # of one token each
    text = " ".join(words[n * n % 7] for n in range(2 * WINDOW_TOKENS + 30))
    (encoded,) = encoder.encode([text])
    assert len(encoded.starts) == 2 * WINDOW_TOKENS + 30
    for begin in range(0, len(encoded.starts), WINDOW_TOKENS):
        end = min(begin + WINDOW_TOKENS, len(encoded.starts))
        stop = encoded.starts[end] if end < len(encoded.starts) else len(text)
        (window,) = encoder.encode([text[encoded.starts[begin] : stop]])
        np.testing.assert_array_equal(window.starts + encoded.starts[begin], encoded.starts[begin:end])
        for name in ("about", "topics", "stances"):
            np.testing.assert_allclose(getattr(encoded, name)[begin:end], getattr(window, name), atol=1e-5)


def test_a_long_text_is_read_to_its_end(encoder: Encoder):
    filler = "We waited for a while in the hall. "
    text = filler * 400 + "The wheelchair never came."
    (encoded,) = encoder.encode([text])
    wheelchair, hall = encoder.encode_whole(["The wheelchair never came.", filler])
    tail = unit(encoded.topics[encoded.starts >= len(filler) * 400].mean(axis=0))
    body = unit(encoded.topics[1600:1608].mean(axis=0))
    assert tail @ wheelchair > tail @ hall
    assert body @ hall > body @ wheelchair


def test_a_hundred_thousand_characters_without_a_stop(encoder: Encoder):
    text = "the bag came late and the crew was rude " * 2500
    (encoded,) = encoder.encode([text])
    assert len(encoded.starts) == 9 * 2500
    assert encoded.whole @ encoder.encode_whole([text[:800]])[0] > 0.9


def test_the_nearest_sentence_is_the_one_that_means_the_same(encoder: Encoder):
    asked, same, other = encoder.encode_whole(
        ["My suitcase got lost.", "The airline misplaced my luggage.", "My soup was cold."]
    )
    assert asked @ same > asked @ other + 0.1


def test_rows_of_zeros_stay_zero():
    rows = unit(np.array([[3.0, 4.0], [0.0, 0.0]], np.float32))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]], atol=1e-6)
