"""Counts what the training corpus holds, and finds its faults of structure, of templates and of size."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from nlp.training.corpus import FOLDER
from nlp.training.corpus_agreement import Agreement, agreements
from nlp.training.corpus_sheets import Fault, FaultKind, Sheet, read_sheets
from nlp.training.corpus_structure import structure_faults
from nlp.training.corpus_templates import Templates, template_faults, templates
from voc.verdicts import Verdict

LONG: Final = 100  # words: a text over it is a long one


@dataclass(frozen=True, slots=True)
class Counts:
    """What there is. Judged pairs are all of (text, promise of its brand), silent ones too; shares are of the
    judgements with a verdict, on promises and on aspects."""

    brands: int
    industries: int
    promises: int
    phrasings: int
    texts: int
    judgements: int
    judged_pairs: int
    utterances: int
    aspects: int
    long_texts: int
    multi_promise_share: float
    promise_verdicts: Mapping[str, float]
    aspect_verdicts: Mapping[str, float]


# What a judge needs to meet brands that it has not seen: it learns from how many promises differ, not from how many
# texts there are of each.
GOALS: Final[Mapping[str, int]] = {"promises": 600, "industries": 60, "judged_pairs": 12_000, "utterances": 5_000}


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """Everything that is known of a corpus; without faults it is fit to train on."""

    counts: Counts
    agreements: Sequence[Agreement]
    templates: Templates
    faults: Sequence[Fault]


def check_corpus(folder: Path = FOLDER) -> CorpusReport:
    """Read a corpus whole and look at it; a file that can't be read is a fault, not an error."""
    sheets, faults = read_sheets(folder)
    counts = count(sheets)
    found = templates([row for sheet in sheets for row in sheet.rows.values()])
    faults += structure_faults(sheets)
    faults += template_faults(found)
    faults += size_faults(counts)
    return CorpusReport(counts, agreements(sheets), found, faults)


def count(sheets: Sequence[Sheet]) -> Counts:
    """Count what can be read."""
    brands = [sheet for sheet in sheets if sheet.is_brand]
    texts = [row for sheet in brands for row in sheet.rows.values()]
    utterances = [row for sheet in sheets if not sheet.is_brand for row in sheet.rows.values()]
    labels = [spoken.verdict for row in texts for spoken in row.spoken]
    aspects = [spoken.verdict for row in utterances for spoken in row.spoken]
    return Counts(
        brands=len(brands),
        industries=len({sheet.industry for sheet in brands}),
        promises=sum(len(sheet.promises) for sheet in brands),
        phrasings=sum(len(phrasings) for sheet in brands for _, phrasings in sheet.promises),
        texts=len(texts),
        judgements=len(labels),
        judged_pairs=sum(len(sheet.rows) * len(sheet.promises) for sheet in brands),
        utterances=len(utterances),
        aspects=len(aspects),
        long_texts=sum(len(row.text.split()) > LONG for row in texts),
        multi_promise_share=sum(len(row.spoken) > 1 for row in texts) / max(len(texts), 1),
        promise_verdicts=_shares(labels),
        aspect_verdicts=_shares(aspects),
    )


def size_faults(counts: Counts) -> Iterator[Fault]:
    """A fault for each goal that is not reached."""
    for name, goal in GOALS.items():
        reached = getattr(counts, name)
        if reached < goal:
            yield Fault(FaultKind.SIZE, f"{reached} {name.replace('_', ' ')}, fewer than {goal}")


def _shares(verdicts: Sequence[Verdict]) -> Mapping[str, float]:
    times = Counter(verdicts)
    return {verdict: times[verdict] / max(len(verdicts), 1) for verdict in Verdict}
