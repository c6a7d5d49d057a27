"""Any Hugging Face classification model judges, and a model that can't be used says why."""

import math
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nlp.config import TransformersSettings
from nlp.transformers_judge import TransformersJudge
from nlp.transformers_model import PairModel
from tests.nlp.samples import promise, verbatim
from tests.nlp.tiny_bert import LABELS, WORDS, build
from voc.errors import ConfigError, FatalError
from voc.promises import Measure
from voc.verdicts import Disconfirmation, Judgement, Verdict

QUIET = promise("quiet-rooms", "Quiet rooms.", severity=4)
BREAKFAST = promise("breakfast", "Breakfast is served by seven.", measure=Measure("duration", at_most="7"))
TEXTS = [
    "The breakfast came late.",
    "The room was great and the bed was great.",
    "I liked it.",
    "The bed was soft, the room was quiet. The breakfast came, and it was late, late, late.",
    "Great.",
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch", reason="needs the train extra")
    return build(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="module")
def random(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("torch", reason="needs the train extra")
    return build(tmp_path_factory.mktemp("models") / "random", by_hand=False)


def judge_of(model: Path | str, **more) -> TransformersJudge:
    return TransformersJudge(TransformersSettings(model=str(model), **more))


def judged(model: Path | str, text: str, *promises, **more) -> Judgement:
    return judge_of(model, **more).judge([verbatim(text)], [promises])[0]


def test_without_torch_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ConfigError) as refused:
        judge_of("acme/tiny")
    assert str(refused.value) == (
        "model.kind: 'transformers': this kind of model needs torch: pip install -c constraints.txt -e '.[train]'"
    )


@pytest.mark.train
def test_what_contradicts_a_promise_breaks_it(tiny: Path):
    judgement = judged(tiny, "I liked it. The breakfast came late.", BREAKFAST)
    (signal,) = judgement.signals
    assert (signal.promise, signal.verdict) == (BREAKFAST, Verdict.BROKEN)
    assert "I liked it. The breakfast came late."[signal.start : signal.end] == "The breakfast came late."
    assert signal.severity == BREAKFAST.severity
    assert signal.promised == "7"
    assert (judgement.disconfirmation, judgement.severity) == (Disconfirmation.NEGATIVE, BREAKFAST.severity)


@pytest.mark.train
def test_the_confidence_is_the_models_own_probability(tiny: Path):
    (signal,) = judged(tiny, "The room was great.", QUIET).signals
    assert signal.verdict is Verdict.KEPT
    # one word of sixteen dimensions, normalised: tanh(3.87) for its own and tanh(-.258) for the others
    entails, contradicts = 4 * math.tanh(math.sqrt(15)), 4 * math.tanh(-1 / math.sqrt(15))
    odds = [math.exp(x) for x in (entails, contradicts, 1.0)]
    assert signal.confidence == pytest.approx(odds[0] / sum(odds), abs=1e-3)


@pytest.mark.train
def test_silence_gets_no_signal_and_is_neutral(tiny: Path):
    judgement = judged(tiny, "I liked it.", QUIET, BREAKFAST, min_confidence=0)
    assert judgement.signals == ()
    assert (judgement.disconfirmation, judgement.severity) == (Disconfirmation.NEUTRAL, 1)


@pytest.mark.train
def test_below_the_least_confidence_there_is_no_signal(tiny: Path):
    confidence = judged(tiny, "The room was great.", QUIET).signals[0].confidence
    assert judged(tiny, "The room was great.", QUIET, min_confidence=confidence + 0.001).signals == ()
    assert judged(tiny, "The room was great.", QUIET, min_confidence=confidence - 0.001).signals != ()


@pytest.mark.train
def test_kept_alone_is_positive(tiny: Path):
    judgement = judged(tiny, "The room was great.", QUIET)
    assert (judgement.disconfirmation, judgement.severity) == (Disconfirmation.POSITIVE, 1)


@pytest.mark.train
def test_without_promises_in_force_there_is_no_signal(tiny: Path):
    assert judged(tiny, "The breakfast came late.").signals == ()
    assert judge_of(tiny).judge([], []) == []


@pytest.mark.train
def test_each_verbatim_is_held_against_its_own_promises(tiny: Path):
    texts = ["The breakfast came late.", "The room was great.", "The breakfast came late."]
    judgements = judge_of(tiny).judge([verbatim(text) for text in texts], [(), (QUIET, BREAKFAST), (BREAKFAST,)])
    found = [[(signal.promise.id, signal.verdict) for signal in judgement.signals] for judgement in judgements]
    kept = [("quiet-rooms", Verdict.KEPT), ("breakfast", Verdict.KEPT)]
    assert found == [[], kept, [("breakfast", Verdict.BROKEN)]]


@pytest.mark.train
def test_evidence_is_the_clause_with_the_promises_words_else_the_whole_text(tiny: Path):
    text = " The room was quiet but the bed was soft. Breakfast came by seven, great. It was late. "
    quiet, breakfast = judged(tiny, text, QUIET, BREAKFAST, min_confidence=0).signals
    assert text[quiet.start : quiet.end] == "The room was quiet"
    assert text[breakfast.start : breakfast.end] == "Breakfast came by seven, great."
    (other,) = judged(tiny, " It was late. ", QUIET).signals
    assert (other.start, other.end) == (1, 13)


@pytest.mark.train
def test_a_text_in_any_language_is_judged(tiny: Path):
    text = "Das Zimmer war great, aber leider haben wir in der Nacht wegen der Straße kein Auge zugemacht."
    judgement = judged(tiny, text, QUIET)
    assert (judgement.language, judgement.judged) == ("de", True)
    assert judgement.signals


@pytest.mark.train
@pytest.mark.parametrize("batch_size", [1, 3, 512])
def test_a_pair_reads_the_same_in_any_batch(random: Path, batch_size: int):
    model = PairModel(str(random), allow_download=False, batch_size=batch_size)
    pairs = [(text, one.statement) for text in [*TEXTS, " ".join(WORDS)] for one in (QUIET, BREAKFAST)]
    together = model.probabilities(pairs)
    alone = np.concatenate([model.probabilities([pair]) for pair in pairs])
    assert together == pytest.approx(alone, abs=1e-5)
    assert len({tuple(row.round(3)) for row in together}) > 5  # the pairs do differ


@pytest.mark.train
def test_a_text_longer_than_the_model_reads_is_cut(tiny: Path):
    judgement = judged(tiny, "the breakfast was late . " + "it was great . " * 2000, BREAKFAST)
    assert len(judgement.signals) == 1


@pytest.mark.train
def test_labels_with_one_meaning_are_one_answer(tiny: Path):
    labels = {"contradiction": "kept", "neutral": "kept", "entailment": "kept"}
    (signal,) = judged(tiny, "I liked it.", QUIET, labels=labels, min_confidence=0.99).signals
    assert (signal.verdict, signal.confidence) == (Verdict.KEPT, 1.0)


@pytest.mark.train
def test_a_label_without_a_meaning_is_refused(tiny: Path):
    with pytest.raises(ConfigError) as refused:
        judge_of(tiny, labels={"contradiction": "broken"})
    assert str(refused.value) == (
        f"model.labels: the model {tiny} has the labels {', '.join(LABELS)}; no meaning is given for neutral, "
        "Entailment; allowed: one of broken, kept, exceeded, mentioned, silent for each label of the model"
    )


@pytest.mark.train
def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    pytest.importorskip("torch", reason="needs the train extra")
    absent = tmp_path / "absent"
    with pytest.raises(ConfigError) as refused:
        judge_of(absent)
    assert str(refused.value).startswith(f"model.model: {str(absent)!r}: there is no such folder")
    assert "allow_download" in str(refused.value)


@pytest.mark.train
@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "tokenizer.json"])
def test_a_damaged_model_stops_the_listener(tiny: Path, tmp_path: Path, file: str):
    damaged = shutil.copytree(tiny, tmp_path / "damaged")
    whole = (damaged / file).read_bytes()
    (damaged / file).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FatalError, match=f"^{damaged}: the model can't be read: "):
        judge_of(damaged)


