"""Labelled texts are read in both forms, and every fault is told with its line and what is allowed."""

import json
from pathlib import Path

import pytest

from nlp.labels import LabelledRow, read_labels
from voc.errors import ConfigError
from voc.verdicts import Disconfirmation, Verdict

KNOWN = ("bags-on-time", "prompt-refund")


@pytest.fixture
def written(tmp_path: Path):
    """``written(row, ...)``: a file of these lines; bytes are written as they are."""

    def write(*lines: object) -> Path:
        path = tmp_path / "labelled.jsonl"
        path.write_bytes(b"".join((x if isinstance(x, bytes) else json.dumps(x).encode()) + b"\n" for x in lines))
        return path

    return write


def row(labels: object = None, **more: object) -> dict[str, object]:
    return {"text": "The bags were late."} | ({} if labels is None else {"labels": labels}) | more


def fault(path: Path) -> str:
    with pytest.raises(ConfigError) as raised:
        read_labels(path, KNOWN)
    return str(raised.value).removeprefix(f"{path}: ")


def test_a_row_has_its_verdicts_by_promise(written):
    path = written(row({"bags-on-time": "broken"}, id="r1", disconfirmation="negative"))
    assert read_labels(path, KNOWN) == [
        LabelledRow(
            line=1,
            id="r1",
            text="The bags were late.",
            verdicts={"bags-on-time": frozenset({Verdict.BROKEN})},
            disconfirmation=Disconfirmation.NEGATIVE,
        )
    ]


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_can_be_labelled(written, verdict: Verdict):
    (read,) = read_labels(written(row({"bags-on-time": verdict.value})), KNOWN)
    assert read.verdicts == {"bags-on-time": {verdict}}


def test_mixed_is_both_broken_and_kept(written):
    (read,) = read_labels(written(row({"bags-on-time": "mixed"})), KNOWN)
    assert read.verdicts == {"bags-on-time": {Verdict.BROKEN, Verdict.KEPT}}


def test_labels_may_stand_under_promises_beside_a_polarity_and_more(written):
    labels = {"promises": {"prompt-refund": "kept"}, "polarity": "positive", "raw": [1], "score": 0.5}
    (read,) = read_labels(written(row(labels, source_kind="review")), KNOWN)
    assert read.verdicts == {"prompt-refund": {Verdict.KEPT}}
    assert read.disconfirmation is Disconfirmation.POSITIVE


@pytest.mark.parametrize("polarity", ["mixed", "conflict", None, 3])
def test_a_polarity_that_is_no_disconfirmation_is_passed_over(written, polarity: object):
    (read,) = read_labels(written(row({"promises": {"prompt-refund": "kept"}, "polarity": polarity})), KNOWN)
    assert read.disconfirmation is None


def test_a_row_without_labels_is_silent_and_named_by_its_line(written):
    path = written(row({"bags-on-time": "kept"}), b"", row(), row({}), row({"promises": {}}))
    rows = read_labels(path, KNOWN)
    assert [(one.line, one.id, len(one.verdicts)) for one in rows] == [
        (1, "line 1", 1),
        (3, "line 3", 0),
        (4, "line 4", 0),
        (5, "line 5", 0),
    ]


def test_a_promise_may_be_called_promises(written):
    (read,) = read_labels(written(row({"promises": "kept"})), ["promises"])
    assert read.verdicts == {"promises": {Verdict.KEPT}}


def test_line_ends_of_windows_and_a_byte_order_mark_are_no_fault(written):
    path = written(row({"bags-on-time": "kept"}))
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert len(read_labels(path, KNOWN)) == 1


def test_an_unknown_promise_is_told_with_the_nearest_and_all_that_are_known(written):
    assert fault(written(row(), row({"bag-on-time": "kept"}))) == (
        "line 2: labels: 'bag-on-time': no promise has this id; did you mean 'bags-on-time'?; "
        "allowed: bags-on-time, prompt-refund"
    )


def test_an_unknown_promise_that_is_like_none_has_no_hint(written):
    assert fault(written(row({"promises": {"xyz": "kept"}}))) == (
        "line 1: labels.promises: 'xyz': no promise has this id; allowed: bags-on-time, prompt-refund"
    )


@pytest.mark.parametrize(
    ("verdict", "shown"), [("bad", "'bad'"), (None, "'null'"), (1, "1"), (["kept"], "['kept']"), ({}, "{}")]
)
def test_an_unknown_verdict_is_told_with_those_that_are_known(written, verdict: object, shown: str):
    assert fault(written(row({"prompt-refund": verdict}))) == (
        f"line 1: labels.prompt-refund: {shown}: is no verdict; allowed: broken, kept, exceeded, mentioned, mixed; "
        "leave it out where the text is silent"
    )


def test_an_unknown_disconfirmation_is_told_with_those_that_are_known(written):
    assert fault(written(row(disconfirmation="angry"))) == (
        "line 1: disconfirmation: 'angry': is not known; allowed: negative, neutral, positive"
    )


@pytest.mark.parametrize("labels", [["bags-on-time"], "broken", 3, {"promises": ["bags-on-time"]}])
def test_labels_that_are_no_object_are_a_fault(written, labels: object):
    assert "is no object; allowed: {promise id: verdict}" in fault(written(row(labels)))


@pytest.mark.parametrize("text", [None, "", "  ", 5])
def test_a_row_without_a_text_is_a_fault(written, text: object):
    assert fault(written(row({"bags-on-time": "kept"}, text=text))).startswith("line 1: text: has no text; allowed: ")


def test_what_is_no_json_is_told_with_its_line_and_without_its_words(written):
    told = fault(written(row({"bags-on-time": "kept"}), b'{"text": "my secret"'))
    assert told.startswith("line 2: is no JSON (")
    assert "secret" not in told


def test_json_that_is_no_object_is_a_fault(written):
    assert fault(written([1])).startswith("line 1: is JSON, but no object; allowed: ")


def test_bytes_that_are_no_utf8_are_a_fault(written):
    assert fault(written(b'{"text": "tr\xe8s"}')).startswith("line 1: is no JSON (")


@pytest.mark.parametrize("lines", [(), (b"", b"  ")])
def test_an_empty_file_is_a_fault(written, lines: tuple[bytes, ...]):
    assert fault(written(*lines)).startswith("is empty; allowed: ")


def test_a_file_without_any_label_is_a_fault(written):
    assert fault(written(row(), row({}))).startswith("labels: has no labels; allowed: ")


def test_disconfirmations_alone_are_labels(written):
    (read,) = read_labels(written(row(disconfirmation="neutral")), KNOWN)
    assert read.disconfirmation is Disconfirmation.NEUTRAL


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"none\.jsonl: can't be read: No such file or directory"):
        read_labels(tmp_path / "none.jsonl", KNOWN)
