"""The heads' file, and the arithmetic of probabilities."""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from nlp.adapted import Adapted
from nlp.arithmetic import log_odds, sigmoid, softmax, swish
from nlp.encoder import STANCE_WIDTH, WIDTH, Encoded, Encoder
from nlp.heads import DISCONFIRMATIONS, VERDICTS, Heads, Linear, load, mood_and_whole, save
from nlp.matching import FEATURES, match, promise_vectors
from nlp.model_files import find_model
from voc.errors import FatalError

LINEARS = [field.name for field in fields(Heads) if field.type is Linear]
SHIPPED = find_model().heads.read_bytes()


@pytest.fixture
def adapted() -> Adapted:
    """Corrections of two promises, each number another."""
    numbers = np.random.default_rng(5)

    def some(*shape: int) -> np.ndarray:
        return numbers.normal(size=shape).astype(np.float32)

    names = np.array(["Inn/quiet", "Inn/breakfast"])
    return Adapted(names, some(2, 2 * WIDTH), some(2), some(STANCE_WIDTH, 4), some(2, 4), some(3), some(513, 3))


def assert_equal(one: Heads, other: Heads) -> None:
    np.testing.assert_array_equal(one.sharpness, other.sharpness)
    for name in LINEARS:
        np.testing.assert_array_equal(getattr(one, name).weight, getattr(other, name).weight)
        np.testing.assert_array_equal(getattr(one, name).bias, getattr(other, name).bias)


def test_what_is_saved_is_loaded(heads: Heads, tmp_path: Path):
    save(heads, tmp_path / "heads.npz")
    again = load(tmp_path / "heads.npz")
    assert_equal(again, heads)
    assert again.adapted is None


def test_what_labels_taught_is_saved_too(heads: Heads, adapted: Adapted, tmp_path: Path):
    save(replace(heads, adapted=adapted), tmp_path / "heads.npz")
    again = load(tmp_path / "heads.npz")
    assert_equal(again, heads)
    assert again.adapted is not None
    for field in fields(Adapted):
        np.testing.assert_array_equal(getattr(again.adapted, field.name), getattr(adapted, field.name))


def test_the_same_numbers_are_the_same_bytes(heads: Heads, tmp_path: Path):
    for name in ("one", "other"):
        save(heads, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_the_shipped_heads_fit_the_encoder(heads: Heads):
    assert heads.sharpness.shape == (1,)
    assert heads.match_in.weight.shape[0] == heads.match_skip.weight.shape[0] == len(FEATURES)
    assert heads.match_out.weight.shape[1] == heads.match_skip.weight.shape[1] == 1
    assert heads.verdict_in.weight.shape[0] == STANCE_WIDTH
    assert heads.verdict_out.weight.shape[1] == len(VERDICTS)
    assert heads.disconfirmation.weight.shape == (STANCE_WIDTH + WIDTH, len(DISCONFIRMATIONS))
    assert heads.confidence.weight.shape == (2, 1)
    assert heads.adapted is None


def test_each_promise_has_its_log_odds_and_each_text_its_probabilities(heads: Heads, encoder: Encoder):
    (encoded,) = encoder.encode(["The refund never came."])
    vectors = promise_vectors(encoder, [["You get your refund within 7 days."], ["Hot soup."]])
    matched = match(encoded, vectors, float(heads.sharpness[0]))
    assert heads.spoken_about(matched).shape == (2,)
    assert heads.verdicts(matched).shape == (2, len(VERDICTS))
    feelings = heads.disconfirmations(encoded)
    assert feelings.shape == (len(DISCONFIRMATIONS),)
    assert feelings.sum() == pytest.approx(1, abs=1e-5)


def test_a_promise_is_read_alike_beside_any_others(heads: Heads, encoder: Encoder):
    (encoded,) = encoder.encode(["The refund never came."])
    both = promise_vectors(encoder, [["You get your refund within 7 days."], ["Hot soup."]])
    alone = promise_vectors(encoder, [["Hot soup."]])
    two, one = (heads.verdicts(match(encoded, vectors, float(heads.sharpness[0]))) for vectors in (both, alone))
    np.testing.assert_allclose(two[1], one[0], atol=1e-4)


def test_more_certainty_of_match_or_verdict_is_no_less_confidence(heads: Heads):
    log_odds_of_match, verdict = np.array([-2.0, 0.0, 2.0], np.float32), np.array([0.4, 0.6, 0.9], np.float32)
    same = np.full(3, 0.5, np.float32)
    assert (np.diff(heads.confidences(log_odds_of_match, same)) > 0).all()
    assert (np.diff(heads.confidences(same, verdict)) > 0).all()


def test_the_disconfirmation_is_read_from_the_mean_stance_and_the_whole_text(encoder: Encoder):
    (encoded,) = encoder.encode(["The bags were late. The crew was kind."])
    read = mood_and_whole(encoded)
    np.testing.assert_allclose(read[:STANCE_WIDTH], encoded.stances.mean(axis=0), atol=1e-6)
    np.testing.assert_array_equal(read[STANCE_WIDTH:], encoded.whole)


def test_a_text_without_tokens_has_no_stance(heads: Heads, encoder: Encoder):
    (nothing,) = encoder.encode([""])
    assert not mood_and_whole(nothing)[:STANCE_WIDTH].any()
    assert np.isfinite(heads.disconfirmations(nothing)).all()


def test_what_labels_taught_of_feelings_is_for_texts_of_the_brand_alone(heads: Heads, adapted: Adapted):
    numbers = np.random.default_rng(1)
    stances, whole = numbers.normal(size=(5, STANCE_WIDTH)), numbers.normal(size=WIDTH)
    nothing = np.zeros((5, WIDTH), np.float32)
    encoded = Encoded(nothing, nothing, stances.astype(np.float32), np.arange(5), whole.astype(np.float32))
    both = replace(heads, adapted=adapted)
    np.testing.assert_array_equal(both.disconfirmations(encoded), heads.disconfirmations(encoded))
    read = mood_and_whole(encoded)
    wanted = softmax(heads.disconfirmation(read) + read @ adapted.feeling[:-1] + adapted.feeling[-1])
    np.testing.assert_allclose(both.disconfirmations(encoded, of_the_brand=True), wanted, atol=1e-6)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no heads",
        SHIPPED[:-3000],
        SHIPPED[:500],
        SHIPPED[:-400] + b"\0" * 400,
        SHIPPED[:2000] + b"\xff" * 100 + SHIPPED[2100:],
    ],
    ids=["empty", "no archive", "end cut off", "almost nothing", "end overwritten", "numbers overwritten"],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes):
    damaged = tmp_path / "heads.npz"
    damaged.write_bytes(content)
    with pytest.raises(FatalError, match=rf"^{damaged}: the model's heads can't be read: "):
        load(damaged)