@pytest.mark.train
def test_a_model_without_a_trained_classifier_is_refused(tiny: Path, tmp_path: Path):
    from safetensors.numpy import load_file, save_file

    headless = shutil.copytree(tiny, tmp_path / "headless")
    weights = load_file(headless / "model.safetensors")
    kept = {name: values for name, values in weights.items() if not name.startswith("classifier")}
    save_file(kept, headless / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(FatalError, match=r"lacks the weights classifier\.bias, classifier\.weight"):
        judge_of(headless)


@pytest.mark.train
def test_the_version_follows_the_weights(tiny: Path, random: Path, tmp_path: Path):
    copy = shutil.copytree(tiny, tmp_path / "copy")
    (copy / "README.md").write_text("about")
    assert judge_of(copy).info.version == judge_of(tiny).info.version
    assert judge_of(random).info.version != judge_of(tiny).info.version
    assert judge_of(tiny).info.name == str(tiny)


@pytest.mark.train
def test_a_hub_name_is_found_in_the_local_cache_without_the_network(tiny: Path, tmp_path: Path):
    """In a process of its own: the hub's library reads the place of its cache when it is imported."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    cached = tmp_path / "hub" / "models--acme--tiny"
    shutil.copytree(tiny, cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    script = (
        "from nlp.config import TransformersSettings as S; from nlp.transformers_judge import TransformersJudge as J;"
        "print(J(S(model='acme/tiny')).info)"
    )
    environment = {**os.environ, "HF_HUB_CACHE": str(tmp_path / "hub"), "PYTHONPATH": os.getcwd()}
    shown = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "ModelInfo(name='acme/tiny', version='0123456789ab')"
