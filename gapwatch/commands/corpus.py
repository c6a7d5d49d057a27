"""`gapwatch corpus`: what the training corpus holds, how far its readers agree, and what is wrong with it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from gapwatch.rendering import terminal, visible
from nlp.training.corpus import FOLDER
from nlp.training.corpus_agreement import Agreement
from nlp.training.corpus_check import GOALS, CorpusReport, Counts, check_corpus
from nlp.training.corpus_sheets import Fault
from nlp.training.corpus_templates import Alike, Templates
from voc.errors import ConfigError

EPILOG: Final = "\n\n".join(
    (
        "Examples:",
        "gapwatch corpus",
        "gapwatch corpus --json | jq '.faults[] | select(.kind == \"structure\")'",
        "Exits with 0 if all is well, 1 on a fault of the corpus, 2 on a folder without one.",
    )
)
_PAIRS_SHOWN: Final = 10


def corpus(
    folder: Annotated[
        Path | None, typer.Option("--folder", metavar="FOLDER", help="A corpus; else the one the judge is trained on.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for programs instead of tables.")] = False,
) -> None:
    """Count the training corpus, measure how far its readers agree, and find what is wrong with it.

    Looks for labels that don't fit their text, texts without a second reader, texts made by filling frames or copied
    with a word changed, and for too few of anything.
    """
    place = folder or FOLDER
    if not any(place.glob("brands/*.json")) and not any(place.glob("plain-*.jsonl")):
        raise ConfigError(
            "holds no corpus", key="--folder", value=str(place), allowed="brands/*.json and plain-*.jsonl in it"
        )
    with terminal(stderr=True).status("Reading and comparing all texts"):
        report = check_corpus(place)
    if as_json:
        typer.echo(json.dumps(_plain(report), ensure_ascii=False, indent=2))
    else:
        _print(report)
    if report.faults:
        raise typer.Exit(1)


def _plain(report: CorpusReport) -> dict[str, Any]:
    found = report.templates
    return {
        "counts": asdict(report.counts),
        "goals": dict(GOALS),
        "agreements": [asdict(one) for one in report.agreements],
        "templates": {
            "measures": [asdict(one) for one in found.measures],
            "repeated": {"words": found.repeated, "texts": found.repeated_in, "files": found.repeated_files},
            "alike": [
                {
                    "likeness": round(pair.likeness, 3),
                    "twins": pair.twins,
                    "texts": [
                        {"file": row.file, "row": row.number, "text": row.text} for row in (pair.one, pair.other)
                    ],
                }
                for pair in found.alike
            ],
        },
        "faults": [asdict(fault) for fault in report.faults],
    }


def _print(report: CorpusReport) -> None:
    console = terminal()
    for table in (
        _counts(report.counts),
        _verdicts(report.counts),
        _agreements(report.agreements),
        _measures(report.templates),
        _alike(report.templates.alike),
    ):
        console.print(table)
        console.print()
    found = report.templates
    console.print(
        f'In most texts: "{found.repeated}", in {found.repeated_in} texts of {found.repeated_files} files.',
        soft_wrap=True,
    )
    for fault in report.faults:
        console.print(_line(fault), style="red", soft_wrap=True)
    console.print(f"{len(report.faults)} faults." if len(report.faults) != 1 else "1 fault.")


def _line(fault: Fault) -> str:
    place = fault.file if fault.row is None else f"{fault.file}, row {fault.row}"
    return visible(": ".join(part for part in (fault.kind, place, fault.message) if part))


def _table(title: str, first: str, *numbers: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for heading in numbers:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _counts(counts: Counts) -> Table:
    table = _table("What there is", "", "Count", "Goal")
    for name, value in asdict(counts).items():
        if isinstance(value, int):
            goal = f"{GOALS[name]:,}" if name in GOALS else ""
            table.add_row(_NAMES.get(name, name), f"{value:,}", goal)
    table.add_row("texts that speak of several promises", f"{counts.multi_promise_share:.1%}", "")
    return table


_NAMES: Final = {
    "texts": "texts labelled against all promises",
    "judgements": "judgements with a verdict",
    "judged_pairs": "judged pairs, silent ones too",
    "aspects": "aspects of utterances, with a verdict",
    "long_texts": "texts over 100 words",
}


def _verdicts(counts: Counts) -> Table:
    table = _table("Verdicts", "", "Of promises", "Of aspects")
    for verdict, share in counts.promise_verdicts.items():
        table.add_row(verdict, f"{share:.1%}", f"{counts.aspect_verdicts[verdict]:.1%}")
    return table


def _agreements(agreements: Sequence[Agreement]) -> Table:
    headings = ("n", "Agree", "Kappa", "Disagree", "Settled as first", "As second", "Otherwise")
    table = _table("Two readers", "", *headings)
    for one in agreements:
        kappa = "" if one.kappa is None else f"{one.kappa:.3f}"
        counts = (one.disagreements, one.as_first, one.as_second, one.otherwise)
        table.add_row(one.name, f"{one.n:,}", f"{one.observed:.1%}", kappa, *(f"{count:,}" for count in counts))
    return table


def _measures(found: Templates) -> Table:
    table = _table("Signs of templates", "", "All texts", "Limit", "Worst file", "Limit ")
    table.add_column("", no_wrap=True)
    for one in found.measures:
        sign = "≤" if one.limit.at_most else "≥"
        bounds = (f"{sign} {one.limit.whole:g}", f"{sign} {one.limit.file:g}")
        style = "red" if one.is_fault else ""
        table.add_row(one.name, f"{one.whole:.3g}", bounds[0], f"{one.file:.3g}", bounds[1], one.worst, style=style)
    return table


def _alike(pairs: Sequence[Alike]) -> Table:
    table = Table(title=f"Most alike, of {len(pairs)} pairs", title_justify="left", box=None, pad_edge=False)
    for heading in ("", "Texts"):
        table.add_column(heading)
    for pair in pairs[:_PAIRS_SHOWN]:
        shown = "\n".join(f"{row.file}, row {row.number}: {visible(row.text)}" for row in (pair.one, pair.other))
        table.add_row(f"{pair.likeness:.2f}{' twins' if pair.twins else ''}", shown)
    return table
