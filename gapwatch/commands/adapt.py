"""`gapwatch adapt`: learn from a brand's own labels, beside the shipped model."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from gapwatch.commands.judging import newest_wordings
from gapwatch.commands.options import AsJson, print_json
from nlp.config import MiniLMSettings
from nlp.redaction import redact
from promises.catalogue import load_catalogue
from voc.errors import ConfigError, FatalError
from voc.promises import Promise

if TYPE_CHECKING:
    from nlp.adapting import Outcome
    from nlp.evaluation import Evaluation, Figure
    from nlp.labels import LabelledRow

    Compared = dict[str, tuple[Figure, Figure]]  # before and after, by name

EPILOG: Final = """Examples:

gapwatch adapt labels.jsonl --catalogue promises.yaml --out adapted

gapwatch evaluate other-labels.jsonl --catalogue promises.yaml --model adapted

Exits with 0 if the model was written, 1 where it judges no better than before, 2 on what the caller must mend: the
labels, the catalogue, or an argument."""

_LEAST_GAIN: Final = 0.0  # promise and verdict together may not be found worse than before
_JUDGED_BY: Final = "pair_f1_micro"


def adapt(
    labels: Annotated[Path, typer.Argument(metavar="LABELS.jsonl", help="Labelled texts, one JSON object a line.")],
    catalogue: Annotated[Path, typer.Option("--catalogue", "-c", metavar="FILE", help="The brand's promises.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where to write the adapted model.")],
    seed: Annotated[int, typer.Option(help="Decides which texts are held out in which turn.")] = 0,
    threads: Annotated[int, typer.Option(min=1, max=64, help="Threads of the encoder.")] = 2,
    as_json: AsJson = False,
) -> None:
    """Learn corrections for the promises of one brand and write a folder for `model: {kind: minilm, folder: …}`.

    Each text is judged once by what the other four fifths taught: that is the "after". Where promise and verdict are
    found no better than before, nothing is written and the command exits with 1. About eight labelled texts a promise
    are enough to begin with; promises without labels, and all other brands, are judged as before.
    """
    from nlp import adapting, heads  # only here: they load the model's libraries
    from nlp.encoder import Encoder
    from nlp.labels import read_labels
    from nlp.model_files import find_model

    console = Console(stderr=True)
    _refuse_an_encoder(out)
    promises = newest_wordings(load_catalogue(catalogue).promises)
    rows = _readable(console, read_labels(labels, {promise.id for promise in promises}))
    files = find_model()
    shared = heads.load(files.heads)
    encoder = Encoder(threads=threads, files=files)
    with console.status(f"Reading {len(rows)} texts"):
        examples = adapting.read_examples(encoder, shared, promises, rows)
    with console.status("Learning"):
        adapted, after = adapting.learn(examples, promises, shared, seed=seed)
    before = adapting.outcome(examples.spoken, examples.logits, examples.feelings, adapting.shared_confidence(shared))
    compared = _compared(*(_evaluate(rows, promises, one) for one in (before, after)))
    learnt = int((adapted.promises != "").sum())
    _print(console, compared, learnt, len(promises), as_json=as_json)
    if learnt == 0:
        raise FatalError(f"nothing is written to {out}: no promise has {adapting.LEAST_TEXTS} labelled texts")
    was, became = compared[_JUDGED_BY]
    if became.value - was.value <= _LEAST_GAIN:
        raise FatalError(f"nothing is written to {out}: it judges no better")
    _write(out, replace(shared, adapted=adapted), {**files.card, "adapted": _card(rows, promises, compared)})
    console.print(
        f"{out}  version {find_model(out).version}: name it in your settings as model: {{kind: minilm, folder: {out}}}",
        soft_wrap=True,
    )


def _readable(console: Console, rows: "Sequence[LabelledRow]") -> "list[LabelledRow]":
    """The rows as the listener reads them: without personal data, and in a language that the model reads."""
    from nlp.language import detect
    from nlp.promise_judge import READS

    clean = [replace(row, text=redact(row.text).text) for row in rows]
    read = [row for row in clean if detect(row.text, None) in READS]
    if len(read) < len(clean):
        console.print(f"{len(clean) - len(read)} of {len(clean)} texts are in a language that the model does not read")
    if not read:
        raise ConfigError("has no text in a language that the model reads", key="LABELS.jsonl", allowed="English")
    return read


def _refuse_an_encoder(out: Path) -> None:
    """What is learnt here are corrections of the shipped heads, which are of no use with another encoder."""
    from nlp.model_files import ENCODER

    if (out / ENCODER).exists():
        raise ConfigError("holds a trained model", key="--out", value=str(out), allowed="another folder")


def _evaluate(rows: "Sequence[LabelledRow]", promises: Sequence[Promise], outcome: "Outcome") -> "Evaluation":
    from nlp.evaluation import evaluate
    from nlp.heads import DISCONFIRMATIONS, VERDICTS
    from nlp.signals import signal
    from voc.verdicts import Judgement

    least = MiniLMSettings().min_confidence
    judgements = [
        Judgement(
            language="en",
            disconfirmation=DISCONFIRMATIONS[feeling],
            signals=tuple(
                signal(promise, VERDICTS[verdict], float(sure), (0, len(row.text)))
                for promise, verdict, sure in zip(promises, verdicts, confidence, strict=True)
                if sure >= least
            ),
        )
        for row, verdicts, confidence, feeling in zip(
            rows, outcome.verdict, outcome.confidence, outcome.felt, strict=True
        )
    ]
    return evaluate(rows, judgements, [promise.id for promise in promises])


def _compared(before: "Evaluation", after: "Evaluation") -> "Compared":
    """Each figure that both have: without a signal there is no calibration error."""
    known = {figure.name: figure for figure in before.figures}
    return {figure.name: (known[figure.name], figure) for figure in after.figures if figure.name in known}


def _print(console: Console, compared: "Compared", learnt: int, count: int, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {"figure": name, "before": before.value, "after": after.value} for name, (before, after) in compared.items()
        )
        return
    table = Table("on texts held out", "before", "after", "95 % interval")
    for name, (before, after) in compared.items():
        table.add_row(name, f"{before.value:.3f}", f"{after.value:.3f}", f"{after.low:.3f}-{after.high:.3f}")
    console.print(table)
    console.print(f"{learnt} of {count} promises have enough labelled texts to learn from")


def _card(rows: "Sequence[LabelledRow]", promises: Sequence[Promise], compared: "Compared") -> dict[str, Any]:
    return {
        "brand": promises[0].brand,
        "texts": len(rows),
        "held_out": {
            name: {"before": round(before.value, 4), "after": round(after.value, 4)}
            for name, (before, after) in compared.items()
        },
    }


def _write(out: Path, heads: Any, card: dict[str, Any]) -> None:  # noqa: ANN401 - nlp.heads loads late
    from nlp.model_writing import write_heads

    try:
        write_heads(heads, out, card)
    except OSError as error:
        raise FatalError(f"{out}: the model can't be written: {error.strerror}") from error
