"""`gapwatch classify`: one answer a line, in order, with places in the text as it was given."""

import gzip
from pathlib import Path

import orjson
import pytest

from tests.gapwatch.command import SHOP, gapwatch, json_lines, write_lines, write_settings
from tests.gapwatch.feed import TEXTS

REFUND = "I sent the boots back three weeks ago and I have still not seen a cent of my refund."
WITH_PERSON = f"Write to anna.very.long.address.indeed@example.org about order 7. {REFUND} Or call +49 170 1234567."


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict], str]:
    """The answers to a file with good and bad lines, and what was told on standard error."""
    folder = tmp_path_factory.mktemp("classify")
    lines = [
        {"id": "a", "text": REFUND},
        b"not json",
        {"id": "b", "text": WITH_PERSON},
        b"",
        {"id": "c", "text": "Das Paket kam erst nach zwei Wochen an, und niemand hat sich bei mir gemeldet."},
        {"stars": 5},
        {"text": "Nice lamp."},
        b'{"id": "l", "text": "tr\xe8s d\xe9\xe7ue"}',
    ]
    source = write_lines(folder / "in.jsonl", *lines)
    done = gapwatch("classify", source, "--catalogue", SHOP, "--out", folder / "out.jsonl")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    return json_lines((folder / "out.jsonl").read_text()), done.stderr


def test_each_line_has_its_answer_in_order(answers):
    assert [answer["id"] for answer in answers[0]] == ["a", None, "b", None, "c", None, "file/0/6", None]


def test_a_line_that_can_not_be_used_is_answered_with_its_number_and_why(answers):
    faults = {answer["line"]: answer["error"] for answer in answers[0] if "error" in answer}
    assert faults == {
        2: "not_json: Expecting value at character 0",
        4: "empty: no bytes",
        6: "no_text: text is missing",
        8: "not_utf8: byte 23 is not UTF-8",
    }
    assert "8 lines judged by minilm-l6-int8" in answers[1]
    assert "4 of them could not be used" in answers[1]


def test_an_answer_has_the_fields_that_programs_rely_on(answers):
    answer = answers[0][0]
    assert set(answer) == {
        "id",
        "language",
        "judged",
        "disconfirmation",
        "severity",
        "gravity",
        "signals",
        "redactions",
        "cut_from",
    }
    assert answer["language"] == "en" and answer["judged"] is True
    signal = answer["signals"][0]
    assert set(signal) == {
        "promise_id",
        "verdict",
        "confidence",
        "start",
        "end",
        "journey_step",
        "touchpoint",
        "symptom",
        "promised",
        "experienced",
    }
    assert 0 <= signal["confidence"] <= 1
    assert 0 <= signal["start"] < signal["end"] <= len(REFUND)


def test_evidence_and_redactions_are_places_in_the_text_as_given(answers):
    plain, redacted = answers[0][0], answers[0][2]
    kinds = [WITH_PERSON[r["start"] : r["end"]] for r in redacted["redactions"]]
    assert kinds == ["anna.very.long.address.indeed@example.org", "+49 170 1234567"]
    best = max(redacted["signals"], key=lambda signal: signal["confidence"])
    assert best["promise_id"] == max(plain["signals"], key=lambda signal: signal["confidence"])["promise_id"]
    assert REFUND in WITH_PERSON[best["start"] : best["end"]] or WITH_PERSON[best["start"] : best["end"]] in REFUND


def test_a_language_that_the_model_does_not_read_is_not_judged(answers):
    german = answers[0][4]
    assert (german["language"], german["judged"], german["signals"]) == ("de", False, [])
    assert german["disconfirmation"] is None


def test_standard_input_a_gzipped_file_and_a_plain_file_are_read_alike(costless, command, tmp_path: Path):
    """Files are judged by a model that finds nothing: what is compared is the reading, line by line."""
    lines = b"".join(orjson.dumps({"id": str(n), "text": text}) + b"\n" for n, text in enumerate(TEXTS))
    (tmp_path / "in.jsonl").write_bytes(lines)
    (tmp_path / "in.jsonl.gz").write_bytes(gzip.compress(lines))
    outs = []
    for name in ("in.jsonl", "in.jsonl.gz"):
        assert command("classify", tmp_path / name, "-c", SHOP, "-o", tmp_path / "out").code == 0
        outs.append((tmp_path / "out").read_bytes())
    piped = gapwatch("classify", "-", "-c", SHOP, stdin=lines)
    assert outs[0] == outs[1]
    assert [answer["id"] for answer in json_lines(piped.stdout)] == [str(n) for n in range(len(TEXTS))]
    assert [answer["id"] for answer in json_lines(outs[0].decode())] == [str(n) for n in range(len(TEXTS))]


def test_of_a_text_that_is_too_long_the_head_is_judged_with_true_places(costless, command, tmp_path: Path):
    text = f"{WITH_PERSON} " * 3
    source = write_lines(tmp_path / "in.jsonl", {"text": text}, {"text": REFUND})
    config = write_settings(
        tmp_path,
        "sources: [{kind: jsonl, path: in.jsonl, holds: review}]",
        "listener: {most_characters: 140}",
    )
    assert command("classify", source, "-c", SHOP, "--config", config, "-o", tmp_path / "out").code == 0
    cut, whole = json_lines((tmp_path / "out").read_text())
    assert (cut["cut_from"], whole["cut_from"]) == (len(text), None)
    [kept] = cut["redactions"]  # what is in the rest, and was not judged, is not told of either
    assert text[kept["start"] : kept["end"]] == "anna.very.long.address.indeed@example.org"


def test_an_empty_file_has_no_answers(command, tmp_path: Path):
    ended = command("classify", write_lines(tmp_path / "in.jsonl"), "-c", SHOP, "-o", tmp_path / "out")
    assert ended.code == 0
    assert (tmp_path / "out").read_bytes() == b""


def test_the_input_is_never_emptied(costless, command, tmp_path: Path):
    source = write_lines(tmp_path / "in.jsonl", {"text": REFUND})
    before = source.read_bytes()
    ended = command("classify", source, "-c", SHOP, "-o", source)
    assert ended.code == 2
    assert "is the file that is read" in ended.err
    assert source.read_bytes() == before


def test_nothing_is_written_where_there_is_nothing_to_read(costless, command, tmp_path: Path):
    (tmp_path / "out").write_text("kept")
    ended = command("classify", tmp_path / "none.jsonl", "-c", SHOP, "-o", tmp_path / "out")
    assert ended.code == 2
    assert ended.err == f"gapwatch: {tmp_path / 'none.jsonl'}: can't be read: No such file or directory\n"
    assert (tmp_path / "out").read_text() == "kept"


def test_a_damaged_archive_ends_with_1_after_the_answers_that_could_be_given(costless, command, tmp_path: Path):
    whole = gzip.compress(b'{"text": "The parcel was late."}\n' * 5000, compresslevel=0)
    (tmp_path / "in.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    ended = command("classify", tmp_path / "in.jsonl.gz", "-c", SHOP, "-o", tmp_path / "out")
    assert ended.code == 1
    given = len(json_lines((tmp_path / "out").read_text()))
    assert f"damaged or cut off after line {given}" in ended.err
    assert given > 2000
