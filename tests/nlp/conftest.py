"""The encoder and the shipped judge, loaded once a run, and the airline's promises."""

from pathlib import Path

import pytest

from nlp.config import MiniLMSettings
from nlp.encoder import Encoder
from nlp.heads import Heads, load
from nlp.model_files import find_model
from nlp.promise_judge import PromiseJudge
from promises.catalogue import load_catalogue
from tests.nlp.samples import DAY
from voc.promises import Promise

CATALOGUES = Path(__file__).parents[2] / "configs" / "catalogues"


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture(scope="session")
def heads() -> Heads:
    """The shipped heads."""
    return load(find_model().heads)


@pytest.fixture(scope="session")
def judge(encoder: Encoder) -> PromiseJudge:
    return PromiseJudge(MiniLMSettings(), encoder=encoder)


@pytest.fixture(scope="session")
def airline() -> tuple[Promise, ...]:
    """The promises of the shipped airline that are in force on samples.DAY."""
    promises = load_catalogue(CATALOGUES / "airline.yaml").promises
    return tuple(promise for promise in promises if promise.in_force_on(DAY.date()))
