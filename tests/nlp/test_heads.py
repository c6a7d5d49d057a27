"""The heads' file, and the arithmetic of probabilities."""

from pathlib import Path

import numpy as np
import pytest

from nlp.encoder import Encoded, Encoder
from nlp.heads import DISCONFIRMATIONS, SHIPPED, VERDICTS, load, log_odds, mood_at, save, sigmoid, softmax
from nlp.matching import FEATURES
from nlp.minilm import MOOD_WIDTH, WIDTH
from voc.errors import FatalError


def test_what_is_saved_is_loaded(tmp_path: Path):
    shipped = load()
    save(shipped, tmp_path / "heads.npz")
    again = load(tmp_path / "heads.npz")
    for name in ("match", "verdict", "disconfirmation", "confidence"):
        np.testing.assert_array_equal(getattr(again, name).weight, getattr(shipped, name).weight)
        np.testing.assert_array_equal(getattr(again, name).bias, getattr(shipped, name).bias)
    np.testing.assert_array_equal(again.background, shipped.background)


def test_the_shipped_heads_fit_the_encoder():
    heads = load()
    assert heads.match.weight.shape == (len(FEATURES), 1)
    assert heads.verdict.weight.shape == (2 * MOOD_WIDTH, len(VERDICTS))
    assert heads.disconfirmation.weight.shape == (MOOD_WIDTH + WIDTH, len(DISCONFIRMATIONS))
    assert heads.confidence.weight.shape == (2, 1)
    assert heads.background.shape[1] == WIDTH


def test_more_certainty_of_match_or_verdict_is_more_confidence():
    low, high = np.array([0.2, 0.2], np.float32), np.array([0.9, 0.9], np.float32)
    heads = load()
    assert (heads.confidences(high, low) > heads.confidences(low, low)).all()
    assert (heads.confidences(low, high) > heads.confidences(low, low)).all()


@pytest.mark.parametrize("content", [b"", b"no heads", SHIPPED.read_bytes()[:-3000], SHIPPED.read_bytes()[:500]])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes):
    damaged = tmp_path / "heads.npz"
    damaged.write_bytes(content)
    with pytest.raises(FatalError, match=rf"^{damaged}: the model's heads can't be read: "):
        load(damaged)


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(FatalError, match=rf"^{tmp_path / 'none.npz'}: the model's heads can't be read: "):
        load(tmp_path / "none.npz")


def test_a_file_without_one_of_the_heads_is_named(tmp_path: Path):
    np.savez(tmp_path / "half.npz", background=np.zeros((1, WIDTH)))
    with pytest.raises(FatalError, match=r"half\.npz: the model's heads can't be read: "):
        load(tmp_path / "half.npz")


def test_verdicts_are_read_at_the_clause_and_the_whole_text(encoder: Encoder):
    text = "The bags were late. The crew was kind."
    (encoded,) = encoder.encode([text], [[(0, 19), (20, 38)]])
    rows = mood_at(encoded, np.array([1, 0, 1]))
    np.testing.assert_array_equal(rows[:, :MOOD_WIDTH], encoded.span_moods[[1, 0, 1]])
    np.testing.assert_array_equal(rows[:, MOOD_WIDTH:], np.stack([encoded.whole_mood] * 3))


def test_a_text_without_clauses_has_its_whole_mood_for_one():
    none = np.zeros((0, WIDTH), np.float32), np.zeros((0, MOOD_WIDTH), np.float32)
    mood = np.arange(MOOD_WIDTH, dtype=np.float32)
    encoded = Encoded(none[0], np.zeros(WIDTH, np.float32), none[1], mood)
    np.testing.assert_array_equal(mood_at(encoded, np.array([0])), [np.concatenate([mood, mood])])


def test_probabilities_stay_finite_at_the_ends():
    ends = np.array([-1e9, -1.0, 0.0, 1.0, 1e9], np.float32)
    assert sigmoid(ends) == pytest.approx([0, 0.2689, 0.5, 0.7311, 1], abs=1e-4)
    assert np.isfinite(log_odds(np.array([0.0, 0.5, 1.0], np.float32))).all()
    assert log_odds(sigmoid(ends[1:4])) == pytest.approx(ends[1:4], abs=1e-4)
    assert softmax(np.array([[1e6, 0.0], [0.0, 0.0]], np.float32)) == pytest.approx(np.array([[1, 0], [0.5, 0.5]]))
