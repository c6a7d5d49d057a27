"""The check finds what is wrong with a corpus, and nothing in ours; one that is made of frames shows every sign."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import cycle, islice, product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from gapwatch.cli import app
from nlp.training import corpus_check
from nlp.training.corpus import FOLDER
from nlp.training.corpus_agreement import Cell, agreement
from nlp.training.corpus_check import CorpusReport, check_corpus
from nlp.training.corpus_sheets import FaultKind, Row, Spoken, read_sheets
from nlp.training.corpus_templates import LIMITS, template_faults, templates
from nlp.training.shingles import WIDTH, near_pairs, words_of
from voc.errors import ConfigError
from voc.verdicts import Disconfirmation, Verdict

OURS = "ours.json"
PLAIN = "plain-a.jsonl"

# ---- our corpus


@pytest.fixture(scope="module")
def report() -> CorpusReport:
    return check_corpus()


def test_our_corpus_is_whole(report: CorpusReport):
    assert [fault for fault in report.faults if fault.kind is FaultKind.STRUCTURE] == []


def test_our_corpus_reaches_its_goals(report: CorpusReport):
    assert [fault for fault in report.faults if fault.kind is FaultKind.SIZE] == []


def test_our_corpus_is_not_made_of_templates(report: CorpusReport):
    assert [fault for fault in report.faults if fault.kind is FaultKind.TEMPLATES] == []


def test_the_readers_of_our_corpus_agree_well_beyond_chance(report: CorpusReport):
    """Landis and Koch (1977) call a kappa over 0.6 substantial."""
    assert {one.name: one.kappa for one in report.agreements if one.kappa is None or one.kappa < 0.6} == {}


# ---- structure


def _text(text: str, **labels: str) -> dict[str, Any]:
    return {
        "kind": "review",
        "text": text,
        "labels": labels,
        "evidence": dict.fromkeys(labels, text.split(",")[0]),
        "disconfirmation": "negative",
    }


class Small:
    """A corpus of one brand and three utterances without fault, to be spoilt one thing at a time."""

    def __init__(self) -> None:
        self.brand: dict[str, Any] = {
            "brand": "Ours",
            "industry": "ferries",
            "promises": [
                {"id": "sails", "phrasings": ["We sail at noon.", "Departure at 12", "On time", "Left at one."]},
                {"id": "soup", "phrasings": ["Soup is hot.", "Hot food is served", "Hot soup", "Stone cold broth."]},
            ],
            "texts": [
                _text("Left at two, nobody said why.", sails="broken"),
                _text("Never again.", sails="broken", soup="broken"),
                _text("Is the crossing open to dogs?"),
            ],
        }
        self.plain: list[Any] = [
            {"text": text, "aspects": [{"about": "food", "verdict": "kept", "evidence": text}], "disconfirmation": mood}
            for text, mood in (
                ("Good pie.", "positive"),
                ("Chips were fine", "neutral"),
                ("Tea, hot and sweet", "positive"),
            )
        ]
        both = {"first_disconfirmation": "negative", "second_disconfirmation": "negative"}
        self.read: list[dict[str, Any]] = [
            {"row": row, "first": text["labels"], "second": text["labels"], **both}
            for row, text in enumerate(self.brand["texts"])
        ]
        self.read_plain: list[dict[str, Any]] = [
            {"row": row, "first": ["kept"], "second": ["kept"]}
            | dict.fromkeys(("first_disconfirmation", "second_disconfirmation"), one["disconfirmation"])
            for row, one in enumerate(self.plain)
        ]

    def write(self, folder: Path) -> Path:
        for name in ("brands", "readings"):
            (folder / name).mkdir(exist_ok=True)
        (folder / "brands" / OURS).write_text(json.dumps(self.brand))
        for path, lines in (
            (folder / PLAIN, self.plain),
            (folder / "readings" / "ours.jsonl", self.read),
            (folder / "readings" / PLAIN, self.read_plain),
        ):
            path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
        return folder


def _structure(folder: Path) -> list[tuple[str, int | None, str]]:
    faults = check_corpus(folder).faults
    return [(fault.file, fault.row, fault.message) for fault in faults if fault.kind is FaultKind.STRUCTURE]


def test_a_corpus_without_fault_has_none(tmp_path: Path):
    assert _structure(Small().write(tmp_path)) == []


def _unknown_promise(small: Small) -> None:
    small.brand["texts"][1] = _text("Never again.", sails="broken", soup="broken", sleep="kept")


def _evidence_that_is_not_said(small: Small) -> None:
    small.brand["texts"][0]["evidence"]["sails"] = "left at two"


def _evidence_of_nothing(small: Small) -> None:
    small.plain[1]["aspects"][0]["evidence"] = ""


def _label_without_evidence(small: Small) -> None:
    small.brand["texts"][0]["evidence"] = {}


def _empty_text(small: Small) -> None:
    small.brand["texts"][2]["text"] = " "


def _text_twice(small: Small) -> None:
    small.plain[2] |= {"text": "never again", "aspects": [{"about": "x", "verdict": "kept", "evidence": "never"}]}


def _few_phrasings(small: Small) -> None:
    small.brand["promises"][1]["phrasings"].pop()


def _phrasing_of_another(small: Small) -> None:
    small.brand["promises"][1]["phrasings"][2] = "On time!"


def _promise_twice(small: Small) -> None:
    small.brand["promises"].append({"id": "soup", "phrasings": ["a", "b", "c", "d"]})


def _aspect_twice(small: Small) -> None:
    small.plain[0]["aspects"] *= 2
    small.read_plain[0] |= {"first": ["kept", "kept"], "second": ["kept", "kept"]}


def _key_twice(small: Small) -> None:
    small.plain[0] = '{"text": "a", "text": "Good pie.", "aspects": [], "disconfirmation": "neutral"}'


def _no_verdict(small: Small) -> None:
    small.plain[0]["aspects"][0]["verdict"] = "good"


def _half_a_line(small: Small) -> None:
    small.plain[2] = '{"text": "Tea'


def _no_second_reading(small: Small) -> None:
    del small.read[1]


def _reading_of_no_row(small: Small) -> None:
    small.read.append(small.read[0] | {"row": 3})


def _reading_twice(small: Small) -> None:
    small.read[2] = small.read[1]


def _reading_of_another_brand(small: Small) -> None:
    small.read[0] |= {"second": {"sleep": "kept"}}


def _reading_of_other_aspects(small: Small) -> None:
    small.read_plain[0] |= {"second": []}


def _label_that_no_reader_gave(small: Small) -> None:
    small.brand["texts"][0]["labels"]["sails"] = "mentioned"
    small.read[0] = small.read[0] | {"first": {"sails": "broken"}, "second": {"sails": "broken"}}


def _mood_that_no_reader_gave(small: Small) -> None:
    small.plain[1]["disconfirmation"] = "negative"


@pytest.mark.parametrize(
    ("spoil", "file", "row", "message"),
    [
        (_unknown_promise, OURS, 1, "unknown promise sleep"),
        (_evidence_that_is_not_said, OURS, 0, "the evidence of sails does not stand in the text"),
        (_evidence_of_nothing, PLAIN, 1, "the evidence of food does not stand in the text"),
        (_label_without_evidence, OURS, 0, "Value error, label without evidence, or evidence without label: sails"),
        (_empty_text, OURS, 2, "empty text"),
        (_text_twice, PLAIN, 2, "the text of ours.json, row 1, again: never again"),
        (_few_phrasings, OURS, None, "promise soup has 3 phrasings, fewer than 4"),
        (_phrasing_of_another, OURS, None, "promise soup has a phrasing of sails: On time!"),
        (_promise_twice, OURS, None, "promise soup stands 2 times"),
        (_aspect_twice, PLAIN, 0, "aspect food stands 2 times"),
        (_key_twice, PLAIN, 0, "is no JSON: text stands twice"),
        (_no_verdict, PLAIN, 0, "aspects.0.verdict: Input should be 'broken', 'kept', 'exceeded' or 'mentioned'"),
        (_half_a_line, PLAIN, 2, "is no JSON: Unterminated string starting at: line 1 column 10 (char 9)"),
        (_no_second_reading, OURS, 1, "no second reading of 1 texts: rows 1"),
        (_reading_of_no_row, "readings/ours.jsonl", 3, "is of row 3, which ours.json does not have"),
        (_reading_twice, "readings/ours.jsonl", 2, "is of row 1, which was read above"),
        (_reading_of_another_brand, "readings/ours.jsonl", 0, "does not fit row 0 of ours.json: unknown promise sleep"),
        (
            _reading_of_other_aspects,
            "readings/plain-a.jsonl",
            0,
            "does not fit row 0 of plain-a.jsonl: 0 verdicts on 1 aspects",
        ),
        (_label_that_no_reader_gave, OURS, 0, "both readers say broken of sails, the label mentioned"),
        (_mood_that_no_reader_gave, PLAIN, 1, "both readers say neutral, the label negative"),
    ],
    ids=lambda value: value.__name__.strip("_") if callable(value) else "",
)
def test_each_fault_of_structure_is_told_with_its_place(
    tmp_path: Path, spoil: Callable[[Small], None], file: str, row: int | None, message: str
):
    small = Small()
    spoil(small)
    assert (file, row, message) in _structure(small.write(tmp_path))


def test_files_of_readings_that_are_missing_or_of_nothing_are_told(tmp_path: Path):
    folder = Small().write(tmp_path)
    (folder / "readings" / "ours.jsonl").rename(folder / "readings" / "theirs.jsonl")
    assert _structure(folder) == [
        ("readings/theirs.jsonl", None, "readings of a file that is not there"),
        (OURS, None, "no second reading of 3 texts: there is no file of readings"),
    ]


def test_two_files_of_one_brand_are_told(tmp_path: Path):
    folder = Small().write(tmp_path)
    (folder / "brands" / "other.json").write_text(json.dumps(Small().brand | {"texts": []}))
    named = [(file, message) for file, _, message in _structure(folder) if "another" in message]
    assert named == [(file, "another file has the brand Ours too") for file in ("other.json", OURS)]


def test_a_small_corpus_misses_every_goal(tmp_path: Path):
    faults = check_corpus(Small().write(tmp_path)).faults
    assert [fault.message for fault in faults if fault.kind is FaultKind.SIZE] == [
        "2 promises, fewer than 600",
        "1 industries, fewer than 60",
        "6 judged pairs, fewer than 12000",
        "3 utterances, fewer than 5000",
    ]


def test_counts_are_of_what_is_there(tmp_path: Path):
    counts = check_corpus(Small().write(tmp_path)).counts
    assert (counts.brands, counts.phrasings, counts.texts, counts.judgements, counts.aspects) == (1, 8, 3, 3, 3)
    assert counts.long_texts == 0
    assert counts.multi_promise_share == pytest.approx(1 / 3)
    assert counts.promise_verdicts["broken"] == 1
    assert counts.aspect_verdicts["kept"] == 1


# ---- agreement


def test_kappa_is_that_of_the_textbook():
    """Two readers on 50 cells: 20 both yes, 15 both no, 5 and 10 apart: 0.7 agree where chance is 0.5."""
    cells = [Cell("yes", "yes", "yes")] * 20 + [Cell("no", "no", "no")] * 15
    cells += [Cell("yes", "no", "no")] * 5 + [Cell("no", "yes", "no")] * 9 + [Cell("no", "yes", "maybe")]
    found = agreement("textbook", cells)
    assert found.kappa == pytest.approx(0.4)
    assert (found.n, found.observed, found.disagreements) == (50, pytest.approx(0.7), 15)
    assert (found.as_first, found.as_second, found.otherwise) == (9, 5, 1)


@pytest.mark.parametrize("cells", [[], [Cell("kept", "kept", "kept")] * 3], ids=["none", "one category"])
def test_kappa_has_no_value_where_chance_says_all(cells: Sequence[Cell]):
    assert agreement("", cells).kappa is None


def test_a_promise_that_one_reader_alone_heard_is_a_disagreement(tmp_path: Path):
    small = Small()
    small.read[1] = small.read[1] | {"second": {"sails": "kept"}}
    found = {one.name: one for one in check_corpus(small.write(tmp_path)).agreements}
    assert (found["promise and verdict"].n, found["promise and verdict"].disagreements) == (6, 2)
    assert (found["verdict where both speak"].n, found["verdict where both speak"].disagreements) == (2, 1)
    assert (found["aspects of utterances"].n, found["disconfirmation of texts"].n) == (3, 3)


# ---- near-duplicates


def _jaccard(one: str, other: str) -> float:
    sets = [
        {text.ljust(WIDTH)[at : at + WIDTH] for at in range(max(len(text) - WIDTH, 0) + 1)} for text in (one, other)
    ]
    return len(sets[0] & sets[1]) / len(sets[0] | sets[1])


@given(st.lists(st.lists(st.sampled_from("the lamb was cold late and we paid twice".split()), max_size=9), max_size=12))
@settings(max_examples=60, deadline=None)
def test_near_pairs_are_those_that_comparing_all_with_all_finds(texts: list[list[str]]):
    said = [" ".join(words) for words in texts]
    expected = {(one, two): _jaccard(said[one], said[two]) for two in range(len(said)) for one in range(two)}
    found = {(pair.one, pair.other): pair.likeness for pair in near_pairs(texts, 0.5)}
    assert found == pytest.approx({places: likeness for places, likeness in expected.items() if likeness >= 0.5})


def test_case_punctuation_and_emoji_do_not_tell_words_apart():
    assert words_of("Don’t ASK 😡 -- 2,500 miles!") == ["don't", "ask", "2", "500", "miles"]


# ---- templates


def _row(file: str, number: int, text: str, verdict: Verdict = Verdict.BROKEN) -> Row:
    return Row(file, number, text, [Spoken("p", "p", verdict, text)], Disconfirmation.NEGATIVE)


@pytest.fixture(scope="module")
def written() -> list[Row]:
    """A part of our corpus: twelve brands and a file of utterances."""
    sheets, _ = read_sheets(FOLDER)
    chosen = [sheet for sheet in sheets if sheet.is_brand][:12] + [sheet for sheet in sheets if sheet.file == PLAIN]
    return [row for sheet in chosen for row in sheet.rows.values()]


WHO = (
    "The driver",
    "My courier",
    "Their agent",
    "The manager",
    "Your colleague",
    "A technician",
    "Somebody",
    "The team",
)
DID = ("was rude to me", "never called back", "was very kind", "came two hours late", "arrived early", "knew nothing")
WHEN = ("on Monday", "last week", "yesterday", "this morning", "on my birthday", "over Easter", "at the weekend")
SO = ("and I am not happy about it at all", "so I will be back for more", "which is what you promise on your website")
FRAMES = ("{0} {1} {2}, {3}.", "I must say that {0} {1} {2}, {3}.", "Just to let you know: {2} {0} {1}, {3}!")


def _frames(n: int, file: str = "framed.json") -> list[Row]:
    """What filling the slots of sentences gives: each text another, none written."""
    filled = [frame.format(*slots) for frame, *slots in product(FRAMES, WHO, DID, WHEN, SO)]
    Random(0).shuffle(filled)
    return [
        _row(file, number, text, verdict)
        for number, (text, verdict) in enumerate(islice(zip(filled, cycle(Verdict), strict=False), n))
    ]


def _changed(row: Row, words: Sequence[str], random: Random) -> str:
    """The text with one word replaced by another of the corpus."""
    said = row.text.split()
    said[random.randrange(len(said))] = random.choice(words)
    return " ".join(said)


def _copied(rows: Sequence[Row], verdict: Verdict | None = None) -> list[Row]:
    """The rows and a copy of each with a word changed, in another file, or with a verdict as a twin in its own."""
    random, words = Random(0), [word for row in rows for word in row.text.split()]
    copies = [replace(row, number=row.number + 10_000, text=_changed(row, words, random)) for row in rows]
    if verdict is None:
        return [*rows, *(replace(copy, file=f"more-{copy.file}") for copy in copies)]
    return [*rows, *(replace(copy, spoken=[Spoken("p", "p", verdict, copy.text)]) for copy in copies)]


def _beyond(rows: Sequence[Row], *, whole: bool = True) -> set[str]:
    """The signs that go beyond the limit of all texts, or of a file."""
    measures = templates(rows).measures
    return {
        one.name
        for one in measures
        if not (one.limit.allows(one.whole) if whole else one.limit.allows(one.file, file=True))
    }


def test_texts_that_were_written_show_no_sign(written: list[Row]):
    assert list(template_faults(templates(written))) == []


def test_filled_frames_show_every_sign():
    assert _beyond(_frames(3000)) == set(LIMITS)


def test_frames_spread_over_brands_show_every_sign_but_twins():
    spread = [replace(row, file=f"brand-{row.number % 40}.json") for row in _frames(3000)]
    assert _beyond(spread) >= set(LIMITS) - {"twins"}


def test_every_text_copied_with_one_word_changed_shows_as_near_duplicates(written: list[Row]):
    found = templates(_copied(written))
    assert {one.name for one in found.measures if one.is_fault} >= {"near-duplicates"}
    assert next(one.whole for one in found.measures if one.name == "near-duplicates") > 0.95


def test_a_twin_of_every_text_is_more_twins_than_are_written(written: list[Row]):
    assert "twins" in _beyond(_copied(written, Verdict.MENTIONED))


def test_a_few_copies_are_over_the_limit_already(written: list[Row]):
    """Of each twenty texts one is copied: about one in ten has another like it."""
    few = _copied(written[::20])[len(written[::20]) :]
    assert "near-duplicates" in _beyond([*written, *few])


def test_one_brand_made_of_frames_fails_among_many_that_were_written(written: list[Row]):
    assert _beyond([*written, *_frames(75)], whole=False) >= {
        "near-duplicates",
        "twins",
        "distinct 2-grams",
        "distinct 3-grams",
        "texts with one 6-gram",
    }


def test_one_opening_before_every_text_shows(written: list[Row]):
    opened = [replace(row, text=f"I just wanted to say this: {row.text}") for row in written]
    assert _beyond(opened) >= {"shared openings", "texts with one 6-gram"}


def test_one_phrase_at_the_end_of_every_text_shows(written: list[Row]):
    closed = [replace(row, text=f"{row.text} So much for what you promise us.") for row in written]
    assert "texts with one 6-gram" in _beyond(closed)
    assert templates(closed).repeated == "so much for what you promise"


def test_distinct_ngrams_do_not_fall_as_a_corpus_grows(written: list[Row]):
    """Samples are of one size: half of the texts has the figure that all have."""
    half, whole = (
        {one.name: one.whole for one in templates(rows).measures if one.name.startswith("distinct")}
        for rows in (written[::2], written)
    )
    assert half == pytest.approx(whole, abs=0.02)


def test_a_corpus_without_texts_has_no_signs():
    assert templates([]).measures == []


# ---- the command


def _command(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["corpus", *map(str, arguments)], env={"COLUMNS": "200", "NO_COLOR": "1"})


def test_the_command_exits_with_0_without_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(corpus_check, "GOALS", {})
    done = _command("--folder", Small().write(tmp_path))
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "0 faults.")


def test_the_command_exits_with_1_on_a_fault_and_tells_its_place(tmp_path: Path):
    small = Small()
    _unknown_promise(small)
    done = _command("--folder", small.write(tmp_path))
    assert done.exit_code == 1
    assert "structure: ours.json, row 1: unknown promise sleep" in done.stdout
    assert "Kappa" in done.stdout


def test_the_command_speaks_to_programs(tmp_path: Path):
    done = _command("--folder", Small().write(tmp_path), "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 1
    assert list(told) == ["counts", "goals", "agreements", "templates", "faults"]
    assert told["faults"][0] == {
        "kind": "size",
        "message": "2 promises, fewer than 600",
        "file": "",
        "row": None,
    }


def test_a_folder_without_a_corpus_is_the_callers_to_mend(tmp_path: Path):
    assert isinstance(_command("--folder", tmp_path).exception, ConfigError)
