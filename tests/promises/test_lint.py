"""The lint finds each fault it is for, and nothing in a sound catalogue."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from promises.catalogue import Catalogue, load_catalogue
from promises.findings import Finding, Severity
from promises.lint import lint
from voc.promises import Measure, Promise
from voc.records import Verbatim
from voc.verdicts import GapSignal, Judgement, ModelInfo, Verdict

SHIPPED = Path(__file__).parents[2] / "configs" / "catalogues"
SOUND = Promise(
    brand="Inn",
    id="quiet",
    statement="Your corridor is quiet from 10 pm.",
    source_citation="page 1",
    says="marketing",
    does="night-porters",
    measure=Measure("time", at_most="10 pm"),
)
TAXI = replace(
    SOUND, id="taxi", statement="A taxi is at the door within 20 minutes.", measure=Measure("duration", "20 min")
)


def found(*promises: Promise, **options) -> Sequence[Finding]:
    return lint(Catalogue(brand="Inn", promises=promises, path=Path("promises.yaml")), **options)


def codes(*promises: Promise, **options) -> list[str]:
    return [finding.code for finding in found(*promises, **options)]


@pytest.mark.parametrize("name", ["airline", "shop"])
def test_nothing_is_found_in_the_shipped_catalogues(name: str):
    assert lint(load_catalogue(SHIPPED / f"{name}.yaml")) == []


def test_a_promise_without_a_source_is_found():
    assert codes(replace(SOUND, source_citation=None)) == ["no-source"]
    assert codes(replace(SOUND, source_citation=None, source_url="https://inn.example")) == []


def test_a_missing_owner_is_found_and_named():
    (finding,) = found(replace(SOUND, does=None))
    assert (finding.code, finding.severity) == ("owner-missing", Severity.WARNING)
    assert finding.message == "no team to tell of a gap: owners.does"
    assert found(replace(SOUND, says=None, does=None))[0].message.endswith("owners.says and owners.does")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("The best beds in town.", "“best”"),
        ("A World-Class welcome that will delight you.", "“world-class”, “delight”"),
        ("We always smile.", "“always”"),
        ("We reply as soon as possible.", "“as soon as possible”"),
        ("Wir antworten so schnell wie möglich.", "“so schnell wie möglich”"),
    ],
)
def test_words_that_nobody_can_check_are_quoted(statement: str, words: str):
    (finding,) = found(replace(SOUND, statement=statement, measure=None))
    assert finding.code == "unverifiable"
    assert finding.message == f"nobody can check {words}: say what the customer gets, and by when"


@pytest.mark.parametrize(
    "statement", ["Ask our bestiary keeper.", "Breakfast is hot.", "A sooner departure costs nothing."]
)
def test_praise_is_found_as_a_whole_word_only(statement: str):
    assert codes(replace(SOUND, statement=statement, measure=None)) == []


def test_a_vague_pace_is_no_fault_beside_a_figure():
    assert codes(replace(SOUND, statement="We answer fast: within 2 hours.", measure=Measure("duration", "2 h"))) == []


@pytest.mark.parametrize(
    "statement", ["Within 20 minutes.", "Within twenty minutes.", "In two working days.", "For 2,500 miles."]
)
def test_a_number_without_a_measure_is_found(statement: str):
    assert codes(replace(SOUND, statement=statement, measure=None)) == ["no-measure"]


@pytest.mark.parametrize("statement", ["One place to turn to.", "We come to you.", "Twenty reasons to stay."])
def test_a_word_that_only_may_be_a_number_needs_no_measure(statement: str):
    assert codes(replace(SOUND, statement=statement, measure=None)) == []


def test_a_measure_that_the_wording_does_not_state_is_found():
    (finding,) = found(replace(TAXI, measure=Measure("duration", "30 min")))
    assert finding.message == "the measure says 30 min, the wording does not"


@pytest.mark.parametrize("bound", ["20 min", "20", "1200 s", "20 minutes"])
def test_a_measure_may_be_written_another_way_than_the_wording(bound: str):
    assert codes(replace(TAXI, measure=Measure("duration", bound))) == []


SLOWER = replace(
    TAXI, id="cab", statement="Your taxi is at the door in 30 minutes.", measure=Measure("duration", "30 min")
)


def test_two_bounds_on_one_subject_contradict_each_other():
    (finding,) = found(TAXI, SLOWER)
    assert (finding.code, finding.severity, finding.promise_id) == ("contradiction", Severity.ERROR, "cab")
    assert finding.message == "promises 30 min where taxi promises 20 min"


@pytest.mark.parametrize(
    "apart",
    [
        {"one": {"regions": ("EU",)}, "other": {"regions": ("US",)}},
        {"one": {"products": ("suite",)}, "other": {"products": ("single",)}},
        {"one": {"channels": ("app",)}, "other": {"channels": ("web",)}},
        {"one": {"valid_until": date(2026, 1, 31)}, "other": {"valid_from": date(2026, 2, 1)}},
        {"one": {"valid_from": date(2026, 2, 1)}, "other": {"valid_until": date(2026, 1, 31)}},
        {"one": {}, "other": {"measure": Measure("distance", "30 min")}},
        {"one": {}, "other": {"statement": "Breakfast waits for 30 minutes."}},
    ],
)
def test_promises_for_other_places_times_or_subjects_do_not_contradict(apart):
    assert "contradiction" not in codes(replace(TAXI, **apart["one"]), replace(SLOWER, **apart["other"]))


def test_equal_bounds_written_differently_do_not_contradict():
    hour = replace(TAXI, statement="A taxi is at the door within 1 hour.", measure=Measure("duration", "1 h"))
    minutes = replace(
        SLOWER, statement="A lift is at your door in 60 minutes.", measure=Measure("duration", "60 minutes")
    )
    assert codes(hour, minutes) == []


def test_two_promises_in_nearly_the_same_words_are_found():
    (finding,) = found(TAXI, replace(TAXI, id="cab", statement="Within 20 minutes, a taxi is at your door."))
    assert (finding.code, finding.message) == ("overlap", "says nearly the same as taxi: a text would count for both")


def test_another_measure_of_similarity_can_be_given():
    alike = [[1.0, 0.9], [0.9, 1.0]]
    assert codes(SOUND, replace(TAXI, measure=None, statement="A taxi comes.")) == []
    assert codes(SOUND, replace(TAXI, measure=None, statement="A taxi comes."), similarity=lambda _: alike) == [
        "overlap"
    ]


def test_days_between_two_wordings_are_found():
    old, new = replace(SOUND, valid_until=date(2026, 1, 31)), replace(SOUND, version=2, valid_from=date(2026, 2, 3))
    (finding,) = found(old, new)
    assert (finding.code, finding.version) == ("validity-gap", 2)
    assert finding.message == "no wording is in force from 2026-02-01 to 2026-02-02"
    assert codes(old, replace(new, valid_from=date(2026, 2, 1))) == []


def test_days_with_two_wordings_are_found():
    old, new = replace(SOUND, valid_until=date(2026, 2, 1)), replace(SOUND, version=2, valid_from=date(2026, 2, 1))
    (finding,) = found(new, old)
    assert (finding.code, finding.severity) == ("validity-overlap", Severity.ERROR)
    assert finding.message == "is in force together with version 1"


class ListedJudge:
    """Gives the verdicts it was told to give, by text."""

    def __init__(self, verdicts: dict[str, tuple[str, Verdict]], unread: str = "") -> None:
        self._verdicts, self._unread = verdicts, unread
        self.asked: list[tuple[Verbatim, Sequence[Promise]]] = []

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("listed", "1")

    def judge(self, verbatims: Sequence[Verbatim], promises: Sequence[Sequence[Promise]]) -> Sequence[Judgement]:
        self.asked = list(zip(verbatims, promises, strict=True))
        return [self._one(verbatim, in_force) for verbatim, in_force in self.asked]

    def _one(self, verbatim: Verbatim, in_force: Sequence[Promise]) -> Judgement:
        if verbatim.text == self._unread:
            return Judgement(language="fr", judged=False)
        id_, verdict = self._verdicts.get(verbatim.text, ("", Verdict.MENTIONED))
        signals = tuple(
            GapSignal(promise=p, verdict=verdict, confidence=0.9, start=0, end=1, severity=3)
            for p in in_force
            if p.id == id_
        )
        return Judgement(language="en", signals=signals)


WITH_EXAMPLES = replace(
    SOUND, broken_examples=("Loud all night",), kept_examples=("Slept well",), exceeded_examples=("Like a library",)
)


def test_examples_that_the_model_judges_as_meant_are_not_found():
    judge = ListedJudge(
        {
            "Loud all night": ("quiet", Verdict.BROKEN),
            "Slept well": ("quiet", Verdict.EXCEEDED),
            "Like a library": ("quiet", Verdict.KEPT),
        }
    )
    assert codes(WITH_EXAMPLES, TAXI, judge=judge) == []


def test_examples_that_the_model_judges_otherwise_are_found_with_what_it_says():
    judge = ListedJudge(
        {"Loud all night": ("quiet", Verdict.KEPT), "Slept well": ("taxi", Verdict.KEPT)}, unread="Like a library"
    )
    findings = found(WITH_EXAMPLES, TAXI, judge=judge)
    assert {finding.code for finding in findings} == {"example-misjudged"}
    assert [finding.message for finding in findings] == [
        "the example of broken “Loud all night” is judged kept",
        "the example of kept “Slept well” is taken to be about taxi",
        "the example of exceeded “Like a library” is in a language that the model does not read (fr)",
    ]


def test_an_example_that_the_model_matches_with_nothing_is_found():
    (finding,) = found(replace(SOUND, kept_examples=("Slept well",)), judge=ListedJudge({}))
    assert finding.message == "the example of kept “Slept well” is not matched to the promise"


def test_examples_are_judged_against_the_wordings_of_their_own_time():
    old = replace(WITH_EXAMPLES, valid_until=date(2026, 1, 31))
    new = replace(WITH_EXAMPLES, version=2, valid_from=date(2026, 2, 1))
    judge = ListedJudge({})
    found(old, new, TAXI, judge=judge)
    assert [[(p.id, p.version) for p in in_force] for _, in_force in judge.asked] == [
        *[[("quiet", 1), ("taxi", 1)]] * 3,
        *[[("quiet", 2), ("taxi", 1)]] * 3,
    ]


def test_findings_come_in_the_order_of_the_catalogue():
    findings = found(
        replace(SOUND, says=None), replace(TAXI, says=None, source_citation=None), replace(SLOWER, says=None)
    )
    assert [finding.promise_id for finding in findings] == ["quiet", "taxi", "taxi", "cab", "cab"]
