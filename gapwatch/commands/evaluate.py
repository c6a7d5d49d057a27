"""`gapwatch evaluate`: how well a model judges texts that people have labelled."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from gapwatch import wiring
from gapwatch.commands.judging import MinConfidence, ModelFolder, model_settings, newest_wordings
from gapwatch.commands.options import AsJson, print_json
from gapwatch.rendering import VERDICT_STYLES, terminal
from nlp.labels import LabelledRow, read_labels
from nlp.redaction import redact
from promises.catalogue import load_catalogue
from voc.ports import Judge
from voc.promises import Promise
from voc.records import Position, Verbatim, VerbatimKind
from voc.verdicts import Judgement, ModelInfo

if TYPE_CHECKING:
    from nlp.evaluation import Bin, Evaluation, Figure, PromiseFigures

EPILOG: Final = "\n\n".join(
    (
        "Examples:",
        "gapwatch evaluate labelled.jsonl --catalogue promises.yaml",
        "gapwatch evaluate labelled.jsonl -c promises.yaml --model adapted/ --min-confidence 0.5",
        "gapwatch evaluate labelled.jsonl -c promises.yaml --json | jq .figures",
        "Exits with 0 whatever the figures are, 1 on a damaged model, 2 on labels, catalogue or settings.",
    )
)
_BATCH: Final = 64
_WIDTH: Final = 30  # of the bars, in characters
_MIXED: Final = "mixed"  # shown only where it is labelled or judged
_NAMES: Final = {
    "assign_f1_micro": "Promise found, F1 micro",
    "assign_f1_macro": "Promise found, F1 macro",
    "pair_f1_micro": "Promise and verdict, F1 micro",
    "pair_f1_macro": "Promise and verdict, F1 macro",
    "broken_f1_micro": "Broken, F1 micro",
    "broken_f1_macro": "Broken, F1 macro",
    "reason_accuracy": "Surest signal's promise right",
    "polarity_f1_macro": "Disconfirmation, F1 macro",
    "calibration_error": "Calibration error (0 is best)",
    "abstained": "Silent texts left without a signal",
}


def evaluate(
    labelled: Annotated[Path, typer.Argument(metavar="LABELLED.jsonl", help="Texts with labels, one a line.")],
    catalogue: Annotated[Path, typer.Option("--catalogue", "-c", metavar="FILE", help="Promises that labels name.")],
    config: Annotated[
        Path | None, typer.Option("--config", metavar="FILE", help="Settings whose model to use.")
    ] = None,
    model: ModelFolder = None,
    min_confidence: MinConfidence = None,
    as_json: AsJson = False,
) -> None:
    """Judge labelled texts against every promise and tell how often the model is right, and how sure that is.

    A line is {"text": "…", "labels": {"bags-on-time": "broken"}}, with id and disconfirmation where they are known.
    A promise left out means that the text is silent on it. Intervals are 95 % bootstrap intervals over the texts.
    """
    promises = newest_wordings(load_catalogue(catalogue).promises)
    rows = read_labels(labelled, [promise.id for promise in promises])
    settings = model_settings(config, model, min_confidence)
    judge = wiring.build_judge(settings)
    judgements = _judge(judge, rows, promises)
    from nlp.evaluation import evaluate as hold_against  # only here: reading --help needs no numpy

    evaluation = hold_against(rows, judgements, [promise.id for promise in promises])
    if as_json:
        print_json([_for_programs(evaluation, judge.info, settings.min_confidence)])
    else:
        _print(terminal(), evaluation, judge.info, settings.min_confidence)


def _judge(judge: Judge, rows: Sequence[LabelledRow], promises: Sequence[Promise]) -> list[Judgement]:
    """As the listener judges, so without personal data; but against every promise, in force or not."""
    verbatims = [_verbatim(row, promises[0].brand) for row in rows]
    judgements: list[Judgement] = []
    with Progress(console=terminal(stderr=True), transient=True) as progress:
        for start in progress.track(range(0, len(rows), _BATCH), description="judging"):
            batch = verbatims[start : start + _BATCH]
            judgements += judge.judge(batch, [promises] * len(batch))
    return judgements


def _verbatim(row: LabelledRow, brand: str) -> Verbatim:
    place = Position("labelled", "labelled", 0, row.line - 1)
    now = datetime.now(UTC)  # plays no part: no promise is left out for its dates
    return Verbatim(place, row.id, VerbatimKind.REVIEW, brand, redact(row.text).text, now)


def _for_programs(evaluation: "Evaluation", info: ModelInfo, min_confidence: float) -> dict[str, Any]:
    figures = {
        one.name: {"value": one.value, "low": one.low, "high": one.high, "n": one.n} for one in evaluation.figures
    }
    return {
        "model": {"name": info.name, "version": info.version, "min_confidence": min_confidence},
        **{name: getattr(evaluation, name) for name in ("texts", "labels", "unread")},
        "figures": figures,
        **{name: getattr(evaluation, name) for name in ("promises", "confusion", "reliability")},
    }


def _print(console: Console, evaluation: "Evaluation", info: ModelInfo, min_confidence: float) -> None:
    console.print(
        f"{evaluation.texts} texts, {evaluation.labels} labels of {len(evaluation.promises)} promises; judged by "
        f"{info.name} {info.version}, signals from a confidence of {min_confidence:g}",
        soft_wrap=True,
    )
    if evaluation.unread:
        read = f"{evaluation.unread} of {evaluation.texts} texts"
        unread = f"{read} are in a language that the model does not read: they got no signals"
        console.print(unread, style="yellow", soft_wrap=True)
    console.print(_figures(evaluation.figures))
    console.print(_promises(evaluation.promises))
    console.print("Labelled (rows) against judged (columns), of every text and promise", style="bold")
    console.print(_confusion(evaluation.confusion))
    console.print("Signals by confidence: the bar is the share that is right, │ is what was claimed", style="bold")
    console.print(_reliability(evaluation.reliability))


def _table(*headings: str, left: int = 1) -> Table:
    """A table whose first columns are words and the rest numbers."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=True, justify="left" if number < left else "right")
    return table


