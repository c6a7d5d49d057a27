"""`gapwatch explain`: why a stored or a given text has its signals. What the model finds plays no part here."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from rich.console import Console

from gapwatch.commands import explain
from gapwatch.reasons import drawn
from nlp.config import MiniLMSettings
from nlp.encoder import Encoder
from nlp.explaining import Explanation, Reason, Word
from nlp.measures import Comparison
from nlp.promise_judge import PromiseJudge
from sinks.config import DuckDBSettings
from sinks.duckdb import DuckDBStore
from sinks.reading import open_for_reading
from sinks.wordings import wordings
from tests.gapwatch.command import SHOP, json_lines, write_settings
from tests.sinks.samples import BAGS, MODEL, REFUND, START, TEXT, batch, judged, signal
from voc.promises import JourneyStep, Measure, Promise, TouchPoint
from voc.records import Position, Verbatim, VerbatimKind
from voc.verdicts import Disconfirmation, Verdict

SOURCES = "sources: [{kind: jsonl, path: in.jsonl, holds: review}]"
BROKEN, KEPT, EXCEEDED, MENTIONED = Verdict


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder()


@pytest.fixture
def call(command: Callable, encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """A command whose model is loaded once, and signals everything unless told otherwise."""
    settings: list[MiniLMSettings] = []

    def judge(given: MiniLMSettings) -> PromiseJudge:
        settings.append(given)
        return PromiseJudge(given.model_copy(update={"min_confidence": call_.least}), encoder=encoder)

    def call_(*arguments: object):
        return command("explain", *arguments)

    call_.least, call_.settings = 0.0, settings
    monkeypatch.setattr("nlp.promise_judge.PromiseJudge", judge)
    return call_


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Two texts, one of which is in a language that the model does not read; two promises and one of another brand."""
    path = tmp_path / "gapwatch.duckdb"
    with DuckDBStore(DuckDBSettings(path=path)) as opened:
        opened.remember_promises([BAGS, REFUND, Promise(brand="inn", id="soup", statement="Hot soup.")])
        finnish = "Odotimme laukkujamme kaksi tuntia, eikä kukaan osannut kertoa mistään mitään."
        opened.write(batch([judged(0, signal()), judged(1, text=finnish, read=False), judged(2, region="Mars")]))
    return path


def told(ended) -> dict:
    assert ended.code == 0, ended.err
    (row,) = json_lines(ended.out)
    return row


def test_a_stored_text_is_held_against_the_promises_of_its_brand(call, store: Path):
    row = told(call("r-0-0", "--store", store, "--json"))
    assert (row["id"], row["text"], row["language"], row["judged"]) == ("r-0-0", TEXT, "en", True)
    assert {one["promise_id"] for one in row["promises"]} == {"bags-on-time", "refund"}
    assert set(row["promises"][0]) == {
        "promise_id",
        "version",
        "statement",
        "verdict",
        "confidence",
        "signalled",
        "spoken",
        "verdicts",
        "features",
        "phrasing",
        "likeness",
        "evidence",
        "words",
        "figures",
    }
    for one in row["promises"]:
        evidence = one["evidence"]
        assert TEXT[evidence["start"] : evidence["end"]] == evidence["text"]
        assert all(TEXT[word["start"] : word["end"]] == word["text"] for word in one["words"])


def test_a_promise_out_of_scope_is_not_in_force(call, store: Path):
    row = told(call("reviews/0/2", "--store", store, "--json"))
    assert [one["promise_id"] for one in row["promises"]] == ["refund"]


def test_people_are_told_where_the_promises_and_the_stored_signals_come_from(call, store: Path):
    out = call("r-0-0", "--store", store).out
    for part in (
        TEXT,
        BAGS.statement,
        "disconfirmation: ",
        "The store keeps no example phrasings",
        f"Its stored signals are those of {MODEL.name} {MODEL.version}.",
        "top_phrasing",
        "closest phrasing",
    ):
        assert part in out


def test_the_catalogues_of_the_settings_are_the_listeners_own(call, store: Path, tmp_path: Path):
    catalogue = tmp_path / "promises.yaml"
    catalogue.write_text("brand: northwind\npromises:\n  - {id: belt, statement: Bags are quick.}\n")
    config = write_settings(
        tmp_path, SOURCES, "store: {kind: duckdb, path: gapwatch.duckdb}", "model: {kind: minilm, threads: 1}",
        catalogues=[catalogue],
    )  # fmt: skip
    ended = call("r-0-0", "--config", config)
    assert ended.code == 0, ended.err
    assert "Bags are quick." in ended.out and BAGS.statement not in ended.out
    assert "example phrasings" not in ended.out
    assert call.settings[0].threads == 1


def test_a_language_that_the_model_does_not_read_is_said(call, store: Path):
    assert "Not judged: the model does not read this language (fi)." in call("r-0-1", "--store", store).out


def test_silent_promises_are_shown_with_all_only(call, store: Path):
    call.least = 1.0
    assert told(call("r-0-0", "--store", store, "--json"))["promises"] == []
    out = call("r-0-0", "--store", store).out
    assert "2 promises got no signal, the nearest was " in out and BAGS.statement not in out
    assert len(told(call("r-0-0", "--store", store, "--json", "--all"))["promises"]) == 2
    out = call("r-0-0", "--store", store, "--all").out
    assert "no signal: 100% are needed" in out and BAGS.statement in out and "--all" not in out