def test_no_byte_that_flips_is_more_than_a_fault_of_the_file(tmp_path: Path):
    """The end holds the archive's table, in which a flipped byte has the strangest consequences."""
    damaged, numbers = tmp_path / "heads.npz", np.random.default_rng(3)
    for place in numbers.integers(len(SHIPPED) - 1500, len(SHIPPED), 150):
        damaged.write_bytes(
            SHIPPED[:place] + bytes([SHIPPED[place] ^ int(numbers.integers(1, 256))]) + SHIPPED[place + 1 :]
        )
        try:
            load(damaged)
        except FatalError as error:
            assert str(damaged) in str(error)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(FatalError, match=rf"^{tmp_path / 'none.npz'}: the model's heads can't be read: "):
        load(tmp_path / "none.npz")


def test_a_file_without_one_of_the_heads_is_named(tmp_path: Path):
    np.savez(tmp_path / "half.npz", sharpness=np.ones(1, np.float32))
    with pytest.raises(FatalError, match=r"half\.npz: the model's heads can't be read: "):
        load(tmp_path / "half.npz")


@pytest.mark.parametrize("name", LINEARS)
@pytest.mark.parametrize("resized", [lambda w: w[:-1], lambda w: np.concatenate([w, w], axis=1)], ids=["in", "out"])
def test_heads_of_another_shape_are_named(heads: Heads, tmp_path: Path, name: str, resized: Callable):
    linear: Linear = getattr(heads, name)
    weight = resized(linear.weight)
    bias = np.resize(linear.bias, weight.shape[1])
    save(replace(heads, **{name: Linear(weight, bias)}), tmp_path / "heads.npz")
    with pytest.raises(FatalError, match=r"heads\.npz: the model's heads can't be read: "):
        load(tmp_path / "heads.npz")


@pytest.mark.parametrize("name", ["match", "match_bias", "verdict", "verdict_bias", "confidence", "feeling"])
def test_corrections_of_another_shape_are_named(heads: Heads, adapted: Adapted, tmp_path: Path, name: str):
    cut = replace(adapted, **{name: getattr(adapted, name)[:-1]})
    save(replace(heads, adapted=cut), tmp_path / "heads.npz")
    with pytest.raises(FatalError, match=rf"heads can't be read: adapted\.{name} is of another shape"):
        load(tmp_path / "heads.npz")


def test_probabilities_stay_finite_at_the_ends():
    ends = np.array([-1e9, -1.0, 0.0, 1.0, 1e9], np.float32)
    assert sigmoid(ends) == pytest.approx([0, 0.2689, 0.5, 0.7311, 1], abs=1e-4)
    assert swish(ends[1:4]) == pytest.approx([-0.2689, 0, 0.7311], abs=1e-4)
    assert np.isfinite(log_odds(np.array([0.0, 0.5, 1.0], np.float32))).all()
    assert log_odds(sigmoid(ends[1:4])) == pytest.approx(ends[1:4], abs=1e-4)
    assert softmax(np.array([[1e6, 0.0], [0.0, 0.0]], np.float32)) == pytest.approx(np.array([[1, 0], [0.5, 0.5]]))
