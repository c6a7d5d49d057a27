"""`gapwatch evaluate`: what is told of a judge, for people and for programs."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from gapwatch import wiring
from gapwatch.commands import evaluate
from tests.gapwatch.command import SHOP, json_lines, write_lines, write_settings
from voc.promises import Promise
from voc.records import Verbatim
from voc.verdicts import Disconfirmation, GapSignal, Judgement, ModelInfo, Verdict

IDS = list(dict.fromkeys(one.id for one in wiring.build_book([SHOP]).all))
FIRST, SECOND = IDS[:2]


class SaysBroken:
    """Finds the first promise broken wherever a text says "late", and reads no text that says "nicht"."""

    info = ModelInfo("scripted", "1")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.promises: list[str] = []

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> list[Judgement]:
        self.texts += [verbatim.text for verbatim in verbatims]
        self.promises = [promise.id for promise in promises[0]]
        return [self._one(verbatim.text, against[0]) for verbatim, against in zip(verbatims, promises, strict=True)]

    def _one(self, text: str, promise: Promise) -> Judgement:
        if "nicht" in text:
            return Judgement(language="de", judged=False)
        signal = GapSignal(promise=promise, verdict=Verdict.BROKEN, confidence=0.75, start=0, end=4, severity=1)
        late = "late" in text
        feeling = Disconfirmation.NEGATIVE if late else Disconfirmation.POSITIVE
        return Judgement(language="en", disconfirmation=feeling, severity=1, signals=(signal,) if late else ())


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> SaysBroken:
    """Every command judges by it; ``judge.settings`` is what it was asked for."""
    scripted = SaysBroken()

    def build(settings=None):
        scripted.settings = settings
        return scripted

    monkeypatch.setattr(wiring, "build_judge", build)
    return scripted


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    return write_lines(
        tmp_path / "labelled.jsonl",
        {"id": "1", "text": "It was late.", "labels": {FIRST: "broken"}, "disconfirmation": "negative"},
        {"id": "2", "text": "It was late again.", "labels": {FIRST: "mixed", SECOND: "kept"}},
        {"id": "3", "text": "Good.", "labels": {SECOND: "exceeded"}, "disconfirmation": "positive"},
        {"id": "4", "text": "They were late to my party.", "labels": {}},
        {"id": "5", "text": "Das war nicht gut.", "labels": {}},
        {"id": "6", "text": "Write to anna@example.org, she is late."},
    )


def test_programs_get_every_figure_with_its_interval(judge, command, labelled: Path):
    ended = command("evaluate", labelled, "-c", SHOP, "--json")
    assert ended.code == 0, ended.err
    (told,) = json_lines(ended.out)
    assert told["model"] == {"name": "scripted", "version": "1", "min_confidence": 0.3}
    assert (told["texts"], told["labels"], told["unread"]) == (6, 4, 1)
    values = {name: figure["value"] for name, figure in told["figures"].items()}
    assert values == {
        "assign_f1_micro": pytest.approx(4 / 8),
        "pair_f1_micro": pytest.approx(2 / 8),
        "broken_f1_micro": pytest.approx(4 / 6),
        "polarity_f1_macro": 1,
        "calibration_error": pytest.approx(0.25),
        "abstained": pytest.approx(1 / 3),
    }
    for figure in told["figures"].values():
        assert figure["low"] <= figure["value"] <= figure["high"]
    first = next(one for one in told["promises"] if one["promise_id"] == FIRST)
    assert (first["n"], first["signals"], first["precision"], first["verdict_accuracy"]) == (2, 4, 0.5, 1)
    assert told["confusion"]["mixed"]["broken"] == 1
    assert [one["n"] for one in told["reliability"]] == [0, 0, 0, 0, 0, 0, 0, 4, 0, 0]


def test_people_get_tables_and_pictures(judge, command, labelled: Path):
    out = command("evaluate", labelled, "-c", SHOP).out
    for part in (
        "6 texts, 4 labels of",
        "judged by scripted 1, signals from a confidence of 0.3",
        "1 of 6 texts are in a language that the model does not read",
        "Promise found, F1 micro",
        "Silent texts left without a signal",
    ):
        assert part in out
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.split()}
    assert rows[FIRST] == ["2", "4", "0.50", "1.00", "0.67", "1.00"]
    assert rows["broken"] == ["1", "100%", *"····", "1"]
    assert rows["mixed"] == ["1", "100%", *"····", "1"], "there is no column for mixed, since nothing was judged so"
    assert rows["0.7–0.8"][:3] == ["0.75", "0.50", "4"]
    assert rows["0.7–0.8"][3] == "█" * 15 + "·" * 7 + "│" + "·" * 7
    assert "\x1b" not in out


def test_cells_are_coloured_by_share_on_a_terminal(judge, command, labelled: Path, monkeypatch: pytest.MonkeyPatch):
    console = Console(force_terminal=True, color_system="truecolor", width=200, markup=False, highlight=False)
    monkeypatch.setattr(evaluate, "terminal", lambda stderr=False: Console(stderr=True) if stderr else console)
    out = command("evaluate", labelled, "-c", SHOP).out
    assert "\x1b[37;48;2;0;180;0m1 100%" in out, "where all agree, the green is full"


def test_every_promise_is_judged_against_in_its_newest_wording_and_personal_data_is_taken_out(
    judge, command, labelled: Path
):
    command("evaluate", labelled, "-c", SHOP)
    assert judge.promises == IDS
    assert judge.texts[-1] == "Write to [EMAIL_ADDRESS], she is late."


def test_a_changed_wording_is_judged_once_by_the_newest(judge, command, tmp_path: Path):
    catalogue = tmp_path / "promises.yaml"
    entries = [
        "{id: soup, statement: Cold soup., valid: {until: 2025-12-31}}",
        "{id: soup, statement: Hot soup., valid: {from: 2026-01-01}}",
    ]
    catalogue.write_text("brand: inn\npromises:\n" + "".join(f"  - {entry}\n" for entry in entries))
    labelled = write_lines(tmp_path / "in.jsonl", {"text": "late", "labels": {"soup": "broken"}})
    (told,) = json_lines(command("evaluate", labelled, "-c", catalogue, "--json").out)
    assert [one["promise_id"] for one in told["promises"]] == ["soup"]


def test_options_change_the_model_of_the_settings(judge, command, labelled: Path, tmp_path: Path):
    config = write_settings(
        tmp_path, "sources: [{kind: jsonl, path: in.jsonl, holds: review}]", "model: {kind: minilm, threads: 1}"
    )
    folder = tmp_path / "adapted"
    folder.mkdir()
    options = ("--config", config, "--model", folder, "--min-confidence", "0.6")
    assert command("evaluate", labelled, "-c", SHOP, *options).code == 0
    assert (judge.settings.threads, judge.settings.folder, judge.settings.min_confidence) == (1, folder, 0.6)


def test_a_model_that_is_no_folder_is_a_fault_of_the_caller(judge, command, labelled: Path, tmp_path: Path):
    ended = command("evaluate", labelled, "-c", SHOP, "--model", tmp_path / "none")
    assert ended.code == 2
    assert f"--model: '{tmp_path / 'none'}': is no folder" in ended.err


def test_another_kind_of_model_has_no_folder(judge, command, labelled: Path, tmp_path: Path):
    config = write_settings(
        tmp_path,
        "sources: [{kind: jsonl, path: in.jsonl, holds: review}]",
        "model: {kind: transformers, model: some/folder}",
    )
    ended = command("evaluate", labelled, "-c", SHOP, "--config", config, "--model", tmp_path)
    assert ended.code == 2
    assert "the settings name a model already" in ended.err


def test_a_label_of_an_unknown_promise_ends_with_2_before_a_model_is_loaded(judge, command, tmp_path: Path):
    path = write_lines(tmp_path / "in.jsonl", {"text": "late", "labels": {"nonsense": "broken"}})
    ended = command("evaluate", path, "-c", SHOP)
    assert ended.code == 2
    assert f"gapwatch: {path}: line 1: labels: 'nonsense': no promise has this id" in ended.err
    assert not hasattr(judge, "settings")


def test_labels_of_feelings_alone_are_evaluated(judge, command, tmp_path: Path):
    lines = [{"text": "late", "disconfirmation": "negative"}, {"text": "good", "disconfirmation": "positive"}]
    ended = command("evaluate", write_lines(tmp_path / "in.jsonl", *lines), "-c", SHOP, "--json")
    assert list(json_lines(ended.out)[0]["figures"]) == ["polarity_f1_macro"]
    assert command("evaluate", tmp_path / "in.jsonl", "-c", SHOP).code == 0


def test_the_shipped_judge_can_be_evaluated(command, labelled: Path):
    """What it finds plays no part here."""
    (told,) = json_lines(command("evaluate", labelled, "-c", SHOP, "--json", "--min-confidence", "0").out)
    assert (told["texts"], told["unread"], told["model"]["name"]) == (6, 1, "minilm-l6-int8")
    assert [one["signals"] for one in told["promises"]] == [5] * len(IDS), "of all texts that it reads"
    assert sum(sum(row.values()) for row in told["confusion"].values()) == 6 * len(IDS)
