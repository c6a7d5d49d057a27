"""`gapwatch adapt`: a folder is written where a brand's labels teach something, and nothing where they don't."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from nlp import adapting
from nlp.encoder import Encoder
from nlp.model_files import CARD, ENCODER, HEADS, find_model
from tests.gapwatch.command import json_lines, write_lines, write_settings
from tests.nlp.inn import BREAKFAST, INN, QUIET, SILENT, TAUGHT
from voc.verdicts import Disconfirmation

BRAND = "The Inn"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """The inn's promises, one of them with an older wording."""
    promises = [{"id": promise.id, "statement": promise.statement} for promise in INN]
    old = promises[0] | {"statement": "Quiet rooms.", "valid": {"until": "2025-01-01"}}
    path = tmp_path / "promises.yaml"
    new = promises[0] | {"valid": {"from": "2025-01-02"}}
    path.write_text(json.dumps({"brand": BRAND, "promises": [old, new, *promises[1:]]}))
    return path


def rows(*, most: int | None = None) -> list[dict]:
    taught = [
        {"text": text, "labels": {id_: verdict}} for id_, texts in TAUGHT.items() for text, verdict in texts[:most]
    ]
    return taught + [{"text": text, "labels": {}} for text in SILENT]


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "labels.jsonl", *rows())


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture
def adapt(command: Callable, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """The command, whose encoder is loaded once."""
    monkeypatch.setattr("nlp.encoder.Encoder", lambda **more: encoder)
    return lambda *arguments: command("adapt", *arguments)


def test_a_model_is_written_and_used_through_settings(command, labels: Path, catalogue: Path, tmp_path: Path):
    out = tmp_path / "adapted"
    ended = command("adapt", labels, "--catalogue", catalogue, "--out", out, "--threads", 1)
    assert ended.code == 0, ended.err
    version = find_model(out).version
    assert version != find_model().version
    assert f"{out}  version {version}: name it in your settings as model: {{kind: minilm, folder: {out}}}" in ended.err
    assert f"2 of {len(INN)} promises have enough labelled texts to learn from" in ended.err
    assert {path.name for path in out.iterdir()} == {HEADS, CARD}

    settings = write_settings(
        tmp_path,
        "sources: [{kind: jsonl, path: in.jsonl, holds: review}]",
        "model: {kind: minilm, folder: adapted, min_confidence: 0}",
        catalogues=[catalogue],
    )
    texts = write_lines(tmp_path / "in.jsonl", {"text": "Another Nightjar, another joke."})
    answers = []
    for given in (["--config", settings], []):
        judged = command("classify", texts, "-c", catalogue, "-o", tmp_path / "out.jsonl", *given)
        assert judged.code == 0, judged.err
        assert (f"judged by minilm-l6-int8 {version}" in judged.err) == bool(given)
        answers += json_lines((tmp_path / "out.jsonl").read_text())
    sure = {signal["promise_id"]: signal["confidence"] for signal in answers[0]["signals"]}
    before = {signal["promise_id"]: signal["confidence"] for signal in answers[1]["signals"]}
    assert sure[QUIET.id] > before.get(QUIET.id, 0.3)
    assert sure[QUIET.id] > sure[BREAKFAST.id]


def test_the_card_says_what_was_learnt_and_from_what(adapt, labels: Path, catalogue: Path, tmp_path: Path):
    assert adapt(labels, "-c", catalogue, "-o", tmp_path / "adapted").code == 0
    card = find_model(tmp_path / "adapted").card
    assert (card["adapted"]["brand"], card["adapted"]["texts"]) == (BRAND, len(rows()))
    held_out = card["adapted"]["held_out"]["pair_f1_micro"]
    assert 0 <= held_out["before"] < held_out["after"] <= 1
    assert card["sha256"][ENCODER] == find_model().card["sha256"][ENCODER]


def test_programs_get_every_figure_before_and_after(adapt, labels: Path, catalogue: Path, tmp_path: Path):
    ended = adapt(labels, "-c", catalogue, "-o", tmp_path / "adapted", "--json")
    assert ended.code == 0, ended.err
    told = {row["figure"]: row for row in json_lines(ended.out)}
    assert {"assign_f1_micro", "pair_f1_micro", "broken_f1_micro"} <= set(told)
    assert all(set(row) == {"figure", "before", "after"} for row in told.values())
    assert told["pair_f1_micro"]["after"] > told["pair_f1_micro"]["before"]


def test_the_same_labels_make_the_same_model(adapt, labels: Path, catalogue: Path, tmp_path: Path):
    for name in ("one", "other"):
        assert adapt(labels, "-c", catalogue, "-o", tmp_path / name).code == 0
    for name in (HEADS, CARD):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()


def test_texts_are_read_as_the_listener_does_without_personal_data(
    adapt, catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    seen: list[str] = []
    reads = adapting.read_examples

    def read_examples(encoder, heads, promises, read):
        seen.extend(row.text for row in read)
        return reads(encoder, heads, promises, read)

    monkeypatch.setattr(adapting, "read_examples", read_examples)
    address = {"text": "Write to anna@example.org about the Nightjar.", "labels": {QUIET.id: "mentioned"}}
    labels = write_lines(tmp_path / "labels.jsonl", *rows(), address)
    adapt(labels, "-c", catalogue, "-o", tmp_path / "adapted")
    assert seen[-1] == "Write to [EMAIL_ADDRESS] about the Nightjar."
    assert seen[:-1] == [row["text"] for row in rows()]


def test_an_unknown_promise_ends_with_2_and_its_line(adapt, catalogue: Path, tmp_path: Path):
    labels = write_lines(
        tmp_path / "labels.jsonl", *rows()[:2], {"text": "A joke.", "labels": {"quiet-night": "broken"}}
    )
    ended = adapt(labels, "-c", catalogue, "-o", tmp_path / "adapted")
    assert ended.code == 2
    assert ended.err.startswith(f"gapwatch: {labels}: line 3: labels: 'quiet-night': no promise has this id")
    assert not (tmp_path / "adapted").exists()


@pytest.mark.parametrize(
    "few",
    [rows(most=adapting.LEAST_TEXTS - 1), [{"text": text, "disconfirmation": "negative"} for text in SILENT]],
    ids=["too few", "feelings only"],
)
def test_where_nothing_can_be_learnt_nothing_is_written(adapt, catalogue: Path, tmp_path: Path, few: list[dict]):
    out = tmp_path / "adapted"
    ended = adapt(write_lines(tmp_path / "labels.jsonl", *few), "-c", catalogue, "-o", out)
    assert ended.code == 1
    assert ended.err.endswith(f"gapwatch: nothing is written to {out}: no promise has 3 labelled texts\n")
    assert not out.exists()


@pytest.mark.parametrize("worse", [0.0, 0.4])
def test_where_it_judges_no_better_nothing_is_written(
    adapt, labels: Path, catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worse: float
):
    """What is learnt is taken away again, and so much of the confidence more."""
    learns = adapting.learn

    def learn(examples, promises, heads, *, seed=0):
        adapted, _ = learns(examples, promises, heads, seed=seed)
        shared = adapting.shared_confidence(heads)
        found = adapting.outcome(examples.spoken, examples.logits, examples.feelings, shared)
        return adapted, replace(found, confidence=found.confidence * (1 - worse))

    monkeypatch.setattr(adapting, "learn", learn)
    ended = adapt(labels, "-c", catalogue, "-o", tmp_path / "adapted")
    assert ended.code == 1
    assert ended.err.endswith(f"gapwatch: nothing is written to {tmp_path / 'adapted'}: it judges no better\n")
    assert not (tmp_path / "adapted").exists()


@pytest.mark.parametrize("silent", [0, 1], ids=["before", "after"])
def test_a_judge_that_gave_no_signal_is_compared_in_what_both_have(
    adapt, labels: Path, catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, silent: int
):
    from gapwatch.commands import adapt as module

    evaluates, calls = module._evaluate, iter(range(2))

    def evaluate(read, promises, found):
        quiet = next(calls) == silent
        return evaluates(read, promises, replace(found, confidence=found.confidence * (not quiet)))

    monkeypatch.setattr(module, "_evaluate", evaluate)
    ended = adapt(labels, "-c", catalogue, "-o", tmp_path / "adapted", "--json")
    assert ended.code == silent, ended.err
    told = {row["figure"] for row in json_lines(ended.out)}
    assert "pair_f1_micro" in told and "calibration_error" not in told


def test_a_folder_with_an_encoder_of_its_own_is_refused(adapt, labels: Path, catalogue: Path, tmp_path: Path):
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / ENCODER).write_bytes(b"of another training")
    ended = adapt(labels, "-c", catalogue, "-o", tmp_path / "trained")
    assert ended.code == 2
    assert ended.err == (f"gapwatch: --out: '{tmp_path / 'trained'}': holds a trained model; allowed: another folder\n")
    assert [path.name for path in (tmp_path / "trained").iterdir()] == [ENCODER]


def test_a_folder_that_can_not_be_written_ends_with_1(adapt, labels: Path, catalogue: Path, tmp_path: Path):
    (tmp_path / "taken").write_text("a file")
    ended = adapt(labels, "-c", catalogue, "-o", tmp_path / "taken")
    assert ended.code == 1
    assert f"gapwatch: {tmp_path / 'taken'}: the model can't be written: " in ended.err
    assert (tmp_path / "taken").read_text() == "a file"


def test_feelings_that_are_labelled_are_held_out_too(adapt, catalogue: Path, tmp_path: Path):
    felt = {"broken": Disconfirmation.NEGATIVE, "kept": Disconfirmation.POSITIVE}
    given = [row | {"disconfirmation": felt[label]} for row in rows() for label in row["labels"].values()]
    ended = adapt(write_lines(tmp_path / "labels.jsonl", *given), "-c", catalogue, "-o", tmp_path / "adapted", "--json")
    assert "polarity_f1_macro" in {row["figure"] for row in json_lines(ended.out)}