def _figures(figures: "Sequence[Figure]") -> Table:
    table = _table("Figure", "", "95 %", "n")
    for one in figures:
        table.add_row(_NAMES[one.name], f"{one.value:.3f}", f"{one.low:.3f}–{one.high:.3f}", str(one.n))
    return table


def _promises(promises: "Sequence[PromiseFigures]") -> Table:
    table = _table("Promise", "n", "Signals", "Precision", "Recall", "F1", "Verdict right")
    for one in promises:
        shares = (one.precision, one.recall, one.f1, one.verdict_accuracy)
        table.add_row(one.promise_id, str(one.n), str(one.signals), *map(_share, shares))
    return table


def _share(share: float | None) -> str:
    return "–" if share is None else f"{share:.2f}"


def _confusion(confusion: Mapping[str, Mapping[str, int]]) -> Table:
    """Each cell with its share of the row, the stronger coloured the larger that is: green where both agree."""
    judged = [name for name in confusion if name != _MIXED or any(row[name] for row in confusion.values())]
    table = _table("", *judged, "n")
    for labelled, row in confusion.items():
        n = sum(row.values())
        if n or labelled != _MIXED:
            cells = [_cell(row[name], n, agrees=name == labelled) for name in judged]
            table.add_row(Text(labelled, style=VERDICT_STYLES.get(labelled, "")), *cells, str(n))
    return table


def _cell(count: int, n: int, *, agrees: bool) -> Text:
    if not count:
        return Text("·", style="dim")
    share = count / n
    strength = round(40 + 140 * share)
    colour = f"rgb(0,{strength},0)" if agrees else f"rgb({strength},0,0)"
    return Text(f"{count} {share:4.0%}", style=f"white on {colour}")


def _reliability(bins: "Sequence[Bin]") -> Table:
    table = _table("Confidence", "Claimed", "Right", "n", "")
    table.columns[-1].justify = "left"
    for one in bins:
        name = f"{one.low:.1f}–{one.high:.1f}"
        if one.confidence is None or one.right is None:
            table.add_row(Text(name, style="dim"), "", "", Text("0", style="dim"), "")
        else:
            bar = _bar(one.right, one.confidence)
            table.add_row(name, _share(one.confidence), _share(one.right), str(one.n), bar)
    return table


def _bar(right: float, claimed: float) -> Text:
    """A bar of the share that is right, red where more was claimed, with a mark at what was claimed."""
    filled = round(right * _WIDTH)
    mark = min(int(claimed * _WIDTH), _WIDTH - 1)
    bar = Text("█" * filled + "·" * (_WIDTH - filled), style="red" if mark > filled else "green")
    return Text.assemble(bar[:mark], ("│", "bold"), bar[mark + 1 :])
