"""Logistic regression that starts from an offset and pays for leaving it."""

import numpy as np
import pytest

from nlp.logistic import fit_logistic, fit_softmax

TRUE = np.array([1.5, -2.0, 0.5])
BIAS = -0.7
CLASSES = np.array([[1.0, -1.0, 0.0], [0.5, 0.5, -1.0]])


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """20,000 labels drawn by known weights on top of an offset."""
    numbers = np.random.default_rng(11)
    x, offset = numbers.normal(size=(20_000, 3)), numbers.normal(size=20_000)
    return x, (numbers.random(20_000) < sigmoid(offset + x @ TRUE + BIAS)).astype(int), offset


@pytest.fixture(scope="module")
def classed() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """20,000 classes of three, drawn by known weights on top of an offset."""
    numbers = np.random.default_rng(12)
    x, offset = numbers.normal(size=(20_000, 2)), numbers.normal(size=(20_000, 3))
    # the largest of scores with Gumbel noise is a draw of their softmax
    return x, (offset + x @ CLASSES + numbers.gumbel(size=(20_000, 3))).argmax(axis=1), offset


def test_known_weights_are_recovered(drawn):
    weights, bias = fit_logistic(*drawn, 1.0)
    assert weights == pytest.approx(TRUE, abs=0.1)
    assert bias == pytest.approx(BIAS, abs=0.1)
    assert weights.dtype == np.float32


def test_known_weights_of_classes_are_recovered(classed):
    weights = fit_softmax(*classed, 1.0)
    assert weights == pytest.approx(CLASSES, abs=0.1)
    assert weights.sum(axis=1) == pytest.approx([0, 0], abs=1e-3), "the penalty leaves nothing that all classes share"


def test_a_larger_penalty_pulls_to_the_offset(drawn):
    sizes = [np.abs(fit_logistic(*drawn, penalty)[0]).sum() for penalty in (1.0, 1e3, 1e5, 1e9)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == pytest.approx(0, abs=1e-3)


def test_a_larger_penalty_pulls_classes_to_the_offset(classed):
    sizes = [np.abs(fit_softmax(*classed, penalty)).sum() for penalty in (1.0, 1e3, 1e5, 1e9)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == pytest.approx(0, abs=1e-3)


def test_an_offset_that_is_right_already_is_left_alone(drawn):
    x, _, offset = drawn
    numbers = np.random.default_rng(13)
    y = numbers.random(len(x)) < sigmoid(offset)
    weights, bias = fit_logistic(x, y, offset, 1.0)
    assert weights == pytest.approx(np.zeros(3), abs=0.06)
    assert bias == pytest.approx(0, abs=0.06)


def test_the_bias_costs_less_than_the_weights():
    """A share that is not the offset's is taken for just that, not for something in the texts."""
    x, y = np.ones((40, 1)), np.ones(40)
    weights, bias = fit_logistic(x, y, np.full(40, -2.0), 4.0)
    assert bias > 20 * weights[0] > 0


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_only_moves_towards_it_and_stays_finite(label: int):
    numbers = np.random.default_rng(14)
    weights, bias = fit_logistic(numbers.normal(size=(12, 768)), np.full(12, label), np.zeros(12), 2.0)
    assert np.isfinite(weights).all()
    assert 0.5 < (bias if label else -bias) < 20


def test_one_class_only_of_several_moves_towards_it_and_stays_finite():
    x = np.concatenate([np.random.default_rng(15).normal(size=(12, 128)), np.ones((12, 1))], axis=1)
    weights = fit_softmax(x, np.full(12, 2), np.zeros((12, 4)), 2.0)
    assert np.isfinite(weights).all()
    assert (x @ weights).argmax(axis=1).tolist() == [2] * 12


def test_a_single_row_is_enough():
    weights, bias = fit_logistic(np.ones((1, 2)), np.ones(1), np.zeros(1), 1.0)
    assert bias > 0 and (weights > 0).all()


@pytest.mark.parametrize("offset", [-1000.0, 1000.0])
def test_an_offset_that_is_very_sure_and_wrong_overflows_nothing(offset: float):
    x, y = np.eye(4), np.full(4, float(offset < 0))
    weights, bias = fit_logistic(x, y, np.full(4, offset), 1.0)
    assert np.isfinite([*weights, bias]).all()
    assert np.isfinite(fit_softmax(x, y.astype(int), np.tile([offset, 0.0], (4, 1)), 1.0)).all()