def test_a_given_text_is_judged_without_personal_data_against_any_brand(call):
    text = "Write to anna@example.org, the parcel came late."
    row = told(call("--text", text, "--catalogue", SHOP, "--json"))
    assert (row["id"], row["text"]) == ("text", text.replace("anna@example.org", "[EMAIL_ADDRESS]"))
    assert row["promises"]


def test_an_unknown_id_ends_with_1(call, store: Path):
    ended = call("nobody", "--store", store)
    assert (ended.code, ended.err) == (1, "no verbatim has the id nobody\n")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "give either an ID or --text"),
        (("r-0-0", "--text", "late"), "give either an ID or --text"),
        (("--text", "late"), "--text is held against the promises of --catalogue or --config"),
        (("--text", " ", "-c", SHOP), "--text is empty"),
        (("--text", "late", "-c", SHOP, "--store", "gapwatch.duckdb"), "not against a store's"),
    ],
)
def test_what_does_not_go_together_ends_with_2(call, arguments: tuple[object, ...], problem: str):
    ended = call(*arguments)
    assert ended.code == 2
    assert problem in " ".join(ended.err.split())
    assert call.settings == [], "no model was loaded"


def test_another_kind_of_model_is_not_explained(call, tmp_path: Path):
    config = write_settings(tmp_path, SOURCES, "model: {kind: transformers, model: some/folder}")
    ended = call("--text", "late", "--config", config)
    assert ended.code == 2
    assert "model.kind: 'transformers': can't be explained; allowed: minilm" in ended.err


def test_a_store_gives_back_the_wordings_it_has_seen(tmp_path: Path):
    full = Promise(
        brand="inn", id="soup", statement="Hot soup.", version=2, source_url="https://inn.example",
        source_citation="menu", source_seen=START.date(), valid_from=START.date(), valid_until=START.date(),
        regions=("EU",), products=("lunch",), channels=("web",), touchpoint=TouchPoint.PRODUCT,
        journey=(JourneyStep.USAGE, JourneyStep.SERVICE), says="marketing", does="kitchen",
        measure=Measure("duration", at_most="20 min"), kept_at_least=0.9, window=timedelta(days=30), severity=4,
    )  # fmt: skip
    with DuckDBStore(DuckDBSettings(path=tmp_path / "s.duckdb")) as opened:
        opened.remember_promises([full, BAGS])
    with open_for_reading(tmp_path / "s.duckdb") as connection:
        assert wordings(connection) == [full, BAGS]


def made(**more) -> Explanation:
    """An explanation of "The soup was cold", half of whose attention is on the last word."""
    reason = Reason(
        promise=Promise(brand="inn", id="soup", statement="Hot [soup]."),
        verdict=BROKEN,
        confidence=0.84,
        signalled=True,
        spoken=0.9,
        verdicts={BROKEN: 0.2, KEPT: 0.7, EXCEEDED: 0.1, MENTIONED: 0.0},
        features={"attended": 0.75},
        evidence=(0, 17),
        words=(Word(13, 17, 0.5), Word(4, 8, 0.25)),
        phrasing="The soup is cold.",
        likeness=0.81,
        comparison=Comparison("60 C", "20 C", 1 / 3, BROKEN, 0, 3),
    )
    parts = {"judged": True, "disconfirmation": {Disconfirmation.NEGATIVE: 1.0}, "reasons": (reason,)} | more
    return Explanation(model=MODEL, language="en", min_confidence=0.3, **parts)


def printed(explanation: Explanation, *, colours: bool = False, text: str = "The soup was cold") -> str:
    verbatim = Verbatim(Position("a", "a", 0, 0), "r1", VerbatimKind.REVIEW, None, text, START)
    console = Console(
        width=100, force_terminal=colours, color_system="truecolor" if colours else None, markup=False, highlight=False
    )
    with console.capture() as captured:
        for part in drawn(verbatim, explanation, ["A note."], everything=False):
            console.print(part)
    return captured.get()


def test_a_promise_is_drawn_with_all_that_decided():
    out = printed(made())
    for part in (
        "soup  broken  84% sure, 30% are needed",
        "Hot [soup]. (version 1)",
        "90% ██████████████████··",
        "kept 70%   broken 20%   exceeded 10%   mentioned 0%",
        "promised 60 C, got 20 C (x 0.333): broken",
        "“The soup was cold”",
        "cold 50%, soup 25%",
        "“The soup is cold.” 0.81",
        "attended 0.75",
        "A note.",
        "disconfirmation: negative 100%",
    ):
        assert part in out
    assert "\x1b" not in out and "got no signal" not in out


def test_the_word_with_the_most_attention_is_the_brightest():
    out = printed(made(), colours=True)
    assert "255;215;0mcold" in out, "the strongest"
    assert "182;158;30msoup" in out, "half as strong, half way between dim and bright"


def test_a_text_can_not_steer_the_terminal():
    assert "\x1b" not in printed(made(), text="The soup was \x1b[2J")


def test_without_reasons_it_is_said_why():
    assert "No promise was in force for it." in printed(made(reasons=(), disconfirmation={}))
    assert "Not judged" in printed(made(judged=False, reasons=(), disconfirmation={}))


def test_help_has_examples_and_the_exit_codes():
    assert "gapwatch explain --text" in explain.EPILOG and "Exits with 0" in explain.EPILOG
